/** Which ways of adding rows are worth a trial. It knows tables, learners and picks, no generator. */
import { crossPredict } from '../learn/folds.ts';
import { sampleRows } from '../learn/sample-rows.ts';
import type { Task } from '../learn/task.ts';
import { boostedTrees } from '../learn/trees/trees.ts';
import { createRandom } from '../numeric/random.ts';
import { takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import type { Wanted } from './class-counts.ts';
import { type Score, smallestLeaf } from './downstream-score.ts';
import { chooseTeacher, foldsOf } from './label-model.ts';
import type { PickName } from './selection.ts';
import type { Setting } from './trial.ts';

/** All that is asked for, and a quarter: a few rows may help where many drown the real ones. */
const shares = [1, 0.25];

/** Of more rows a comparison of learners takes long and says no more. */
const mostRows = 5000;
const repeats = 2;

/** @param forceRows whether rows are added even where none help: then a way that is not expected to help may still be the best. */
export function settingsFor(
  real: Table,
  wanted: Wanted,
  { task, score, seed, forceRows }: { task: Task; score: Score; seed: number; forceRows: boolean },
): Setting[] {
  const names: PickName[] = ['as drawn', 'realistic'];
  const labels = wanted.classes?.filter((each) => each.wanted > 0).length;
  if (labels === 1) names.push('consistent');
  else if (everyClassIsOwn(task, wanted) && (forceRows || teacherIsBetter(real, task, score, seed)))
    names.push('labels dealt anew');
  return names.flatMap((pick) => shares.map((share) => ({ share, pick })));
}

/** A task learns the rarest of very many classes as one. */
const everyClassIsOwn = ({ classes }: Task, wanted: Wanted) => classes?.length === wanted.classes?.length;

/** Labels that a teacher deals can only help trees that know less than it does. */
function teacherIsBetter(real: Table, task: Task, score: Score, seed: number): boolean {
  const rows = sampleRows(real.rowCount, mostRows, createRandom(seed, 25));
  const { matrix, labels } = task.examples(takeRows(real, rows));
  const trees = boostedTrees({ rowShare: 0.8, minRows: smallestLeaf(rows.length) });
  const gains = Array.from({ length: repeats }, (_, i) => {
    const { crossPredicted } = chooseTeacher(matrix, labels, seed + i);
    const fold = foldsOf(labels, matrix.rowCount, seed + i, 5);
    const byTrees = crossPredict(trees, matrix, labels, fold);
    return score.of({ labels, predictions: crossPredicted }) - score.of({ labels, predictions: byTrees });
  });
  return gains.reduce((sum, each) => sum + each, 0) > 0;
}
