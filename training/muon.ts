/**
 * Muon: momentum whose singular values are all made about 1, for the matrices inside a model's layers (Jordan et al. 2024,
 * "Muon: an optimizer for hidden layers"). Embeddings, the head and vectors are AdamW's.
 */
import type { Graph, Value } from '../src/onnx/graph.ts';
import type { Pack } from './flat-parameters.ts';

/** Newton-Schulz: coefficients of a quintic that pulls singular values in (0, 1] to about 1 (Jordan et al. 2024), and its rounds. */
const quintic = [3.4445, -4.775, 2.0315] as const;
const rounds = 5;

/**
 * An entry of an orthogonalized [r, c] matrix has a root mean square of 1 / sqrt(max(r, c)). This factor gives it that of AdamW's
 * steps, so that both take one learning rate and one weight decay (Liu et al. 2025, "Muon is scalable for LLM training", 0.2).
 */
const stepFactor = (longSide: number): number => 0.2 * Math.sqrt(longSide);

export interface MuonState<T> {
  readonly weight: T;
  /** The gradients' sum that forgets, M = momentum M + g. */
  readonly firstMoment: T;
}

/**
 * The next state of a pack's matrices after a step along `gradient`, all flat as the pack is. `decay` and `rate` are scalars:
 * what is kept of a weight, and the learning rate.
 */
export function muonUpdate(
  g: Graph,
  pack: Pack,
  { weight, firstMoment }: MuonState<Value>,
  gradient: Value,
  { decay, rate }: { readonly decay: Value; readonly rate: Value },
  momentum: number,
): MuonState<Value> {
  const times = (x: Value, by: Value) => g.op('Mul', [x, by]);
  const forget = g.constant(momentum);
  const first = g.op('Add', [times(firstMoment, forget), gradient]);
  // Nesterov's look ahead.
  const ahead = g.op('Add', [times(first, forget), gradient]);
  const { lying, flat } = matricesOf(g, pack);
  const direction = flat(orthogonalized(g, lying(ahead)));
  const step = times(direction, times(rate, g.constant(stepFactor(Math.max(...pack.specs[0]!.shape)))));
  return { weight: g.op('Sub', [times(weight, decay), step]), firstMoment: first };
}

/** The nearest matrix with orthonormal rows to each of [n, r, c], r <= c, but that singular values come out between 0.7 and 1.2. */
function orthogonalized(g: Graph, matrices: Value): Value {
  const [a, b, c] = quintic.map((coefficient) => g.constant(coefficient));
  const squares = g.op('ReduceSumSquare', [matrices, g.integers([1, 2])], { keepdims: 1 });
  // No singular value exceeds the norm.
  let x = g.op('Div', [matrices, g.op('Add', [g.op('Sqrt', [squares]), g.constant(1e-7)])]);
  for (let round = 0; round < rounds; round++) {
    const square = g.op('FusedMatMul', [x, x], { transB: 1 });
    const cubic = g.op('Mul', [square, b!]);
    const quintic = g.op('Mul', [g.op('FusedMatMul', [square, square], {}), c!]);
    const product = g.op('FusedMatMul', [g.op('Add', [cubic, quintic]), x], {});
    x = g.op('Add', [g.op('Mul', [x, a!]), product]);
  }
  return x;
}

/** A pack as matrices [n, r, c] of which none is higher than wide, and the way back. */
function matricesOf(g: Graph, { specs }: Pack) {
  const [short, long] = [...specs[0]!.shape].sort((a, b) => a - b) as [number, number];
  const cut = (x: Value, size: number) =>
    specs.length === 1 ? [x] : g.ops('Split', [x, g.integers(specs.map(() => size))], { axis: 0 });
  const joined = (parts: readonly Value[]) =>
    parts.length === 1 ? parts[0]! : g.op('Concat', [...parts], { axis: 0 });
  const turned = (x: Value) => g.op('Transpose', [x], { perm: [1, 0] });
  const isHigh = ({ shape }: Pack['specs'][number]) => shape[0]! > shape[1]!;
  return {
    lying: (flat: Value) =>
      joined(
        cut(flat, short * long).map((part, i) => {
          const matrix = g.op('Reshape', [part, g.integers(specs[i]!.shape)]);
          return g.op('Reshape', [isHigh(specs[i]!) ? turned(matrix) : matrix, g.integers([1, short, long])]);
        }),
      ),
    flat: (matrices: Value) =>
      joined(
        cut(matrices, 1).map((part, i) => {
          const matrix = g.op('Reshape', [part, g.integers([short, long])]);
          return g.op('Reshape', [isHigh(specs[i]!) ? turned(matrix) : matrix, g.integers([-1])]);
        }),
      ),
  };
}
