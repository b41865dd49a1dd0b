/** Counts what is wrong with rows: each row once, with its first issue. */
import type { Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { type Combinations, judgeCells } from './judged-cells.ts';
import type { RowIssue } from './row-issue.ts';

/** How many rows were rejected for the same reason. */
export interface Rejection extends RowIssue {
  readonly count: number;
}

/** @param firstIssues of each rejected row its first. @returns the commonest first; the message is of the first row. */
export function countRejections(firstIssues: Iterable<RowIssue>): Rejection[] {
  const rejections = new Map<string, Rejection>();
  for (const issue of firstIssues) {
    const reason = JSON.stringify([issue.code, issue.column, issue.code === 'broken-check' && issue.message]);
    const earlier = rejections.get(reason);
    rejections.set(reason, { ...(earlier ?? issue), count: (earlier?.count ?? 0) + 1 });
  }
  return [...rejections.values()].sort((a, b) => b.count - a.count);
}

/** Why rows of a table would not do for a schema. @throws {TabletalkError} `input`, for a column too few or too many. */
export function rejectionsOf(table: Table, schema: Schema, combinations?: Combinations): Rejection[] {
  const { issues } = judgeCells(table, schema, combinations);
  return countRejections(
    Array.from({ length: table.rowCount }, (_, row) => issues(row)).flatMap(([first]) => first ?? []),
  );
}
