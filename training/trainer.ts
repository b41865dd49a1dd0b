/**
 * Trains a model step by step: holds its weights and moments, and runs the graphs of step-graph.ts on batches.
 * It knows token ids with a weight for each target, not tables.
 */
import { architectures, isLayerMatrix } from '../models/architectures.ts';
import type { ModelConfig, WeightSpec, Weights } from '../models/config.ts';
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
import {
  averageShare,
  blend,
  dataOf,
  deviceState,
  hostState,
  onDevice,
  packed,
  type Rule,
  viewsOf,
} from './flat-parameters.ts';
import { adapterSpecs, type Lora, loraModel, mergeLora } from './lora.ts';
import { type OptimizerOptions, scalarsAt } from './optimizers.ts';
import { clippedSumsGraph, noisyStepGraph } from './private-graphs.ts';
import { type GroupShape, lossGraph, stepGraph, wholeModel } from './step-graph.ts';

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

interface StepResult {
  /** Mean nats per unit of target weight, before the update. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradNorm: number;
}

export interface Trainer {
  /** The live weights that are trained: each step changes them in place. With LoRA they are the adapters'. */
  readonly weights: Weights;
  /** Their running average; undefined where none is kept. */
  readonly average: Weights | undefined;
  /** One optimizer step: the sum over its batches, which may differ in length. */
  step(batches: StepBatches, learningRate: number): Promise<StepResult>;
  /**
   * One step along the sum of the rows' gradients, each clipped to a norm, with noise (DP-SGD). The batches are of one shape; a row
   * of weight 0 counts for nothing, as does one whose gradient is no number.
   */
  privateStep(batches: readonly Batch[], learningRate: number, privacy: PrivateStep): Promise<void>;
  /** Sum of target weight times nats, and of target weight, under the live weights or their average; changes nothing. */
  evaluate(batch: Batch, under?: 'weight' | 'average'): Promise<{ nats: number; weight: number }>;
  /** Makes the weights, their average and the state current where they live on a device; on the CPU they always are. */
  pull(): Promise<void>;
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
  /** The optimizer's sums for each trained weight (optimizers.ts); the second only of those that AdamW moves. */
  readonly firstMoment: Weights;
  readonly secondMoment: Weights;
  readonly average?: Weights | undefined;
}

export interface TrainerOptions {
  readonly optimizer: OptimizerOptions;
  readonly threads?: number;
  readonly device?: Device;
  /** What a step's summed gradient is divided by; by default by its own target weight. */
  readonly normalizer?: number;
  /** Trains low-rank adapters beside the given weights, which stay as they are. */
  readonly lora?: Lora;
  /** Seeds the adapters. */
  readonly seed?: number;
  /** Keeps a running average of the weights with this decay a step (flat-parameters.ts). */
  readonly averageDecay?: number;
  /** Where another trainer of the same initial weights stopped. */
  readonly resume?: TrainerState;
}

const layerRule = ({ momentum }: OptimizerOptions): Rule => (momentum === undefined ? 'adamw' : 'muon');

/** The weights that a trainer would train, and those of them that AdamW moves. */
export function trainedSpecs(
  config: ModelConfig,
  lora: Lora | undefined,
  optimizer: OptimizerOptions,
): Record<'trained' | 'adaptive', WeightSpec[]> {
  const trained = lora ? adapterSpecs(config, lora) : architectures[config.architecture].weights(config);
  const isMuon = !lora && layerRule(optimizer) === 'muon';
  return { trained, adaptive: isMuon ? trained.filter((spec) => !isLayerMatrix(spec)) : trained };
}

