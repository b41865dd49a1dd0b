/**
 * Linear models with a squared penalty: ridge regression for numbers, logistic regression for classes.
 * It knows matrices and labels. The constant is not penalised, as in scikit-learn.
 */

import { sigmoid, softmax } from '../losses.ts';
import type { Labels, Learner } from '../matrix.ts';
import { addPulls, type Design, fitLayout, weightedSums } from './design-matrix.ts';
import { minimize } from './minimize.ts';

export interface LinearOptions {
  /** The penalty is l2 / 2 times the sum of squared weights, beside the sum (not the mean) of the rows' losses. */
  readonly l2?: number;
  readonly tolerance?: number;
  readonly maxSteps?: number;
}

const defaults = { l2: 1, tolerance: 1e-4, maxSteps: 100 };

export function linearModel(options: LinearOptions = {}): Learner {
  const { l2, tolerance, maxSteps } = { ...defaults, ...options };
  return (matrix, labels) => {
    const layout = fitLayout(matrix);
    const design = layout(matrix);
    const link = linkOf(labels);
    const stride = design.size + 1;
    const weights = minimize(
      (w, gradient) => penalisedLoss(design, link, w, gradient, l2),
      stride * link.outputs,
      tolerance,
      maxSteps,
    );
    return {
      predict: (other) => link.predictions(sumsOf(layout(other), weights, link.outputs)),
    };
  };
}

/** What ties weighted sums to labels. */
interface Link {
  readonly outputs: number;
  /** The sum of the rows' losses; turns `sums` into their derivatives by the sums. */
  lossAndPulls(sums: readonly Float64Array[]): number;
  predictions(sums: readonly Float64Array[]): Float64Array[];
}

function linkOf(labels: Labels): Link {
  if (labels.kind === 'number') return identity(labels.values);
  return labels.classes === 2 ? logit(labels.codes) : multinomial(labels.codes, labels.classes);
}

function identity(values: Float64Array): Link {
  // In units of the labels' own spread, so that a tolerance means the same for every label.
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) || 1;
  return {
    outputs: 1,
    lossAndPulls([sums]) {
      let loss = 0;
      for (let row = 0; row < values.length; row++) {
        sums![row]! -= (values[row]! - mean) / spread;
        loss += sums![row]! ** 2 / 2;
      }
      return loss;
    },
    predictions: ([sums]) => [sums!.map((x) => mean + spread * x)],
  };
}

function logit(codes: Int32Array): Link {
  return {
    outputs: 1,
    lossAndPulls([sums]) {
      let loss = 0;
      for (let row = 0; row < codes.length; row++) {
        const sum = sums![row]!;
        loss += Math.max(sum, 0) + Math.log1p(Math.exp(-Math.abs(sum))) - codes[row]! * sum;
        sums![row] = sigmoid(sum) - codes[row]!;
      }
      return loss;
    },
    predictions([sums]) {
      const p = sums!.map(sigmoid);
      return [p.map((x) => 1 - x), p];
    },
  };
}

function multinomial(codes: Int32Array, classes: number): Link {
  return {
    outputs: classes,
    lossAndPulls(sums) {
      const probabilities = softmax(sums);
      let loss = 0;
      for (let row = 0; row < codes.length; row++) loss -= Math.log(probabilities[codes[row]!]![row]! + 1e-300);
      sums.forEach((sum, k) => {
        for (let row = 0; row < codes.length; row++) sum[row] = probabilities[k]![row]! - (codes[row] === k ? 1 : 0);
      });
      return loss;
    },
    predictions: softmax,
  };
}

/** The mean over rows of the loss with its penalty, so that the tolerance does not depend on how many rows there are. */
function penalisedLoss(design: Design, link: Link, weights: Float64Array, gradient: Float64Array, l2: number): number {
  const stride = design.size + 1;
  const sums = sumsOf(design, weights, link.outputs);
  let loss = link.lossAndPulls(sums);
  sums.forEach((pulls, k) => {
    addPulls(design, pulls, k * stride, gradient);
    for (let i = k * stride; i < k * stride + design.size; i++) {
      gradient[i]! += l2 * weights[i]!;
      loss += (l2 / 2) * weights[i]! ** 2;
    }
  });
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= design.rowCount;
  return loss / design.rowCount;
}

function sumsOf(design: Design, weights: Float64Array, outputs: number): Float64Array[] {
  return Array.from({ length: outputs }, (_, k) => {
    const sums = new Float64Array(design.rowCount);
    weightedSums(design, weights, k * (design.size + 1), sums);
    return sums;
  });
}
