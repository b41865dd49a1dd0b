/** A data set in memory: its tables, and for each row the rows that it refers to. */

import { formatValue, plainNumber, valueAt } from '../table/cells.ts';
import type { Dialect } from '../table/csv/dialect.ts';
import { type Column, isPlain, type Schema } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';
import type { DatasetDescription, Structure } from './description.ts';

export interface LinkedTable {
  readonly table: Table;
  readonly dialect?: Dialect | undefined;
  /** The key of each row as text, where the table has one. */
  readonly keys?: readonly string[] | undefined;
  /** By column that refers to a parent: the parent's row of each row, -1 where it is missing. */
  readonly parentRows: ReadonlyMap<string, Int32Array>;
  /** Of a table whose entities were given a table of their own: the columns of its file, and the other table. */
  readonly joined?: { readonly columns: readonly string[]; readonly from: string } | undefined;
}

export interface Dataset {
  readonly description: DatasetDescription;
  readonly structure: Structure;
  readonly tables: ReadonlyMap<string, LinkedTable>;
  /** By table, rows that were left out because their parent is not there. */
  readonly orphans: ReadonlyMap<string, number>;
}

export const columnOf = ({ schema }: Pick<Table, 'schema'>, name: string): number =>
  schema.columns.findIndex((column) => column.name === name);

const indexes = new WeakMap<Pick<Schema, 'columns'>, Map<string, number>>();

/** The place of each column by its name; for one schema the same map again. */
export function indexOf(schema: Pick<Schema, 'columns'>): ReadonlyMap<string, number> {
  let index = indexes.get(schema);
  if (!index) {
    index = new Map(schema.columns.map(({ name }, i) => [name, i]));
    indexes.set(schema, index);
  }
  return index;
}

/** By row of a table, the row of its owner or of the owner's owner, -1 without one. */
export function rowsAbove(
  { structure, tables }: Dataset,
  name: string,
  of: 'owner' | 'above',
): { table: string; rows: Int32Array } | undefined {
  const owner = structure.owners.get(name);
  if (!owner) return undefined;
  const rows = tables.get(name)!.parentRows.get(owner.column)!;
  if (of === 'owner') return { table: owner.table, rows };
  const up = rowsAbove({ structure, tables } as Dataset, owner.table, 'owner');
  return up && { table: up.table, rows: rows.map((row) => (row < 0 ? -1 : up.rows[row]!)) };
}

/** A number as its column writes it. */
export const onGrid = (column: Column, value: number): number =>
  column.kind === 'integer'
    ? Math.round(value) + 0
    : column.kind === 'decimal' && !column.float
      ? Number(value.toFixed(column.scale)) + 0
      : value;

/** A parent's cells by the child's rows, missing where the parent is. */
export function picked(data: ColumnData, rows: Int32Array): ColumnData {
  if (data instanceof Float64Array) return Float64Array.from(rows, (row) => (row < 0 ? Number.NaN : data[row]!));
  if (data instanceof Int32Array) return rows.map((row) => (row < 0 ? -1 : data[row]!));
  return Array.from(rows, (row) => (row < 0 ? null : data[row]!));
}

/** Cells as keys are compared: numbers by their value, so that 7.0 refers to 7; all else as it is spelled. */
export function keyTexts(table: Table, index: number): (string | null)[] {
  const column = table.schema.columns[index]!;
  return Array.from({ length: table.rowCount }, (_, row) => keyText(column, table.columns[index]!, row));
}

function keyText(column: Column, data: ColumnData, row: number): string | null {
  const value = valueAt(data, row);
  if (value === null) return null;
  return isPlain(column) ? plainNumber(value as number) : formatValue(column, value);
}
