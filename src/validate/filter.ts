/** Chooses rows by their scores: the good ones, the best, or a sample that is distributed as real rows are. It knows no table. */
import { TabletalkError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Scores } from './score.ts';

export type FilterRule =
  /** Rows whose total is no lower. */
  | { readonly kind: 'threshold'; readonly minQuality: number }
  /** So many rows of the highest total, or all when there are no more. */
  | { readonly kind: 'top'; readonly rows: number }
  /**
   * Discriminator rejection sampling (Azadi et al., ICLR 2019): a row is kept with a probability proportional to p / (1 - p),
   * p its realism. Without `rows` the most telling row is kept for certain, and what is kept follows the real density as well as
   * the discriminator knows it. With `rows` exactly so many are kept (or all when there are no more); where that is more than
   * the first way would keep, the highest ratios are cut off, and the rows come the less close to the real density.
   */
  | { readonly kind: 'rejection'; readonly rows?: number };

/** The indices of the kept rows, ascending. Throws `option` for a rejection without realism. */
export function filterRows(scores: Pick<Scores, 'total' | 'realism'>, rule: FilterRule, random: Random): Int32Array {
  const every = Int32Array.from(scores.total.keys());
  switch (rule.kind) {
    case 'threshold':
      return every.filter((row) => scores.total[row]! >= rule.minQuality);
    case 'top':
      return every
        .sort((a, b) => scores.total[b]! - scores.total[a]! || a - b)
        .slice(0, rule.rows)
        .sort();
    case 'rejection': {
      if (!scores.realism) {
        throw new TabletalkError('option', 'rejection needs the realism of the rows, and that needs real rows');
      }
      const ratios = scores.realism.map((p) => p / Math.max(1e-12, 1 - p));
      if (rule.rows !== undefined) return drawExactly(chances(ratios, rule.rows), random);
      const most = ratios.reduce((a, b) => Math.max(a, b), 0);
      return every.filter((row) => random.uniform() * most < ratios[row]!);
    }
  }
}

/** Probabilities min(1, ratio / c) whose sum is `rows`; all 1 when there are no more. */
function chances(ratios: Float64Array, rows: number): Float64Array {
  if (rows >= ratios.length) return ratios.map(() => 1);
  const falling = ratios.slice().sort().reverse();
  let rest = falling.reduce((sum, ratio) => sum + ratio, 0);
  // The highest are kept for certain, one more at a time, until none of the others would be.
  let certain = 0;
  while (certain < rows && falling[certain]! * (rows - certain) >= rest) rest -= falling[certain++]!;
  const scale = (rows - certain) / rest;
  return ratios.map((ratio) => Math.min(1, ratio * scale));
}

/**
 * As many rows as the probabilities sum to, each with its own: systematic sampling in random order (Madow 1949), which draws
 * no row twice.
 */
function drawExactly(probabilities: Float64Array, random: Random): Int32Array {
  const order = random.shuffle(Int32Array.from(probabilities.keys()));
  const start = random.uniform();
  let sum = 0;
  const taken = order.filter((row) => {
    const before = Math.floor(start + nearWhole(sum));
    sum += probabilities[row]!;
    return Math.floor(start + nearWhole(sum)) > before;
  });
  return taken.sort();
}

/** Thousands of probabilities sum to a whole number less a hair, which would cost a row. */
const nearWhole = (sum: number) => (Math.abs(sum - Math.round(sum)) < 1e-9 ? Math.round(sum) : sum);
