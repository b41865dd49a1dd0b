/** A table from stored values, row by row. The values must fit the schema. */
import type { Value } from './cells.ts';
import { isCoded, isNumeric, type Schema } from './schema.ts';
import type { Table } from './table.ts';

/** `rows[r][c]` is what column c stores (table.ts), null when missing. */
export function tableFromValues(schema: Schema, rows: readonly (readonly (Value | null)[])[]): Table {
  const columns = schema.columns.map((column, c) => {
    if (isNumeric(column)) return Float64Array.from(rows, (row) => (row[c] as number | null) ?? Number.NaN);
    if (isCoded(column)) return Int32Array.from(rows, (row) => (row[c] as number | null) ?? -1);
    return rows.map((row) => row[c] as string | null);
  });
  return { schema, rowCount: rows.length, columns };
}
