/**
 * One training step as one ONNX graph: forward, loss, backward, clipping and AdamW. It knows models and gradients,
 * not tables: its batches are token ids with a weight for each target.
 */

import { architectures } from '../models/architectures.ts';
import { causalAttention } from '../models/attention.ts';
import { type ModelConfig, sizeOf, type WeightSpec, type Weights } from '../models/config.ts';
import { Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, type Feeds, floats, type Session, type Tensor, wholes } from '../src/onnx/session.ts';
import {
  type AdamWOptions,
  adamwUpdate,
  clipFactor,
  globalNorm,
  isDecayed,
  type ParameterState,
  type StepScalars,
  scalarsAt,
  stepScalars,
} from './adamw.ts';
import { gradients } from './gradients.ts';

/** B sequences of T tokens. */
export interface Batch {
  readonly B: number;
  readonly T: number;
  /** Token ids [B, T]. */
  readonly ids: Int32Array;
  /** The token that follows each, [B, T]. */
  readonly targets: Int32Array;
  /** How much each target counts, [B, T]; 0 for padding. */
  readonly targetWeights: Float32Array;
}

export interface StepResult {
  /** Mean nats per unit of target weight, before the update. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
}

export interface Trainer {
  /** The live weights: each step changes them in place. */
  readonly weights: Weights;
  /** Runs one optimizer step. */
  step(batch: Batch, learningRate: number): Promise<StepResult>;
  /** Sum of target weight times nats, and of target weight, under the live weights or others; changes nothing. */
  evaluate(batch: Batch, weights?: Weights): Promise<{ nats: number; weight: number }>;
  release(): Promise<void>;
}

export interface TrainerOptions {
  readonly optimizer: AdamWOptions;
  readonly threads?: number;
}

export function createTrainer(config: ModelConfig, initial: Weights, options: TrainerOptions): Trainer {
  const specs = architectures[config.architecture].weights(config);
  const states = new Map(specs.map((spec) => [spec.name, initialState(spec, initial)]));
  const parameterFeeds: Feeds = {};
  const parameterOutputs: Feeds = {};
  for (const { name, shape } of specs) {
    for (const [part, data] of Object.entries(states.get(name)!)) {
      const tensor = floats(data, shape);
      parameterFeeds[`${part}.${name}`] = tensor;
      // The update graph reads a parameter for the last time when it writes it: clipping needs every gradient first.
      parameterOutputs[`next.${part}.${name}`] = tensor;
    }
  }
  const live = new Map([...states].map(([name, { weight }]) => [name, weight]));
  const weightFeeds = feedsOf(specs, live);
  const sessions = new Map<string, Promise<Session>>();
  const session = (kind: 'step' | 'loss', B: number, T: number) => {
    const key = `${kind} ${B} ${T}`;
    let made = sessions.get(key);
    if (!made) {
      const graph =
        kind === 'step' ? stepGraph(config, specs, B, T, options.optimizer) : lossGraph(config, specs, B, T);
      made = createSession(graph.encode(), { threads: options.threads ?? 0 });
      sessions.set(key, made);
    }
    return made;
  };
  let steps = 0;
  return {
    weights: live,
    async step(batch, learningRate) {
      const running = await session('step', batch.B, batch.T);
      steps++;
      const scalars = Object.entries(scalarsAt(steps, learningRate, options.optimizer)).map(
        ([name, value]) => [name, floats(Float32Array.of(value), [])] as const,
      );
      const feeds = { ...parameterFeeds, ...batchFeeds(batch), ...Object.fromEntries(scalars) };
      const results = await running.run(feeds, parameterOutputs);
      return { loss: number(results.loss), gradNorm: number(results.gradNorm) };
    },
    async evaluate(batch, weights) {
      const running = await session('loss', batch.B, batch.T);
      const feeds = weights ? feedsOf(specs, weights) : weightFeeds;
      const results = await running.run({ ...feeds, ...batchFeeds(batch) });
      return { nats: number(results.nats), weight: number(results.weight) };
    },
    async release() {
      for (const running of sessions.values()) await (await running).release();
      sessions.clear();
    },
  };
}

