/**
 * What an evaluation says, as plain JSON: figures, aggregates to draw and a verdict, never a row of any table. One zod
 * schema is its form and its types. It knows no table and no formula; the folder's other files fill it in and render it.
 */
import { z } from 'zod';
import { metricSchemas } from '../metrics/metrics.ts';
import {
  columnPair,
  distributionSchema,
  figureSchema,
  kind,
  list,
  perTable,
  pillar,
  riskFigure,
  score,
  sentenceSchema,
} from './figure-schema.ts';

const perColumn = <const M extends readonly string[]>(metrics: M) =>
  figureSchema.extend({
    columns: list(figureSchema.extend({ column: z.string(), metric: z.enum(metrics) })),
  });

/**
 * `dependence` is Pearson's rho of two numeric columns and Cramér's V of others; `strength` its size in training, and
 * `strong` pairs are those that the `current` mode counts. The figure itself is SDMetrics'; pairs are judged, ranked and
 * shown by `trainingBins`, for which training's bins hold both tables.
 */
const pairSchema = figureSchema.extend({
  columns: columnPair,
  metric: z.enum(['CorrelationSimilarity', 'ContingencySimilarity']),
  trainingBins: figureSchema,
  strength: score,
  strong: z.boolean(),
  dependence: perTable(score),
});

/** Numbers in `bins` equal bins from `low` to `high`, what lies outside in the nearest; or training's most frequent values. */
const plotAxis = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('numbers'), kind, low: z.number(), high: z.number(), bins: z.int() }),
  z.strictObject({ type: z.literal('categories'), values: list(z.string()) }),
]);

/** Which cells of a grid hold how much of a table's rows: [x, y, share], both from 0. Rows without either value are left out. */
const plotSchema = z.strictObject({
  columns: columnPair,
  x: plotAxis,
  y: plotAxis,
  shares: z.strictObject({ train: list(list(z.number())), synthetic: list(list(z.number())) }),
});

/** The label's own figures: its shape, the mean trend of the pairs it is in, and its classes or quartiles. */
const targetSchema = z.strictObject({
  column: z.string(),
  kind,
  shape: figureSchema,
  trends: figureSchema,
  /** For a boolean or category: training's classes, most frequent first, and their shares of the present cells. */
  classes: list(perTable(z.number()).extend({ value: z.string() })).nullable(),
  /** For a number or datetime: the 25, 50 and 75 % quantiles. */
  quartiles: perTable(list(z.number())).nullable(),
});

/** `auc` 0.5 is best; the curves are true positive rates at evenly spaced false positive rates from 0 to 1. */
const detectorSchema = z.strictObject({
  auc: figureSchema,
  curves: z.strictObject({ synthetic: list(z.number()).nullable(), test: list(z.number()).nullable() }),
});

/** One value for each table to learn from: synthetic (TSTR), training (TRTR), both together. */
const perSource = <T extends z.ZodType>(each: T) =>
  z.strictObject({ tstr: each.nullable(), trtr: each.nullable(), augmented: each.nullable() });

const classUtility = z.strictObject({
  auc: score,
  averagePrecision: score,
  precision: score,
  recall: score,
  f1: score,
});

const learnerSchema = z.strictObject({
  learner: z.enum(['trees', 'linear']),
  /** auc, averagePrecision and f1 for classes (the rarer of two, the mean over more), r2 and rmse for numbers. */
  scores: list(perSource(score).extend({ name: z.enum(['auc', 'averagePrecision', 'f1', 'r2', 'rmse']) })),
  /** Standard deviation of the first score over the seeds. */
  deviation: perSource(z.number()),
  classes: list(perSource(classUtility).extend({ class: z.string() })).nullable(),
  /** ROC curves of the rarer of two classes, as the detectors'. */
  curves: perSource(list(z.number())).nullable(),
});

