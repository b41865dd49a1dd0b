/** A target of few different whole numbers, such as -1 and 1 or the grades 3 to 8, is a class: it is learned and judged as one. */
import { formatValue, valueAt } from './cells.ts';
import { type Column, isPlain } from './schema.ts';
import type { ColumnData, Table } from './table.ts';

/** More different numbers than this are an amount. */
const mostClasses = 10;
/** Rows for each class on average. */
const rowsPerClass = 5;

/** The table with its target as a category where that is one; a column whose kind the caller named is left as it is. */
export function withClassTarget(table: Table, target: string | undefined): Table {
  return target !== undefined && isClassTarget(table, target) ? withClasses(table, target) : table;
}

export function isClassTarget(table: Table, target: string): boolean {
  const index = table.schema.columns.findIndex(({ name }) => name === target);
  const column = table.schema.columns[index];
  if (!column || !isPlain(column) || column.asked || column.replaced) return false;
  const values = distinctNumbers(table.columns[index] as Float64Array, mostClasses + 1);
  const areFew = values.length >= 2 && values.length <= mostClasses && values.length * rowsPerClass <= table.rowCount;
  return areFew && values.every((value) => Number.isSafeInteger(value));
}

/** The numbers of a column as classes, from the least to the greatest; a column of another kind stays. */
export function withClasses(table: Table, name: string): Table {
  const index = table.schema.columns.findIndex((column) => column.name === name);
  const column = table.schema.columns[index];
  if (!column || !isPlain(column)) return table;
  const data = table.columns[index]!;
  const numbers = distinctNumbers(data as Float64Array, Number.POSITIVE_INFINITY);
  const replace = <T>(all: readonly T[], one: T) => all.map((each, i) => (i === index ? one : each));
  return {
    ...table,
    schema: { ...table.schema, columns: replace(table.schema.columns, classColumn(column, numbers)) },
    columns: replace(table.columns, codesOf(data, numbers, table.rowCount)),
  };
}

function classColumn(column: Extract<Column, { kind: 'integer' | 'decimal' }>, numbers: readonly number[]): Column {
  const { name, missing, stored } = column;
  const values = numbers.map((value) => formatValue(column, value));
  return {
    name,
    kind: 'category',
    missing,
    values,
    ...(values.length > 2 && { ordered: true }),
    stored: stored ?? { as: 'number' },
    reason: `the target, and only ${values.length} different numbers (${values.join(', ')}): classes`,
  };
}

function codesOf(data: ColumnData, numbers: readonly number[], rowCount: number): Int32Array {
  const codes = new Map(numbers.map((value, code) => [value, code]));
  return Int32Array.from({ length: rowCount }, (_, row) => {
    const value = valueAt(data, row);
    return value === null ? -1 : codes.get((value as number) + 0)!;
  });
}

/** In ascending order, with one zero; no more than `most` are looked for. */
function distinctNumbers(data: Float64Array, most: number): number[] {
  const found = new Set<number>();
  for (const value of data) {
    if (!Number.isNaN(value)) found.add(value + 0);
    if (found.size >= most) break;
  }
  return [...found].sort((a, b) => a - b);
}
