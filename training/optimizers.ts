/** The optimizers: AdamW with decoupled weight decay and clipping by global norm (Loshchilov & Hutter 2019, algorithm 2) and Muon, as graph nodes. */
import type { Graph, Value } from '../src/onnx/graph.ts';
import { type Block, type Pack, pack, unpack } from './flat-parameters.ts';

export interface OptimizerOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients are scaled so that their global norm is at most this. */
  readonly gradClip: number;
  /** Muon's, for the matrices inside layers; without it they are AdamW's, too. */
  readonly momentum?: number;
}

/**
 * One parameter's three tensors, all of the parameter's shape. The moments are kept as sums that forget, M = beta1 M + g
 * and V = beta2 V + g^2: the paper's are (1 - beta1) M and (1 - beta2) V, and cost two more passes over memory a step.
 */
export interface ParameterState<T> {
  readonly weight: T;
  readonly firstMoment: T;
  readonly secondMoment: T;
}

/**
 * The numbers of one step that the graph cannot know: scalars, computed in double precision outside it. The plain learning `rate` is
 * Muon's.
 */
export const stepScalars = ['stepSize', 'decay', 'epsilon', 'rate'] as const;
export type StepScalars<T> = Record<(typeof stepScalars)[number], T>;

/**
 * `step` counts from 1. The paper's step, rate m^ / (sqrt(v^) + epsilon), has m^ = a M and sqrt(v^) = b sqrt(V): so it is
 * (rate a / b) M / (sqrt(V) + epsilon / b).
 */
export function scalarsAt(
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon, weightDecay }: OptimizerOptions,
): StepScalars<number> {
  const a = (1 - beta1) / (1 - beta1 ** step);
  const b = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
  return {
    stepSize: (learningRate * a) / b,
    decay: 1 - learningRate * weightDecay,
    epsilon: epsilon / b,
    rate: learningRate,
  };
}

/** The global norm of all gradients, a scalar. */
export function globalNorm(g: Graph, gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => g.op('ReduceSumSquare', [gradient], { keepdims: 0 }));
  return g.op('Sqrt', [g.op('Sum', squares)]);
}

/** min(1, gradClip / norm), as PyTorch's clip_grad_norm_ has it. */
export function clipFactor(g: Graph, norm: Value, { gradClip }: OptimizerOptions): Value {
  const ratio = g.op('Div', [g.constant(gradClip), g.op('Add', [norm, g.constant(1e-6)])]);
  return g.op('Min', [ratio, g.constant(1)]);
}

/** The parameter's next state after a step along `gradient`. */
export function adamwUpdate(
  g: Graph,
  { weight, firstMoment, secondMoment }: ParameterState<Value>,
  gradient: Value,
  scalars: StepScalars<Value>,
  { beta1, beta2, weightDecay }: OptimizerOptions,
  decayed: boolean,
): ParameterState<Value> {
  const times = (x: Value, by: Value) => g.op('Mul', [x, by]);
  const plus = (x: Value, y: Value) => g.op('Add', [x, y]);
  const first = plus(times(firstMoment, g.constant(beta1)), gradient);
  const second = plus(times(secondMoment, g.constant(beta2)), times(gradient, gradient));
  const direction = g.op('Div', [first, plus(g.op('Sqrt', [second]), scalars.epsilon)]);
  const kept = decayed && weightDecay > 0 ? times(weight, scalars.decay) : weight;
  return {
    weight: g.op('Sub', [kept, times(direction, scalars.stepSize)]),
    firstMoment: first,
    secondMoment: second,
  };
}

// Muon: momentum whose singular values are all made about 1, for the matrices inside a model's layers (Jordan et al.
// 2024, "Muon: an optimizer for hidden layers"). Embeddings, the head and vectors are AdamW's.

/** Newton-Schulz: coefficients of a quintic that pulls singular values in (0, 1] to about 1 (Jordan et al. 2024), and its rounds. */
const quintic = [3.4445, -4.775, 2.0315] as const;
const rounds = 5;

/**
 * An entry of an orthogonalized [r, c] matrix has a root mean square of 1 / sqrt(max(r, c)). This factor gives it that of AdamW's
 * steps, so that both take one learning rate and one weight decay (Liu et al. 2025, "Muon is scalable for LLM training", 0.2).
 */
const stepFactor = (longSide: number): number => 0.2 * Math.sqrt(longSide);

/** Of `firstMoment` it keeps M = momentum M + g. */
type MuonState = Pick<ParameterState<Value>, 'weight' | 'firstMoment'>;

/**
 * The next state of a pack's matrices after a step along `gradient`, all flat as the pack is. `decay` and `rate` are scalars:
 * what is kept of a weight, and the learning rate.
 */
export function muonUpdate(
  g: Graph,
  members: Pack,
  { weight, firstMoment }: MuonState,
  gradient: Value,
  { decay, rate }: Pick<StepScalars<Value>, 'decay' | 'rate'>,
  momentum: number,
): MuonState {
  const times = (x: Value, by: Value) => g.op('Mul', [x, by]);
  const { first, ahead } = withMomentum(g, firstMoment, gradient, momentum);
  const { lying, flat } = matricesOf(g, members);
  const direction = flat(orthogonalized(g, lying(ahead)));
  const step = times(direction, times(rate, g.constant(stepFactor(Math.max(...members.specs[0]!.shape)))));
  return { weight: g.op('Sub', [times(weight, decay), step]), firstMoment: first };
}

/** The first moment after a gradient, and Nesterov's look ahead. */
function withMomentum(g: Graph, firstMoment: Value, gradient: Value, momentum: number) {
  const forget = g.constant(momentum);
  const first = g.op('Add', [g.op('Mul', [firstMoment, forget]), gradient]);
  return { first, ahead: g.op('Add', [g.op('Mul', [first, forget]), gradient]) };
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
function matricesOf(g: Graph, members: Pack) {
  const { specs } = members;
  const [short, long] = [...specs[0]!.shape].sort((a, b) => a - b) as [number, number];
  const isHigh = new Set(specs.filter(({ shape }) => shape[0]! > shape[1]!).map(({ name }) => name));
  const turned = (name: string, x: Value) => (isHigh.has(name) ? g.op('Transpose', [x], { perm: [1, 0] }) : x);
  const shaped = (x: Value, shape: readonly number[]) => g.op('Reshape', [x, g.integers(shape)]);
  return {
    lying(flat: Value): Value {
      const each = unpack(g, specs, flat).map(([name, matrix]) => shaped(turned(name, matrix), [1, short, long]));
      return each.length === 1 ? each[0]! : g.op('Concat', each, { axis: 0 });
    },
    flat(matrices: Value): Value {
      const ones = g.integers(specs.map(() => 1));
      const each = specs.length === 1 ? [matrices] : g.ops('Split', [matrices, ones], { axis: 0 });
      const found = new Map(specs.map(({ name }, i) => [name, turned(name, shaped(each[i]!, [short, long]))]));
      return pack(g, specs, (name) => found.get(name)!);
    },
  };
}

// Muon for stacked parameters: matrices of one short side, whatever their long side and layer, are orthogonalized together.

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
