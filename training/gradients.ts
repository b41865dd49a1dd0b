/**
 * Reverse-mode differentiation: one table from operator to the gradients of its inputs, and the walk that applies it.
 * It knows the operators' calculus and nothing of models, losses or optimizers.
 */
import type { Graph, Node, Shape, Value } from '../src/onnx/graph.ts';

interface Call {
  readonly g: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Node['attributes'];
  /** Gradient of the loss with respect to the first output. */
  readonly dy: Value;
  /** The same for every output; undefined for those that the loss does not depend on. Only Split has more than one. */
  readonly dys: readonly (Value | undefined)[];
  /** Whether anybody asks for the gradient of input i; rules may skip work for those that nobody wants. */
  readonly wanted: (i: number) => boolean;
}

/** Gradients of the inputs in order; undefined where none flows. */
type Rule = (call: Call) => readonly (Value | undefined)[];

const add = (g: Graph, a: Value, b: Value) => g.op('Add', [a, b]);
const sub = (g: Graph, a: Value, b: Value) => g.op('Sub', [a, b]);
const mul = (g: Graph, a: Value, b: Value) => g.op('Mul', [a, b]);
const div = (g: Graph, a: Value, b: Value) => g.op('Div', [a, b]);
const sumLast = (g: Graph, x: Value) => g.op('ReduceSum', [x, g.integers([-1])], { keepdims: 1 });

