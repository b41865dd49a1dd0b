/**
 * The two graphs of a differentially private step (Abadi et al. 2016, DP-SGD): the clipped gradients of some rows, summed; and
 * AdamW's step along such sums, once noise was added to them. The noise is drawn outside: no device has a secure source.
 */
import { architectures, headName } from '../models/architectures.ts';
import { causalAttention } from '../models/attention/attention.ts';
import type { Attention, Parameters } from '../models/forward.ts';
import { Graph, type Value } from '../src/onnx/graph.ts';
import type { AdamWOptions } from './adamw.ts';
import { pack } from './flat-parameters.ts';
import { lossSlope } from './loss.ts';
import { clippedSums } from './row-gradients.ts';
import {
  type AllScalars,
  batchInputs,
  frozenInputs,
  named,
  type State,
  stateAfter,
  stateNames,
  type Trained,
  unpackAll,
} from './step-graph.ts';

/**
 * B rows of T tokens and the packed weights in; each pack's sum of the rows' clipped gradients (`sum.i`) and each row's norm out.
 * A row is one sequence: attention, norms and the loss see one at a time, so no other row changes its gradient.
 */
export function clippedSumsGraph(model: Trained, B: number, T: number, clip: number): Graph {
  const g = new Graph();
  const { config, packs } = model;
  const batch = batchInputs(g, B, T);
  const flat = packs.map(({ size }, i) => g.input(`weight.${i}`, 'float32', [size]));
  const trained = unpackAll(g, packs, flat);
  const value = named(new Map([...frozenInputs(g, model), ...trained]));
  const parameters = scalingTokens(g, model.parameters(g, value));
  const hidden = architectures[config.architecture].hidden(
    g,
    config,
    parameters,
    batch.ids,
    rowAttention(g, model, B, T),
  );
  const column = (x: Value) => g.op('Reshape', [x, g.integers([B * T, 1])]);
  const head = parameters.weight(headName(config));
  const slope = lossSlope(g, { hidden, head, targets: column(batch.targets), weights: column(batch.weights) });
  const { sums, norms } = clippedSums(g, [slope], [...trained.values()], { B, clip });
  const sumOf = new Map([...trained.keys()].map((name, i) => [name, sums[i]!]));
  for (const [i, members] of packs.entries())
    g.output(
      `sum.${i}`,
      pack(g, members, (name) => sumOf.get(name)!),
    );
  g.output('norms', norms);
  return g;
}

/** A scale is multiplied with the tokens, not with the matrix after it: every parameter meets tokens only. */
function scalingTokens(g: Graph, { weight, linear }: Parameters): Parameters {
  return { weight, linear: (x, name, scale) => linear(scale ? g.op('Mul', [x, scale]) : x, name) };
}

/** With a position for every token of every row: a table of positions then has a gradient for each row. */
function rowAttention(g: Graph, { config }: Trained, B: number, T: number): Attention {
  const positions = Array.from({ length: B * T }, (_, i) => i % T);
  return { ...causalAttention(g, config, B, T), positions: () => g.integers(positions, [B, T]) };
}

/** The packs' state and noisy sums (`sum.i`) in, the state after the step out. The gradient is the sum divided by `normalizer`. */
export function noisyStepGraph(
  { packs }: Trained,
  optimizer: AdamWOptions,
  { normalizer, averages }: { readonly normalizer: number; readonly averages: boolean },
): Graph {
  const g = new Graph();
  const { parts, names } = stateNames(averages);
  const scalars = Object.fromEntries(names.map((name) => [name, g.input(name, 'float32', [1])])) as AllScalars;
  const scale = g.constant(1 / normalizer);
  for (const [i, { size, decayed }] of packs.entries()) {
    const state = Object.fromEntries(parts.map((part) => [part, g.input(`${part}.${i}`, 'float32', [size])]));
    const sum = g.input(`sum.${i}`, 'float32', [size]);
    const next = stateAfter(g, state as unknown as State, sum, scale, scalars, optimizer, decayed);
    for (const part of parts) g.output(`next.${part}.${i}`, next[part]!);
  }
  return g;
}
