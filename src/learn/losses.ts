/** What boosting lowers: for each kind of label where it starts, its gradients, and how scores become predictions. */
import type { Labels } from './matrix.ts';

/** `scores` are one array of rows for each output. */
export interface Loss {
  /** The best constant score of each output. */
  readonly start: readonly number[];
  /** Fills first and second derivatives of the loss by the scores of output `k`. */
  derivatives(scores: readonly Float64Array[], k: number, gradient: Float64Array, hessian: Float64Array): void;
  predictions(scores: readonly Float64Array[]): Float64Array[];
}

export function lossOf(labels: Labels): Loss {
  if (labels.kind === 'number') return squaredLoss(labels.values);
  return labels.classes === 2 ? logisticLoss(labels.codes) : softmaxLoss(labels.codes, labels.classes);
}

/** ½ (score - value)². */
function squaredLoss(values: Float64Array): Loss {
  return {
    start: [values.reduce((sum, x) => sum + x, 0) / values.length],
    derivatives([score], _, gradient, hessian) {
      for (let row = 0; row < values.length; row++) gradient[row] = score![row]! - values[row]!;
      hessian.fill(1);
    },
    predictions: (scores) => [...scores],
  };
}

/** -log of the probability of the row's class, the score being the log odds of class 1. */
function logisticLoss(codes: Int32Array): Loss {
  const share = sharesOf(codes, 2)[1]!;
  return {
    start: [Math.log(share / (1 - share))],
    derivatives([score], _, gradient, hessian) {
      for (let row = 0; row < codes.length; row++) {
        const p = sigmoid(score![row]!);
        gradient[row] = p - codes[row]!;
        hessian[row] = p * (1 - p);
      }
    },
    predictions([score]) {
      const p = score!.map(sigmoid);
      return [p.map((x) => 1 - x), p];
    },
  };
}

/** The same for more classes, one score each. The Hessian is its diagonal. */
function softmaxLoss(codes: Int32Array, classes: number): Loss {
  let probabilities: Float64Array[] = [];
  return {
    start: sharesOf(codes, classes).map(Math.log),
    derivatives(scores, k, gradient, hessian) {
      // All outputs of one round are derived at the scores it began with.
      if (k === 0) probabilities = softmax(scores);
      const p = probabilities[k]!;
      for (let row = 0; row < codes.length; row++) {
        gradient[row] = p[row]! - (codes[row] === k ? 1 : 0);
        hessian[row] = p[row]! * (1 - p[row]!);
      }
    },
    predictions: softmax,
  };
}

/** The shares of the classes; one without rows counts half a row, so that none is 0. */
function sharesOf(codes: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const code of codes) counts[code]! += 1;
  const filled = counts.map((count) => Math.max(count, 0.5));
  const total = filled.reduce((sum, count) => sum + count, 0);
  return filled.map((count) => count / total);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function softmax(scores: readonly Float64Array[]): Float64Array[] {
  const out = scores.map((score) => new Float64Array(score.length));
  for (let row = 0; row < out[0]!.length; row++) {
    let top = Number.NEGATIVE_INFINITY;
    for (const score of scores) top = Math.max(top, score[row]!);
    let total = 0;
    for (let k = 0; k < scores.length; k++) total += out[k]![row] = Math.exp(scores[k]![row]! - top);
    for (const p of out) p[row]! /= total;
  }
  return out;
}