export const rules: Record<string, Rule> = {
  Identity: ({ dy }) => [dy],
  Neg: ({ g, dy }) => [g.op('Neg', [dy])],
  Add: ({ dy }) => [dy, dy],
  Sub: ({ g, dy, wanted }) => [dy, wanted(1) ? g.op('Neg', [dy]) : undefined],
  Mul: ({ g, inputs: [a, b], dy, wanted }) => [
    wanted(0) ? mul(g, dy, b!) : undefined,
    wanted(1) ? mul(g, dy, a!) : undefined,
  ],
  Div: ({ g, inputs: [, b], outputs: [y], dy, wanted }) => [
    wanted(0) ? div(g, dy, b!) : undefined,
    wanted(1) ? g.op('Neg', [div(g, mul(g, dy, y!), b!)]) : undefined,
  ],
  Exp: ({ g, outputs: [y], dy }) => [mul(g, dy, y!)],
  Log: ({ g, inputs: [x], dy }) => [div(g, dy, x!)],
  Sqrt: ({ g, outputs: [y], dy }) => [div(g, mul(g, dy, g.constant(0.5)), y!)],
  Sigmoid: ({ g, outputs: [y], dy }) => [mul(g, dy, mul(g, y!, sub(g, g.constant(1), y!)))],
  Tanh: ({ g, outputs: [y], dy }) => [mul(g, dy, sub(g, g.constant(1), mul(g, y!, y!)))],
  QuickGelu: quickGelu,
  FastGelu: fastGelu,
  Softmax: ({ g, outputs: [y], dy }) => {
    const weighted = mul(g, dy, y!);
    return [sub(g, weighted, mul(g, y!, sumLast(g, weighted)))];
  },
  LogSoftmax: ({ g, outputs: [y], dy }) => [sub(g, dy, mul(g, g.op('Exp', [y!]), sumLast(g, dy)))],
  SimplifiedLayerNormalization: rmsNorm,
  LayerNormalization: layerNorm,
  FusedMatMul: product,
  MatMul: product,
  Transpose: ({ g, attributes, dy }) => {
    const perm = attributes.perm as readonly number[];
    return [g.op('Transpose', [dy], { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
  },
  Reshape: ({ g, inputs: [x], dy }) => [g.op('Reshape', [dy, g.integers(fixed(x!.shape))])],
  ReduceSum: ({ g, inputs: [x, axes], dy, attributes }) => {
    const kept = attributes.keepdims === 0 && axes ? g.op('Unsqueeze', [dy, axes]) : dy;
    return [g.op('Expand', [kept, g.integers(fixed(x!.shape))])];
  },
  Concat: ({ g, inputs, attributes, dy }) => {
    const sizes = inputs.map(({ shape }) => fixed(shape).at(attributes.axis as number)!);
    return g.ops('Split', [dy, g.integers(sizes)], attributes);
  },
  Split: ({ g, outputs, attributes, dys }) => {
    const zeros = (y: Value) => g.constant(new Float32Array(fixed(y.shape).reduce((a, b) => a * b, 1)), fixed(y.shape));
    return [
      g.op(
        'Concat',
        outputs.map((y, i) => dys[i] ?? zeros(y)),
        { axis: attributes.axis! },
      ),
    ];
  },
  Gather: gatherRows,
  RotaryEmbedding: ({ g, inputs: [, positions, cos, sin], attributes, dy }) => [
    // A rotation's inverse turns the other way.
    g.op('RotaryEmbedding', [dy, positions!, cos!, g.op('Neg', [sin!])], attributes),
  ],
};

/** A value and the gradient of the loss with respect to it, of the same shape. */
export type Slope = readonly [value: Value, gradient: Value];

/**
 * Gradients of a loss with respect to each of `targets` (same shapes), added to the graph that computes it. `known` are
 * gradients to walk back from: of the loss itself ([loss, 1]) or of values that a loss was computed from.
 * Throws when the loss does not depend on a target, or an operator on the way has no rule.
 */
export function gradients(g: Graph, known: readonly Slope[], targets: readonly Value[]): Value[] {
  const nodes = [...g.nodes];
  const needed = new Set(targets.map(({ name }) => name));
  for (const node of nodes) {
    if (node.inputs.some(({ name }) => needed.has(name))) for (const { name } of node.outputs) needed.add(name);
  }
  const flowing = new Map<string, Value>();
  const flow = (name: string, gradient: Value) => {
    const before = flowing.get(name);
    flowing.set(name, before ? add(g, before, gradient) : gradient);
  };
  for (const [{ name }, gradient] of known) flow(name, gradient);
  for (const node of nodes.reverse()) {
    const dys = node.outputs.map(({ name }) => flowing.get(name));
    if (dys.every((dy) => !dy) || !needed.has(node.outputs[0]!.name)) continue;
    const rule = rules[node.op];
    if (!rule) throw new Error(`${node.op}: no gradient rule`);
    const wanted = (i: number) => needed.has(node.inputs[i]?.name ?? '');
    const [dy, ...others] = dys;
    if (node.op !== 'Split' && others.some((other) => other))
      throw new Error(`${node.op}: only its first output has a gradient`);
    const { inputs, outputs, attributes } = node;
    const results = rule({ g, dy: dy!, dys, wanted, inputs, outputs, attributes });
    for (const [i, input] of node.inputs.entries()) {
      const result = results[i];
      if (!result || !wanted(i)) continue;
      flow(input.name, sumTo(g, result, input.shape));
    }
  }
  return targets.map((target) => {
    const gradient = flowing.get(target.name);
    if (!gradient) throw new Error(`the loss does not depend on ${target.name}`);
    return gradient;
  });
}

/** Undoes broadcasting: sums `x` over the axes along which a value of `shape` was repeated. */
function sumTo(g: Graph, x: Value, shape: Shape): Value {
  const extra = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  if (axes.length === 0) return x;
  const summed = g.op('ReduceSum', [x, g.integers(axes)], { keepdims: 1 });
  return extra > 0 ? g.op('Reshape', [summed, g.integers(fixed(shape))]) : summed;
}

function fixed(shape: Shape): number[] {
  return shape.map((size) => {
    if (typeof size === 'string') throw new Error(`a gradient needs fixed sizes, got [${shape.join(', ')}]`);
    return size;
  });
}

/** y = x s with s = sigmoid(alpha x): y' = s (1 + alpha (x - y)). */
function quickGelu({ g, inputs: [x], outputs: [y], attributes, dy }: Call): Value[] {
  const alpha = g.constant(attributes.alpha as number);
  const s = g.op('Sigmoid', [attributes.alpha === 1 ? x! : mul(g, x!, alpha)]);
  const slope = attributes.alpha === 1 ? sub(g, x!, y!) : mul(g, alpha, sub(g, x!, y!));
  return [mul(g, dy, mul(g, s, add(g, slope, g.constant(1))))];
}

/** y = z (1 + tanh u) / 2 with u = k (z + 0.044715 z^3), k = sqrt(2 / pi), z = x + bias (Hendrycks & Gimpel 2016). */
function fastGelu({ g, inputs: [x, bias], dy }: Call): Value[] {
  const k = Math.sqrt(2 / Math.PI);
  const z = bias ? add(g, x!, bias) : x!;
  const square = mul(g, z, z);
  const u = mul(g, z, add(g, mul(g, square, g.constant(0.044715 * k)), g.constant(k)));
  const t = g.op('Tanh', [u]);
  const slope = add(g, mul(g, square, g.constant(3 * 0.044715 * k)), g.constant(k));
  const inner = mul(g, mul(g, z, slope), sub(g, g.constant(1), mul(g, t, t)));
  const dz = mul(g, dy, mul(g, add(g, add(g, t, g.constant(1)), inner), g.constant(0.5)));
  return [dz, dz];
}

/** y = scale n with n = x r, r = 1 / rms(x) (Zhang & Sennrich 2019); dx = r (a - n mean(a n)), a = scale dy. */
function rmsNorm({ g, inputs: [x, scale], outputs: [y], attributes, dy, wanted }: Call): (Value | undefined)[] {
  const C = fixed(scale!.shape)[0]!;
  // Not the operator's second output, which would be r: WebGPU leaves it unwritten (training/LOG.md).
  const squares = g.op('ReduceSumSquare', [x!, g.integers([-1])], { keepdims: 1 });
  const meanSquare = add(g, mul(g, squares, g.constant(1 / C)), g.constant(attributes.epsilon as number));
  const r = div(g, g.constant(1), g.op('Sqrt', [meanSquare]));
  const unit = g.isFilledWith(scale!, 1);
  const n = unit ? y! : mul(g, x!, r);
  const h = mul(g, dy, n);
  const mean = g.op('FusedMatMul', [h, g.op('Reshape', [scale!, g.integers([C, 1])])], { alpha: 1 / C });
  const a = unit ? dy : mul(g, dy, scale!);
  return [mul(g, r, sub(g, a, mul(g, n, mean))), wanted(1) ? sumTo(g, h, [C]) : undefined];
}

/** y = scale n + bias, n = (x - mean) r (Ba et al. 2016); dx = r (a - mean(a) - n mean(a n)), a = scale dy. */
function layerNorm({ g, inputs: [x, scale], outputs: [, mean, r], dy }: Call): Value[] {
  const C = fixed(scale!.shape)[0]!;
  const normed = mul(g, sub(g, x!, mean!), r!);
  const h = mul(g, dy, normed);
  const column = g.op('Reshape', [scale!, g.integers([C, 1])]);
  const average = (value: Value) => g.op('FusedMatMul', [value, column], { alpha: 1 / C });
  const centred = sub(g, sub(g, mul(g, dy, scale!), average(dy)), mul(g, normed, average(h)));
  return [mul(g, r!, centred), sumTo(g, h, [C]), sumTo(g, dy, [C])];
}

/** Y = alpha A B with either side possibly transposed. */
function product({ g, inputs: [a, b], attributes, dy, wanted }: Call): (Value | undefined)[] {
  const { transA = 0, transB = 0, alpha = 1 } = attributes as { transA?: number; transB?: number; alpha?: number };
  const times = (x: Value, y: Value, transX: number, transY: number) =>
    g.op('FusedMatMul', [x, y], { alpha, transA: transX, transB: transY });
  const da = () => (transA ? times(b!, dy, transB, 1) : times(dy, b!, 0, transB ? 0 : 1));
  const db = () => (transB ? times(dy, a!, 1, transA) : times(a!, dy, transA ? 0 : 1, 0));
  return [wanted(0) ? da() : undefined, wanted(1) ? db() : undefined];
}

/** Rows of a table [V, C]: each row's gradient is the sum over the places that took it. */
function gatherRows({ g, inputs: [table, indices], attributes, dy }: Call): Value[] {
  const [V, C] = fixed(table!.shape) as [number, number];
  if ((attributes.axis ?? 0) !== 0 || table!.shape.length !== 2)
    throw new Error('Gather: a gradient only along axis 0 of a matrix');
  const column = g.op('Reshape', [indices!, g.integers([-1, 1])]);
  const places = fixed(indices!.shape).reduce((a, b) => a * b, 1);
  const zeros = g.op('Expand', [g.constant(0), g.integers([V, C])]);
  const rows = g.op('Expand', [column, g.integers([places, C])]);
  // Not ScatterND: ONNX Runtime adds equal indices from several threads at once, and loses some (training/LOG.md).
  const slopes = g.op('Reshape', [dy, g.integers([places, C])]);
  return [g.op('ScatterElements', [zeros, rows, slopes], { axis: 0, reduction: 'add' })];
}
