/** Scores a training table by how well boosted trees fitted to it predict held-out real rows. */
import type { Labels } from '../learn/matrix.ts';
import { averagePrecision, classScores, likeliest, r2, rocAuc } from '../learn/scores.ts';
import type { Task } from '../learn/task.ts';
import { boostedTrees } from '../learn/trees/trees.ts';
import type { Table } from '../table/table.ts';
import { meanPredictions } from './label-model.ts';

/** Each sees four rows in five, so that a lucky one does not decide. */
const seeds = [0, 1];

/** Where real rows are few, a leaf may have as few as a tenth of them: otherwise any rows at all would help, copies too. */
export const smallestLeaf = (realRows: number) => Math.min(20, Math.max(1, Math.round(realRows / 10)));

/** The mean predictions of real rows by trees that learned from a table, with what the rows really are. */
export interface Judged {
  readonly labels: Labels;
  readonly predictions: Float64Array[];
}

/** @param options `minRows` of a leaf, and what each row of `table` weighs. */
export function judge(
  task: Task,
  table: Table,
  held: Table,
  options: { readonly minRows: number; readonly weights?: Float64Array },
): Judged {
  const [from, to] = [task.examples(table), task.examples(held)];
  const runs = seeds.map((seed) =>
    boostedTrees({ ...options, rowShare: 0.8, seed })(from.matrix, from.labels).predict(to.matrix),
  );
  const predictions = meanPredictions(runs);
  return { labels: to.labels, predictions };
}

/** A figure of predictions, 1 best; NaN where the labels of the rows do not allow it. */
export interface Score {
  readonly name: string;
  of(judged: Judged): number;
}

/** The share of the variance that is explained. */
const explained: Score = {
  name: 'R2',
  of: ({ labels, predictions }) => (labels.kind === 'number' ? r2(labels.values, predictions[0]!) : Number.NaN),
};

/** How well classes are told apart: the area under the ROC curve, of two classes once, of more the mean over all. */
const ranking: Score = {
  name: 'AUC',
  of: (judged) => meanOverClasses(judged, judged.predictions.length === 2 ? [1] : everyClass(judged), rocAuc),
};

/** How well the classes that get rows are found: their average precision and F1, the mean of the two. */
function finding(classes: readonly number[]): Score {
  return {
    name: 'mean of average precision and F1 of the classes that get rows',
    of: (judged) => {
      const { labels, predictions } = judged;
      if (labels.kind !== 'class') return Number.NaN;
      const said = classScores(labels.codes, likeliest(predictions), labels.classes);
      const present = classes.filter((k) => said[k]!.rows > 0);
      const f1 = present.reduce((sum, k) => sum + said[k]!.f1, 0) / present.length;
      return (meanOverClasses(judged, present, averagePrecision) + f1) / 2;
    },
  };
}

/** @param raised the task's classes that rows are added to for balance; null where classes stay as they are. */
export function scoreFor(task: Task, raised: readonly number[] | null): Score {
  if (task.classes === null) return explained;
  return raised === null ? ranking : finding(raised);
}

const everyClass = ({ predictions }: Judged) => [...predictions.keys()];

function meanOverClasses(
  { labels, predictions }: Judged,
  classes: readonly number[],
  score: (positive: ArrayLike<number>, scores: Float64Array) => number,
): number {
  if (labels.kind !== 'class') return Number.NaN;
  const scores = classes.map((k) =>
    score(
      labels.codes.map((code) => (code === k ? 1 : 0)),
      predictions[k]!,
    ),
  );
  const defined = scores.filter((each) => !Number.isNaN(each));
  return defined.reduce((sum, each) => sum + each, 0) / defined.length;
}
