/** The three attributes that need real rows, and what is learned from these once for many tables. */

import { neighbourIndex } from '../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../learn/distance/points.ts';
import { tableMatrix } from '../learn/features.ts';
import { foldModels, groupedFolds, predictByFold } from '../learn/folds.ts';
import { type Labels, type Matrix, type Model, takeLabels, takeMatrixRows } from '../learn/matrix.ts';
import { rowIds } from '../learn/row-ids.ts';
import { sampleRows } from '../learn/sample-rows.ts';
import { calibrate } from '../learn/scores.ts';
import { taskOf } from '../learn/task.ts';
import { boostedTrees } from '../learn/trees/trees.ts';
import { createRandom, type Random } from '../numeric/random.ts';
import { rankAmong } from '../numeric/ranks.ts';
import { valueAt } from '../table/cells.ts';
import { concatTables, takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';

interface Comparison {
  readonly realism: Measured;
  readonly consistency: Measured;
  readonly novelty: Measured;
}

/**
 * @param target index of the label, -1 for none.
 * @returns what the real rows say of a table of the same schema.
 */
export function compareWith(real: Table, target: number, seed: number): (table: Table) => Comparison {
  let judge: LabelJudge | string | undefined;
  return (table) => {
    const [realIds, ids] = rowIds([real, table]) as [Int32Array, Int32Array];
    const known: Numbered = { table: real, ids: realIds };
    const judged: Numbered = { table, ids };
    judge ??= judgeLabels(known, target, createRandom(seed, 11));
    return {
      realism: realism(known, judged, createRandom(seed, 12)),
      consistency: typeof judge === 'string' ? judge : judge(judged),
      novelty: novelty(known, judged, createRandom(seed, 13)),
    };
  };
}

// Whether a row's label goes with its other cells, as real rows have it.

const learner = boostedTrees({ rounds: 40, learningRate: 0.15, maxLeaves: 15, l2: 1 });

/** A model for each fold of the real rows. Few rows need most of them for training; of many, a half will do. */
const foldsFor = (rows: number) => Math.max(2, Math.min(5, Math.floor(25_000 / rows)));

/** More rows of a side would teach little more. */
const mostRows = 10_000;

/** Consistency of rows whose numbers continue the real ones'. */
type LabelJudge = (judged: Numbered) => Float64Array;

/**
 * Consistency, in [0, 1], learned from at most 10,000 real rows and cross-fitted: a row is judged by a model that saw no real
 * row equal to it. Of a class: the probability of the row's own label, as confident learning counts it (Northcutt et al., JAIR
 * 2021). Of a number: the share of real rows that are at least as far from what is predicted for them (a conformal p-value,
 * Vovk et al. 2005). 1 where the label is missing: there is nothing to contradict. 0 for a class that no real row has.
 * @param target index of the label, -1 for none.
 * @returns why there is none, where it cannot be had.
 */
function judgeLabels(real: Numbered, target: number, random: Random): LabelJudge | string {
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

// How far a row is from the closest real one.

/** Of so many real rows the median distance is known well enough. */
const rowsMeasured = 1000;

/**
 * Novelty, in [0, 1]: the distance to the closest real row over the median distance between a real row and the closest
 * unlike it, at most 1. An exact copy has 0, a row as far off as real rows are from each other 1. Gower's distance, as
 * SDMetrics' DCR takes it (learn/distance/points.ts); the comparison with real-to-real distances is that of authenticity
 * (Alaa et al., How faithful is your synthetic data?, ICML 2022).
 */
function novelty(real: Numbered, judged: Numbered, random: Random): Measured {
  const distinct = firstOfEach(real.ids);
  if (distinct.length < 2) return 'needs two real rows that differ';
  const measured = sampleRows(distinct.length, rowsMeasured, random).map((i) => distinct[i]!);
  const spaces = [real.table, takeRows(real.table, distinct), takeRows(real.table, measured), judged.table];
  const { metric, tables } = gowerSpace(spaces);
  const [, among, some, queries] = tables as [Points, Points, Points, Points];
  const index = neighbourIndex(among, metric);
  // The closest to each is itself.
  const between = index.nearest(some, 2).distances.filter((_, i) => i % 2 === 1);
  const typical = between.sort()[between.length >> 1]!;
  const copied = new Set(real.ids);
  // How much further than that a row is does not matter: those neighbours need not be found.
  const { distances } = index.nearest(queries, 1, typical);
  return distances.map((d, row) => (copied.has(judged.ids[row]!) ? 0 : Math.min(1, d / typical)));
}

/** The row at which each number stands first. */
function firstOfEach(ids: Int32Array): Int32Array {
  const seen = new Set<number>();
  return Int32Array.from(ids.keys()).filter((row) => seen.size < seen.add(ids[row]!).size);
}

// Whether a row could pass for a real one: a discriminator's word for it.

/** Fewer rows of either side teach nothing. */
const fewestRows = 20;

/** Shallow trees and few: a ratio of densities wants to be smooth more than it wants to be sharp. */
const discriminator = boostedTrees({ rounds: 40, learningRate: 0.15, maxLeaves: 15, l2: 1 });

/**
 * Realism, in [0, 1]: the probability that the row is real, were judged and real rows as many; 0.5 where the discriminator
 * cannot tell. p / (1 - p) estimates the ratio of the real to the judged rows' density. The discriminator, boosted trees on
 * all columns but text and at most 10,000 rows of either table, is cross-fitted: no row is scored by a model that saw it or its equal in either table. The scores of
 * all rows are calibrated by two numbers (Platt 1999, as Turner et al., Metropolis-Hastings GANs, ICML 2019, do).
 * Source: Azadi et al., Discriminator rejection sampling, ICLR 2019; the classifier two-sample test, Lopez-Paz & Oquab 2017.
 */
function realism(real: Numbered, judged: Numbered, random: Random): Measured {
  const rows = sampleRows(real.table.rowCount, mostRows, random).sort();
  const n = rows.length;
  if (Math.min(n, judged.table.rowCount) < fewestRows) return `needs ${fewestRows} real rows and as many to judge`;
  const matrix = tableMatrix(concatTables([takeRows(real.table, rows), judged.table]));
  if (matrix.columns.length === 0) return 'needs a column that is not text';
  const codes = Int32Array.from({ length: matrix.rowCount }, (_, row) => (row < n ? 1 : 0));
  const ids = Int32Array.from([...rows.map((row) => real.ids[row]!), ...judged.ids]);
  const taught = [
    ...rows.keys(),
    ...sampleRows(judged.table.rowCount, mostRows, random)
      .sort()
      .map((row) => n + row),
  ];
  const folds = foldsFor(taught.length);
  const fold = groupedFolds(ids, folds, random);
  const labels = takeLabels({ kind: 'class', codes, classes: 2 }, taught);
  const taughtFold = Int32Array.from(taught, (row) => fold[row]!);
  const models = foldModels(discriminator, takeMatrixRows(matrix, taught), labels, taughtFold, folds);
  const p = predictByFold(models, matrix, fold)[1]!;
  const logOdds = p.map((x) => Math.log((x + 1e-9) / (1 - x + 1e-9)));
  return calibrate(logOdds, codes).slice(n);
}

// What attributes are made of and what comes of them.

/** An attribute of each row, or why it cannot be had. */
export type Measured = Float64Array | string;

/** A table with its rows' numbers (learn/row-ids.ts), which are equal for equal rows, also of two tables. */
interface Numbered {
  readonly table: Table;
  readonly ids: Int32Array;
}
