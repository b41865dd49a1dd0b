/**
 * The graphs that training runs: optimizer steps (forward, loss, backward, clipping, the optimizer), and the loss alone.
 * It knows models and gradients, not tables, and runs nothing.
 */
import { architectures, headName, isLayerMatrix } from '../models/architectures.ts';
import { causalAttention } from '../models/attention/attention.ts';
import type { ModelConfig, WeightSpec } from '../models/config.ts';
import { plainParameters } from '../models/parameters.ts';
import { partOf, sumOver } from '../src/onnx/chunked.ts';
import { Graph, type Value } from '../src/onnx/graph.ts';
import { type Pack, pack, packParameters, type Rule, type Trained, unpack } from './flat-parameters.ts';
import { gradients } from './gradients.ts';
import { crossEntropy, crossEntropySlopes } from './loss.ts';
import {
  adamwUpdate,
  clipFactor,
  globalNorm,
  muonUpdate,
  type OptimizerOptions,
  type ParameterState,
  type StepScalars,
  stackedMuonUpdate,
  stepScalars,
} from './optimizers.ts';
import { stackedPacks, stackedParameters } from './stacked-parameters.ts';

/** Every parameter of a model trained; `layerRule` moves the matrices inside its layers, AdamW the others. */
export function wholeModel(config: ModelConfig, layerRule: Rule = 'adamw', isStacked = false): Trained {
  const specs = architectures[config.architecture].weights(config);
  const ruleOf = (spec: WeightSpec) => (isLayerMatrix(spec) ? layerRule : 'adamw');
  return {
    config,
    isStacked,
    packs: isStacked ? stackedPacks(specs, ruleOf) : packParameters(specs, ruleOf),
    frozen: [],
    parameters: (g, value) => plainParameters(g, config, value),
  };
}

/** `parts` parts of B sequences of T tokens: one part's activations are in memory at a time. */
export interface GroupShape {
  readonly parts: number;
  readonly B: number;
  readonly T: number;
}

interface BatchInputs {
  readonly ids: Value;
  readonly targets: Value;
  readonly weights: Value;
}

/** Token ids, the token after each and how much it counts: each [rows, T]. The names end with the group's number. */
export function batchInputs(g: Graph, rows: number, T: number, group = 0): BatchInputs {
  return {
    ids: g.input(`input_ids.${group}`, 'int32', [rows, T]),
    targets: g.input(`targets.${group}`, 'int32', [rows, T]),
    weights: g.input(`target_weights.${group}`, 'float32', [rows, T]),
  };
}

function partOfBatch(g: Graph, { ids, targets, weights }: BatchInputs, count: number, index: Value): BatchInputs {
  const part = (x: Value) => partOf(g, x, count, index);
  return { ids: part(ids), targets: part(targets), weights: part(weights) };
}

/** The predictions of a batch, and the parameters they are made of. */
export function predict(g: Graph, model: Trained, value: (name: string) => Value, batch: BatchInputs) {
  const { config, isStacked } = model;
  const [B, T] = batch.ids.shape as [number, number];
  const asked = isStacked ? stackedParameters(g, model, value) : model.parameters(g, value);
  const { hidden } = architectures[config.architecture];
  const column = (x: Value) => g.op('Reshape', [x, g.integers([B * T, 1])]);
  return {
    hidden: hidden(g, config, asked, batch.ids, causalAttention(g, config, B, T, isStacked)),
    head: asked.weight(headName(config)),
    targets: column(batch.targets),
    weights: column(batch.weights),
  };
}

/** A batch and the packed weights in; the sum of weighted nats and of weights out. */
export function lossGraph(model: Trained, B: number, T: number): Graph {
  const g = new Graph({ unrolls: model.isStacked });
  const batch = batchInputs(g, B, T);
  const flat = model.packs.map(({ size }, i) => g.input(`weight.${i}`, 'float32', [size]));
  const values = new Map([...frozenInputs(g, model), ...unpackAll(g, model.packs, flat)]);
  g.output('nats', crossEntropy(g, predict(g, model, named(values), batch)));
  g.output('weight', total(g, batch.weights));
  return g;
}

interface StepGraphOptions {
  /** By default the step's own target weight. */
  readonly normalizer?: number | undefined;
  /** Whether the running average of the weights (flat-parameters.ts) is part of the state; by `averageShare` it moves to the weights. */
  readonly averages?: boolean;
}

/**
 * One step over groups of sequences, one group a length: batches and the state of each pack in, the state after the step, its loss and
 * gradient norm out. The gradient is that of the weighted nats over all groups, divided by `normalizer`.
 */
export function stepGraph(
  model: Trained,
  groups: readonly GroupShape[],
  optimizer: OptimizerOptions,
  { normalizer, averages = false }: StepGraphOptions = {},
): Graph {
  const g = new Graph({ unrolls: model.isStacked });
  const batches = groups.map(({ parts, B, T }, i) => batchInputs(g, parts * B, T, i));
  const frozen = frozenInputs(g, model);
  const scalars = scalarInputs(g, averages);
  const state = model.packs.map((pack, i) => stateInputs(g, pack, i, averages));
  const weights = state.map(({ weight }) => weight);
  const trained = unpackAll(g, model.packs, weights);
  const ofGroups = groups.map(({ parts }, i) => summedSlopes(g, model, trained, frozen, batches[i]!, parts));
  const sums = ofGroups.reduce((a, b) => addedSlopes(g, a, b));
  const divisor = normalizer === undefined ? sums.total : g.constant(normalizer);
  // Slopes are of the sum of nats; the gradient is that of a mean.
  const norm = g.op('Div', [globalNorm(g, sums.slopes), divisor]);
  const scale = g.op('Div', [clipFactor(g, norm, optimizer), divisor]);
  for (const [i, pack] of model.packs.entries()) {
    outputState(g, i, stateAfter(g, pack, state[i]!, sums.slopes[i]!, scale, scalars, optimizer));
  }
  g.output('loss', g.op('Div', [sums.nats, sums.total]));
  g.output('gradNorm', norm);
  return g;
}

