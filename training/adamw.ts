/** AdamW with decoupled weight decay and clipping by global norm (Loshchilov & Hutter 2019, algorithm 2), as graph nodes. */

import type { Graph, Value } from '../src/onnx/graph.ts';

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
 * Muon's (muon.ts).
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
