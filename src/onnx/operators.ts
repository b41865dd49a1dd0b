/** The operators that a graph may use: the operator set of each, and the shapes of its outputs. Errors name operator and input. */
import { type Attributes, type Dim, type Dtype, isSubgraph, type Node, type Shape, type Value } from './values.ts';

interface Typed {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

interface Call {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** The numbers of a constant integer input, undefined when the input is computed. */
  readonly integers: (value: Value) => readonly number[] | undefined;
}

interface Operator {
  readonly domain?: string;
  readonly infer: (call: Call) => readonly Typed[];
}

const microsoft = 'com.microsoft';

/** Attributes that ONNX declares as floats; every other lone number is an int. */
const floatAttributes = new Set(['alpha', 'beta', 'epsilon', 'scale']);
export const isFloatAttribute = (name: string): boolean => floatAttributes.has(name);

const unary: Operator = { infer: ({ inputs: [x] }) => [x!] };
/** Softmax and the normalisations. Their gradient rules cover the last axis only, so no other is admitted. */
const alongLastAxis =
  (infer: Operator['infer']): Operator['infer'] =>
  (call) => {
    const { op, inputs, attributes } = call;
    if ((attributes.axis ?? -1) === -1) return infer(call);
    throw new Error(`${op}: ${inputs[0]!.name} ${show(inputs[0]!.shape)}: only along axis -1, not ${attributes.axis}`);
  };
const binary: Operator = {
  infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: broadcastInputs(call, call.inputs) }],
};
const comparison: Operator = { infer: (call) => [{ dtype: 'bool', shape: broadcastInputs(call, call.inputs) }] };
const transposedProduct: Operator['infer'] = (call) => [
  { dtype: 'float32', shape: productShape(call, call.attributes.transA === 1, call.attributes.transB === 1) },
];
const reduction: Operator = { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: reducedShape(call) }] };

const operators: Record<string, Operator> = {
  Identity: unary,
  Neg: unary,
  Exp: unary,
  Log: unary,
  Sqrt: unary,
  Sigmoid: unary,
  Tanh: unary,
  Softmax: { infer: alongLastAxis(unary.infer) },
  LogSoftmax: { infer: alongLastAxis(unary.infer) },
  QuickGelu: { ...unary, domain: microsoft },
  FastGelu: { ...unary, domain: microsoft },
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Pow: binary,
  Min: binary,
  LessOrEqual: comparison,
  And: comparison,
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceSumSquare: reduction,
  Sum: binary,
  Where: { infer: (call) => [{ dtype: call.inputs[1]!.dtype, shape: broadcastInputs(call, call.inputs) }] },
  /** Two matrices only, without an addend; the encoder adds one where a sum follows (`optimize` below). */
  Gemm: { infer: transposedProduct },
  MatMul: { infer: (call) => [{ dtype: 'float32', shape: productShape(call, false, false) }] },
  FusedMatMul: { domain: microsoft, infer: transposedProduct },
  Transpose: {
    infer: ({ inputs: [x], attributes }) => [{ dtype: x!.dtype, shape: permuted(x!.shape, attributes.perm) }],
  },
  Reshape: { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: reshaped(call) }] },
  Unsqueeze: { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: unsqueezed(call) }] },
  Expand: { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: expanded(call) }] },
  Shape: { infer: ({ inputs: [x] }) => [{ dtype: 'int64', shape: [x!.shape.length] }] },
  Cast: { infer: ({ inputs: [x], attributes }) => [{ dtype: castDtype(attributes.to), shape: x!.shape }] },
  Range: { infer: () => [{ dtype: 'int64', shape: ['range'] }] },
  GatherElements: { infer: ({ inputs: [x, indices] }) => [{ dtype: x!.dtype, shape: indices!.shape }] },
  ScatterElements: unary,
  Gather: { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: gathered(call) }] },
  Concat: { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: concatenated(call) }] },
  Slice: { infer: (call) => [{ dtype: call.inputs[0]!.dtype, shape: sliced(call) }] },
  Split: { infer: split },
  LayerNormalization: { infer: alongLastAxis(({ inputs: [x] }) => [x!, rowStatistic(x!), rowStatistic(x!)]) },
  SimplifiedLayerNormalization: { infer: alongLastAxis(unary.infer) },
  RotaryEmbedding: { ...unary, domain: microsoft },
};

/** The operator set of an operator: ONNX (the empty string) or ONNX Runtime's own. */
export function operatorDomain(op: string): string {
  return operators[op]?.domain ?? '';
}

/** Shapes and types of the outputs; throws a sentence that names the operator and the input that does not fit. */
export function inferShapes(
  op: string,
  inputs: readonly Value[],
  attributes: Attributes,
  integers: Call['integers'],
): readonly Typed[] {
  const operator = operators[op];
  if (!operator) throw new Error(`${op}: not an operator this builder knows`);
  return operator.infer({ op, inputs, attributes, integers });
}

const show = (shape: Shape) => `[${shape.join(', ')}]`;

