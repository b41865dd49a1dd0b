/** Whether a row's label goes with its other cells, as real rows have it. It knows tables and learners. */
import { foldModels, groupedFolds, predictByFold } from '../../learn/folds.ts';
import type { Labels, Matrix, Model } from '../../learn/matrix.ts';
import { sampleRows } from '../../learn/sample-rows.ts';
import { taskOf } from '../../learn/task.ts';
import { boostedTrees } from '../../learn/trees/trees.ts';
import type { Random } from '../../numeric/random.ts';
import { rankAmong } from '../../numeric/ranks.ts';
import { valueAt } from '../../table/cells.ts';
import { takeRows } from '../../table/select.ts';
import type { Numbered } from '../measured.ts';

const learner = boostedTrees({ rounds: 40, learningRate: 0.15, maxLeaves: 15, l2: 1 });

/** A model for each fold of the real rows. Few rows need most of them for training; of many, a half will do. */
const foldsFor = (rows: number) => Math.max(2, Math.min(5, Math.floor(25_000 / rows)));

/** More real rows would teach little more. */
const mostRows = 10_000;

/** Consistency of rows whose numbers continue the real ones'. */
export type LabelJudge = (judged: Numbered) => Float64Array;

/**
 * Consistency, in [0, 1], learned from at most 10,000 real rows and cross-fitted: a row is judged by a model that saw no real
 * row equal to it. Of a class: the probability of the row's own label, as confident learning counts it (Northcutt et al., JAIR
 * 2021). Of a number: the share of real rows that are at least as far from what is predicted for them (a conformal p-value,
 * Vovk et al. 2005). 1 where the label is missing: there is nothing to contradict. 0 for a class that no real row has.
 * @param target index of the label, -1 for none.
 * @returns why there is none, where it cannot be had.
 */
export function judgeLabels(real: Numbered, target: number, random: Random): LabelJudge | string {
  if (target < 0) return 'needs a target';
  const task = taskOf(real.table, target);
  if (!task) return 'needs real rows of more than one label';
  const known = task.rows(real.table);
  const rows = sampleRows(known.length, mostRows, random).map((i) => known[i]!);
  const folds = foldsFor(rows.length);
  const fold = groupedFolds(real.ids, folds, random);
  const foldOf = new Map(Array.from(real.ids, (id, row) => [id, fold[row]!]));
  const { matrix, labels } = task.examples(takeRows(real.table, rows));
  const ownFold = rows.map((row) => fold[row]!);
  const models = foldModels(learner, matrix, labels, ownFold, folds);
  const usual = labels.kind === 'number' ? errorsOf(models, matrix, labels.values, ownFold).sort() : null;
  return ({ table, ids }) => {
    const isMissing = (row: number) => valueAt(table.columns[target]!, row) === null;
    const scores = Float64Array.from({ length: table.rowCount }, (_, row) => (isMissing(row) ? 1 : 0));
    const labelled = task.rows(table);
    if (labelled.length === 0) return scores;
    const examples = task.examples(table);
    const judgedFold = labelled.map((row) => foldOf.get(ids[row]!) ?? row % folds);
    const found = agreement(models, examples, judgedFold, usual);
    labelled.forEach((row, i) => {
      scores[row] = found[i]!;
    });
    return scores;
  };
}

/** @param usual how far numbers are from predictions in real rows, ascending; null for classes. */
function agreement(
  models: readonly Model[],
  { matrix, labels }: { readonly matrix: Matrix; readonly labels: Labels },
  fold: Int32Array,
  usual: Float64Array | null,
): Float64Array {
  if (labels.kind === 'number') {
    return errorsOf(models, matrix, labels.values, fold).map((error) => 1 - rankAmong(usual!, error));
  }
  const probabilities = predictByFold(models, matrix, fold);
  return Float64Array.from(labels.codes, (code, row) => probabilities[code]![row]!);
}

/** How far each number is from what the model of its fold predicts. */
function errorsOf(models: readonly Model[], matrix: Matrix, values: Float64Array, fold: Int32Array): Float64Array {
  const [predicted] = predictByFold(models, matrix, fold);
  return values.map((value, row) => Math.abs(value - predicted![row]!));
}
