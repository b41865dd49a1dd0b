/** What a request for rows may say, and what holds when it does not. It knows no tables. */
import { z } from 'zod';
import { drawOptions } from './draw.ts';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: 'must be a cell: a string, a number, true, false or null; ranges are not supported yet',
});

export const sampleOptions = z.strictObject({
  /** How many rows: exactly these come. */
  rows: z.int().min(0),
  /** Cells that every row has, by column name. */
  where: z.record(z.string(), cell).default({}),
  seed: z.int().min(0).default(0),
  ...drawOptions.shape,
  /** Threads that decode; by default one a core. The rows are the same for any number. */
  workers: z.int().positive().optional(),
});
export type SampleOptions = z.input<typeof sampleOptions>;
export type ResolvedSampleOptions = z.output<typeof sampleOptions>;
