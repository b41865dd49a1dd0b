/**
 * What an evaluation says, as plain JSON: figures, aggregates to draw and a verdict, never a row of any table. One zod
 * schema is its form and its types; each metric brings that of its own section (metrics/metrics.ts).
 */
import { z } from 'zod';
import { metricSchemas } from '../metrics/metrics.ts';
import { list, perTable, pillar, score, sentenceSchema } from './figure-schema.ts';

/** Beside a sentence, what it is about, if about one thing only. */
const pointSchema = sentenceSchema.extend({ pillar: pillar.nullable() });

/** Where the tables came from and when they were judged, as the caller says. */
export const aboutSchema = z.strictObject({
  /** Such as "2026-11-27". */
  date: z.string().optional(),
  files: z.strictObject({ train: z.string(), synthetic: z.string(), test: z.string().optional() }).optional(),
});

/** A column that no figure, or hardly any, says anything about. */
const notJudgedSchema = z.strictObject({ column: z.string(), why: z.string() });

/** The headline figures (headlines.ts) of a table that a simple generator made from the same training rows. */
const baselineSchema = z.strictObject({ name: z.string(), figures: z.record(z.string(), score) });

/** The losses of the fit that made the rows, mean nats per target token, as the caller gives them. */
export const trainingSchema = z.strictObject({
  bestEpoch: z.int(),
  epochs: list(z.strictObject({ epoch: z.int(), trainLoss: z.number(), validationLoss: score })),
  /** What a private fit guarantees of the rows, in a sentence. */
  guarantee: z.string().optional(),
});

/** Why rows would not do for the schema of the model that made them, as the caller counted; a row counts once. */
export const rejectionsSchema = z.strictObject({
  rows: z.int(),
  reasons: list(
    z.strictObject({ code: z.string(), column: z.string().nullable(), rule: z.string().nullable(), count: z.int() }),
  ),
});

export const reportSchema = z.strictObject({
  version: z.literal(2),
  seed: z.int(),
  rows: perTable(z.int()),
  /** The version of tabletalk that made the report. */
  madeBy: z.string(),
  about: aboutSchema.nullable(),
  verdict: list(pointSchema),
  notJudged: list(notJudgedSchema),
  ...metricSchemas,
  training: trainingSchema.nullable(),
  rejections: rejectionsSchema.nullable(),
  baselines: list(baselineSchema),
});

const sections = z.strictObject(metricSchemas);

export type Sections = z.infer<typeof sections>;
export type BaselineFigures = z.infer<typeof baselineSchema>;
export type ReportData = z.infer<typeof reportSchema>;

/** A report is plain data whose two methods are not enumerable: `JSON.stringify(report)` is the data alone. */
export interface Report extends Readonly<ReportData> {
  /** One self-contained HTML file. */
  toHtml(): string;
  /** A few lines for a terminal. */
  toText(): string;
}
