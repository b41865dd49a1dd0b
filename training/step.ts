/**
 * One training step as one ONNX graph: forward, loss, backward, clipping and AdamW. It knows models and gradients,
 * not tables: its batches are token ids with a weight for each target.
 */

import { architectures } from '../models/architectures.ts';
import { causalAttention } from '../models/attention.ts';
import type { ModelConfig, Weights } from '../models/config.ts';
import { Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, type Feeds, floats, type Session, type Tensor, wholes } from '../src/onnx/session.ts';
import {
  type AdamWOptions,
  adamwUpdate,
  clipFactor,
  globalNorm,
  type ParameterState,
  type StepScalars,
  scalarsAt,
  stepScalars,
} from './adamw.ts';
import { gradients } from './gradients.ts';
import { type Pack, packed, packParameters, unpack, viewsOf } from './packs.ts';

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

interface StepResult {
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
  /** What the next step needs beside the weights; the moments are views that the next step changes. */
  state(): TrainerState;
  release(): Promise<void>;
}

interface TrainerState {
  /** Steps done. */
  readonly step: number;
  /** AdamW's running means of each parameter's gradient and of its square. */
  readonly firstMoment: Weights;
  readonly secondMoment: Weights;
}

export interface TrainerOptions {
  readonly optimizer: AdamWOptions;
  readonly threads?: number;
  /** Where another trainer stopped; the initial weights are then the ones that it left. */
  readonly resume?: TrainerState;
}

export function createTrainer(config: ModelConfig, initial: Weights, options: TrainerOptions): Trainer {
  const packs = packParameters(architectures[config.architecture].weights(config));
  const state = packs.map((pack) => ({
    weight: packed(pack, initial),
    firstMoment: options.resume ? packed(pack, options.resume.firstMoment) : new Float32Array(pack.size),
    secondMoment: options.resume ? packed(pack, options.resume.secondMoment) : new Float32Array(pack.size),
  }));
  const byName = (part: keyof ParameterState<unknown>): Weights =>
    new Map(packs.flatMap((pack, i) => [...viewsOf(pack, state[i]![part])]));
  const parameterFeeds = stateFeeds(state, '');
  // The step reads a parameter for the last time when it writes it, because clipping needs every gradient first: so the
  // next state is written over the last.
  const parameterOutputs = stateFeeds(state, 'next.');
  const sessions = new Map<string, Promise<Session>>();
  const session = (kind: 'step' | 'loss', B: number, T: number) => {
    const key = `${kind} ${B} ${T}`;
    let made = sessions.get(key);
    if (!made) {
      const graph =
        kind === 'step' ? stepGraph(config, packs, B, T, options.optimizer) : lossGraph(config, packs, B, T);
      made = createSession(graph.encode(), { threads: options.threads ?? 0 });
      sessions.set(key, made);
    }
    return made;
  };
  let steps = options.resume?.step ?? 0;
  return {
    weights: byName('weight'),
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
      const flat = packs.map((pack, i) => (weights ? packed(pack, weights) : state[i]!.weight));
      const feeds = Object.fromEntries(flat.map((data, i) => [`weight.${i}`, floats(data, [data.length])]));
      const results = await running.run({ ...feeds, ...batchFeeds(batch) });
      return { nats: number(results.nats), weight: number(results.weight) };
    },
    state: () => ({ step: steps, firstMoment: byName('firstMoment'), secondMoment: byName('secondMoment') }),
    async release() {
      for (const running of sessions.values()) await (await running).release();
      sessions.clear();
    },
  };
}

const number = (tensor: Tensor | undefined): number => (tensor!.data as Float32Array)[0]!;

/** Feeds by the names that `stepGraph` gives the state of each pack, over the state's own memory. */
export function stateFeeds(state: readonly ParameterState<Float32Array>[], prefix: '' | 'next.'): Feeds {
  const named = state.flatMap((pack, i) =>
    Object.entries(pack).map(([part, data]) => [`${prefix}${part}.${i}`, floats(data, [data.length])] as const),
  );
  return Object.fromEntries(named);
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

function lossGraph(config: ModelConfig, packs: readonly Pack[], B: number, T: number): Graph {
  const g = new Graph();
  const flat = packs.map(({ size }, i) => g.input(`weight.${i}`, 'float32', [size]));
  const { nats, total } = weightedNats(g, config, B, T, unpackAll(g, packs, flat));
  g.output('nats', nats);
  g.output('weight', total);
  return g;
}

/** The graph of one step: a batch and the state of each pack in, the next state, the loss and the gradient's norm out. */
export function stepGraph(
  config: ModelConfig,
  packs: readonly Pack[],
  B: number,
  T: number,
  optimizer: AdamWOptions,
): Graph {
  const g = new Graph();
  const state = packs.map(({ size }, i) => ({
    weight: g.input(`weight.${i}`, 'float32', [size]),
    firstMoment: g.input(`firstMoment.${i}`, 'float32', [size]),
    secondMoment: g.input(`secondMoment.${i}`, 'float32', [size]),
  }));
  const scalars = Object.fromEntries(
    stepScalars.map((name) => [name, g.input(name, 'float32', [])]),
  ) as StepScalars<Value>;

  const flat = state.map(({ weight }) => weight);
  const { nats, total } = weightedNats(g, config, B, T, unpackAll(g, packs, flat));
  const loss = g.op('Div', [nats, total]);
  const slopes = gradients(g, loss, flat);
  const norm = globalNorm(g, slopes);
  const clip = clipFactor(g, norm, optimizer);
  for (const [i, { decayed }] of packs.entries()) {
    const next = adamwUpdate(g, state[i]!, slopes[i]!, clip, scalars, optimizer, decayed);
    for (const [part, value] of Object.entries(next)) g.output(`next.${part}.${i}`, value);
  }
  g.output('loss', loss);
  g.output('gradNorm', norm);
  return g;
}

function unpackAll(g: Graph, packs: readonly Pack[], flat: readonly Value[]): (name: string) => Value {
  const weights = new Map(packs.flatMap((pack, i) => unpack(g, pack, flat[i]!)));
  return (name) => weights.get(name)!;
}
