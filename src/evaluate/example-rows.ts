/** A few rows of either table for the eye, as text. Columns that new rows replace are never shown. */
import { sampleRows } from '../learn/sample-rows.ts';
import { writtenCell } from '../table/cells.ts';
import type { Table } from '../table/table.ts';
import { randomFor } from './metrics/figure.ts';

export interface ExampleRows {
  readonly columns: readonly string[];
  /** Null is missing. */
  readonly real: readonly (readonly (string | null)[])[];
  readonly synthetic: readonly (readonly (string | null)[])[];
}

const rowsShown = 5;
const longestCell = 60;

export function exampleRows(train: Table, synthetic: Table, seed: number): ExampleRows {
  const columns = train.schema.columns.filter(({ replaced }) => !replaced).map(({ name }) => name);
  const drawn = (table: Table) => {
    const indices = columns.map((name) => table.schema.columns.findIndex((column) => column.name === name));
    const rows = sampleRows(table.rowCount, Math.min(rowsShown, table.rowCount), randomFor(seed, 'examples'));
    return Array.from(rows, (row) => indices.map((index) => shorten(writtenCell(table, index, row))));
  };
  return { columns, real: drawn(train), synthetic: drawn(synthetic) };
}

function shorten(text: string | null): string | null {
  const letters = [...(text ?? '')];
  return letters.length <= longestCell ? text : `${letters.slice(0, longestCell - 1).join('')}…`;
}
