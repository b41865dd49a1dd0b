/** What a request for rows may say, and what holds when it does not. It knows no tables. */
import { z } from 'zod';
import { drawOptions } from './draw.ts';

export const sampleOptions = z.strictObject({
  /** How many rows: exactly these come. */
  rows: z.int().min(0),
  /** Cells that every row has, by column name. */
  where: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  seed: z.int().min(0).default(0),
  ...drawOptions.shape,
  /** Threads that decode; by default one a core. The rows are the same for any number. */
  workers: z.int().positive().optional(),
});
export type SampleOptions = z.input<typeof sampleOptions>;
export type ResolvedSampleOptions = z.output<typeof sampleOptions>;
