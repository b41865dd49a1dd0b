/** Whether a row could pass for a real one: a discriminator's word for it. It knows tables and learners. */

import { tableMatrix } from '../../learn/features.ts';
import { foldModels, groupedFolds, predictByFold } from '../../learn/folds.ts';
import { takeLabels, takeMatrixRows } from '../../learn/matrix.ts';
import { sampleRows } from '../../learn/sample-rows.ts';
import { calibrate } from '../../learn/scores.ts';
import { boostedTrees } from '../../learn/trees/trees.ts';
import type { Random } from '../../numeric/random.ts';
import { concatTables, takeRows } from '../../table/select.ts';
import type { Measured, Numbered } from '../measured.ts';

/** Fewer rows of either side teach nothing. */
const fewestRows = 20;

/** Shallow trees and few: a ratio of densities wants to be smooth more than it wants to be sharp. */
const discriminator = boostedTrees({ rounds: 40, learningRate: 0.15, maxLeaves: 15, l2: 1 });

/** More rows of a side would teach it little more. */
const mostRows = 10_000;

/** Few rows need most of them for training; of many, a half will do. */
const foldsFor = (rows: number) => Math.max(2, Math.min(5, Math.floor(25_000 / rows)));

/**
 * Realism, in [0, 1]: the probability that the row is real, were judged and real rows as many; 0.5 where the discriminator
 * cannot tell. p / (1 - p) estimates the ratio of the real to the judged rows' density. The discriminator, boosted trees on
 * all columns but text and at most 10,000 rows of either table, is cross-fitted: no row is scored by a model that saw it or its equal in either table. The scores of
 * all rows are calibrated by two numbers (Platt 1999, as Turner et al., Metropolis-Hastings GANs, ICML 2019, do).
 * Source: Azadi et al., Discriminator rejection sampling, ICLR 2019; the classifier two-sample test, Lopez-Paz & Oquab 2017.
 */
export function realism(real: Numbered, judged: Numbered, random: Random): Measured {
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
