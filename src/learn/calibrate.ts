/**
 * Makes a classifier's scores honest: what it holds for log odds becomes the odds that other rows show. It knows scores
 * and labels, no rows. Source: Platt, Probabilistic outputs for support vector machines, 1999.
 */
import { sigmoid } from './losses.ts';

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
