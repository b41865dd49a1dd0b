/** Rows and columns picked from tables and tables put end to end. */
import { TabletalkError } from '../errors/errors.ts';
import { pick } from '../numeric/pick.ts';
import type { RowRange } from '../numeric/shard.ts';
import type { ColumnData, Table } from './table.ts';

/** The rows with these indices, in this order, repeats included; the schema stays. */
export function takeRows(table: Table, indices: ArrayLike<number>): Table {
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]!;
    if (!Number.isInteger(row) || row < 0 || row >= table.rowCount) {
      throw new RangeError(`row ${row} is not among the table's ${table.rowCount} rows`);
    }
  }
  return {
    schema: table.schema,
    rowCount: indices.length,
    columns: table.columns.map((data) => takeCells(data, indices)),
    ...(table.spelled && { spelled: table.spelled.map((rows) => rows && takeSpelled(rows, indices)) }),
  };
}

/** The rows from one number up to another. */
export function takeRange(table: Table, { from, to }: RowRange): Table {
  if (from === 0 && to === table.rowCount) return table;
  return takeRows(
    table,
    Array.from({ length: to - from }, (_, i) => from + i),
  );
}

function takeSpelled(rows: ReadonlyMap<number, string>, indices: ArrayLike<number>): ReadonlyMap<number, string> {
  const taken = new Map<number, string>();
  for (let i = 0; i < indices.length; i++) {
    const text = rows.get(indices[i]!);
    if (text !== undefined) taken.set(i, text);
  }
  return taken;
}

function takeCells(data: ColumnData, indices: ArrayLike<number>): ColumnData {
  if (data instanceof Float64Array || data instanceof Int32Array) return pick(data, indices);
  return Array.from(indices, (row) => data[row]!);
}

/** Tables of one schema, end to end. */
export function concatTables(tables: readonly [Table, ...Table[]]): Table {
  const { schema } = tables[0];
  for (const table of tables) {
    if (table.schema !== schema && JSON.stringify(table.schema) !== JSON.stringify(schema)) {
      throw new TabletalkError('input', 'tables put end to end must have the same schema');
    }
  }
  const rowCount = tables.reduce((sum, table) => sum + table.rowCount, 0);
  const columns = tables[0].columns.map((first, i) =>
    concatCells(
      first,
      tables.map((table) => table.columns[i]!),
      rowCount,
    ),
  );
  return { schema, rowCount, columns, ...concatSpelled(tables) };
}

function concatSpelled(tables: readonly Table[]): Pick<Table, 'spelled'> {
  if (tables.every(({ spelled }) => spelled === undefined)) return {};
  const spelled = tables[0]!.columns.map(() => new Map<number, string>());
  let first = 0;
  for (const table of tables) {
    for (const [i, rows] of (table.spelled ?? []).entries()) {
      for (const [row, text] of rows ?? []) spelled[i]!.set(first + row, text);
    }
    first += table.rowCount;
  }
  return { spelled };
}

function concatCells(first: ColumnData, parts: readonly ColumnData[], rowCount: number): ColumnData {
  if (!(first instanceof Float64Array) && !(first instanceof Int32Array)) return (parts as (string | null)[][]).flat();
  const cells = first instanceof Float64Array ? new Float64Array(rowCount) : new Int32Array(rowCount);
  let from = 0;
  for (const part of parts as (Float64Array | Int32Array)[]) {
    cells.set(part, from);
    from += part.length;
  }
  return cells;
}

/** A table without the columns of these names, those that it has. */
export function withoutColumns(table: Table, names: readonly string[]): Table {
  const isKept = (index: number) => !names.includes(table.schema.columns[index]!.name);
  if (table.columns.every((_, index) => isKept(index))) return table;
  return {
    schema: { ...table.schema, columns: table.schema.columns.filter((_, index) => isKept(index)) },
    rowCount: table.rowCount,
    columns: table.columns.filter((_, index) => isKept(index)),
    ...(table.spelled && { spelled: table.spelled.filter((_, index) => isKept(index)) }),
  };
}
