/**
 * The two graphs of a differentially private step (Abadi et al. 2016, DP-SGD): the clipped gradients of some rows, summed; and
 * AdamW's step along such sums, once noise was added to them. The noise is drawn outside: no device has a secure source.
 */
import { architectures, headName } from '../models/architectures.ts';
import { causalAttention } from '../models/attention/attention.ts';
import type { Attention, Parameters } from '../models/forward.ts';
import { Graph, type Node, type Value } from '../src/onnx/graph.ts';
import { pack, type Trained } from './flat-parameters.ts';
import { gradients, type Slope } from './gradients.ts';
import { lossSlope } from './loss.ts';
import type { OptimizerOptions } from './optimizers.ts';
import {
  batchInputs,
  frozenInputs,
  named,
  outputState,
  scalarInputs,
  stateAfter,
  stateInputs,
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
  // Cut into weights, which its rules know, also where a device's packs are blocks.
  const weights = packs.map(({ specs }) => ({ blocks: specs }));
  const trained = unpackAll(g, weights, flat);
  const value = named(new Map([...frozenInputs(g, model), ...trained]));
  const parameters = scalingTokens(g, model.parameters(g, value));
  const attention = rowAttention(g, model, B, T);
  const hidden = architectures[config.architecture].hidden(g, config, parameters, batch.ids, attention);
  const column = (x: Value) => g.op('Reshape', [x, g.integers([B * T, 1])]);
  const head = parameters.weight(headName(config));
  const slope = lossSlope(g, { hidden, head, targets: column(batch.targets), weights: column(batch.weights) });
  const { sums, norms } = clippedSums(g, [slope], [...trained.values()], { B, clip });
  const sumOf = new Map([...trained.keys()].map((name, i) => [name, sums[i]!]));
  for (const [i, { blocks }] of weights.entries()) {
    const sum = pack(g, blocks, (name) => sumOf.get(name)!);
    g.output(`sum.${i}`, sum);
  }
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
  optimizer: OptimizerOptions,
  { normalizer, averages }: { readonly normalizer: number; readonly averages: boolean },
): Graph {
  const g = new Graph();
  const scalars = scalarInputs(g, averages);
  const scale = g.constant(1 / normalizer);
  for (const [i, pack] of packs.entries()) {
    const state = stateInputs(g, pack, i, averages);
    const sum = g.input(`sum.${i}`, 'float32', [pack.size]);
    outputState(g, i, stateAfter(g, pack, state, sum, scale, scalars, optimizer));
  }
  return g;
}

// The gradient of every row of a batch, clipped to a norm and summed, in one backward pass (Bu et al. 2022,
// "book-keeping"): a parameter's gradient is a product of what went in and the gradient of what came out, and so are
// each row's part of it, its norm, and the clipped sum.

/** A row's part of a gradient: the product left^T right over its tokens ([B, T, m] and [B, T, n] make [B, m, n]), or a sum [B, n]. */
type Part = { readonly left: Value; readonly right: Value } | { readonly sum: Value };

interface Use {
  readonly g: Graph;
  readonly node: Node;
  /** Gradient of the loss with respect to the node's first output. */
  readonly dy: Value;
  /** Tokens [B T, n] or [B, T, n] as [B, T, n]. */
  readonly perRow: (tokens: Value) => Value;
}

const sumOverTokens = ({ g, perRow }: Use, tokens: Value): Part => ({
  sum: g.op('ReduceSum', [perRow(tokens), g.integers([1])], { keepdims: 0 }),
});

/** By operator, and by which of its inputs the parameter is: the others hold tokens. */
const rules: Readonly<Record<string, Readonly<Record<number, (use: Use) => Part>>>> = {
  FusedMatMul: {
    1: ({ g, node: { inputs, attributes }, dy, perRow }) => {
      const { transB = 0, alpha = 1 } = attributes as { transB?: number; alpha?: number };
      const [into, out] = [perRow(inputs[0]!), perRow(alpha === 1 ? dy : g.op('Mul', [dy, g.constant(alpha)]))];
      return transB ? { left: out, right: into } : { left: into, right: out };
    },
  },
  Gather: {
    0: ({ g, node: { inputs }, dy, perRow }) => ({
      left: perRow(oneHot(g, inputs[1]!, inputs[0]!.shape[0] as number)),
      right: perRow(dy),
    }),
  },
  Add: { 1: (use) => sumOverTokens(use, use.dy) },
  Mul: { 1: (use) => sumOverTokens(use, use.g.op('Mul', [use.dy, use.node.inputs[0]!])) },
  SimplifiedLayerNormalization: { 1: (use) => sumOverTokens(use, normedTimes(use)) },
  LayerNormalization: { 1: (use) => sumOverTokens(use, normedTimes(use)), 2: (use) => sumOverTokens(use, use.dy) },
};

/** dy times the normalised input: the same operator with scale 1 and no bias. */
function normedTimes({ g, node: { op, inputs, attributes }, dy }: Use): Value {
  const size = inputs[1]!.shape as number[];
  const filled = (x: number) => g.constant(new Float32Array(size[0]!).fill(x), size);
  return g.op('Mul', [dy, g.op(op, [inputs[0]!, filled(1), ...(inputs[2] ? [filled(0)] : [])], attributes)]);
}

