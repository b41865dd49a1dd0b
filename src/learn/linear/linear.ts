/**
 * Linear models with a squared penalty: ridge regression for numbers, logistic regression for classes. The constant is
 * not penalised, as in scikit-learn.
 */
import { sigmoid, softmax } from '../losses.ts';
import type { Labels, Learner, Matrix } from '../matrix.ts';
import { binColumn, type ColumnBins, fitBins } from '../trees/bins.ts';

interface LinearOptions {
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

// A matrix as a linear model reads it: numbers standardised, missing ones 0 with a mark of their own, categories
// one-hot.

/** One feature with a number a row, or a block of features of which at most one is 1 in a row (-1: none is). */
type Part =
  | { readonly first: number; readonly values: Float64Array }
  | { readonly first: number; readonly codes: Int32Array };

interface Design {
  readonly rowCount: number;
  readonly size: number;
  readonly parts: readonly Part[];
}

interface Scaling {
  readonly mean: number;
  readonly deviation: number;
  readonly marksMissing: boolean;
}

/** What was learned of the training columns, to lay out other rows alike. */
type Layout = (matrix: Matrix) => Design;

function fitLayout(matrix: Matrix): Layout {
  const bins = fitBins(matrix);
  const scalings = matrix.columns.map((column) => (column.kind === 'number' ? scalingOf(column.values) : null));
  return (other) => layOut(other, bins, scalings);
}

function scalingOf(values: Float64Array): Scaling {
  let [count, sum] = [0, 0];
  for (const x of values) {
    if (Number.isNaN(x)) continue;
    count += 1;
    sum += x;
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (const x of values) if (!Number.isNaN(x)) squares += (x - mean) ** 2;
  const deviation = count === 0 ? 0 : Math.sqrt(squares / count);
  return { mean, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 1, marksMissing: count < values.length };
}

function layOut(matrix: Matrix, bins: readonly ColumnBins[], scalings: readonly (Scaling | null)[]): Design {
  const parts: Part[] = [];
  let size = 0;
  matrix.columns.forEach((column, c) => {
    const scaling = scalings[c];
    if (column.kind === 'category' || !scaling) {
      parts.push({ first: size, codes: Int32Array.from(binColumn(bins[c]!, column)) });
      size += bins[c]!.size;
      return;
    }
    const { mean, deviation, marksMissing } = scaling;
    parts.push({ first: size, values: column.values.map((x) => (Number.isNaN(x) ? 0 : (x - mean) / deviation)) });
    size += 1;
    if (!marksMissing) return;
    parts.push({ first: size, codes: Int32Array.from(column.values, (x) => (Number.isNaN(x) ? 0 : -1)) });
    size += 1;
  });
  return { rowCount: matrix.rowCount, size, parts };
}

/** Fills the sums of features times weights, plus the constant, which is the last weight. `at` is the first weight's place. */
function weightedSums(design: Design, weights: Float64Array, at: number, sums: Float64Array): void {
  sums.fill(weights[at + design.size]!);
  for (const part of design.parts) {
    if ('values' in part) {
      const weight = weights[at + part.first]!;
      for (let row = 0; row < sums.length; row++) sums[row]! += weight * part.values[row]!;
    } else {
      const first = at + part.first;
      for (let row = 0; row < sums.length; row++) {
        const code = part.codes[row]!;
        if (code >= 0) sums[row]! += weights[first + code]!;
      }
    }
  }
}

/** The transpose of `weightedSums`: adds each row's pull to the features it has, and to the constant. */
function addPulls(design: Design, pulls: Float64Array, at: number, gradient: Float64Array): void {
  for (const part of design.parts) {
    if ('values' in part) {
      let sum = 0;
      for (let row = 0; row < pulls.length; row++) sum += pulls[row]! * part.values[row]!;
      gradient[at + part.first]! += sum;
    } else {
      const first = at + part.first;
      for (let row = 0; row < pulls.length; row++) {
        const code = part.codes[row]!;
        if (code >= 0) gradient[first + code]! += pulls[row]!;
      }
    }
  }
  let total = 0;
  for (const pull of pulls) total += pull;
  gradient[at + design.size]! += total;
}

// Finds the minimum of a smooth convex function by L-BFGS. Source: Nocedal & Wright, Numerical Optimization, 2nd ed.,
// algorithms 7.4 and 7.5, with a backtracking line search.

/** Returns the value at `x` and fills `gradient`. */
type Objective = (x: Float64Array, gradient: Float64Array) => number;

interface Step {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  /** 1 / (moved · turned). */
  readonly scale: number;
}

const memory = 10;

/** Starts at 0 and ends when no part of the gradient exceeds `tolerance`, after `maxSteps`, or where no step helps. */
function minimize(objective: Objective, size: number, tolerance: number, maxSteps: number): Float64Array {
  let x = new Float64Array(size);
  let gradient = new Float64Array(size);
  let value = objective(x, gradient);
  const steps: Step[] = [];
  for (let step = 0; step < maxSteps && largest(gradient) > tolerance; step++) {
    const direction = newtonLike(gradient, steps);
    const slope = dot(direction, gradient);
    const found = lineSearch(objective, x, value, direction, slope, steps.length === 0 ? 1 / norm(gradient) : 1);
    if (found === null) break;
    const moved = found.x.map((v, i) => v - x[i]!);
    const turned = found.gradient.map((v, i) => v - gradient[i]!);
    const curvature = dot(moved, turned);
    if (curvature > 1e-300) steps.push({ moved, turned, scale: 1 / curvature });
    if (steps.length > memory) steps.shift();
    ({ x, gradient, value } = found);
  }
  return x;
}

/** Minus the gradient, turned by what the last steps taught of the curvature. */
function newtonLike(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const shares = steps.toReversed().map((step) => {
    const share = step.scale * dot(step.moved, direction);
    addScaled(direction, step.turned, -share);
    return share;
  });
  const last = steps.at(-1);
  if (last) {
    const shrink = 1 / (last.scale * dot(last.turned, last.turned));
    for (let i = 0; i < direction.length; i++) direction[i]! *= shrink;
  }
  steps.forEach((step, i) => {
    const share = shares[steps.length - 1 - i]! - step.scale * dot(step.turned, direction);
    addScaled(direction, step.moved, share);
  });
  return direction;
}

interface Point {
  readonly x: Float64Array<ArrayBuffer>;
  readonly gradient: Float64Array<ArrayBuffer>;
  readonly value: number;
}

/** The first of ever shorter steps that lowers the value by a fair share of what the slope promises. */
function lineSearch(
  objective: Objective,
  from: Float64Array,
  value: number,
  direction: Float64Array,
  slope: number,
  first: number,
): Point | null {
  for (let length = first; length > 1e-14; length /= 2) {
    const x = from.map((v, i) => v + length * direction[i]!);
    const gradient = new Float64Array(x.length);
    const there = objective(x, gradient);
    if (there <= value + 1e-4 * length * slope) return { x, gradient, value: there };
  }
  return null;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}

function largest(a: Float64Array): number {
  return a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}

function addScaled(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i]! += scale * b[i]!;
}