const number = (tensor: Tensor | undefined): number => (tensor!.data as Float32Array)[0]!;

function initialState({ name, shape }: WeightSpec, initial: Weights): ParameterState<Float32Array> {
  const data = initial.get(name);
  if (data?.length !== sizeOf(shape))
    throw new Error(`weight ${name}: expected ${sizeOf(shape)} numbers, got ${data?.length}`);
  return {
    weight: Float32Array.from(data),
    firstMoment: new Float32Array(data.length),
    secondMoment: new Float32Array(data.length),
  };
}

function feedsOf(specs: readonly WeightSpec[], weights: Weights): Feeds {
  return Object.fromEntries(specs.map(({ name, shape }) => [`weight.${name}`, floats(weights.get(name)!, shape)]));
}

function batchFeeds({ B, T, ids, targets, targetWeights }: Batch): Feeds {
  return {
    input_ids: wholes(ids, [B, T]),
    targets: wholes(targets, [B, T]),
    target_weights: floats(targetWeights, [B, T]),
  };
}

/** Sum of weighted nats and of weights over a batch; the two scalars both graphs begin with. */
export function weightedNats(g: Graph, config: ModelConfig, B: number, T: number, weight: (name: string) => Value) {
  const { vocabSize: V } = config;
  const ids = g.input('input_ids', 'int64', [B, T]);
  const targets = g.input('targets', 'int64', [B, T]);
  const targetWeights = g.input('target_weights', 'float32', [B, T]);
  const logits = architectures[config.architecture].forward(g, config, weight, ids, causalAttention(g, config, B, T));
  const logProbs = g.op('LogSoftmax', [logits], { axis: -1 });
  const hot = g.op('OneHot', [targets, g.integers([V], []), g.constant(Float32Array.of(0, 1), [2])], { axis: -1 });
  const perTarget = g.op('Reshape', [targetWeights, g.integers([B, T, 1])]);
  const picked = g.op('Mul', [logProbs, g.op('Mul', [hot, perTarget])]);
  return {
    nats: g.op('Neg', [g.op('ReduceSum', [picked], { keepdims: 0 })]),
    total: g.op('ReduceSum', [targetWeights], { keepdims: 0 }),
  };
}

function lossGraph(config: ModelConfig, specs: readonly WeightSpec[], B: number, T: number): Graph {
  const g = new Graph();
  const weights = new Map(specs.map(({ name, shape }) => [name, g.input(`weight.${name}`, 'float32', shape)]));
  const { nats, total } = weightedNats(g, config, B, T, (name) => weights.get(name)!);
  g.output('nats', nats);
  g.output('weight', total);
  return g;
}

export function stepGraph(
  config: ModelConfig,
  specs: readonly WeightSpec[],
  B: number,
  T: number,
  optimizer: AdamWOptions,
): Graph {
  const g = new Graph();
  const states = specs.map(({ name, shape }) => ({
    weight: g.input(`weight.${name}`, 'float32', shape),
    firstMoment: g.input(`firstMoment.${name}`, 'float32', shape),
    secondMoment: g.input(`secondMoment.${name}`, 'float32', shape),
  }));
  const weights = new Map(specs.map(({ name }, i) => [name, states[i]!.weight]));
  const scalars = Object.fromEntries(
    stepScalars.map((name) => [name, g.input(name, 'float32', [])]),
  ) as StepScalars<Value>;

  const { nats, total } = weightedNats(g, config, B, T, (name) => weights.get(name)!);
  const loss = g.op('Div', [nats, total]);
  const slopes = gradients(
    g,
    loss,
    states.map(({ weight }) => weight),
  );
  const norm = globalNorm(g, slopes);
  const clip = clipFactor(g, norm, optimizer);
  for (const [i, spec] of specs.entries()) {
    const next = adamwUpdate(g, states[i]!, slopes[i]!, clip, scalars, optimizer, isDecayed(spec));
    for (const [part, value] of Object.entries(next)) g.output(`next.${part}.${spec.name}`, value);
  }
  g.output('loss', loss);
  g.output('gradNorm', norm);
  return g;
}
