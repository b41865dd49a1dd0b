/** What `augment` may be told, and what it says of its work. */
import { z } from 'zod';
import type { Model } from '../model/model.ts';

export interface AugmentProgress {
  /** Where the work is between 0 and 1. */
  readonly share: number;
  /** What is being done now. */
  readonly doing: string;
}

const optionsSchema = z.strictObject({
  /** The label: what is to be predicted from the other columns. */
  target: z.string(),
  /** Bring every class to as many rows as the largest one has. */
  balance: z.boolean().default(false),
  /** Add so many rows, with the classes as often as among the real ones. */
  rows: z.int().positive().max(1e9).optional(),
  /** A fitted model to draw from; by default one is fitted to the real rows. */
  model: z
    .custom<Model>(
      (given) => typeof given === 'object' && given !== null && 'sample' in given,
      'must be a model: fit or loadModel gives one',
    )
    .optional(),
  /** Lets a private model's rows be chosen by, and put beside, real ones: they are outside the model's promise. */
  allowRealRows: z.boolean().default(false),
  /** Give the new rows only. */
  syntheticOnly: z.boolean().default(false),
  /**
   * The column that says of each row "real" or "synthetic". It is added where the table has none; where it has one, rows
   * that it calls synthetic are kept in the table and not learned from.
   */
  mark: z.string().min(1).optional(),
  /** Add the rows also where they do not help, and all of them. */
  forceRows: z.boolean().default(false),
  /**
   * Parts that the real rows are cut into to measure whether new ones help; the generator is fitted anew for each part. 0
   * measures nothing, and needs `forceRows`.
   */
  folds: z.int().min(0).max(10).default(3),
  /** Of each fit, as in `fit`. */
  epochs: z.int().positive().max(1_000_000).optional(),
  maxMinutes: z.number().positive().max(1_000_000).optional(),
  seed: z.int().min(0).default(0),
  onProgress: z
    .custom<(progress: AugmentProgress) => void>((given) => typeof given === 'function', 'must be a function')
    .optional(),
});

export type AugmentOptions = z.input<typeof optionsSchema>;
export type CheckedAugmentOptions = z.output<typeof optionsSchema>;
export { optionsSchema as augmentOptions };
