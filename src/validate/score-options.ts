/** What a call for scores may say, and what holds when it does not. */
import { z } from 'zod';
import { tableOption } from '../table/table-option.ts';
import { mostThreads } from '../threads/pool.ts';

export const attributes = ['validity', 'likelihood', 'realism', 'consistency', 'novelty'] as const;
export type Attribute = (typeof attributes)[number];

const weight = z.number().min(0).optional();

/** What an attribute counts in the total beside the others: 1 unless said otherwise. */
const scoreWeights = z
  .strictObject({ validity: weight, likelihood: weight, realism: weight, consistency: weight, novelty: weight })
  .refine((weights) => attributes.some((attribute) => (weights[attribute] ?? 1) > 0), {
    message: 'some attribute must count',
  });
export type ScoreWeights = z.input<typeof scoreWeights>;

/** How a model scores a table (`model.score`). */
export const scoreOptions = z.strictObject({
  /** Real rows, best those that the model learned from: realism, consistency and novelty need them. */
  real: tableOption.optional(),
  /** Lets a private model's rows be judged by real ones: what is chosen so is outside the model's promise. */
  allowRealRows: z.boolean().default(false),
  weights: scoreWeights.default({}),
  seed: z.int().min(0).default(0),
  /** For the model; 0 is one a core. */
  threads: z.int().min(0).max(mostThreads).default(0),
});
export type ScoreOptions = z.input<typeof scoreOptions>;