export function createTrainer(config: ModelConfig, initial: Weights, options: TrainerOptions): Trainer {
  const { device = 'cpu', lora, resume, normalizer, averageDecay } = options;
  const staysOnDevice = device === 'webgpu';
  const { model, initial: begun } = lora
    ? loraModel(config, lora, options.seed ?? 0, staysOnDevice)
    : { model: wholeModel(config, layerRule(options.optimizer), staysOnDevice), initial };
  const { packs } = model;
  const weights = resume?.weights ?? begun;
  const parts = {
    weight: packs.map((pack) => packed(pack, weights)),
    firstMoment: packs.map((pack) => (resume ? packed(pack, resume.firstMoment) : new Float32Array(pack.size))),
    secondMoment: packs.map((pack) => {
      if (pack.rule === 'muon') return undefined;
      return resume ? packed(pack, resume.secondMoment) : new Float32Array(pack.size);
    }),
    average: averageDecay === undefined ? [] : packs.map((pack) => packed(pack, resume?.average ?? weights)),
  };
  const byName = (part: keyof typeof parts): Weights =>
    new Map(parts[part].flatMap((flat, i) => (flat ? [...viewsOf(packs[i]!, flat)] : [])));
  const [live, average] = [byName('weight'), averageDecay === undefined ? undefined : byName('average')];
  /** Whether the graph moves the average; else this process does. */
  const averages = staysOnDevice && average !== undefined;
  const stateNumbers = numbersOf(averages ? parts : { ...parts, average: [] });
  const kept = staysOnDevice ? Object.keys(stateNumbers).map((name) => `next.${name}`) : [];
  const state = staysOnDevice ? deviceState(stateNumbers, device) : hostState(stateNumbers);
  const frozen = onDevice(
    Object.fromEntries(model.frozen.map((spec) => [spec.name, floats(dataOf(spec, initial), spec.shape)])),
    device,
  );
  const sessions = new Map<string, Promise<Session>>();
  const session = (key: string, build: () => Uint8Array, kept: readonly string[] = []) => {
    let made = sessions.get(key);
    if (!made) {
      made = createSession(build(), { threads: options.threads ?? 0, device, kept });
      sessions.set(key, made);
    }
    return made;
  };
  let done = resume?.step ?? 0;
  const scalarFeeds = (learningRate: number): Feeds => {
    const scalars = {
      ...scalarsAt(done + 1, learningRate, options.optimizer),
      ...(averages && { averageShare: averageShare(averageDecay!, done) }),
    };
    return Object.fromEntries(Object.entries(scalars).map(([name, x]) => [name, floats(Float32Array.of(x), [])]));
  };
  const took = (results: Feeds) => {
    state.take(results);
    if (average && !averages) {
      const share = averageShare(averageDecay!, done);
      for (const [i, flat] of parts.average.entries()) blend(flat, parts.weight[i]!, share);
    }
    done++;
  };
  return {
    weights: live,
    average,
    async step(batches, learningRate) {
      const groups = groupsOf(batches);
      const build = () => encodeFor(stepGraph(model, groups, options.optimizer, { normalizer, averages }), device);
      const running = await session(`step ${JSON.stringify(groups)}`, build, kept);
      const read = { ...(await frozen).feeds, ...batchFeeds(batches), ...scalarFeeds(learningRate) };
      const results = await running.run({ ...read, ...state.feeds() }, state.into);
      took(results);
      return { loss: numbers(results.loss)[0]!, gradNorm: numbers(results.gradNorm)[0]! };
    },
    async privateStep(batches, learningRate, { clip, normalizer, addNoise }) {
      const sums = packs.map(({ size }) => new Float64Array(size));
      const held = state.feeds();
      const flat = Object.fromEntries(packs.map((_, i) => [`weight.${i}`, held[`weight.${i}`]!]));
      for (const batch of batches) {
        const { B, T } = batch;
        const running = await session(`clipped ${B},${T}`, () =>
          encodeFor(clippedSumsGraph(model, B, T, clip), device),
        );
        const { feeds } = await frozen;
        await addClippedSums(sums, batch, (rows) => running.run({ ...feeds, ...flat, ...batchFeeds([rows]) }));
      }
      for (const sum of sums) addNoise(sum);
      const build = () => encodeFor(noisyStepGraph(model, options.optimizer, { normalizer, averages }), device);
      const noisy = sums.map((sum, i) => [`sum.${i}`, floats(Float32Array.from(sum), [sum.length])]);
      const read = { ...Object.fromEntries(noisy), ...scalarFeeds(learningRate) };
      took(await (await session('noisy step', build, kept)).run({ ...read, ...held }, state.into));
    },
    async evaluate(batch, under = 'weight') {
      const { B, T } = batch;
      const running = await session(`loss ${B},${T}`, () => encodeFor(lossGraph(model, B, T), device));
      const held = state.feeds();
      const feeds = packs.map((_, i) => {
        const flat = parts[under][i]!;
        return [`weight.${i}`, held[`${under}.${i}`] ?? floats(flat, [flat.length])];
      });
      const results = await running.run({
        ...(await frozen).feeds,
        ...Object.fromEntries(feeds),
        ...batchFeeds([batch]),
      });
      return { nats: numbers(results.nats)[0]!, weight: numbers(results.weight)[0]! };
    },
    pull: () => state.pull(),
    state: () => ({
      step: done,
      weights: live,
      firstMoment: byName('firstMoment'),
      secondMoment: byName('secondMoment'),
      average,
    }),
    whole: (trained) => (lora ? mergeLora(config, initial, trained, lora) : trained),
    async release() {
      await state.release();
      await (await frozen).release();
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

function groupsOf(batches: StepBatches): GroupShape[] {
  return batches.map(({ B, T, parts = 1 }) => {
    if (B % parts !== 0) throw new Error(`a batch of ${B} rows has no ${parts} equal parts`);
    return { parts, B: B / parts, T };
  });
}

/** By the names that `stepGraph` gives the state of each pack. */
function numbersOf(
  parts: Readonly<Record<string, readonly (Float32Array | undefined)[]>>,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([part, flats]) =>
      flats.flatMap((flat, i) => (flat ? [[`${part}.${i}`, flat]] : [])),
    ),
  );
}

function batchFeeds(batches: StepBatches): Feeds {
  const groups = batches.map(({ B, T, ids, targets, targetWeights }, group) => ({
    [`input_ids.${group}`]: ints(ids, [B, T]),
    [`targets.${group}`]: ints(targets, [B, T]),
    [`target_weights.${group}`]: floats(targetWeights, [B, T]),
  }));
  return Object.assign({}, ...groups);
}
