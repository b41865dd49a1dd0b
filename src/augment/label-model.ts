/**
 * A classifier (or regressor) of real rows that says which label goes with a row. Unlike learners are averaged where
 * that is better, as few rows ask for (Breiman, Stacked regressions, 1996).
 */
import { crossPredict, stratifiedFolds } from '../learn/folds.ts';
import { linearModel } from '../learn/linear/linear.ts';
import type { Labels, Learner, Matrix } from '../learn/matrix.ts';
import { logLoss, rmse } from '../learn/scores.ts';
import { boostedTrees } from '../learn/trees/trees.ts';
import { createRandom } from '../numeric/random.ts';

const bags = 4;
const folds = 5;

const linear = linearModel({ l2: 10 });
const trees = averageOf(
  Array.from({ length: bags }, (_, seed) =>
    boostedTrees({ rounds: 80, learningRate: 0.06, maxLeaves: 8, minRows: 5, rowShare: 0.7, seed }),
  ),
);

/** What the mean of several learns. */
function averageOf(learners: readonly Learner[]): Learner {
  return (matrix, labels) => {
    const models = learners.map((learner) => learner(matrix, labels));
    return { predict: (other) => meanPredictions(models.map((model) => model.predict(other))) };
  };
}

export function meanPredictions(all: readonly Float64Array[][]): Float64Array[] {
  return all[0]!.map((first, k) =>
    first.map((_, row) => all.reduce((sum, predictions) => sum + predictions[k]![row]!, 0) / all.length),
  );
}

export interface Teacher {
  readonly learner: Learner;
  /** What it predicts for each row when it has learned the rows of the other folds. */
  readonly crossPredicted: Float64Array[];
}

/**
 * The linear model, the bagged trees or their mean: the one that loses least on rows it did not learn from, log loss for
 * classes and squared error for numbers.
 */
export function chooseTeacher(matrix: Matrix, labels: Labels, seed: number): Teacher {
  const fold = foldsOf(labels, matrix.rowCount, seed, folds);
  const [byLinear, byTrees] = [linear, trees].map((learner) => crossPredict(learner, matrix, labels, fold));
  const candidates: Teacher[] = [
    { learner: linear, crossPredicted: byLinear! },
    { learner: trees, crossPredicted: byTrees! },
    { learner: averageOf([linear, trees]), crossPredicted: meanPredictions([byLinear!, byTrees!]) },
  ];
  const losses = candidates.map(({ crossPredicted }) => lossOf(labels, crossPredicted));
  return candidates[losses.indexOf(Math.min(...losses))]!;
}

function lossOf(labels: Labels, predictions: Float64Array[]): number {
  return labels.kind === 'number' ? rmse(labels.values, predictions[0]!) : logLoss(labels.codes, predictions);
}

/** Each row's part, every class spread evenly over them. */
export function foldsOf(labels: Labels, rowCount: number, seed: number, count: number): Int32Array {
  const codes = labels.kind === 'class' ? labels.codes : new Int32Array(rowCount);
  return stratifiedFolds(codes, count, createRandom(seed, 22));
}
