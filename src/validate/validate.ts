/**
 * Reads sentences back into rows and lets only those pass that fit the table's schema and keep its rules; the rest is
 * counted by what is wrong.
 */
import { z } from 'zod';
import { parseOptions } from '../errors/check-options.ts';
import { TabletalkError } from '../errors/errors.ts';
import { parseSentence } from '../serialize/sentence/sentence.ts';
import { cellValueOf, mapKey, type Value, valueAt } from '../table/cells.ts';
import { tableFromValues } from '../table/from-values.ts';
import type { Schema } from '../table/schema.ts';
import type { Cell, Table } from '../table/table.ts';
import { countRejections, type Rejection } from './rejections.ts';
import type { RowIssue } from './row-issue.ts';
import { createRowRules } from './row-rules.ts';
import { cellSchema, rowSchema } from './row-schema.ts';

const validatorOptions = z.strictObject({
  /** Whether the schema's checks must hold; one of a `combination` can only be judged where `combinations` is given. */
  checks: z.boolean().default(true),
  /** By `combination` check, in the checks' order: the codes that its columns had together in training. */
  combinations: z.array(z.array(z.array(z.int()))).optional(),
  /** Whether a sentence that says the same row as an earlier one of its batch is a row of its own. */
  duplicates: z.boolean().default(true),
});
export type ValidatorOptions = z.input<typeof validatorOptions>;

/** The rows, and why the other sentences are none. */
export interface Validated {
  readonly table: Table;
  /** For each sentence, whether it is in `table`. */
  readonly accepted: readonly boolean[];
  /** The commonest first; the message is of the first sentence. */
  readonly rejections: readonly Rejection[];
}

/** The row of one sentence, or all that is wrong with it. */
type Checked = { readonly values: readonly (Value | null)[] } | { readonly issues: readonly RowIssue[] };

/** Checks sentences of one schema; made once, used for many batches. */
export interface Validator {
  /** Accepts sentences from any source: whatever they hold becomes rows and rejections, never an exception. */
  validate(sentences: readonly string[]): Validated;
  check(sentence: string): Checked;
}

export function createValidator(schema: Schema, options: ValidatorOptions = {}): Validator {
  const { checks, combinations, duplicates } = parseOptions('createValidator', validatorOptions, options);
  const row = rowSchema(schema);
  const rules = checks ? createRowRules(schema, combinations) : () => [];
  const check: Validator['check'] = (sentence) => {
    const { cells, issues } = parseSentence(schema, trimmed(schema, sentence));
    const named = new Set(issues.map(({ column }) => column));
    const absent = schema.columns.filter(({ name }, c) => cells[c] === undefined && !named.has(name));
    const unread = [
      ...issues,
      ...absent.map(({ name }): RowIssue => ({ code: 'absent-column', column: name, message: `no "${name}"` })),
    ];
    if (unread.length > 0) return { issues: unread };
    const values = cells as readonly (Value | null)[];
    const result = row.safeParse(cellsOf(schema, values));
    const wrong = [...(result.error?.issues.map(invalidValue) ?? []), ...rules(values)];
    return wrong.length > 0 ? { issues: wrong } : { values };
  };
  return { check, validate: (sentences) => validateAll(schema, sentences, duplicates ? check : withoutRepeats(check)) };
}

/** Models begin and end with blanks that no value has at its ends: those are quoted. */
function trimmed({ template }: Schema, sentence: string): string {
  return template && /^\s/.test(template.cell) ? sentence.trimEnd() : sentence.trim();
}

/** Rejects what was accepted before. */
function withoutRepeats(check: Validator['check']): Validator['check'] {
  const seen = new Set<string>();
  return (sentence) => {
    const result = check(sentence);
    if ('issues' in result) return result;
    const known = seen.size;
    if (seen.add(JSON.stringify(result.values)).size > known) return result;
    return { issues: [{ code: 'repeated-row', message: 'the same row as an earlier one' }] };
  };
}

function validateAll(schema: Schema, sentences: readonly string[], check: Validator['check']): Validated {
  const rows: (readonly (Value | null)[])[] = [];
  const rejected: RowIssue[] = [];
  const accepted = sentences.map((sentence) => {
    const result = check(sentence);
    if ('values' in result) {
      rows.push(result.values);
      return true;
    }
    rejected.push(result.issues[0]!);
    return false;
  });
  return { table: tableFromValues(schema, rows), accepted, rejections: countRejections(rejected) };
}

function cellsOf(schema: Schema, values: readonly (Value | null)[]): Record<string, Cell> {
  return Object.fromEntries(schema.columns.map((column, c) => [column.name, cellValueOf(column, values[c]!)]));
}

function invalidValue({ path, message }: z.core.$ZodIssue): RowIssue {
  const column = String(path[0]);
  return { code: 'invalid-value', column, message: `"${column}": ${message}` };
}

// Rows that our own sampler drew: their cells are values already, and none of them may be wrong.

/** Throws `failed` for a cell that the table's schema does not allow. The grammar admits none: one that was drawn is our fault. */
export function checkCells({ schema, rowCount, columns }: Table): void {
  for (const [c, column] of schema.columns.entries()) {
    const accepts = cellSchema(column);
    const known = new Set<Value | null>();
    for (let row = 0; row < rowCount; row++) {
      const value = valueAt(columns[c]!, row);
      if (known.has(mapKey(value))) continue;
      known.add(mapKey(value));
      const { error } = accepts.safeParse(cellValueOf(column, value));
      const message = error && `an invalid row was written: "${column.name}": ${error.issues[0]!.message}`;
      if (message !== undefined) throw new TabletalkError('failed', message);
    }
  }
}