const utilitySchema = z.strictObject({
  target: z.string(),
  /** Real rows that were predicted, and the most rows that were learned from. */
  testRows: z.int(),
  trainRows: z.int(),
  seeds: z.int(),
  learners: list(learnerSchema),
});

const attackSchema = z.strictObject({ auc: figureSchema, tprAt1: figureSchema });

/** Distances are Gower's mean over columns, in [0, 1]; curves hold them at evenly spaced shares of the rows. */
const closestSchema = z.strictObject({
  rows: z.int(),
  trainRows: z.int(),
  dcrP5: figureSchema,
  dcrMedian: figureSchema,
  nndrP5: figureSchema,
  nndrMedian: figureSchema,
  curves: z.strictObject({ synthetic: list(z.number()), test: list(z.number()).nullable() }),
});

const anonymitySchema = z.strictObject({
  columns: list(z.string()),
  /** The smallest group's rows, and the shares of rows alone in their group and in groups below five. */
  k: figureSchema,
  alone: figureSchema,
  belowFive: figureSchema,
  train: z.strictObject({ k: z.int(), alone: z.number(), belowFive: z.number() }),
});

/** One entry a family of metrics (metric-sections.ts); those of metrics.ts bring their own. Null where there is nothing to measure by: no test table, no target. */
const sectionsShape = {
  columnShapes: perColumn(['KSComplement', 'TVComplement']),
  /** The figure is that of the `legacy` mode, comparable with papers; `current` and its number of pairs follow. */
  columnPairTrends: figureSchema.extend({
    current: figureSchema.extend({ pairs: z.int() }),
    /** What the verdict judges by: all pairs, and the strong ones. */
    trainingBins: figureSchema.extend({ strong: figureSchema }),
    /** Mean absolute difference of the pairs' dependence from training's. */
    difference: figureSchema,
    pairs: list(pairSchema),
    /** The pairs furthest off, to be drawn. */
    plots: list(plotSchema),
  }),
  validity: perColumn(['BoundaryAdherence', 'CategoryAdherence']),
  coverage: perColumn(['RangeCoverage', 'CategoryCoverage']),
  /** Distances in standard deviations of training's column. */
  wasserstein: figureSchema.extend({ columns: list(figureSchema.extend({ column: z.string() })) }),
  /** The figure of a column is 1 - |difference of the shares|; the shares themselves are beside it. */
  missingValues: figureSchema.extend({
    columns: list(perTable(z.number()).extend({ column: z.string(), value: score, reference: score })),
  }),
  rowFidelity: z.strictObject({
    rows: z.int(),
    alphaPrecision: figureSchema,
    betaRecall: figureSchema,
  }),
  detection: z.strictObject({ rows: z.int(), trees: detectorSchema, linear: detectorSchema }),
  utility: utilitySchema.nullable(),
  /** `train` is the share of training rows that repeat an earlier one. */
  copies: z.strictObject({
    copiesOfTrain: figureSchema,
    nearCopies: figureSchema,
    duplicateRows: figureSchema.extend({ train: z.number() }),
  }),
  closestRecords: closestSchema,
  closerShare: z.strictObject({ share: figureSchema, rows: z.int(), against: z.int() }).nullable(),
  membership: z.strictObject({ rows: z.int(), distance: attackSchema, calibrated: attackSchema }).nullable(),
  singlingOut: z.strictObject({ univariate: riskFigure, multivariate: riskFigure }).nullable(),
  anonymity: anonymitySchema.nullable(),
  target: targetSchema.nullable(),
  distributions: list(distributionSchema),
  ...metricSchemas,
};

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
  ...sectionsShape,
  training: trainingSchema.nullable(),
  rejections: rejectionsSchema.nullable(),
  baselines: list(baselineSchema),
});

const sections = z.strictObject(sectionsShape);

export type PairPlot = z.infer<typeof plotSchema>;
export type PairFigure = z.infer<typeof pairSchema>;
export type TargetSection = z.infer<typeof targetSchema>;
export type LearnerUtility = z.infer<typeof learnerSchema>;
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
