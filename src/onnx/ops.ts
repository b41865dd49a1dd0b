/** The table of operators a graph may use: their domain and how their outputs' shapes follow from their inputs. It knows no gradients. */
import type { Attributes, Value } from './graph.ts';
import {
  broadcastInputs,
  type Call,
  castDtype,
  concatenated,
  expanded,
  gathered,
  permuted,
  productShape,
  reducedShape,
  reshaped,
  rowStatistic,
  show,
  sliced,
  split,
  type Typed,
  unsqueezed,
} from './shapes.ts';

interface Operator {
  readonly domain?: string;
  readonly infer: (call: Call) => readonly Typed[];
}

const microsoft = 'com.microsoft';

/** Attributes that ONNX declares as floats; every other lone number is an int. */
const floatAttributes = new Set(['alpha', 'beta', 'epsilon', 'scale']);
export const isFloatAttribute = (name: string): boolean => floatAttributes.has(name);

const unary: Operator = { infer: ({ inputs: [x] }) => [x!] };
/** Softmax and the normalisations: the gradient table knows them along the last axis only, so the builder admits no other. */
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
  ReduceSumSquare: reduction,
  Sum: binary,
  Where: { infer: (call) => [{ dtype: call.inputs[1]!.dtype, shape: broadcastInputs(call, call.inputs) }] },
  MatMul: { infer: (call) => [{ dtype: 'float32', shape: productShape(call, false, false) }] },
  FusedMatMul: {
    domain: microsoft,
    infer: (call) => [
      { dtype: 'float32', shape: productShape(call, call.attributes.transA === 1, call.attributes.transB === 1) },
    ],
  },
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
