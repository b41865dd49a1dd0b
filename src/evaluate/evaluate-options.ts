/** The options of `evaluate`, checked once at the door. It knows their form, not what is done with them. */
import { z } from 'zod';
import { parseOptions } from '../options.ts';
import type { Table } from '../table/table.ts';

const table = z.custom<Table>(looksLikeTable, { error: 'must be a table, such as readTable gives' });

const evaluateOptions = z.strictObject(
  {
    /** The rows that the model learned from. */
    train: table,
    /** Real rows that it did not see: the yardstick beside every figure. */
    test: table.optional(),
    /** The rows to judge. */
    synthetic: table,
    /** The label among the columns: it gets a section of its own. */
    target: z.string({ error: 'must be the name of a column' }).optional(),
  },
  { error: 'takes one object of options' },
);

export type EvaluateOptions = z.input<typeof evaluateOptions>;

/** @throws {TabletalkError} `option`, naming the first option that is unknown, missing or of the wrong type. */
export function checkEvaluateOptions(options: unknown): void {
  parseOptions('evaluate', evaluateOptions, options);
}

function looksLikeTable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, rowCount, columns } = value as Partial<Table>;
  return typeof rowCount === 'number' && Array.isArray(columns) && Array.isArray(schema?.columns);
}
