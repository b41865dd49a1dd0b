/**
 * Trains a model step by step: holds its weights and moments, and runs the graphs of step-graph.ts on batches.
 * It knows token ids with a weight for each target, not tables.
 */
import { architectures } from '../models/architectures.ts';
import { type ModelConfig, sizeOf, type WeightSpec, type Weights } from '../models/config.ts';
import { encodeFor } from '../src/onnx/lowering.ts';
import {
  createSession,
  type Device,
  type Feeds,
  floats,
  ints,
  type Session,
  type Tensor,
} from '../src/onnx/session.ts';
import { type AdamWOptions, type ParameterState, scalarsAt, stepScalars } from './adamw.ts';
import { packed, viewsOf } from './flat-parameters.ts';
import { adapterSpecs, type Lora, loraModel, mergeLora } from './lora.ts';
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
}

export interface StepResult {
  /** Mean nats per unit of target weight, before the update. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
}

export interface Trainer {
  /** The live weights that are trained: each step changes them in place. With LoRA they are the adapters'. */
  readonly weights: Weights;
  /** One optimizer step for each batch, in order and in one run of a graph. The batches are of one shape. */
  steps(batches: readonly Batch[], learningRates: readonly number[]): Promise<StepResult[]>;
  /** Sum of target weight times nats, and of target weight, under the live weights or others; changes nothing. */
  evaluate(batch: Batch, weights?: Weights): Promise<{ nats: number; weight: number }>;
  /** Where the trainer stands: views that the next step changes. */
  state(): TrainerState;
  /** All of the model's weights, where the trained ones are these: the adapters are merged into their matrices. */
  whole(trained: Weights): Weights;
  release(): Promise<void>;
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
  /** A batch is read in this many parts, whose gradients are added: memory for one part, the step of the whole. */
  readonly parts?: number;
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
  const { parts = 1, device = 'cpu', lora, resume } = options;
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
    async steps(batches, learningRates) {
      const shape: StepShape = { steps: batches.length, parts, ...shapeOf(batches, parts) };
      const running = await session(`steps ${Object.values(shape).join()}`, () =>
        encodeFor(stepGraph(model, shape, options.optimizer), device),
      );
      const scalars = learningRates.map((rate, i) => scalarsAt(done + i + 1, rate, options.optimizer));
      const scalarFeeds = stepScalars.map((name) => [
        name,
        floats(
          Float32Array.from(scalars, (values) => values[name]),
          [shape.steps],
        ),
      ]);
      const feeds = { ...frozenFeeds, ...stateFeeds, ...batchFeeds(batches), ...Object.fromEntries(scalarFeeds) };
      const results = await running.run(feeds, stateOutputs);
      done += batches.length;
      const [losses, norms] = [numbers(results.loss), numbers(results.gradNorm)];
      return batches.map((_, i) => ({ loss: losses[i]!, gradNorm: norms[i]! }));
    },
    async evaluate(batch, weights) {
      const { B, T } = batch;
      const running = await session(`loss ${B},${T}`, () => encodeFor(lossGraph(model, B, T), device));
      const flat = packs.map((pack, i) => (weights ? packed(pack, weights) : state[i]!.weight));
      const feeds = Object.fromEntries(flat.map((data, i) => [`weight.${i}`, floats(data, [data.length])]));
      const results = await running.run({ ...frozenFeeds, ...feeds, ...batchFeeds([batch]) });
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

const numbers = (tensor: Tensor | undefined): Float32Array => tensor!.data as Float32Array;

function checkSizes(specs: Trained['frozen'], weights: Weights): void {
  for (const { name, shape } of specs) {
    const size = weights.get(name)?.length;
    if (size !== sizeOf(shape)) throw new Error(`weight ${name}: expected ${sizeOf(shape)} numbers, got ${size}`);
  }
}

function shapeOf(batches: readonly Batch[], parts: number): Pick<StepShape, 'B' | 'T'> {
  const [{ B, T }] = batches as [Batch, ...Batch[]];
  if (batches.some((batch) => batch.B !== B || batch.T !== T))
    throw new Error('batches of one run must be of one shape');
  if (B % parts !== 0) throw new Error(`a batch of ${B} rows has no ${parts} equal parts`);
  return { B: B / parts, T };
}

/** Feeds by the names that `stepGraph` gives the state of each pack, over the state's own memory. */
export function feedsOf(state: readonly ParameterState<Float32Array>[], prefix: '' | 'next.'): Feeds {
  const named = state.flatMap((pack, i) =>
    stateParts.map((part) => [`${prefix}${part}.${i}`, floats(pack[part], [pack[part].length])] as const),
  );
  return Object.fromEntries(named);
}

function batchFeeds(batches: readonly Batch[]): Feeds {
  const [{ B, T }] = batches as [Batch, ...Batch[]];
  const shape = [batches.length * B, T];
  return {
    input_ids: ints(
      joined(
        batches.map(({ ids }) => ids),
        Int32Array,
      ),
      shape,
    ),
    targets: ints(
      joined(
        batches.map(({ targets }) => targets),
        Int32Array,
      ),
      shape,
    ),
    target_weights: floats(
      joined(
        batches.map(({ targetWeights }) => targetWeights),
        Float32Array,
      ),
      shape,
    ),
  };
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
