/** Predicts every row by a model that did not learn from it. It knows learners, matrices and seeds. */
import type { Random } from '../random.ts';
import { type Labels, type Learner, type Matrix, takeLabels, takeMatrixRows } from './matrix.ts';

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

/** The predictions of each row (matrix.ts), made by the model of the other folds. */
export function crossPredict(learner: Learner, matrix: Matrix, labels: Labels, fold: Int32Array): Float64Array[] {
  const folds = fold.reduce((most, f) => Math.max(most, f), 0) + 1;
  const rows = [...fold.keys()];
  const outputs: Float64Array[] = [];
  for (let f = 0; f < folds; f++) {
    const [inside, outside] = [rows.filter((row) => fold[row] === f), rows.filter((row) => fold[row] !== f)];
    const model = learner(takeMatrixRows(matrix, outside), takeLabels(labels, outside));
    model.predict(takeMatrixRows(matrix, inside)).forEach((prediction, k) => {
      outputs[k] ??= new Float64Array(matrix.rowCount);
      inside.forEach((row, i) => {
        outputs[k]![row] = prediction[i]!;
      });
    });
  }
  return outputs;
}
