/**
 * Trains a model step by step: holds its weights and moments, and runs the graphs of step-graph.ts on batches.
 * It knows token ids with a weight for each target, not tables.
 */
import { isDeepStrictEqual } from 'node:util';
import { architectures } from '../models/architectures.ts';
import { type ModelConfig, sizeOf, type WeightSpec, type Weights } from '../models/config.ts';
import { encodeFor } from '../src/onnx/lowering.ts';
import {
  createSession,
  type Device,
  type Feeds,
  floats,
  free,
  ints,
  type Session,
  type Tensor,
} from '../src/onnx/session.ts';
import { type AdamWOptions, type ParameterState, scalarsAt, stepScalars } from './adamw.ts';
import { packed, viewsOf } from './flat-parameters.ts';
import { adapterSpecs, type Lora, loraModel, mergeLora } from './lora.ts';
import { clippedSumsGraph, noisyStepGraph } from './private-graphs.ts';
import { lossGraph, type StepShape, stateParts, stepGraph, type Trained, wholeModel } from './step-graph.ts';

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
  /** The equal parts that it is read in, one in memory at a time; their gradients are added. By default one. */
  readonly parts?: number;
}

/** The batches of one step: sequences of like length stand in one batch, so that little is padding. */
export type StepBatches = readonly Batch[];

export interface StepResult {
  /** Mean nats per unit of target weight, before the update. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
}

export interface Trainer {
  /** The live weights that are trained: each step changes them in place. With LoRA they are the adapters'. */
  readonly weights: Weights;
  /**
   * Optimizer steps, in order and in one run of a graph. A step is the sum over its batches, which may differ in length; all
   * steps have batches of the same shapes.
   */
  steps(steps: readonly StepBatches[], learningRates: readonly number[]): Promise<StepResult[]>;
  /**
   * One step along the sum of the rows' gradients, each clipped to a norm, with noise (DP-SGD). The batches are of one shape; a row
   * of weight 0 counts for nothing, as does one whose gradient is no number.
   */
  privateStep(batches: readonly Batch[], learningRate: number, privacy: PrivateStep): Promise<void>;
  /** Sum of target weight times nats, and of target weight, under the live weights or others; changes nothing. */
  evaluate(batch: Batch, weights?: Weights): Promise<{ nats: number; weight: number }>;
  /** Where the trainer stands: views that the next step changes. */
  state(): TrainerState;
  /** All of the model's weights, where the trained ones are these: the adapters are merged into their matrices. */
  whole(trained: Weights): Weights;
  release(): Promise<void>;
}

interface PrivateStep {
  /** The norm that no row's gradient exceeds. */
  readonly clip: number;
  /** What the noisy sum is divided by: no count of the rows that were drawn. */
  readonly normalizer: number;
  /** Adds noise to each number of a sum, in place. */
  readonly addNoise: (sum: Float64Array) => void;
}

/** What the next step depends on. */
interface TrainerState {
  /** Steps done. */
  readonly step: number;
  readonly weights: Weights;
  /** AdamW's sums for each trained weight (adamw.ts). */
  readonly firstMoment: Weights;
  readonly secondMoment: Weights;
}

export interface TrainerOptions {
  readonly optimizer: AdamWOptions;
  readonly threads?: number;
  readonly device?: Device;
  /** What a step's summed gradient is divided by; by default by its own target weight. */
  readonly normalizer?: number;
  /** Trains low-rank adapters beside the given weights, which stay as they are. */
  readonly lora?: Lora;
  /** Seeds the adapters. */
  readonly seed?: number;
  /** Where another trainer of the same initial weights stopped. */
  readonly resume?: TrainerState;
}

/** The weights that a trainer would train. */
export function trainedSpecs(config: ModelConfig, lora: Lora | undefined): WeightSpec[] {
  return lora ? adapterSpecs(config, lora) : architectures[config.architecture].weights(config);
}

