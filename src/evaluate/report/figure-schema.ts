/** The parts that every section of a report is made of. */
import { z } from 'zod';

/** Null: undefined, as JSON knows no NaN. */
export const score = z.number().nullable();
export const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
export const columnPair = z.tuple([z.string(), z.string()]).readonly();

/** A figure of the synthetic table, beside that of the real test rows scored as if they were synthetic. */
export const figureSchema = z.strictObject({ value: score, reference: score });

/** One value for each table; `test` is null without a test table. */
export const perTable = <T extends z.ZodType>(each: T) =>
  z.strictObject({ train: each, synthetic: each, test: each.nullable() });

/** What a figure or a sentence is about: does it look real, can one learn from it, does it protect? */
export const pillar = z.enum(['fidelity', 'utility', 'privacy']);

/** One sentence a person can act on. `good`: as near as fresh real rows; `fair`: worth a look; `poor`: mend this; `note`: context. */
export const sentenceSchema = z.strictObject({ tone: z.enum(['good', 'fair', 'poor', 'note']), text: z.string() });

/** A rate with its 95 % Wilson interval. */
const rateSchema = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });

/** Anonymeter's: how often an attack succeeds on training rows and on unseen ones, and what training adds. */
const riskSchema = z.strictObject({
  attack: rateSchema,
  control: rateSchema,
  risk: rateSchema,
  attacks: z.int(),
});
export const riskFigure = z.strictObject({ synthetic: riskSchema, test: riskSchema.nullable() });

export type Risk = z.infer<typeof riskSchema>;
export type RiskFigure = z.infer<typeof riskFigure>;
export type Figure = z.infer<typeof figureSchema>;
export type Sentence = z.infer<typeof sentenceSchema>;

export interface PerTable<T> {
  readonly train: T;
  readonly synthetic: T;
  readonly test: T | null;
}

export const kind = z.enum(['integer', 'decimal', 'datetime', 'boolean', 'category', 'text']);

/**
 * How a column's present cells are spread, in shares that sum to 1, over bins shared by the tables.
 * - histogram: below the first edge, then each bin [edge, next edge), then at or above the last edge.
 * - categories: each of `values` (training's most frequent), then training's other ones, then those new to training.
 * - none: text, or nothing but missing cells in training.
 */
const shares = perTable(list(z.number()));
export const distributionSchema = z.discriminatedUnion('type', [
  z.strictObject({ column: z.string(), kind, type: z.literal('histogram'), edges: list(z.number()), shares }),
  z.strictObject({ column: z.string(), kind, type: z.literal('categories'), values: list(z.string()), shares }),
  z.strictObject({ column: z.string(), kind, type: z.literal('none') }),
]);
export type Distribution = z.infer<typeof distributionSchema>;

/** A figure that a report opens with. */
export interface HeadlineRow<T> {
  /** Stable, as `baselines[].figures` in the report names it. */
  readonly key: string;
  readonly pillar: Pillar;
  readonly label: string;
  /** One clause that says what 100 % would be, or for a share, what is counted. */
  readonly meaning: string;
  /** Which way is better; `half`: 0.5 is, and more is worse. */
  readonly better: 'higher' | 'lower' | 'half';
  /** A percentage unless given. */
  readonly text?: (value: number | null) => string;
  /** Read from the section; null where the report has no such figure. */
  of(section: T): Figure | null;
}

export type Pillar = z.infer<typeof pillar>;
