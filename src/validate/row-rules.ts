/** Whether a row keeps the rules that a schema states between its columns. */
import type { Value } from '../table/cells.ts';
import { holds } from '../table/checks/check-values.ts';
import { type Check, parseCheck } from '../table/checks/checks.ts';
import type { Schema } from '../table/schema.ts';
import type { RowIssue } from './row-issue.ts';

/**
 * The issues of a row's stored values under the schema's checks; a check holds where one of its cells is missing.
 * @param combinations the values that the columns of each `combination` check had together in training, in the checks'
 * order; what is left out is not checked.
 */
export function createRowRules(
  schema: Schema,
  combinations: readonly (readonly (readonly number[])[])[] = [],
): (values: readonly (Value | null)[]) => readonly RowIssue[] {
  const rules = (schema.checks ?? []).map((text) => parseCheck(text, schema.columns));
  const met = new Map<Check, ReadonlySet<string>>();
  rules
    .filter(({ is }) => is === 'combination')
    .forEach((check, i) => {
      if (combinations[i]) met.set(check, new Set(combinations[i].map((codes) => codes.join())));
    });
  const isKept = (check: Check, values: readonly (Value | null)[]) =>
    check.is === 'comparison'
      ? holds(check, values)
      : (met.get(check)?.has(check.columns.map((column) => values[column] ?? -1).join()) ?? true);
  return (values) =>
    rules
      .filter((check) => !isKept(check, values))
      .map(({ text }) => ({ code: 'broken-check', message: `"${text}" does not hold` }));
}