/** What a step changes of a pack: Muon has no second moment, and the running average is there where the graph keeps it. */
export type State = Pick<ParameterState<Value>, 'weight' | 'firstMoment'> &
  Partial<Pick<ParameterState<Value>, 'secondMoment'>> & { readonly average?: Value };

/** The state of pack `i` as inputs, `weight.i` and so on. */
export function stateInputs(g: Graph, { rule, size }: Pack, i: number, averages: boolean): State {
  const input = (part: keyof State) => g.input(`${part}.${i}`, 'float32', [size]);
  return {
    weight: input('weight'),
    firstMoment: input('firstMoment'),
    ...(rule === 'adamw' && { secondMoment: input('secondMoment') }),
    ...(averages && { average: input('average') }),
  };
}

export function outputState(g: Graph, i: number, state: State): void {
  for (const [part, value] of Object.entries(state)) g.output(`next.${part}.${i}`, value);
}

export function scalarInputs(g: Graph, averages: boolean): AllScalars {
  const names = averages ? ([...stepScalars, 'averageShare'] as const) : stepScalars;
  return Object.fromEntries(names.map((name) => [name, g.input(name, 'float32', [])])) as AllScalars;
}

/** `averageShare` where there is an average: how far it moves to the weights (flat-parameters.ts). */
export type AllScalars = StepScalars<Value> & { readonly averageShare?: Value };

/** A step along `scale` times `slope` by the pack's rule, and the average after it. */
export function stateAfter(
  g: Graph,
  pack: Pack,
  state: State,
  slope: Value,
  scale: Value,
  scalars: AllScalars,
  optimizer: OptimizerOptions,
): State {
  const gradient = g.op('Mul', [slope, scale]);
  const { secondMoment } = state;
  const next = secondMoment
    ? adamwUpdate(g, { ...state, secondMoment }, gradient, scalars, optimizer, pack.decayed)
    : pack.blocks !== pack.specs
      ? stackedMuonUpdate(g, pack.blocks, state, gradient, scalars, optimizer.momentum!)
      : muonUpdate(g, pack, state, gradient, scalars, optimizer.momentum!);
  const { average } = state;
  if (!average) return next;
  const way = g.op('Sub', [next.weight, average]);
  return { ...next, average: g.op('Add', [average, g.op('Mul', [way, scalars.averageShare!])]) };
}

/** Sum of weighted nats, of weights, and the gradient of the former with respect to each pack, over all parts of a batch. */
function summedSlopes(
  g: Graph,
  model: Trained,
  trained: ReadonlyMap<string, Value>,
  frozen: ReadonlyMap<string, Value>,
  batch: BatchInputs,
  parts: number,
) {
  const value = named(new Map([...frozen, ...trained]));
  const sizes = model.packs.map(({ size }) => [size]);
  const { summed } = sumOver(g, parts, [[], [], ...sizes], (part, index) => {
    const rows = partOfBatch(part, batch, parts, index);
    const predictions = predict(part, model, value, rows);
    const { nats, ...slopes } = crossEntropySlopes(part, predictions, trained.has(headName(model.config)));
    const known = (['hidden', 'head'] as const).flatMap((name) => {
      const slope = slopes[name];
      return slope ? [[predictions[name], slope] as const] : [];
    });
    const found = gradients(part, known, [...trained.values()]);
    const slopeOf = new Map([...trained.keys()].map((name, i) => [name, found[i]!]));
    const packed = model.packs.map((one) => pack(part, one.blocks, (name) => slopeOf.get(name)!));
    return { summed: [nats, total(part, rows.weights), ...packed], joined: [] };
  });
  const [nats, sum, ...slopes] = summed as [Value, Value, ...Value[]];
  return { nats, total: sum, slopes };
}

function addedSlopes(g: Graph, a: ReturnType<typeof summedSlopes>, b: typeof a): typeof a {
  const add = (x: Value, y: Value) => g.op('Add', [x, y]);
  return {
    nats: add(a.nats, b.nats),
    total: add(a.total, b.total),
    slopes: a.slopes.map((slope, i) => add(slope, b.slopes[i]!)),
  };
}

const total = (g: Graph, weights: Value) => g.op('ReduceSum', [weights], { keepdims: 0 });

export function frozenInputs(g: Graph, { frozen }: Trained): Map<string, Value> {
  return new Map(frozen.map(({ name, shape }) => [name, g.input(name, 'float32', shape)]));
}

export function unpackAll(g: Graph, packs: readonly Pick<Pack, 'blocks'>[], flat: readonly Value[]) {
  return new Map(packs.flatMap(({ blocks }, i) => unpack(g, blocks, flat[i]!)));
}

export function named(values: ReadonlyMap<string, Value>): (name: string) => Value {
  return (name) => {
    const value = values.get(name);
    if (!value) throw new Error(`no parameter ${name}`);
    return value;
  };
}
