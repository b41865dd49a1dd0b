/** AdamW with decoupled weight decay and clipping by global norm (Loshchilov & Hutter 2019, algorithm 2), as graph nodes. */

import type { Graph, Value } from '../src/onnx/graph.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Gradients are scaled so that their global norm is at most this. */
  readonly gradClip: number;
}

/** One parameter's three tensors, all of the parameter's shape. */
export interface ParameterState<T> {
  readonly weight: T;
  readonly firstMoment: T;
  readonly secondMoment: T;
}

/** The numbers of one step that the graph cannot know: scalars, computed in double precision outside it. */
export const stepScalars = ['stepSize', 'decay', 'rootCorrection'] as const;
export type StepScalars<T> = Record<(typeof stepScalars)[number], T>;

/** `step` counts from 1. */
export function scalarsAt(step: number, learningRate: number, options: AdamWOptions): StepScalars<number> {
  return {
    stepSize: learningRate / (1 - options.beta1 ** step),
    decay: 1 - learningRate * options.weightDecay,
    rootCorrection: 1 / Math.sqrt(1 - options.beta2 ** step),
  };
}

/** The global norm of all gradients, a scalar. */
export function globalNorm(g: Graph, gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => g.op('ReduceSumSquare', [gradient], { keepdims: 0 }));
  return g.op('Sqrt', [g.op('Sum', squares)]);
}

/** min(1, gradClip / norm), as PyTorch's clip_grad_norm_ has it. */
export function clipFactor(g: Graph, norm: Value, { gradClip }: AdamWOptions): Value {
  const ratio = g.op('Div', [g.constant(gradClip), g.op('Add', [norm, g.constant(1e-6)])]);
  return g.op('Min', [ratio, g.constant(1)]);
}

/** The parameter's next state. `clip` scales the gradient. */
export function adamwUpdate(
  g: Graph,
  { weight, firstMoment, secondMoment }: ParameterState<Value>,
  gradient: Value,
  clip: Value,
  scalars: StepScalars<Value>,
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
  decayed: boolean,
): ParameterState<Value> {
  const scaled = (x: Value, by: Value) => g.op('Mul', [x, by]);
  const number = (x: number) => g.constant(x);
  const nextFirst = g.op('Add', [
    scaled(firstMoment, number(beta1)),
    scaled(gradient, scaled(clip, number(1 - beta1))),
  ]);
  const root = scaled(gradient, scaled(clip, number(Math.sqrt(1 - beta2))));
  const nextSecond = g.op('Add', [scaled(secondMoment, number(beta2)), scaled(root, root)]);
  const denominator = g.op('Add', [scaled(g.op('Sqrt', [nextSecond]), scalars.rootCorrection), number(epsilon)]);
  const update = scaled(g.op('Div', [nextFirst, denominator]), scalars.stepSize);
  const kept = decayed && weightDecay > 0 ? scaled(weight, scalars.decay) : weight;
  return { weight: g.op('Sub', [kept, update]), firstMoment: nextFirst, secondMoment: nextSecond };
}