function oneHot(g: Graph, indices: Value, size: number): Value {
  const tokens = (indices.shape as number[]).reduce((a, b) => a * b, 1);
  const column = g.op('Reshape', [indices, g.integers([tokens, 1])]);
  const zeros = g.op('Expand', [g.constant(0), g.integers([tokens, size])]);
  const ones = g.op('Expand', [g.constant(1), g.integers([tokens, 1])]);
  return g.op('ScatterElements', [zeros, column, ones], { axis: -1 });
}

/**
 * For each parameter the sum over the rows (`sums`), and the norm of each row's whole gradient before it was clipped (`norms`, [B]).
 * @param known gradients to walk back from, of the sum of all rows' losses (gradients.ts).
 * @param clip the norm that no row's gradient exceeds. A row whose norm is no number counts as zero, unless its factors are no
 * numbers either: then the sums are none, and `norms` says which rows to leave out.
 */
function clippedSums(
  g: Graph,
  known: readonly Slope[],
  parameters: readonly Value[],
  { B, clip }: { readonly B: number; readonly clip: number },
) {
  const perRow = (x: Value) => g.op('Reshape', [x, g.integers([B, -1, x.shape.at(-1) as number])]);
  const isParameter = new Set(parameters.map(({ name }) => name));
  const uses = g.nodes.filter(({ inputs }) => inputs.some(({ name }) => isParameter.has(name)));
  const dys = gradients(
    g,
    known,
    uses.map(({ outputs }) => outputs[0]!),
  );
  const parts = new Map<string, Part[]>(parameters.map(({ name }) => [name, []]));
  for (const [i, node] of uses.entries()) {
    for (const [at, { name }] of node.inputs.entries()) {
      if (!isParameter.has(name)) continue;
      const rule = rules[node.op]?.[at];
      if (!rule) throw new Error(`${node.op}: no rule for a row's gradient of input ${at}`);
      parts.get(name)!.push(rule({ g, node, dy: dys[i]!, perRow }));
    }
  }
  const whole = parameters.map(({ name }) => joined(g, parts.get(name)!));
  const squares = g.op(
    'Sum',
    whole.map((part) => normSquares(g, part)),
  );
  const norms = g.op('Sqrt', [squares]);
  const factors = clipFactors(g, norms, clip);
  return { sums: parameters.map(({ shape }, i) => weightedSum(g, whole[i]!, factors, shape as number[])), norms };
}

/** All uses of one parameter as one: products end to end along the tokens, which adds them, cross terms of the norm included. */
function joined(g: Graph, parts: readonly Part[]): Part {
  const sums = parts.flatMap((part) => ('sum' in part ? [part.sum] : []));
  if (sums.length > 0) return { sum: sums.reduce((a, b) => g.op('Add', [a, b])) };
  const products = parts.flatMap((part) => ('left' in part ? [part] : []));
  const endToEnd = (side: 'left' | 'right') =>
    products.length === 1
      ? products[0]![side]
      : g.op(
          'Concat',
          products.map((part) => part[side]),
          { axis: 1 },
        );
  return { left: endToEnd('left'), right: endToEnd('right') };
}

/** The square of each row's norm, [B]. Of a product, from products of its factors with themselves where that is less work. */
function normSquares(g: Graph, part: Part): Value {
  if ('sum' in part) return g.op('ReduceSumSquare', [part.sum, g.integers([1])], { keepdims: 0 });
  const [, T, m] = part.left.shape as [number, number, number];
  const n = part.right.shape[2] as number;
  if (m * n < T * (m + n)) {
    const product = g.op('FusedMatMul', [part.left, part.right], { transA: 1 });
    return g.op('ReduceSumSquare', [product, g.integers([1, 2])], { keepdims: 0 });
  }
  const self = (x: Value) => g.op('FusedMatMul', [x, x], { transB: 1 });
  const terms = g.op('Mul', [self(part.left), self(part.right)]);
  return g.op('ReduceSum', [terms, g.integers([1, 2])], { keepdims: 0 });
}

/** Norms are sums of 32-bit numbers: they are taken for this much longer, so that no rounding makes a row too long. */
const rounding = 1.001;

/** What each row's gradient is multiplied by, [B]: at most 1, and 0 where the norm is no number. */
function clipFactors(g: Graph, norms: Value, clip: number): Value {
  const longest = g.op('Add', [g.op('Mul', [norms, g.constant(rounding)]), g.constant(1e-20)]);
  const factor = g.op('Min', [g.op('Div', [g.constant(clip), longest]), g.constant(1)]);
  const isNumber = g.op('LessOrEqual', [norms, g.constant(1e30)]);
  return g.op('Where', [isNumber, factor, g.constant(0)]);
}

/** The sum over the rows, each times its factor [B]. */
function weightedSum(g: Graph, part: Part, factors: Value, shape: readonly number[]): Value {
  const [B] = factors.shape as [number];
  if ('sum' in part) {
    const row = g.op('FusedMatMul', [g.op('Reshape', [factors, g.integers([1, B])]), part.sum]);
    return g.op('Reshape', [row, g.integers(shape)]);
  }
  const column = g.op('Reshape', [factors, g.integers([B, 1, 1])]);
  const flat = (x: Value) => g.op('Reshape', [x, g.integers([-1, x.shape[2] as number])]);
  const isLeftNarrow = (part.left.shape[2] as number) <= (part.right.shape[2] as number);
  const scaled = (x: Value, isNarrow: boolean) => flat(isNarrow ? g.op('Mul', [x, column]) : x);
  return g.op('FusedMatMul', [scaled(part.left, isLeftNarrow), scaled(part.right, !isLeftNarrow)], { transA: 1 });
}
