/**
 * Counts rows that some training row matches all but exactly. It knows aligned tables and every kind of column.
 * Source: SDMetrics 0.29 `single_table/new_row_synthesis.py`, of whose score this is the complement.
 */
import { isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';

/** Numbers match when they differ by at most this share of the judged one. */
const tolerance = 0.01;

/** Share of judged rows that a training row matches in every column: numbers nearly, all else, missing cells too, exactly. */
export function nearCopies(train: Table, judged: Table): number {
  const numeric = train.schema.columns.flatMap((column, index) => (isNumeric(column) ? [index] : []));
  const keysOf = (table: Table) => groupKeys(table, numeric);
  const [pivot] = numeric;
  const groups = new Map<string, number[]>();
  keysOf(train).forEach((key, row) => {
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  });
  // Within a group, rows by their first number: those that may match lie side by side.
  const order = (cells: Float64Array) => (a: number, b: number) => cells[a]! - cells[b]! || 0;
  if (pivot !== undefined) for (const rows of groups.values()) rows.sort(order(train.columns[pivot] as Float64Array));
  let found = 0;
  keysOf(judged).forEach((key, row) => {
    if (hasMatch(train, judged, row, groups.get(key), numeric)) found += 1;
  });
  return found / judged.rowCount;
}

/** Everything that must match exactly: categories, text, and which numbers are missing. */
function groupKeys(table: Table, numeric: readonly number[]): string[] {
  const parts = table.columns.map((cells, index) =>
    numeric.includes(index) ? (row: number) => Number.isNaN(cells[row]) : (row: number) => cells[row],
  );
  return Array.from({ length: table.rowCount }, (_, row) => JSON.stringify(parts.map((part) => part(row))));
}

function hasMatch(
  train: Table,
  judged: Table,
  row: number,
  group: number[] | undefined,
  numeric: readonly number[],
): boolean {
  if (group === undefined) return false;
  const cells = (table: Table, column: number) => table.columns[column] as Float64Array;
  const [pivot] = numeric;
  if (pivot === undefined) return true;
  const wanted = cells(judged, pivot)[row]!;
  const from = Number.isNaN(wanted)
    ? 0
    : firstAtLeast(group, cells(train, pivot), wanted - tolerance * Math.abs(wanted));
  for (let i = from; i < group.length; i++) {
    const candidate = group[i]!;
    if (cells(train, pivot)[candidate]! > wanted + tolerance * Math.abs(wanted)) return false;
    const matches = numeric.every((column) => {
      const [real, own] = [cells(train, column)[candidate]!, cells(judged, column)[row]!];
      return Number.isNaN(own) || Math.abs(real - own) <= tolerance * Math.abs(own);
    });
    if (matches) return true;
  }
  return false;
}

function firstAtLeast(rows: readonly number[], cells: Float64Array, value: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cells[rows[middle]!]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
