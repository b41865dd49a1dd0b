/** Chooses rows by their scores: the good ones, the best, or a sample that is distributed as real rows are. */
import { TabletalkError } from '../errors/errors.ts';
import type { Random } from '../numeric/random.ts';
import { type Margin, rake } from './margins.ts';
import type { Scores } from './score.ts';

export type FilterRule =
  /** Rows whose total is no lower. */
  | { readonly kind: 'threshold'; readonly minQuality: number }
  /** So many rows of the highest total, or all when there are no more. */
  | { readonly kind: 'top'; readonly rows: number }
  /**
   * Discriminator rejection sampling (Azadi et al., ICLR 2019): a row is kept with a probability proportional to p / (1 - p),
   * p its realism, which moves the rows towards the real distribution instead of towards the mode. Without `rows` the most
   * telling row is kept for certain and the others in proportion. With `rows` exactly so many are kept, or all when there are no
   * more; chances above 1 are cut to 1. Where the scores have margins, the chances are raked so that each column's values
   * come as often as in real rows: a discriminator knows that only roughly, and the cut skews it.
   */
  | { readonly kind: 'rejection'; readonly rows?: number };

/** The indices of the kept rows, ascending. Throws `option` for a rejection without realism. */
export function filterRows(
  scores: Pick<Scores, 'total' | 'realism' | 'margins'>,
  rule: FilterRule,
  random: Random,
): Int32Array {
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
      const ratios = scores.realism.map((p) => Math.max(1e-12, p) / Math.max(1e-12, 1 - p));
      const { margins = [] } = scores;
      if (rule.rows === undefined)
        return drawInProportion(
          raked(ratios, margins, (weights) => weights),
          random,
        );
      const wanted = rule.rows;
      return drawExactly(
        raked(ratios, margins, (weights) => chances(weights, wanted)),
        random,
      );
    }
  }
}

/** Raking converges fast; what is left after so many steps stays. */
const steps = 20;

/** The weights as `cut` leaves them, raked before it again and again, so that both hold in the end. */
function raked(
  weights: Float64Array,
  margins: readonly Margin[],
  cut: (weights: Float64Array) => Float64Array,
): Float64Array {
  let now = cut(weights);
  for (let step = 0; step < steps && margins.length > 0; step++) {
    const next = now.slice();
    rake(next, margins);
    now = cut(next);
  }
  return now;
}

function drawInProportion(weights: Float64Array, random: Random): Int32Array {
  const most = weights.reduce((a, b) => Math.max(a, b), 0);
  return Int32Array.from(weights.keys()).filter((row) => random.uniform() * most < weights[row]!);
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
