/**
 * Lowerings: operators that a target lacks, written in those it has. Models, gradients and losses are built once, for the
 * CPU; what else runs or reads a graph gets it through one of these tables.
 */
import { largestDivisor } from './chunked.ts';
import type { Attributes, Graph, Lowering, Value } from './graph.ts';
import type { Device } from './session.ts';

/**
 * For files that other runtimes open: ONNX Runtime's own operators in standard ones, spelled the way PyTorch's exporter
 * spells them, so that ONNX Runtime recognises and fuses them again.
 */
export const standardOperators: Lowering = {
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

/**
 * For the WebGPU provider, which has no kernel for these: ONNX Runtime would run them on the CPU, with a copy of every
 * input and output (its kernels are listed in contrib_ops/webgpu/webgpu_contrib_kernels.cc and
 * core/providers/webgpu/webgpu_execution_provider.cc).
 */
export const webgpuOperators: Lowering = {
  FusedMatMul: (g, [a, b], attributes) =>
    a!.shape.length === 2 && b!.shape.length === 2
      ? [matrixProduct(g, a!, b!, attributes)]
      : standardOperators.FusedMatMul!(g, [a!, b!], attributes),
  LogSoftmax: (g, [x]) => {
    const shifted = g.op('Sub', [x!, g.op('ReduceMax', [x!, g.integers([-1])], { keepdims: 1 })]);
    const sums = g.op('ReduceSum', [g.op('Exp', [shifted]), g.integers([-1])], { keepdims: 1 });
    return [g.op('Sub', [shifted, g.op('Log', [sums])])];
  },
  // Without axes it is one thread's sum: 7 ms for 18 million numbers.
  ReduceSumSquare: (g, [x, axes], attributes) => {
    const size = x!.shape.length === 1 && !axes ? (x!.shape[0] as number) : 0;
    const rows = size / largestDivisor(size, 1024);
    if (size < 2 ** 16 || rows > size / 64) return undefined;
    const squares = g.op('ReduceSumSquare', [g.op('Reshape', [x!, g.integers([rows, -1])]), g.integers([1])], {
      keepdims: 0,
    });
    return [g.op('ReduceSum', [squares], attributes)];
  },
  Split: (g, [x, sizes], { axis, num_outputs: count = 0 }) => {
    const size = (x!.shape.at(axis as number) as number) / (count as number);
    const each = sizes ? g.integersOf(sizes)! : new Array<number>(count as number).fill(size);
    return each.length > mostOutputs ? splitInTurns(g, x!, each, axis as number) : undefined;
  },
  Sum: (g, [first, ...others]) => [others.reduce((a, b) => g.op('Add', [a, b]), first!)],
};

// Products of matrices as the provider is fastest at them. It gives each 32 x 32 numbers of the result to 64 threads, which walk along the
// inner dimension, some 1 us for 32 numbers of it; measured on an H100 (training/LOG.md).

/** Of results with so many tiles a GPU is full; fewer tiles, and an inner dimension as long as this, are cut into parts. */
const [fullGpu, leastInner] = [1024, 4096];
/** A sum of more parts costs more than it spares. */
const mostParts = 16;
/** Multiplications from which a matrix is worth turning: `Gemm` reads a second factor that is transposed a third as fast. */
const leastTurned = 1e8;

function matrixProduct(g: Graph, a: Value, b: Value, attributes: Attributes): Value {
  const { transA, transB, alpha = 1 } = attributes;
  const [rows, inner] = (transA ? a.shape.toReversed() : a.shape) as [number, number];
  const columns = b.shape[transB ? 0 : 1] as number;
  const tiles = Math.ceil(rows / 32) * Math.ceil(columns / 32);
  const parts =
    inner < leastInner || transB || alpha !== 1 ? 1 : largestDivisor(inner, Math.min(mostParts, fullGpu / tiles));
  if (parts > 1) {
    // The narrower factor is the one to turn: of the transposed product it is the first.
    if (transA && columns < rows) return swapped(g, productInParts(g, b, a, true, parts));
    return productInParts(g, a, b, Boolean(transA), parts);
  }
  if (!transB || transA || rows * inner * columns < leastTurned) return g.op('Gemm', [a, b], attributes);
  // Of two matrices the runtime would make a `Gemm` again that reads the second transposed (its GemmTransposeFusion).
  const stack = g.op('Reshape', [swapped(g, b), g.integers([1, inner, columns])]);
  const [product] = standardOperators.FusedMatMul!(g, [a, stack], { alpha }) as [Value];
  return g.op('Reshape', [product, g.integers([rows, columns])]);
}

/** a b, or a^T b, as the sum of the products of so many parts of the inner dimension. */
function productInParts(g: Graph, a: Value, b: Value, transA: boolean, parts: number): Value {
  const cut = (x: Value, axis: number) =>
    g.op('Reshape', [x, g.integers(x.shape.toSpliced(axis, 1, parts, (x.shape[axis] as number) / parts) as number[])]);
  const left = transA
    ? g.op('Transpose', [cut(a, 0)], { perm: [0, 2, 1] })
    : g.op('Transpose', [cut(a, 1)], { perm: [1, 0, 2] });
  return g.op('ReduceSum', [g.op('MatMul', [left, cut(b, 0)]), g.integers([0])], { keepdims: 0 });
}

/** WebGPU promises a shader 8 buffers: one input and 7 outputs. */
const mostOutputs = 7;

function splitInTurns(g: Graph, x: Value, sizes: readonly number[], axis: number): Value[] {
  if (sizes.length <= mostOutputs) return g.ops('Split', [x, g.integers(sizes)], { axis });
  const count = Math.ceil(sizes.length / mostOutputs);
  const runs = sizes.flatMap((_, i) => (i % count === 0 ? [sizes.slice(i, i + count)] : []));
  const wholes = g.integers(runs.map((run) => run.reduce((a, b) => a + b)));
  return g.ops('Split', [x, wholes], { axis }).flatMap((whole, i) => splitInTurns(g, whole, runs[i]!, axis));
}

const lowerings: Readonly<Record<Device, Lowering>> = { cpu: {}, cuda: {}, webgpu: webgpuOperators };

/** The bytes of an ONNX file that a device runs; changes the graph. */
export function encodeFor(graph: Graph, device: Device): Uint8Array {
  return graph.lower(lowerings[device]).encode();
}

function swapped(g: Graph, x: Value): Value {
  const perm = x.shape.map((_, axis) => axis);
  return g.op('Transpose', [x], { perm: [...perm.slice(0, -2), perm.length - 1, perm.length - 2] });
}
