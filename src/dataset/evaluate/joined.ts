/** Tables of a data set side by side, for metrics of one table: each row with its parents', a row before, or its children summed up. */
import { type Column, isCoded, isNumeric } from '../../table/schema.ts';
import { withoutColumns } from '../../table/select.ts';
import type { ColumnData, Table } from '../../table/table.ts';
import { type Dataset, picked } from '../dataset.ts';
import type { Link } from '../description.ts';
import { familiesOf } from '../families.ts';

interface Named {
  readonly column: Column;
  readonly data: ColumnData;
}

/** The columns of a table that are compared: no keys, no references, no replaced columns, no texts. */
export function comparedTable({ description, tables }: Dataset, name: string): Table {
  const { key, parents, entity } = description.tables[name]!;
  const { table } = tables.get(name)!;
  const others = table.schema.columns
    .filter(({ replaced, kind }) => replaced || kind === 'text')
    .map((one) => one.name);
  const keys = [key, entity, ...parents.map(({ column }) => column)].filter((one) => one !== undefined);
  return withoutColumns(table, [...others, ...keys]);
}

const tableOf = (columns: readonly Named[], rowCount: number): Table => ({
  schema: { version: 1, columns: columns.map(({ column }) => column) },
  rowCount,
  columns: columns.map(({ data }) => data),
});

function columnsOf(table: Table, prefix: string, rows?: Int32Array): Named[] {
  return table.schema.columns.map((column, i) => ({
    column: { ...column, name: prefix + column.name },
    data: rows ? picked(table.columns[i]!, rows) : table.columns[i]!,
  }));
}

/** A way from a table to one of its ancestors. */
export interface Path {
  readonly name: string;
  readonly links: readonly Link[];
}

/** Every way of one to three joins from a table that is made. */
export function pathsOf({ description, structure }: Dataset): Path[] {
  const from = (name: string, links: readonly Link[], at: string): Path[] =>
    links.length === 3
      ? []
      : description.tables[at]!.parents.filter(({ table }) => table !== at).flatMap((link) => [
          { name, links: [...links, link] },
          ...from(name, [...links, link], link.table),
        ]);
  return structure.order.filter((name) => !description.tables[name]!.lookup).flatMap((name) => from(name, [], name));
}

/** Rows of the path's table with the columns of its ancestor; `split` columns are the table's own. */
export function alongPath(dataset: Dataset, { name, links }: Path): { table: Table; split: number } {
  const own = comparedTable(dataset, name);
  let rows = Int32Array.from({ length: own.rowCount }, (_, row) => row);
  let at = name;
  for (const { column, table } of links) {
    const parents = dataset.tables.get(at)!.parentRows.get(column)!;
    rows = rows.map((row) => (row < 0 ? -1 : parents[row]!));
    at = table;
  }
  const above = comparedTable(dataset, at);
  const columns = [...columnsOf(own, '0 '), ...columnsOf(above, '1 ', rows)];
  return { table: tableOf(columns, own.rowCount), split: own.columns.length };
}

/** Rows that have one before them in their family, with that one's columns: those of the row itself come first. */
export function withPrevious(dataset: Dataset, name: string): { table: Table; split: number } {
  const own = comparedTable(dataset, name);
  const { before } = familiesOf(dataset, name);
  const rows = Int32Array.from(before.keys()).filter((row) => before[row]! >= 0);
  const columns = [
    ...columnsOf(own, '0 ', rows),
    ...columnsOf(
      own,
      '1 ',
      rows.map((row) => before[row]!),
    ),
  ];
  return { table: tableOf(columns, rows.length), split: own.columns.length };
}

/** How many rows refer to each row of the parent. */
export function childCounts({ tables }: Dataset, child: string, { column, table }: Link): Float64Array {
  const counts = new Float64Array(tables.get(table)!.table.rowCount);
  for (const row of tables.get(child)!.parentRows.get(column)!) if (row >= 0) counts[row]! += 1;
  return counts;
}

/**
 * Each row of the parent with its number of children, the mean of each of their numbers and how many different values each
 * of their categories has. Source: SyntheRela's aggregation detection.
 */
export function aggregated(dataset: Dataset, child: string, link: Link): Table {
  const parent = comparedTable(dataset, link.table);
  const children = comparedTable(dataset, child);
  const rows = dataset.tables.get(child)!.parentRows.get(link.column)!;
  const counts = childCounts(dataset, child, link);
  const number = (name: string, data: Float64Array): Named => ({
    column: {
      name,
      kind: 'decimal',
      missing: '',
      scale: 20,
      minScale: 0,
      min: -Number.MAX_VALUE,
      max: Number.MAX_VALUE,
    },
    data,
  });
  const summed = children.schema.columns.flatMap((column, i): Named[] => {
    const data = children.columns[i]!;
    if (isNumeric(column)) return [number(`mean ${column.name}`, meansOf(data as Float64Array, rows, counts.length))];
    return isCoded(column)
      ? [number(`different ${column.name}`, distinctOf(data as Int32Array, rows, counts.length))]
      : [];
  });
  return tableOf([...columnsOf(parent, ''), number('children', counts), ...summed], counts.length);
}

function meansOf(data: Float64Array, parents: Int32Array, size: number): Float64Array {
  const [sums, counts] = [new Float64Array(size), new Float64Array(size)];
  for (const [row, parent] of parents.entries()) {
    if (parent < 0 || Number.isNaN(data[row]!)) continue;
    sums[parent]! += data[row]!;
    counts[parent]! += 1;
  }
  return sums.map((sum, parent) => sum / counts[parent]!);
}

function distinctOf(data: Int32Array, parents: Int32Array, size: number): Float64Array {
  const seen = Array.from({ length: size }, () => new Set<number>());
  for (const [row, parent] of parents.entries()) if (parent >= 0 && data[row]! >= 0) seen[parent]!.add(data[row]!);
  return Float64Array.from(seen, (codes) => codes.size);
}
