/** The options of `sample`, `impute` and `logProb`, with their defaults. */
import { z } from 'zod';
import { shardSchema } from '../numeric/shard.ts';
import { tableOption } from '../table/table-option.ts';
import { mostThreads } from '../threads/pool.ts';
import { whereSchema } from './conditions/where.ts';
import { samplerOptions } from './decode/token-sampler.ts';

export interface SampleProgress {
  /** Rows so far. */
  readonly rows: number;
  /** How often a row was begun again because a condition or check would not hold. */
  readonly redrawn: number;
}

/** Something of a given table that could not be had as it is, said once for all its cells or rows. */
export interface Notice {
  /** Undefined for a notice about rows. */
  readonly column?: string;
  readonly cells?: number;
  readonly rows?: number;
  /** One sentence. */
  readonly message: string;
}

const onNotice = z
  .custom<(notice: Notice) => void>((given) => typeof given === 'function', 'must be a function')
  .optional();

/** How rows are drawn, whatever they are asked to be. */
const decoding = {
  seed: z.int().min(0).default(0),
  ...samplerOptions.shape,
  /** Threads that decode; by default one a core. The rows are the same for any number. */
  workers: z.int().positive().max(mostThreads).optional(),
  /** Only the `index`-th of `of` equal parts of the rows: all parts one after the other are the rows of a call without it. */
  shard: shardSchema.optional(),
};

const requestOptions = z.strictObject({
  /** How many rows: exactly these come. Without it as many as `like` has. */
  rows: z.int().min(0).max(1e12).optional(),
  /** Conditions that every row meets, by column name. */
  where: whereSchema.default({}),
  /** One row for each row of this table, with the same cells where it has any. */
  like: tableOption.optional(),
  /** With `like`: only these columns keep their cells, the others are drawn. */
  keep: z.array(z.string()).optional(),
  /** Equal counts of each value of this column. */
  balance: z.string().optional(),
  /** The beginning of every row's sentence: `age is 39, sex is`. */
  prompt: z.string().optional(),
  /** Called after every batch of rows. */
  onProgress: z
    .custom<(progress: SampleProgress) => void>((given) => typeof given === 'function', 'must be a function')
    .optional(),
  /** Called for each column of `like` with cells that the model cannot take as they are. */
  onNotice,
  /** Only rows whose total score is no lower (validate/score.ts): more are drawn until there are `rows` of them. */
  minQuality: z.number().min(0).max(1).optional(),
  /** With `minQuality`: real rows, for the attributes of the score that need some. */
  real: tableOption.optional(),
  /** Lets a private model's rows be chosen by real ones: they are outside the model's promise. */
  allowRealRows: z.boolean().default(false),
  /** Earlier rows of the same table: their identifiers are not given again, nor are the persons that they made up. */
  after: z.array(tableOption).optional(),
  /** Ends after this time with the rows that are complete by then. */
  maxSeconds: z.number().positive().max(1e9).optional(),
  ...decoding,
});

export const sampleOptions = requestOptions.superRefine(
  ({ rows, like, keep, balance, minQuality, real, shard, maxSeconds }, { addIssue }) => {
    const refuse = (path: string, message: string) => addIssue({ code: 'custom', path: [path], message });
    if (rows === undefined && !like) refuse('rows', 'say how many rows');
    if (rows !== undefined && like) refuse('rows', 'cannot be given with "like", which has a row for each');
    if (keep && !like) refuse('keep', 'needs "like", the table whose cells are kept');
    if (minQuality !== undefined && (like || balance !== undefined)) {
      refuse('minQuality', `cannot be given with "${like ? 'like' : 'balance'}"`);
    }
    if (shard && maxSeconds !== undefined) {
      refuse(
        'shard',
        'cannot be given with "maxSeconds": a part that ends early would leave a gap between its neighbours',
      );
    }
    if (real && minQuality === undefined) refuse('real', 'needs "minQuality", for which rows are scored');
    if (balance !== undefined && like) refuse('balance', 'cannot be given with "like"');
  },
);
export type SampleOptions = z.input<typeof sampleOptions>;
/** What rows are asked to be. */
export type RequestOptions = Pick<
  z.output<typeof sampleOptions>,
  'rows' | 'where' | 'like' | 'keep' | 'balance' | 'prompt'
>;

export const likelihoodOptions = z.strictObject({
  /** In how many orders of the columns each row is read, all but the first random; the probabilities' mean is taken. */
  orders: z.int().positive().max(1000).default(1),
  /** Also each cell given the row's others: as much work again for every column. */
  cells: z.boolean().default(false),
  seed: z.int().min(0).default(0),
  threads: z.int().min(0).max(mostThreads).default(0),
});
export type LikelihoodOptions = z.input<typeof likelihoodOptions>;

export const imputeOptions = z.strictObject({
  ...decoding,
  /** Every gap is drawn so often, and filled with the middle number or the commonest value of the draws. */
  draws: z.int().positive().max(10_000).default(1),
  /** Called for each column with cells that the model cannot take as they are, or that cannot be filled. */
  onNotice,
});
export type ImputeOptions = z.input<typeof imputeOptions>;