/** NumPy broadcasting of all shapes; a named size fits itself and 1. */
function broadcast(shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...shapes.map(({ length }) => length));
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = new Set(shapes.map((shape) => shape[shape.length - rank + axis] ?? 1).filter((size) => size !== 1));
    if (sizes.size > 1) return undefined;
    result.push([...sizes][0] ?? 1);
  }
  return result;
}

function broadcastInputs({ op }: Call, inputs: readonly Value[]): Shape {
  const shape = broadcast(inputs.map((input) => input.shape));
  if (!shape)
    throw new Error(`${op}: inputs do not broadcast: ${inputs.map((x) => `${x.name} ${show(x.shape)}`).join(', ')}`);
  return shape;
}

function reducedShape({ inputs: [x, axes], attributes, integers }: Call): Shape {
  const rank = x!.shape.length;
  const reduced = new Set(
    (axes ? integers(axes)! : x!.shape.map((_, axis) => axis)).map((axis) => (axis + rank) % rank),
  );
  const keep = attributes.keepdims !== 0;
  return x!.shape.flatMap((size, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [size]));
}

function productShape({ op, inputs: [a, b] }: Call, transA: boolean, transB: boolean): Shape {
  const [rows, innerA] = lastTwo(a!.shape, transA);
  const [innerB, columns] = lastTwo(b!.shape, transB);
  const batch = broadcast([a!.shape.slice(0, -2), b!.shape.slice(0, -2)]);
  if (innerA !== innerB || !batch) {
    throw new Error(
      `${op}: ${a!.name} ${show(a!.shape)}${transA ? ' transposed' : ''} cannot be multiplied by ${b!.name} ${show(b!.shape)}${transB ? ' transposed' : ''}`,
    );
  }
  return [...batch, rows, columns];
}

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
}

function permuted(shape: Shape, perm: Attributes[string] | undefined): Shape {
  return (perm as readonly number[]).map((axis) => shape[axis]!);
}

/** A constant target may copy a size (0) and leave one to be found (-1); sizes with names are products of names and a number. */
function reshaped({ op, inputs: [x, target], integers }: Call): Shape {
  const sizes = integers(target!);
  if (!sizes) return ['reshaped'];
  const copied: Dim[] = sizes.map((size, axis) => (size === 0 ? x!.shape[axis]! : size));
  const from = product(x!.shape);
  const to = product(copied.filter((size) => size !== -1));
  const names = without(from.names, to.names);
  const rest = from.size / to.size;
  const fits = names && Number.isInteger(rest) && (copied.includes(-1) || (names.length === 0 && rest === 1));
  if (!fits) throw new Error(`${op}: ${x!.name} ${show(x!.shape)} does not have the size of [${sizes.join(', ')}]`);
  const found = names.length === 0 ? rest : [...names, ...(rest === 1 ? [] : [rest])].join('*');
  return copied.map((size) => (size === -1 ? found : size));
}

function product(shape: Shape): { size: number; names: string[] } {
  const factors = shape.flatMap((size): Dim[] => (typeof size === 'string' ? size.split('*') : [size]));
  const isSize = (factor: Dim) => Number.isFinite(Number(factor));
  return {
    size: factors.filter(isSize).reduce((a: number, b) => a * Number(b), 1),
    names: factors.filter((factor) => !isSize(factor)) as string[],
  };
}

