/** Counts with noise, what is known of their sums, and draws by them. */
import type { Random } from '../numeric/random.ts';
import { countUpTo } from '../numeric/ranks.ts';
import { addNoise } from './noise.ts';

export const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);

/** Each row is in one cell of each of the tables: their counts together change by the root of their number where a row comes. */
export function noisyCounts(
  tables: readonly { readonly cells: Int32Array; readonly count: number }[],
  total: number,
  sigma: number,
): Float64Array[] {
  return tables.map(({ cells, count }) => {
    const counts = new Float64Array(count);
    for (const cell of cells) counts[cell]!++;
    addNoise(counts, sigma * Math.sqrt(tables.length));
    return onSimplex(counts, total);
  });
}

/** The nearest counts that are none below zero and have this sum (Duchi et al. 2008). */
function onSimplex(counts: Float64Array, total: number): Float64Array {
  const sorted = counts.toSorted((a, b) => b - a);
  let [sum, shift] = [0, 0];
  for (const [i, count] of sorted.entries()) {
    sum += count;
    const candidate = (sum - total) / (i + 1);
    if (count > candidate) shift = candidate;
  }
  return counts.map((count) => Math.max(0, count - shift));
}

/** Sums that are known better than the counts: to which of them each count belongs. */
interface Margin {
  readonly of: (i: number) => number;
  readonly sums: ArrayLike<number>;
}

/** Turns of raking; the sums hardly change after a few. */
const rakes = 10;

/** Counts with these sums, the last ones exactly (Deming & Stephan 1940). */
export function raked(counts: Float64Array, margins: readonly Margin[]): Float64Array {
  // A trace everywhere, so that every sum can be had.
  const found = counts.map((count) => count + 1e-3);
  for (let turn = 0; turn < rakes; turn++) {
    for (const { of, sums } of margins) {
      const now = new Float64Array(sums.length);
      for (const [i, count] of found.entries()) now[of(i)]! += count;
      for (let i = 0; i < found.length; i++) found[i]! *= sums[of(i)]! / Math.max(1e-12, now[of(i)]!);
    }
  }
  return found;
}

export function cumulated(weights: Float64Array): Float64Array {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/** An index, each as often as its weight says. */
export function drawFrom(cumulated: Float64Array, random: Random): number {
  const last = cumulated.length - 1;
  return Math.min(last, countUpTo(cumulated, random.uniform() * cumulated[last]!));
}
