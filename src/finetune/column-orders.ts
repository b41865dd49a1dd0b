/**
 * In which order each row's columns are read in training. One order of all is learned soonest, and rows drawn in it are the best;
 * any condition can be met by a model that has seen other orders, too (training/LOG.md).
 */
import type { Random } from '../numeric/random.ts';
import { canonicalOrder } from '../serialize/sentence/canonical-order.ts';
import type { Schema } from '../table/schema.ts';
import type { FinetuneOptions } from './options.ts';

export interface ColumnOrders {
  /** The order of this share of the rows (serialize/sentence/canonical-order.ts). */
  readonly canonical: Int32Array;
  readonly canonicalShare: number;
  /** Index of the label column, -1 for none. */
  readonly target: number;
}

/** More of them makes rows hardly better, and rows under conditions worse (training/LOG.md). */
const usualShare = 0.5;

export const canonicalShareOf = ({ canonicalShare = usualShare }: Pick<FinetuneOptions, 'canonicalShare'>): number =>
  canonicalShare;

export function columnOrders(schema: Schema, target: number, canonicalShare: number): ColumnOrders {
  return { canonical: canonicalOrder(schema, target), canonicalShare, target };
}

/**
 * The canonical order; or some columns first, in random or canonical order, and the others in the canonical one: rows under conditions
 * are written like that. As conditions do, these name few columns more often than many, and the label most often; or they are
 * nearly all, as where gaps are filled.
 */
export function drawOrder({ canonical, canonicalShare, target }: ColumnOrders, random: Random): Int32Array {
  if (random.uniform() < canonicalShare) return canonical;
  const columns = canonical.length;
  const shuffled = random.shuffle(canonical.slice());
  const few = 1 + Math.floor((columns - 1) * random.uniform() ** 2);
  const areFew = random.uniform() < fewShare;
  if (areFew && target >= 0 && random.uniform() < 0.5) moveFirst(shuffled, target);
  const first = new Set(shuffled.subarray(0, areFew ? few : columns - few));
  const begin = random.uniform() < 0.5 ? first : canonical.filter((column) => first.has(column));
  return Int32Array.from([...begin, ...canonical.filter((column) => !first.has(column))]);
}

/** Of the rows in other than the canonical order, those in which few columns come first. */
const fewShare = 2 / 3;

function moveFirst(order: Int32Array, column: number): void {
  const at = order.indexOf(column);
  order.copyWithin(1, 0, at);
  order[0] = column;
}

/** The probability that the label comes last. */
export function labelLastShare({ canonical: { length: columns }, canonicalShare, target }: ColumnOrders): number {
  if (target < 0) return 0;
  if (columns === 1) return 1;
  // It does where it is not among the columns that come first.
  let otherwise = 0;
  for (let few = 1; few < columns; few++) {
    const chance = Math.sqrt(few / (columns - 1)) - Math.sqrt((few - 1) / (columns - 1));
    otherwise += (chance * (fewShare * 0.5 * (columns - few) + (1 - fewShare) * few)) / columns;
  }
  return canonicalShare + (1 - canonicalShare) * otherwise;
}
