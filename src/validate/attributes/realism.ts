/** Whether a row could pass for a real one: a discriminator's word for it. It knows tables and learners. */
import { calibrate } from '../../learn/calibrate.ts';
import { tableMatrix } from '../../learn/features.ts';
import { crossPredict, groupedFolds } from '../../learn/folds.ts';
import { boostedTrees } from '../../learn/trees.ts';
import type { Random } from '../../random.ts';
import { concatTables } from '../../table/select.ts';
import type { Measured, Numbered } from '../measured.ts';

/** Fewer rows of either side teach nothing. */
const fewestRows = 20;

/** Shallow trees and few: a ratio of densities wants to be smooth more than it wants to be sharp. */
const discriminator = boostedTrees({ rounds: 60, maxLeaves: 15, l2: 1 });

/** Few rows need most of them for training; of many, a half will do. */
const foldsFor = (rows: number) => Math.max(2, Math.min(5, Math.floor(50_000 / rows)));

/**
 * Realism, in [0, 1]: the probability that the row is real, were judged and real rows as many; 0.5 where the discriminator
 * cannot tell. p / (1 - p) estimates the ratio of the real to the judged rows' density. The discriminator, boosted trees on
 * all columns but text, is cross-fitted: no row is scored by a model that saw it or its equal in either table. The scores of
 * all rows are calibrated by two numbers (Platt 1999, as Turner et al., Metropolis-Hastings GANs, ICML 2019, do).
 * Source: Azadi et al., Discriminator rejection sampling, ICLR 2019; the classifier two-sample test, Lopez-Paz & Oquab 2017.
 */
export function realism(real: Numbered, judged: Numbered, random: Random): Measured {
  const n = real.table.rowCount;
  if (Math.min(n, judged.table.rowCount) < fewestRows) return `needs ${fewestRows} real rows and as many to judge`;
  const matrix = tableMatrix(concatTables([real.table, judged.table]));
  if (matrix.columns.length === 0) return 'needs a column that is not text';
  const codes = Int32Array.from({ length: matrix.rowCount }, (_, row) => (row < n ? 1 : 0));
  const ids = Int32Array.from([...real.ids, ...judged.ids]);
  const fold = groupedFolds(ids, foldsFor(matrix.rowCount), random);
  const p = crossPredict(discriminator, matrix, { kind: 'class', codes, classes: 2 }, fold)[1]!;
  const logOdds = p.map((x) => Math.log((x + 1e-9) / (1 - x + 1e-9)));
  return calibrate(logOdds, codes).slice(n);
}
