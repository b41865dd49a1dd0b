/**
 * Reads sentences back into rows and lets only those pass that fit the table's schema; the rest is counted by what is
 * wrong. It knows sentences as text and knows nothing of the model that wrote them.
 */
import type { z } from 'zod';
import { parseSentence } from '../serialize/sentence.ts';
import { cellValueOf, type Value } from '../table/cells.ts';
import { tableFromValues } from '../table/from-values.ts';
import type { Schema } from '../table/schema.ts';
import type { Cell, Table } from '../table/table.ts';
import type { RowIssue } from './row-issue.ts';
import { rowSchema } from './row-schema.ts';

/** How many sentences were rejected for the same reason; a sentence counts once, with its first issue. */
interface Rejection extends RowIssue {
  readonly count: number;
}

interface Validated {
  readonly table: Table;
  /** For each sentence, whether it is in `table`. */
  readonly accepted: readonly boolean[];
  readonly rejections: readonly Rejection[];
}

/** Checks sentences of one schema; made once, used for many batches. */
export interface Validator {
  validate(sentences: readonly string[]): Validated;
  /** The row of one sentence, or what is wrong with it. */
  check(sentence: string): { readonly values: readonly (Value | null)[] } | { readonly issues: readonly RowIssue[] };
}

export function createValidator(schema: Schema): Validator {
  const row = rowSchema(schema);
  const check: Validator['check'] = (sentence) => {
    const parsed = parseSentence(schema, sentence);
    const absent = schema.columns.filter(
      (_, c) => parsed.cells[c] === undefined && !mentioned(parsed.issues, schema, c),
    );
    const issues: RowIssue[] = [
      ...parsed.issues,
      ...absent.map(({ name }): RowIssue => ({ code: 'absent-column', column: name, message: `no "${name}"` })),
    ];
    if (issues.length > 0) return { issues };
    const values = parsed.cells as readonly (Value | null)[];
    const result = row.safeParse(cellsOf(schema, values));
    return result.success ? { values } : { issues: result.error.issues.map(invalidValue) };
  };
  return { check, validate: (sentences) => validateAll(schema, sentences, check) };
}

function validateAll(schema: Schema, sentences: readonly string[], check: Validator['check']): Validated {
  const rows: (readonly (Value | null)[])[] = [];
  const rejections = new Map<string, Rejection>();
  const accepted = sentences.map((sentence) => {
    const result = check(sentence);
    if ('values' in result) {
      rows.push(result.values);
      return true;
    }
    const issue = result.issues[0]!;
    const key = `${issue.code} ${issue.column}`;
    rejections.set(key, { ...issue, count: (rejections.get(key)?.count ?? 0) + 1 });
    return false;
  });
  return { table: tableFromValues(schema, rows), accepted, rejections: [...rejections.values()] };
}

function mentioned(issues: readonly RowIssue[], schema: Schema, column: number): boolean {
  return issues.some((issue) => issue.column === schema.columns[column]!.name);
}

function cellsOf(schema: Schema, values: readonly (Value | null)[]): Record<string, Cell> {
  return Object.fromEntries(schema.columns.map((column, c) => [column.name, cellValueOf(column, values[c]!)]));
}

function invalidValue({ path, message }: z.core.$ZodIssue): RowIssue {
  const column = String(path[0]);
  return { code: 'invalid-value', column, message: `"${column}": ${message}` };
}
