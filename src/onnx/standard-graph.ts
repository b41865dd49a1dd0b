/**
 * A graph that writes ONNX Runtime's own operators as standard ones, for files that other runtimes open. Each is spelled
 * the way PyTorch's exporter spells it, so that ONNX Runtime recognises and fuses it again.
 */
import { type Attributes, Graph, type Value } from './graph.ts';

/** The outputs of an operator that is not in the ONNX standard, made of operators that are. */
type Rewrite = (g: Graph, inputs: readonly Value[], attributes: Attributes) => Value[];

const rewrites: Record<string, Rewrite> = {
  FusedMatMul: (g, [a, b], { transA, transB, alpha = 1 }) => {
    const product = g.op('MatMul', [transA ? swapped(g, a!) : a!, transB ? swapped(g, b!) : b!]);
    return [alpha === 1 ? product : g.op('Mul', [product, g.constant(alpha as number)])];
  },
  QuickGelu: (g, [x], { alpha }) => {
    const scaled = alpha === 1 ? x! : g.op('Mul', [x!, g.constant(alpha as number)]);
    return [g.op('Mul', [x!, g.op('Sigmoid', [scaled])])];
  },
  // z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) / 2 with z = x + bias (Hendrycks & Gimpel 2016).
  FastGelu: (g, [x, bias]) => {
    const z = bias ? g.op('Add', [x!, bias]) : x!;
    const cube = g.op('Mul', [g.op('Pow', [z, g.constant(3)]), g.constant(0.044715)]);
    const u = g.op('Mul', [g.op('Add', [z, cube]), g.constant(Math.sqrt(2 / Math.PI))]);
    const gate = g.op('Add', [g.op('Tanh', [u]), g.constant(1)]);
    return [g.op('Mul', [g.op('Mul', [z, g.constant(0.5)]), gate])];
  },
  SimplifiedLayerNormalization: (g, [x, scale], { epsilon }) => {
    const meanSquare = g.op('ReduceMean', [g.op('Pow', [x!, g.constant(2)]), g.integers([-1])], { keepdims: 1 });
    const rms = g.op('Sqrt', [g.op('Add', [meanSquare, g.constant(epsilon as number)])]);
    return [g.op('Mul', [g.op('Div', [x!, rms]), scale!])];
  },
};

export class StandardGraph extends Graph {
  override ops(op: string, inputs: readonly Value[], attributes: Attributes = {}): Value[] {
    const rewrite = rewrites[op];
    return rewrite ? rewrite(this, inputs, attributes) : super.ops(op, inputs, attributes);
  }
}

function swapped(g: Graph, x: Value): Value {
  const perm = x.shape.map((_, axis) => axis);
  return g.op('Transpose', [x], { perm: [...perm.slice(0, -2), perm.length - 1, perm.length - 2] });
}
