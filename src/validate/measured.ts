/** What attributes are made of and what comes of them. It knows no attribute. */
import type { Table } from '../table/table.ts';

/** An attribute of each row, or why it cannot be had. */
export type Measured = Float64Array | string;

/** A table with its rows' numbers (learn/row-ids.ts), which are equal for equal rows, also of two tables. */
export interface Numbered {
  readonly table: Table;
  readonly ids: Int32Array;
}
