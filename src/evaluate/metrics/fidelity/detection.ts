/**
 * The classifier two-sample test: can a model that saw other rows tell judged rows from real ones? It knows aligned
 * tables and learners. Source: Lopez-Paz & Oquab, ICLR 2017; SDMetrics' LogisticDetection is 1 - (2 max(½, AUC) - 1).
 */
import { tableMatrix } from '../../../learn/features.ts';
import { crossPredict, stratifiedFolds } from '../../../learn/folds.ts';
import { linearModel } from '../../../learn/linear/linear.ts';
import type { Labels, Learner } from '../../../learn/matrix.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import { rocAuc, rocCurve } from '../../../learn/scores.ts';
import { boostedTrees } from '../../../learn/trees/trees.ts';
import type { Random } from '../../../numeric/random.ts';
import { concatTables, takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';

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
  const rows = Math.min(real.rowCount, judged.rowCount, limit);
  const both = concatTables([
    takeRows(real, sampleRows(real.rowCount, rows, random)),
    takeRows(judged, sampleRows(judged.rowCount, rows, random)),
  ]);
  const codes = Int32Array.from({ length: 2 * rows }, (_, row) => (row < rows ? 0 : 1));
  const labels: Labels = { kind: 'class', codes, classes: 2 };
  const matrix = tableMatrix(both);
  const fold = stratifiedFolds(codes, folds, random);
  const attempt = (learner: Learner): Detection => {
    if (rows < 2 * folds || matrix.columns.length === 0) return { auc: Number.NaN, curve: null };
    const scores = crossPredict(learner, matrix, labels, fold)[1]!;
    return { auc: rocAuc(codes, scores), curve: rocCurve(codes, scores, curvePoints) };
  };
  return { trees: attempt(detectors.trees), linear: attempt(detectors.linear), rows };
}
