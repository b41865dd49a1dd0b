/**
 * The graphs that training runs: optimizer steps (forward, loss, backward, clipping, the optimizer), and the loss alone.
 * It knows models and gradients, not tables, and runs nothing.
 */
import { architectures, headName, isLayerMatrix } from '../models/architectures.ts';
import { causalAttention } from '../models/attention/attention.ts';
import type { ModelConfig, WeightSpec } from '../models/config.ts';
import type { Parameters } from '../models/forward.ts';
import { plainParameters } from '../models/parameters.ts';
import { partOf, sumOver } from '../src/onnx/chunked.ts';
import { Graph, type Value } from '../src/onnx/graph.ts';
import { type Pack, pack, packParameters, type Rule, unpack } from './flat-parameters.ts';
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
  stepScalars,
} from './optimizers.ts';

/** What is trained of a model, and how its forward pass reads parameters. */
export interface Trained {
  readonly config: ModelConfig;
  /** The parameters that are trained. */
  readonly packs: readonly Pack[];
  /** Those that are only read; inputs of the graphs under their own names. */
  readonly frozen: readonly WeightSpec[];
  readonly parameters: (g: Graph, value: (name: string) => Value) => Parameters;
}

/** Every parameter of a model trained; `layerRule` moves the matrices inside its layers, AdamW the others. */
export function wholeModel(config: ModelConfig, layerRule: Rule = 'adamw'): Trained {
  return {
    config,
    packs: packParameters(architectures[config.architecture].weights(config), (spec) =>
      isLayerMatrix(spec) ? layerRule : 'adamw',
    ),
    frozen: [],
    parameters: (g, value) => plainParameters(g, config, value),
  };
}

/** `parts` parts of B sequences of T tokens: one part's activations are in memory at a time. */
interface GroupShape {
  readonly parts: number;
  readonly B: number;
  readonly T: number;
}

