/**
 * How good predictions are, as scikit-learn's `metrics` defines it. In a binary problem `positive` marks the rows of
 * the class asked for, 1 or 0.
 */
import { sigmoid } from './losses.ts';

/** Rows by falling score; `visit` is called after each group of equal scores with the counts up to there. */
function eachThreshold(
  positive: ArrayLike<number>,
  scores: Float64Array,
  visit: (truePositives: number, falsePositives: number) => void,
): void {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  let [hits, misses] = [0, 0];
  for (let i = 0; i < order.length; i++) {
    if (positive[order[i]!] === 1) hits += 1;
    else misses += 1;
    if (i + 1 === order.length || scores[order[i + 1]!] !== scores[order[i]!]) visit(hits, misses);
  }
}

function countPositive(positive: ArrayLike<number>): number {
  let count = 0;
  for (let row = 0; row < positive.length; row++) count += positive[row]!;
  return count;
}

/** The chance that a positive row scores above a negative one, ties half; NaN without rows of both. */
export function rocAuc(positive: ArrayLike<number>, scores: Float64Array): number {
  const positives = countPositive(positive);
  let [area, lastHits, lastMisses] = [0, 0, 0];
  eachThreshold(positive, scores, (hits, misses) => {
    area += ((misses - lastMisses) * (hits + lastHits)) / 2;
    [lastHits, lastMisses] = [hits, misses];
  });
  return area / (positives * (positive.length - positives));
}

/** The ROC curve at `points` + 1 evenly spaced false positive rates: the true positive rate reached there at most. */
export function rocCurve(positive: ArrayLike<number>, scores: Float64Array, points: number): number[] {
  const positives = countPositive(positive);
  const negatives = positive.length - positives;
  const curve = [{ x: 0, y: 0 }];
  eachThreshold(positive, scores, (hits, misses) => curve.push({ x: misses / negatives, y: hits / positives }));
  let at = 0;
  return Array.from({ length: points + 1 }, (_, i) => {
    const x = i / points;
    while (at + 1 < curve.length && curve[at + 1]!.x <= x) at += 1;
    const [from, to] = [curve[at]!, curve[at + 1]];
    return to === undefined ? from.y : from.y + ((x - from.x) / (to.x - from.x)) * (to.y - from.y);
  });
}

/** The largest true positive rate among thresholds whose false positive rate does not exceed `rate`. */
export function truePositivesAt(positive: ArrayLike<number>, scores: Float64Array, rate: number): number {
  const positives = countPositive(positive);
  let best = 0;
  eachThreshold(positive, scores, (hits, misses) => {
    if (misses <= rate * (positive.length - positives)) best = hits / positives;
  });
  return best;
}

/** Σ (recall step) · precision over the thresholds; NaN without positive rows. */
export function averagePrecision(positive: ArrayLike<number>, scores: Float64Array): number {
  const positives = countPositive(positive);
  let [sum, lastHits] = [0, 0];
  eachThreshold(positive, scores, (hits, misses) => {
    sum += ((hits - lastHits) * hits) / (hits + misses);
    lastHits = hits;
  });
  return sum / positives;
}

interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly rows: number;
}

/** Precision, recall and F1 of each class, 0 where nothing of it was predicted or there. */
export function classScores(actual: Int32Array, predicted: Int32Array, classes: number): ClassScores[] {
  return Array.from({ length: classes }, (_, k) => {
    let [hits, said, rows] = [0, 0, 0];
    for (let row = 0; row < actual.length; row++) {
      if (predicted[row] === k) said += 1;
      if (actual[row] !== k) continue;
      rows += 1;
      if (predicted[row] === k) hits += 1;
    }
    const share = (of: number) => (of === 0 ? 0 : hits / of);
    return {
      precision: share(said),
      recall: share(rows),
      f1: said + rows === 0 ? 0 : (2 * hits) / (said + rows),
      rows,
    };
  });
}

/** The likeliest class of each row, the first among equals. */
export function likeliest(probabilities: readonly Float64Array[]): Int32Array {
  return Int32Array.from(probabilities[0]!, (_, row) => {
    let best = 0;
    for (let k = 1; k < probabilities.length; k++) {
      if (probabilities[k]![row]! > probabilities[best]![row]!) best = k;
    }
    return best;
  });
}

/** The mean of -log of the probability given to each row's class, in nats. */
export function logLoss(actual: Int32Array, probabilities: readonly Float64Array[]): number {
  let sum = 0;
  actual.forEach((code, row) => {
    sum -= Math.log(Math.max(probabilities[code]![row]!, Number.EPSILON));
  });
  return sum / actual.length;
}

/** Root mean squared error. */
export function rmse(actual: Float64Array, predicted: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < actual.length; row++) sum += (actual[row]! - predicted[row]!) ** 2;
  return Math.sqrt(sum / actual.length);
}

/** 1 - (squared error) / (squared error of the mean), 1 best; NaN when the actual values do not vary. */
export function r2(actual: Float64Array, predicted: Float64Array): number {
  const mean = actual.reduce((sum, x) => sum + x, 0) / actual.length;
  let total = 0;
  for (const x of actual) total += (x - mean) ** 2;
  return total === 0 ? Number.NaN : 1 - (rmse(actual, predicted) ** 2 * actual.length) / total;
}

// Makes a classifier's scores honest: what it holds for log odds becomes the odds that other rows show. Source:
// Platt, Probabilistic outputs for support vector machines, 1999.

const steps = 50;
/** Of the slope's and the constant's squares beside the mean loss: so that separable scores have a slope. */
const penalty = 1e-3;

/**
 * p = sigmoid(a score + b), a not below 0, fitted to scores of rows that the classifier did not learn from. The two
 * classes weigh the same however many rows they have, so 0.5 is "as likely one as the other".
 * @returns the probability of the positive class for each score.
 */
export function calibrate(scores: Float64Array, positive: ArrayLike<number>): Float64Array {
  let positives = 0;
  for (let row = 0; row < scores.length; row++) positives += positive[row]!;
  const weights = [0.5 / (scores.length - positives), 0.5 / positives];
  let [slope, constant] = [0, 0];
  for (let step = 0; step < steps; step++) {
    // Newton's step on two numbers.
    let [ga, gb, haa, hab, hbb] = [penalty * slope, penalty * constant, penalty, 0, penalty];
    for (let row = 0; row < scores.length; row++) {
      const x = scores[row]!;
      const p = sigmoid(slope * x + constant);
      const weight = weights[positive[row]!]!;
      const [pull, curve] = [weight * (p - positive[row]!), weight * Math.max(p * (1 - p), 1e-9)];
      ga += pull * x;
      gb += pull;
      haa += curve * x * x;
      hab += curve * x;
      hbb += curve;
    }
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(ga * hbb - gb * hab) / determinant, (gb * haa - ga * hab) / determinant];
    slope -= da;
    constant -= db;
    if (Math.abs(da) + Math.abs(db) < 1e-9) break;
  }
  // A classifier whose scores point the wrong way knows nothing.
  if (slope <= 0) return new Float64Array(scores.length).fill(0.5);
  return scores.map((x) => sigmoid(slope * x + constant));
}