export function createTrainer(config: ModelConfig, initial: Weights, options: TrainerOptions): Trainer {
  const { device = 'cpu', lora, resume, normalizer } = options;
  checkSizes(architectures[config.architecture].weights(config), initial);
  const { model, initial: begun } = lora
    ? loraModel(config, lora, options.seed ?? 0)
    : { model: wholeModel(config), initial };
  const { packs } = model;
  const state = packs.map((pack) => ({
    weight: packed(pack, resume?.weights ?? begun),
    firstMoment: resume ? packed(pack, resume.firstMoment) : new Float32Array(pack.size),
    secondMoment: resume ? packed(pack, resume.secondMoment) : new Float32Array(pack.size),
  }));
  const byName = (part: keyof ParameterState<unknown>): Weights =>
    new Map(packs.flatMap((pack, i) => [...viewsOf(pack, state[i]![part])]));
  const live = byName('weight');
  const frozenFeeds = Object.fromEntries(
    model.frozen.map(({ name, shape }) => [name, floats(initial.get(name)!, shape)]),
  );
  const stateFeeds = feedsOf(state, '');
  // The step reads a parameter for the last time when it writes it, because clipping needs every gradient first: so the
  // next state is written over the last.
  const stateOutputs = feedsOf(state, 'next.');
  const sessions = new Map<string, Promise<Session>>();
  const session = (key: string, build: () => Uint8Array) => {
    let made = sessions.get(key);
    if (!made) {
      made = createSession(build(), { threads: options.threads ?? 0, device });
      sessions.set(key, made);
    }
    return made;
  };
  let done = resume?.step ?? 0;
  return {
    weights: live,
    async steps(steps, learningRates) {
      const shape = shapeOf(steps);
      const running = await session(`steps ${JSON.stringify(shape)}`, () =>
        encodeFor(stepGraph(model, shape, options.optimizer, normalizer), device),
      );
      const scalars = learningRates.map((rate, i) => scalarsAt(done + i + 1, rate, options.optimizer));
      const scalarFeeds = stepScalars.map((name) => [
        name,
        floats(
          Float32Array.from(scalars, (values) => values[name]),
          [shape.steps],
        ),
      ]);
      const results = await running.run(
        { ...frozenFeeds, ...stateFeeds, ...batchFeeds(steps), ...Object.fromEntries(scalarFeeds) },
        stateOutputs,
      );
      done += steps.length;
      const [losses, norms] = [numbers(results.loss), numbers(results.gradNorm)];
      return steps.map((_, i) => ({ loss: losses[i]!, gradNorm: norms[i]! }));
    },
    async privateStep(batches, learningRate, { clip, normalizer, addNoise }) {
      const sums = packs.map(({ size }) => new Float64Array(size));
      const flat = Object.fromEntries(state.map(({ weight }, i) => [`weight.${i}`, floats(weight, [weight.length])]));
      for (const batch of batches) {
        const { B, T } = batch;
        const running = await session(`clipped ${B},${T}`, () =>
          encodeFor(clippedSumsGraph(model, B, T, clip), device),
        );
        await addClippedSums(sums, batch, (rows) => running.run({ ...frozenFeeds, ...flat, ...batchFeeds([[rows]]) }));
      }
      for (const sum of sums) addNoise(sum);
      const updating = await session('noisy step', () =>
        encodeFor(noisyStepGraph(model, options.optimizer, normalizer), device),
      );
      const scalars = Object.entries(scalarsAt(done + 1, learningRate, options.optimizer));
      await updating.run(
        {
          ...stateFeeds,
          ...Object.fromEntries(sums.map((sum, i) => [`sum.${i}`, floats(Float32Array.from(sum), [sum.length])])),
          ...Object.fromEntries(scalars.map(([name, value]) => [name, floats(Float32Array.of(value), [])])),
        },
        stateOutputs,
      );
      done++;
    },
    async evaluate(batch, weights) {
      const { B, T } = batch;
      const running = await session(`loss ${B},${T}`, () => encodeFor(lossGraph(model, B, T), device));
      const flat = packs.map((pack, i) => (weights ? packed(pack, weights) : state[i]!.weight));
      const feeds = Object.fromEntries(flat.map((data, i) => [`weight.${i}`, floats(data, [data.length])]));
      const results = await running.run({ ...frozenFeeds, ...feeds, ...batchFeeds([[batch]]) });
      return { nats: numbers(results.nats)[0]!, weight: numbers(results.weight)[0]! };
    },
    state: () => ({
      step: done,
      weights: live,
      firstMoment: byName('firstMoment'),
      secondMoment: byName('secondMoment'),
    }),
    whole: (trained) => (lora ? mergeLora(config, initial, trained, lora) : trained),
    async release() {
      for (const running of sessions.values()) await (await running).release();
      sessions.clear();
    },
  };
}