/** `steps` optimizer steps, each over the same groups of sequences, one group a length. */
export interface StepShape {
  readonly steps: number;
  readonly groups: readonly GroupShape[];
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
export function predict(g: Graph, { config, parameters }: Trained, value: (name: string) => Value, batch: BatchInputs) {
  const [B, T] = batch.ids.shape as [number, number];
  const asked = parameters(g, value);
  const { hidden } = architectures[config.architecture];
  const column = (x: Value) => g.op('Reshape', [x, g.integers([B * T, 1])]);
  return {
    hidden: hidden(g, config, asked, batch.ids, causalAttention(g, config, B, T)),
    head: asked.weight(headName(config)),
    targets: column(batch.targets),
    weights: column(batch.weights),
  };
}

/** A batch and the packed weights in; the sum of weighted nats and of weights out. */
export function lossGraph(model: Trained, B: number, T: number): Graph {
  const g = new Graph();
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
 * Batches and the state of each pack in; the state after all steps, and each step's loss and gradient norm [steps], out.
 * The gradient is that of the step's weighted nats over all groups, divided by `normalizer`. More than one step, or part,
 * is a loop inside the graph: nothing but the batches comes from the host between steps.
 */
export function stepGraph(
  model: Trained,
  shape: StepShape,
  optimizer: OptimizerOptions,
  { normalizer, averages = false }: StepGraphOptions = {},
): Graph {
  const g = new Graph();
  const names = scalarNames(averages);
  const parts = model.packs.map((pack) => statePartsOf(pack, averages));
  const { steps, groups } = shape;
  const batches = groups.map(({ parts, B, T }, i) => batchInputs(g, steps * parts * B, T, i));
  const frozen = frozenInputs(g, model);
  const given = Object.fromEntries(names.map((name) => [name, g.input(name, 'float32', [steps])]));
  const state = model.packs.flatMap(({ size }, i) =>
    parts[i]!.map((part) => g.input(`${part}.${i}`, 'float32', [size])),
  );
  const { carried, stacked } = g.loop(steps, state, (turn, index, flat) => {
    const now = grouped(flat, parts);
    const trained = unpackAll(
      turn,
      model.packs,
      now.map(({ weight }) => weight),
    );
    const ofGroups = groups.map(({ parts }, i) =>
      summedSlopes(turn, model, trained, frozen, partOfBatch(turn, batches[i]!, steps, index), parts),
    );
    const sums = ofGroups.reduce((a, b) => addedSlopes(turn, a, b));
    const divisor = normalizer === undefined ? sums.total : turn.constant(normalizer);
    const scalars = Object.fromEntries(
      names.map((name) => [name, turn.op('Gather', [given[name]!, index], { axis: 0 })]),
    ) as AllScalars;
    // Slopes are of the sum of nats; the gradient is that of a mean.
    const norm = turn.op('Div', [globalNorm(turn, sums.slopes), divisor]);
    const scale = turn.op('Div', [clipFactor(turn, norm, optimizer), divisor]);
    const next = model.packs.map((pack, i) =>
      stateAfter(turn, pack, now[i]!, sums.slopes[i]!, scale, scalars, optimizer),
    );
    return {
      carried: next.flatMap((pack, i) => parts[i]!.map((part) => pack[part]!)),
      stacked: [turn.op('Div', [sums.nats, sums.total]), norm],
    };
  });
  for (const [i, next] of grouped(carried, parts).entries()) {
    for (const part of parts[i]!) g.output(`next.${part}.${i}`, next[part]!);
  }
  g.output('loss', stacked[0]!);
  g.output('gradNorm', stacked[1]!);
  return g;
}

/** What a step changes of a pack: Muon has no second moment, and the running average is there where the graph keeps it. */
export type State = Pick<ParameterState<Value>, 'weight' | 'firstMoment'> &
  Partial<Pick<ParameterState<Value>, 'secondMoment'>> & { readonly average?: Value };

/** The parts of a pack's state, in the order of the graph's inputs. */
export function statePartsOf({ rule }: Pick<Pack, 'rule'>, averages: boolean): (keyof State)[] {
  return [
    'weight',
    'firstMoment',
    ...(rule === 'adamw' ? (['secondMoment'] as const) : []),
    ...(averages ? (['average'] as const) : []),
  ];
}

export const scalarNames = (averages: boolean) =>
  averages ? ([...stepScalars, 'averageShare'] as const) : stepScalars;

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
    : muonUpdate(g, pack, state, gradient, scalars, optimizer.momentum!);
  const { average } = state;
  if (!average) return next;
  const way = g.op('Sub', [next.weight, average]);
  return { ...next, average: g.op('Add', [average, g.op('Mul', [way, scalars.averageShare!])]) };
}

/** `flat` as the states of the packs, whose parts are these. */
function grouped(flat: readonly Value[], parts: readonly (readonly (keyof State)[])[]): State[] {
  const next = flat.values();
  return parts.map((names) => Object.fromEntries(names.map((name) => [name, next.next().value])) as unknown as State);
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
    const packed = model.packs.map((members) => pack(part, members, (name) => slopeOf.get(name)!));
    return { summed: [nats, total(part, rows.weights), ...packed], joined: [] };
  });
  const [nats, sum, ...slopes] = summed as [Value, Value, ...Value[]];
  return { nats, total: sum, slopes };
}

type SummedSlopes = ReturnType<typeof summedSlopes>;

function addedSlopes(g: Graph, a: SummedSlopes, b: SummedSlopes): SummedSlopes {
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

export function unpackAll(g: Graph, packs: readonly Pack[], flat: readonly Value[]): Map<string, Value> {
  return new Map(packs.flatMap((members, i) => unpack(g, members, flat[i]!)));
}

export function named(values: ReadonlyMap<string, Value>): (name: string) => Value {
  return (name) => {
    const value = values.get(name);
    if (!value) throw new Error(`no parameter ${name}`);
    return value;
  };
}
