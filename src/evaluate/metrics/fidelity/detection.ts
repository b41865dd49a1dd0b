/**
 * The classifier two-sample test: can a model that saw other rows tell judged rows from real ones? Source: Lopez-Paz &
 * Oquab, ICLR 2017; SDMetrics' LogisticDetection is 1 - (2 max(½, AUC) - 1).
 */
import { z } from 'zod';
import { tableMatrix } from '../../../learn/features.ts';
import { crossPredict, foldModels, predictByFold, stratifiedFolds } from '../../../learn/folds.ts';
import { linearModel } from '../../../learn/linear/linear.ts';
import { type Labels, type Learner, type Matrix, takeMatrixRows } from '../../../learn/matrix.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, rocCurve } from '../../../learn/scores.ts';
import { boostedTrees } from '../../../learn/trees/trees.ts';
import type { Random } from '../../../numeric/random.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list } from '../../report/figure-schema.ts';
import { curveChart, evenly, type Series } from '../../report/html/curves.ts';
import { html, type Markup } from '../../report/html/markup.ts';
import { count, percent, score } from '../../report/number-text.ts';
import { detectionTone, looksCopied } from '../../report/verdict/rating.ts';
import { figure, measureBoth, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';

const folds = 5;
const curvePoints = 40;

/** The two kinds of model that try. */
export const detectors = { trees: boostedTrees(), linear: linearModel() } satisfies Record<string, Learner>;

export interface Detection {
  /** ROC AUC over rows that the model did not learn from: 0.5 is best, less is a sign of copies. */
  readonly auc: number;
  /** True positive rates at evenly spaced false positive rates from 0 to 1. */
  readonly curve: readonly number[] | null;
}

/** Equally many rows of either table, at most `limit`; five-fold cross-validation. An AUC of NaN: too few rows. */
export function detect(
  real: Table,
  judged: Table,
  limit: number,
  random: Random,
): Record<keyof typeof detectors, Detection> & { rows: number } {
  const { rows, matrix, labels, fold } = mixed(real, judged, limit, random);
  const attempt = (learner: Learner): Detection => {
    if (rows < 2 * folds || matrix.columns.length === 0) return { auc: Number.NaN, curve: null };
    const scores = crossPredict(learner, matrix, labels, fold)[1]!;
    return { auc: rocAuc(labels.codes, scores), curve: rocCurve(labels.codes, scores, curvePoints) };
  };
  return { trees: attempt(detectors.trees), linear: attempt(detectors.linear), rows };
}

/** What tells the rows apart: by column of the tables that the trees see, the AUC that they lose when its cells are shuffled. */
export interface Telling {
  readonly column: string;
  readonly lost: number;
}

/** The boosted trees' AUC, and the columns that they rely on most, at most `most`. Source: Breiman 2001, permutation importance. */
export function tellingColumns(
  real: Table,
  judged: Table,
  limit: number,
  random: Random,
  most: number,
): { auc: number; telling: Telling[] } {
  const { rows, matrix, labels, fold } = mixed(real, judged, limit, random);
  if (rows < 2 * folds || matrix.columns.length === 0) return { auc: Number.NaN, telling: [] };
  const models = foldModels(detectors.trees, matrix, labels, fold, folds);
  const aucOf = (seen: Matrix) => rocAuc(labels.codes, predictByFold(models, seen, fold)[1]!);
  const auc = aucOf(matrix);
  const order = random.shuffle(Int32Array.from({ length: matrix.rowCount }, (_, row) => row));
  const shuffled = takeMatrixRows(matrix, order).columns;
  const names = real.schema.columns.filter((column) => isNumeric(column) || isCoded(column)).map(({ name }) => name);
  const telling = names.map((column, i) => ({
    column,
    lost: auc - aucOf({ ...matrix, columns: matrix.columns.with(i, shuffled[i]!) }),
  }));
  return { auc, telling: telling.sort((a, b) => b.lost - a.lost).slice(0, most) };
}

function mixed(real: Table, judged: Table, limit: number, random: Random) {
  const rows = Math.min(real.rowCount, judged.rowCount, limit);
  const both = concatTables([
    takeRows(real, sampleRows(real.rowCount, rows, random)),
    takeRows(judged, sampleRows(judged.rowCount, rows, random)),
  ]);
  const codes = Int32Array.from({ length: 2 * rows }, (_, row) => (row < rows ? 0 : 1));
  const labels = { kind: 'class', codes, classes: 2 } satisfies Labels;
  const matrix = tableMatrix(both);
  return { rows, matrix, labels, fold: stratifiedFolds(codes, folds, random) };
}

// The report's section on detection: how well classifiers tell the rows from training rows.

const names = { trees: 'Boosted trees', linear: 'Logistic regression' } as const;

function rocCurves(detection: z.infer<typeof section>): Markup | null {
  const charts = (['trees', 'linear'] as const).flatMap((name) => {
    const { auc, curves } = detection[name];
    const series = [
      ...(curves.test === null ? [] : [line('real test rows', 'test', curves.test)]),
      ...(curves.synthetic === null ? [] : [line('synthetic', 'synthetic', curves.synthetic)]),
    ];
    if (series.length === 0) return [];
    return curveChart(series, {
      title: `${names[name]}: AUC ${score(auc.value)}`,
      x: { title: 'training rows taken for others', end: 1, text: percentOf },
      y: { title: 'rows recognised', end: 1, text: percentOf },
      diagonal: true,
    });
  });
  if (charts.length === 0) return null;
  return html`<section>
<h2>Can a classifier tell?</h2>
<p class="soft">Classifiers learn to tell ${count(detection.rows)} rows from as many training rows, and are asked about rows they did not learn from. On the
diagonal they guess; the further above it, the easier it was.</p>
<div class="figures wide-figures">${charts}</div>
</section>`;
}

function line(name: string, className: string, values: readonly number[]): Series {
  return { name, className, points: evenly(values) };
}

function percentOf(share: number): string {
  return percent(Math.round(share * 1000) / 1000).replace('.0', '');
}

/** `auc` 0.5 is best; the curves are true positive rates at evenly spaced false positive rates from 0 to 1. */
const detectorSchema = z.strictObject({
  auc: figureSchema,
  curves: z.strictObject({ synthetic: list(z.number()).nullable(), test: list(z.number()).nullable() }),
});
const section = z.strictObject({ rows: z.int(), trees: detectorSchema, linear: detectorSchema });

/** Rows of each table that are compared: the same for every table, for more rows tell more. */
const comparedRows = 8_000;

export const detectionMetric: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure(tables) {
    const [own, test] = measureBoth(tables, (train, judged) =>
      detect(train, judged, comparedRows, randomFor(tables.seed, 'detection')),
    );
    const detector = (mine: Detection, theirs: Detection | undefined) => ({
      auc: figure(mine.auc, theirs?.auc),
      curves: { synthetic: mine.curve, test: theirs?.curve ?? null },
    });
    return { rows: own.rows, trees: detector(own.trees, test?.trees), linear: detector(own.linear, test?.linear) };
  },

  headlines: [
    {
      key: 'detectionTrees',
      label: 'Detection, trees',
      meaning: 'ROC AUC of telling them from training rows; 0.5 is a coin',
      better: 'half',
      text: score,
      of: ({ trees }) => trees.auc,
    },
    {
      key: 'detectionLinear',
      label: 'Detection, logistic',
      meaning: 'the same with logistic regression',
      better: 'half',
      text: score,
      of: ({ linear }) => linear.auc,
    },
  ],

  /** Boosted trees see most: where they cannot tell, nobody easily can. */
  judge({ trees, rows }, all) {
    const { value, reference } = trees.auc;
    if (value === null) return [];
    const compared = { synthetic: rows, test: all.test === null ? null : Math.min(all.test, all.train) };
    const tone = detectionTone(trees.auc, compared);
    const said = looksCopied(trees.auc, compared)
      ? 'Boosted trees do worse than a coin at telling the rows from training rows, which is what copies of training rows look like'
      : tone === 'good'
        ? 'Boosted trees cannot tell the rows from training rows'
        : tone === 'fair'
          ? 'Boosted trees tell some of the rows from training rows'
          : 'Boosted trees tell the rows from training rows';
    const test = reference === null ? '' : `; real test rows ${score(reference)}`;
    return [{ tone, text: `${said} (ROC AUC ${score(value)}, a coin 0.5${test}).` }];
  },

  part: { id: 'detection', name: 'Detection', markup: rocCurves },
};
