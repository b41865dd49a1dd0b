/** Predicts every row by a model that did not learn from it. */
import type { Random } from '../numeric/random.ts';
import { type Labels, type Learner, type Matrix, type Model, takeLabels, takeMatrixRows } from './matrix.ts';

/** Each row's fold in [0, folds), every class spread evenly over the folds. */
export function stratifiedFolds(codes: Int32Array, folds: number, random: Random): Int32Array {
  const order = random.shuffle(Int32Array.from(codes.keys()));
  const fold = new Int32Array(codes.length);
  const next = new Map<number, number>();
  for (const row of order) {
    const turn = next.get(codes[row]!) ?? 0;
    fold[row] = turn % folds;
    next.set(codes[row]!, turn + 1);
  }
  return fold;
}

/** For each fold the model that learned from the rows of the others. */
export function foldModels(learner: Learner, matrix: Matrix, labels: Labels, fold: Int32Array, folds: number): Model[] {
  return Array.from({ length: folds }, (_, f) => {
    const outside = [...fold.keys()].filter((row) => fold[row] !== f);
    return learner(takeMatrixRows(matrix, outside), takeLabels(labels, outside));
  });
}

/** The predictions of each row (matrix.ts), made by the model of its fold. */
export function predictByFold(models: readonly Model[], matrix: Matrix, fold: Int32Array): Float64Array[] {
  const outputs: Float64Array[] = [];
  models.forEach((model, f) => {
    const inside = [...fold.keys()].filter((row) => fold[row] === f);
    model.predict(takeMatrixRows(matrix, inside)).forEach((prediction, k) => {
      outputs[k] ??= new Float64Array(matrix.rowCount);
      inside.forEach((row, i) => {
        outputs[k]![row] = prediction[i]!;
      });
    });
  });
  return outputs;
}

/** The predictions of each row, made by the model of the other folds. */
export function crossPredict(learner: Learner, matrix: Matrix, labels: Labels, fold: Int32Array): Float64Array[] {
  const folds = fold.reduce((most, f) => Math.max(most, f), 0) + 1;
  return predictByFold(foldModels(learner, matrix, labels, fold, folds), matrix, fold);
}

/** Each row's fold in [0, folds), rows of one group in the same; the groups, numbered from 0, are dealt out in random order. */
export function groupedFolds(group: Int32Array, folds: number, random: Random): Int32Array {
  const groups = group.reduce((most, g) => Math.max(most, g), -1) + 1;
  const place = random.shuffle(Int32Array.from({ length: groups }, (_, g) => g % folds));
  return group.map((g) => place[g]!);
}
