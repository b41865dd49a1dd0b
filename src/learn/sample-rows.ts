/** Rows drawn without replacement. */
import type { Random } from '../numeric/random.ts';

/** `count` of the row numbers below `rowCount` in random order; all of them when there are no more. */
export function sampleRows(rowCount: number, count: number, random: Random): Int32Array {
  return random.shuffle(Int32Array.from({ length: rowCount }, (_, row) => row)).slice(0, count);
}
