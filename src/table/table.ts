/** A table in memory: one array per column, typed by the column's kind. */
import type { Schema } from './schema.ts';

/**
 * The cells of one column.
 * - integer, decimal, datetime: `Float64Array`; NaN is missing; a datetime is milliseconds since 1970, UTC.
 * - boolean, category: `Int32Array` of indices into the column's `values`; -1 is missing.
 * - text: strings; null is missing.
 */
export type ColumnData = Float64Array | Int32Array | readonly (string | null)[];

export interface Table {
  readonly schema: Schema;
  readonly rowCount: number;
  /** In the order of `schema.columns`, each of length `rowCount`. */
  readonly columns: readonly ColumnData[];
  /**
   * By column, the cells that a file spelled otherwise than the column does, by row: "1e5" among 250000, a word among numbers.
   * Text files have them written as they were; nothing is learned from them. Left out where there are none.
   */
  readonly spelled?: Spelled | undefined;
}

type Spelled = readonly (ReadonlyMap<number, string> | undefined)[];

/** One cell as JavaScript sees it: a number, a boolean, a string, or null when missing. A datetime is its text. */
export type Cell = number | boolean | string | null;
