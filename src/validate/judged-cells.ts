/** A table read under a schema that it need not meet: the cells that it can hold, and what is wrong with each row. */
import { TabletalkError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import { castValue, cellValueOf, formatValue, mapKey, misfit, type Value, valueAt } from '../table/cells.ts';
import { type Column, isCoded, isNumeric, type Schema } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';
import type { RowIssue } from './row-issue.ts';
import { createRowRules } from './row-rules.ts';
import { cellSchema } from './row-schema.ts';

export interface JudgedCells {
  /** The rows under the schema; a cell that it cannot hold is missing. A number out of range stays. */
  readonly table: Table;
  /** What is wrong with a row: its cells in the schema's order, then the rules. */
  issues(row: number): readonly RowIssue[];
}

/** One distinct cell of the table: its value under the schema, and what is wrong with it. */
interface Judged {
  readonly value: Value | null;
  readonly issue?: RowIssue;
}

/** @throws {TabletalkError} `input`, for a column too few or too many. */
export function judgeCells(given: Table, schema: Schema, combinations?: Combinations): JudgedCells {
  const judged = columnsIn(given, schema).map((index, c) =>
    judgeColumn(given.schema.columns[index]!, given.columns[index]!, schema.columns[c]!),
  );
  // Most columns have nothing wrong, and most schemas no rules: what a row costs is what may be wrong with it.
  const faulty = judged.filter((cells) => cells.some(({ issue }) => issue));
  const rules = schema.checks?.length ? createRowRules(schema, combinations) : undefined;
  const table = {
    schema,
    rowCount: given.rowCount,
    columns: schema.columns.map((column, c) => dataOf(column, judged[c]!)),
  };
  return {
    table,
    issues: (row) => [
      ...faulty.flatMap((cells) => cells[row]!.issue ?? []),
      ...(rules?.(judged.map((cells) => cells[row]!.value)) ?? []),
    ],
  };
}

export type Combinations = Parameters<typeof createRowRules>[1];

function columnsIn({ schema: own }: Table, { columns }: Schema): number[] {
  const [names, wanted] = [own.columns, columns].map((each) => each.map(({ name }) => name)) as [string[], string[]];
  const stray = names.find((name) => !wanted.includes(name));
  if (stray !== undefined) {
    throw new TabletalkError('input', `unexpected column "${stray}"${didYouMean(stray, wanted)}`);
  }
  return wanted.map((name) => {
    const index = names.indexOf(name);
    if (index < 0) throw new TabletalkError('input', `no column "${name}"`);
    return index;
  });
}

/** Each distinct cell is judged once. */
function judgeColumn(own: Column, data: ColumnData, column: Column): Judged[] {
  const known = new Map<Value | null, Judged>();
  const accepts = cellSchema(column);
  const cells: Judged[] = [];
  for (let row = 0; row < data.length; row++) {
    const stored = valueAt(data, row);
    const key = mapKey(stored);
    let judged = known.get(key);
    if (!judged) {
      judged = judgeCell(column, own, stored, accepts);
      known.set(key, judged);
    }
    cells.push(judged);
  }
  return cells;
}

function judgeCell(column: Column, own: Column, stored: Value | null, accepts: ReturnType<typeof cellSchema>): Judged {
  const { name } = column;
  const text = stored === null ? null : formatValue(own, stored);
  const value = text === null || text === column.missing ? null : castValue(own, column, stored!);
  if (value === undefined) {
    const message = `"${name}": ${misfit(column, text!)}`;
    return { value: null, issue: { code: 'unreadable-value', column: name, message } };
  }
  const result = accepts.safeParse(cellValueOf(column, value));
  if (result.success) return { value };
  return {
    value,
    issue: { code: 'invalid-value', column: name, message: `"${name}": ${result.error.issues[0]!.message}` },
  };
}

function dataOf(column: Column, cells: readonly Judged[]): ColumnData {
  if (!isNumeric(column) && !isCoded(column)) return cells.map(({ value }) => value as string | null);
  const data = isNumeric(column) ? new Float64Array(cells.length) : new Int32Array(cells.length);
  const missing = isNumeric(column) ? Number.NaN : -1;
  for (let row = 0; row < data.length; row++) data[row] = (cells[row]!.value as number | null) ?? missing;
  return data;
}