/** `names` less `taken`, each as often as it is taken; undefined when one is not there. */
function without(names: readonly string[], taken: readonly string[]): string[] | undefined {
  const left = [...names];
  for (const name of taken) {
    const at = left.indexOf(name);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  return left;
}

function unsqueezed({ inputs: [x, axes], integers }: Call): Shape {
  const added = integers(axes!)!;
  const rank = x!.shape.length + added.length;
  const shape: Dim[] = [...x!.shape];
  for (const axis of added.map((axis) => (axis + rank) % rank).sort((a, b) => a - b)) shape.splice(axis, 0, 1);
  return shape;
}

function expanded({ inputs: [x, target], integers }: Call): Shape {
  return broadcast([x!.shape, integers(target!) ?? ['expanded']])!;
}

function castDtype(to: Attributes[string] | undefined): Dtype {
  const dtype = ({ 1: 'float32', 6: 'int32', 7: 'int64', 9: 'bool' } as const)[to as 1 | 6 | 7 | 9];
  return dtype;
}

function gathered({ inputs: [data, indices], attributes }: Call): Shape {
  const axis = (attributes.axis as number | undefined) ?? 0;
  return [...data!.shape.slice(0, axis), ...indices!.shape, ...data!.shape.slice(axis + 1)];
}

function concatenated({ inputs, attributes }: Call): Shape {
  const rank = inputs[0]!.shape.length;
  const axis = ((attributes.axis as number) + rank) % rank;
  const sizes = inputs.map(({ shape }) => shape[axis]!);
  const total = sizes.every((size) => typeof size === 'number') ? sizes.reduce((a, b) => a + b, 0) : sizes.join('+');
  return inputs[0]!.shape.map((size, at) => (at === axis ? total : size));
}

function sliced({ inputs: [x, starts, ends, axes], integers }: Call): Shape {
  const [from, to, on] = [starts, ends, axes].map((value) => (value ? integers(value) : undefined));
  const shape = [...x!.shape];
  for (const [i, counted] of (on ?? []).entries()) {
    const axis = (counted + shape.length) % shape.length;
    const size = shape[axis]!;
    if (typeof size !== 'number' || !from || !to) {
      shape[axis] = 'sliced';
      continue;
    }
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
    shape[axis] = clamp(to[i]!) - clamp(from[i]!);
  }
  return shape;
}

/** Into the given sizes, or into `num_outputs` equal parts. */
function split({ op, inputs: [x, given], attributes, integers }: Call): Typed[] {
  const axis = ((attributes.axis as number) + x!.shape.length) % x!.shape.length;
  const size = x!.shape[axis]!;
  const parts = (attributes.num_outputs as number | undefined) ?? 1;
  const sizes = given ? integers(given)! : new Array<number>(parts).fill(Number(size) / parts);
  const whole = sizes.every(Number.isInteger) && sizes.reduce((a, b) => a + b, 0) === size;
  if (!whole) {
    const wanted = given ? `sizes [${sizes.join(', ')}]` : `${parts} equal parts`;
    throw new Error(`${op}: ${x!.name} ${show(x!.shape)} does not split into ${wanted} along axis ${attributes.axis}`);
  }
  return sizes.map((part) => ({ dtype: x!.dtype, shape: x!.shape.with(axis, part) }));
}

function rowStatistic(x: Value): Typed {
  return { dtype: 'float32', shape: [...x.shape.slice(0, -1), 1] };
}

// Rewrites before a graph is encoded, so that a session passes over less memory. They change no result.

/** The nodes of a graph, with sums fused into products and without the copies that only name an output. */
export function optimized(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const captured = new Set(nodes.flatMap(namesInside));
  const kept = new Set([...captured, ...outputs.map(({ name }) => name)]);
  return withoutIdentities(sumsIntoProducts(nodes, kept), captured);
}

/** The values that the loop bodies inside a node read, their own or from around them. */
function namesInside({ attributes }: Node): string[] {
  return Object.values(attributes).flatMap((body) =>
    isSubgraph(body)
      ? body.nodes.flatMap((node) => [...node.inputs.map(({ name }) => name), ...namesInside(node)])
      : [],
  );
}

/**
 * Turns a product of two matrices whose only use is an Add into one Gemm, which adds while it multiplies: biases, residual
 * branches, and gradients that meet. `kept` names the values that are read from outside.
 */
function sumsIntoProducts(nodes: readonly Node[], kept: ReadonlySet<string>): Node[] {
  const uses = new Map<string, number>();
  for (const { inputs } of nodes) for (const { name } of inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
  const products = new Map(nodes.flatMap((node) => (isPlainProduct(node) ? [[node.outputs[0]!.name, node]] : [])));
  const joined = new Set<Node>();
  const fused = nodes.map((node) => {
    if (node.op !== 'Add') return node;
    const [a, b] = node.inputs as [Value, Value];
    for (const [product, addend] of [[b, a] as const, [a, b] as const]) {
      const made = products.get(product.name);
      if (!made || uses.get(product.name) !== 1 || kept.has(product.name) || !fits(addend, product)) continue;
      joined.add(made);
      return { ...node, op: 'Gemm', inputs: [...made.inputs, addend], attributes: { ...made.attributes, beta: 1 } };
    }
    return node;
  });
  return fused.filter((node) => !joined.has(node));
}

const isPlainProduct = ({ op, inputs }: Node): boolean =>
  (op === 'FusedMatMul' || op === 'Gemm') && inputs.length === 2 && inputs.every(({ shape }) => shape.length === 2);

/** What Gemm can add: a matrix of the product's shape, or a row for all of its rows. */
function fits({ shape }: Value, { shape: [rows, columns] }: Value): boolean {
  return shape.at(-1) === columns && (shape.length === 1 || (shape.length === 2 && shape[0] === rows));
}

/** Lets a node write into the graph output that an Identity would copy it to, unless a loop body reads the node's own name. */
function withoutIdentities(nodes: readonly Node[], captured: ReadonlySet<string>): Node[] {
  const produced = new Set(
    nodes.flatMap((node) => (node.op === 'Identity' ? [] : node.outputs.map(({ name }) => name))),
  );
  const renamed = new Map<string, Value>();
  const kept = nodes.filter((node) => {
    const source = node.inputs[0]!;
    if (node.op !== 'Identity' || !produced.has(source.name) || renamed.has(source.name)) return true;
    if (captured.has(source.name)) return true;
    renamed.set(source.name, node.outputs[0]!);
    return false;
  });
  const rename = (value: Value) => renamed.get(value.name) ?? value;
  return kept.map((node) => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }));
}
