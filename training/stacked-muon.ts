/** Muon for stacked parameters: matrices of one short side, whatever their long side and layer, are orthogonalized together. */
import type { Graph, Value } from '../src/onnx/graph.ts';
import { type Block, pack, unpack } from './flat-parameters.ts';
import { type MuonState, quintic, rounds, type StepScalars, stepFactor, withMomentum } from './optimizers.ts';

type Named = ReturnType<typeof unpack>;

/** The step of `muonUpdate`, but for rounding, in fewer launches. */
export function stackedMuonUpdate(
  g: Graph,
  blocks: readonly Block[],
  { weight, firstMoment }: MuonState,
  gradient: Value,
  { decay, rate }: Pick<StepScalars<Value>, 'decay' | 'rate'>,
  momentum: number,
): MuonState {
  const { first, ahead } = withMomentum(g, firstMoment, gradient, momentum);
  const matrices = unpack(g, alikeOf(blocks), ahead);
  const shortSide = (value: Value) => Math.min(...(value.shape.slice(1) as number[]));
  const steps = new Map<string, Value>();
  for (const side of new Set(matrices.map(([, value]) => shortSide(value)))) {
    const alike = matrices.filter(([, value]) => shortSide(value) === side);
    for (const [name, step] of orthogonalSteps(g, alike, rate)) steps.set(name, step);
  }
  const step = pack(g, alikeOf(blocks), (name) => steps.get(name)!);
  return { weight: g.op('Sub', [g.op('Mul', [weight, decay]), step]), firstMoment: first };
}

/** Neighbours of one shape [layers, out, in] as one block of more layers. */
function alikeOf(blocks: readonly Block[]): readonly Block[] {
  const found: { name: string; shape: [number, ...number[]] }[] = [];
  for (const { name, shape } of blocks) {
    const [layers, ...each] = shape as [number, ...number[]];
    const last = found.at(-1);
    if (last?.shape.slice(1).join() === each.join()) last.shape[0] += layers;
    else found.push({ name, shape: [layers, ...each] });
  }
  return found;
}

/**
 * The steps along matrices X of one short side s. A round of Newton-Schulz multiplies X by a polynomial of its Gram matrix
 * G = X X^T (X^T X where X is higher than wide), and the next Gram matrix is a polynomial of G, too: so all rounds are products of
 * [s, s] matrices, the same for every long side, and X is multiplied once, by the product of all.
 */
function orthogonalSteps(g: Graph, alike: Named, rate: Value): Named {
  const sizes = alike.map(([, { shape }]) => shape as [count: number, height: number, width: number]);
  const isHigh = sizes.map(([, height, width]) => height > width);
  const grams = alike.map(([, x], i) => g.op('FusedMatMul', [x, x], isHigh[i] ? { transA: 1 } : { transB: 1 }));
  const gram = grams.length === 1 ? grams[0]! : g.op('Concat', grams, { axis: 0 });
  // With the square completed, a I + b S + c S^2 is (T + beta I)^2 + gamma I, where T = sqrt(c) S.
  const [a, b, c] = quintic;
  const [s, root] = [gram.shape[1] as number, Math.sqrt(c)];
  const eye = (x: number) => g.constant(identity(s, x), [s, s]);
  const [beta, gamma] = [eye(b / (2 * root)), eye(a - b ** 2 / (4 * c))];
  // No singular value exceeds the Frobenius norm, whose square is the trace: S = G / trace.
  const traces = g.op('ReduceSum', [g.op('Mul', [gram, eye(1 / root)]), g.integers([1, 2])], { keepdims: 1 });
  const some = g.op('Add', [traces, g.constant(1e-20)]);
  let t = g.op('Div', [gram, some]);
  let product: Value | undefined;
  for (let round = 1; round <= rounds; round++) {
    const z = g.op('Add', [t, beta]);
    const m = g.op('Add', [g.op('MatMul', [z, z]), gamma]);
    if (round < rounds) t = g.op('MatMul', [g.op('MatMul', [m, t]), m]);
    product = product ? g.op('MatMul', [m, product]) : m;
  }
  const factors = sizes.flatMap(([count, ...sides]) =>
    new Array<number>(count).fill(stepFactor(Math.max(...sides)) / Math.sqrt(root)),
  );
  const factor = g.op('Mul', [g.constant(Float32Array.from(factors), [factors.length, 1, 1]), rate]);
  const scaled = g.op('Mul', [product!, g.op('Div', [factor, g.op('Sqrt', [some])])]);
  const counts = g.integers(sizes.map(([count]) => count));
  const each = alike.length === 1 ? [scaled] : g.ops('Split', [scaled, counts], { axis: 0 });
  return alike.map(([name, x], i) => [name, g.op('MatMul', isHigh[i] ? [x, each[i]!] : [each[i]!, x])]);
}

function identity(size: number, x: number): Float32Array {
  return Float32Array.from({ length: size ** 2 }, (_, i) => (i % (size + 1) === 0 ? x : 0));
}