/** Adds what `run` finds for a batch. Rows whose gradient is no number are left out, with another run of the others. */
async function addClippedSums(
  sums: readonly Float64Array[],
  batch: Batch,
  run: (batch: Batch) => Promise<Feeds>,
): Promise<void> {
  const results = await run(batch);
  const found = sums.map((_, i) => results[`sum.${i}`]!);
  const isOdd = [...numbers(results.norms)].map((norm) => !Number.isFinite(norm));
  if (isOdd.includes(true)) {
    if (!isOdd.every(Boolean)) await addClippedSums(sums, withoutRows(batch, isOdd), run);
  } else {
    for (const [i, sum] of sums.entries()) {
      const part = numbers(found[i]);
      for (let j = 0; j < sum.length; j++) sum[j]! += part[j]!;
    }
  }
  for (const tensor of found) free(tensor);
}

/** A row of weight 0 in the place of each that is left out: a copy of another one's tokens. */
function withoutRows(batch: Batch, isOut: readonly boolean[]): Batch {
  const { T } = batch;
  const copy = isOut.indexOf(false) * T;
  const [ids, targets, targetWeights] = [batch.ids.slice(), batch.targets.slice(), batch.targetWeights.slice()];
  for (const [row, out] of isOut.entries()) {
    if (!out) continue;
    for (const tokens of [ids, targets]) tokens.copyWithin(row * T, copy, copy + T);
    targetWeights.fill(0, row * T, (row + 1) * T);
  }
  return { ...batch, ids, targets, targetWeights };
}

const numbers = (tensor: Tensor | undefined): Float32Array => tensor!.data as Float32Array;

function checkSizes(specs: Trained['frozen'], weights: Weights): void {
  for (const { name, shape } of specs) {
    const size = weights.get(name)?.length;
    if (size !== sizeOf(shape)) throw new Error(`weight ${name}: expected ${sizeOf(shape)} numbers, got ${size}`);
  }
}

function shapeOf(steps: readonly StepBatches[]): StepShape {
  const shapes = (batches: StepBatches) => batches.map(({ B, T, parts = 1 }) => ({ parts, B: B / parts, T }));
  const groups = shapes(steps[0] as StepBatches);
  const uneven = groups.find(({ B }) => !Number.isInteger(B));
  if (uneven) throw new Error(`a batch of ${uneven.B * uneven.parts} rows has no ${uneven.parts} equal parts`);
  if (steps.some((batches) => !isDeepStrictEqual(shapes(batches), groups)))
    throw new Error('the steps of one run must have batches of the same shapes');
  return { steps: steps.length, groups };
}

/** Feeds by the names that `stepGraph` gives the state of each pack, over the state's own memory. */
export function feedsOf(state: readonly ParameterState<Float32Array>[], prefix: '' | 'next.'): Feeds {
  const named = state.flatMap((pack, i) =>
    stateParts.map((part) => [`${prefix}${part}.${i}`, floats(pack[part], [pack[part].length])] as const),
  );
  return Object.fromEntries(named);
}

function batchFeeds(steps: readonly StepBatches[]): Feeds {
  const groups = (steps[0] as StepBatches).map(({ B, T }, group) => {
    const batches = steps.map((step) => step[group]!);
    const shape = [steps.length * B, T];
    const whole = (part: 'ids' | 'targets') =>
      ints(
        joined(
          batches.map((batch) => batch[part]),
          Int32Array,
        ),
        shape,
      );
    const weights = joined(
      batches.map(({ targetWeights }) => targetWeights),
      Float32Array,
    );
    return {
      [`input_ids.${group}`]: whole('ids'),
      [`targets.${group}`]: whole('targets'),
      [`target_weights.${group}`]: floats(weights, shape),
    };
  });
  return Object.assign({}, ...groups);
}

function joined<A extends Int32Array | Float32Array>(parts: readonly A[], Kind: new (length: number) => A): A {
  if (parts.length === 1) return parts[0]!;
  const whole = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
