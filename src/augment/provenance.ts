/** Which rows of a table are real: reads and writes the column that marks them. It knows tables, not where rows come from. */
import { optionError } from '../errors/errors.ts';
import type { CodedColumn, Column } from '../table/schema.ts';
import { takeRows, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';

const marks = ['real', 'synthetic'] as const;

export interface Provenance {
  /** The rows to learn from, without the mark. */
  readonly real: Table;
  /** Rows that were synthetic before, without the mark; null when there are none. */
  readonly synthetic: Table | null;
  /** The column that marks rows, in the table or to be added; undefined for none. */
  readonly mark: string | undefined;
}

/**
 * Parts a table by its marks. A column is taken for the mark when it is named, or when its cells are "synthetic" and nothing
 * else but "real".
 *
 * @throws {TabletalkError} `option`, for a named column that holds anything else.
 */
export function readProvenance(table: Table, named: string | undefined): Provenance {
  const { columns } = table.schema;
  const index = columns.findIndex((column) => (named === undefined ? isMark(column) : column.name === named));
  const column = columns[index];
  if (!column) return { real: table, synthetic: null, mark: named };
  if (!isCoded(column) || !column.values.every(isMarkValue) || column.missing !== null) {
    const problem = `the table has a column "${named}" that holds other things than "real" and "synthetic"`;
    throw optionError('augment', 'mark', problem, { column: named });
  }
  const codes = table.columns[index] as Int32Array;
  const rows = (value: string) => Int32Array.from(codes.keys()).filter((row) => column.values[codes[row]!] === value);
  const bare = withoutColumns(table, [column.name]);
  const synthetic = rows('synthetic');
  return {
    real: takeRows(bare, rows('real')),
    synthetic: synthetic.length === 0 ? null : takeRows(bare, synthetic),
    mark: column.name,
  };
}

function isMark(column: Column): boolean {
  return (
    isCoded(column) &&
    column.missing === null &&
    column.values.includes('synthetic') &&
    column.values.every(isMarkValue)
  );
}

const isCoded = (column: Column): column is CodedColumn => column.kind === 'category';
const isMarkValue = (value: string) => (marks as readonly string[]).includes(value);

/** The table with a last column that says so of every row. */
export function marked(table: Table, mark: string, says: (typeof marks)[number]): Table {
  const column: Column = { name: mark, kind: 'category', missing: null, values: [...marks] };
  return {
    schema: { ...table.schema, columns: [...table.schema.columns, column] },
    rowCount: table.rowCount,
    columns: [...table.columns, new Int32Array(table.rowCount).fill(marks.indexOf(says))],
  };
}
