/** The options of `evaluate`, checked once at the door. */
import { z } from 'zod';
import { parseOptions } from '../errors/check-options.ts';
import type { Table } from '../table/table.ts';
import { mostThreads } from '../threads/pool.ts';
import { aboutSchema, rejectionsSchema, trainingSchema } from './report/report.ts';

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
    /** Whether to measure simple generators too, fitted on the same rows: some minutes on tens of thousands of rows. */
    baselines: z.boolean({ error: 'must be true or false' }).default(true),
    /** The columns by which a person might be known from elsewhere; by default every category but the target. */
    quasiIdentifiers: z.array(z.string(), { error: 'must be a list of column names' }).optional(),
    /** The training curve of the model that made the rows, to be drawn. */
    training: trainingSchema.optional(),
    /** Why rows were rejected, or would be, to be listed. */
    rejections: rejectionsSchema.optional(),
    /** The tables' files and the date, for the head of the report. */
    about: aboutSchema.optional(),
    /** Whether `toHtml` shows five real rows beside five new ones. The JSON holds no row. */
    exampleRows: z.boolean({ error: 'must be true or false' }).default(true),
    /** Decides every draw: the same tables and seed give the same report. */
    seed: z.int({ error: 'must be a whole number' }).min(0, { error: 'must not be negative' }).default(1),
    /** Threads that share the work; by default one a core for tables worth it. The report does not depend on it. */
    workers: z
      .int({ error: 'must be a whole number' })
      .min(1, { error: 'must be at least 1' })
      .max(mostThreads, { error: `must be at most ${mostThreads}` })
      .optional(),
    /** Told before each step. */
    onProgress: z.custom<(step: EvaluateProgress) => void>((value) => typeof value === 'function').optional(),
  },
  { error: 'takes one object of options' },
);

export interface EvaluateProgress {
  /** Steps done, of how many. */
  readonly done: number;
  readonly of: number;
  /** What comes next, such as "detection of the synthetic table". */
  readonly next: string;
}

export type EvaluateOptions = z.input<typeof evaluateOptions>;
export type CheckedOptions = z.output<typeof evaluateOptions>;

/** The options with their defaults. @throws {TabletalkError} `option`, naming the first option that is unknown, missing or of the wrong type. */
export function checkEvaluateOptions(options: unknown): CheckedOptions {
  return parseOptions('evaluate', evaluateOptions, options);
}

function looksLikeTable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, rowCount, columns } = value as Partial<Table>;
  return typeof rowCount === 'number' && Array.isArray(columns) && Array.isArray(schema?.columns);
}
