import { describe, expect, it } from 'vitest';
import { crossPredict, stratifiedFolds } from '../../src/learn/folds.ts';
import { linearModel } from '../../src/learn/linear/linear.ts';
import type { Labels, Matrix, MatrixColumn } from '../../src/learn/matrix.ts';
import { rocAuc } from '../../src/learn/scores.ts';
import { boostedTrees } from '../../src/learn/trees/trees.ts';
import { createRandom } from '../../src/numeric/random.ts';

const rows = 600;
const random = createRandom(3);
const draw = <T>(make: () => T): T[] => Array.from({ length: rows }, make);
const codes = Int32Array.from(draw(() => random.int(30) - 1));
const x = Float64Array.from(draw(() => (random.uniform() < 0.2 ? Number.NaN : random.normal())));
const noise = Float64Array.from(draw(() => random.normal()));
const category: MatrixColumn = { kind: 'category', codes, size: 30 };
const matrix: Matrix = {
  rowCount: rows,
  columns: [category, { kind: 'number', values: x }, { kind: 'number', values: noise }],
};
/** Class 1 for every third category, or where the number is missing. */
const label: Labels = {
  kind: 'class',
  codes: Int32Array.from(codes, (code, row) => (code % 3 === 0 || Number.isNaN(x[row]!) ? 1 : 0)),
  classes: 2,
};
const auc = (values: Float64Array[]) => rocAuc(label.codes as Int32Array, values[1]!);

describe('boosted trees', () => {
  it('split categories by what they go with, and learn from missing cells', () => {
    const fold = stratifiedFolds(label.codes as Int32Array, 5, createRandom(1));
    expect(auc(crossPredict(boostedTrees(), matrix, label, fold))).toBeGreaterThan(0.99);
  });

  it('give the same predictions for the same seed, others for another', () => {
    const learn = (seed: number) => boostedTrees({ rounds: 5, rowShare: 0.7, seed })(matrix, label).predict(matrix)[1]!;
    expect(learn(1)).toEqual(learn(1));
    expect(learn(1)).not.toEqual(learn(2));
  });

  it('predict what is constant, and give a class that has no row a small chance', () => {
    const same: Labels = { kind: 'number', values: new Float64Array(rows).fill(3) };
    expect(
      boostedTrees()(matrix, same)
        .predict(matrix)[0]!
        .every((value) => value === 3),
    ).toBe(true);
    for (const learner of [boostedTrees(), linearModel()]) {
      const lone: Labels = { kind: 'class', codes: new Int32Array(rows), classes: 3 };
      const [certain, never] = learner(matrix, lone).predict(matrix);
      expect(Math.min(...certain!)).toBeGreaterThan(0.98);
      expect(Math.max(...never!)).toBeLessThan(0.01);
    }
  });

  it('accept categories that training lacked, and a single row', () => {
    const one: Matrix = { rowCount: 1, columns: matrix.columns.map((column) => takeFirst(column)) };
    for (const learner of [boostedTrees(), linearModel()]) {
      const lone: Labels = { kind: 'class', codes: Int32Array.of(1), classes: 2 };
      const [no, yes] = learner(one, lone).predict(matrix);
      for (let row = 0; row < rows; row++) expect(no![row]! + yes![row]!).toBeCloseTo(1, 12);
    }
  });
});

function takeFirst(column: MatrixColumn): MatrixColumn {
  return column.kind === 'number'
    ? { kind: 'number', values: column.values.slice(0, 1) }
    : { ...column, codes: column.codes.slice(0, 1) };
}

describe('folds', () => {
  it('spread every class evenly', () => {
    const classes = Int32Array.from({ length: 103 }, (_, row) => (row % 10 === 0 ? 1 : 0));
    const fold = stratifiedFolds(classes, 5, createRandom(1));
    for (let f = 0; f < 5; f++) {
      const rare = [...fold.keys()].filter((row) => fold[row] === f && classes[row] === 1).length;
      expect(rare).toBeGreaterThanOrEqual(2);
      expect(rare).toBeLessThanOrEqual(3);
    }
  });
});
