/** Holds learners and scores to scikit-learn's own (fixtures/make.py says how they were made). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linearModel } from '../../src/learn/linear/linear.ts';
import { type Labels, type Learner, type Matrix, takeLabels, takeMatrixRows } from '../../src/learn/matrix.ts';
import {
  averagePrecision,
  classScores,
  likeliest,
  logLoss,
  r2,
  rmse,
  rocAuc,
  rocCurve,
  truePositivesAt,
} from '../../src/learn/scores.ts';
import { boostedTrees } from '../../src/learn/trees/trees.ts';

const { data, predictions, scores } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/scikit-learn.json'), 'utf8'),
);
const numbers: Matrix['columns'] = data.numbers.map((column: (number | null)[]) => ({
  kind: 'number',
  values: Float64Array.from(column, (x) => x ?? Number.NaN),
}));
const city: Matrix['columns'][number] = { kind: 'category', codes: Int32Array.from(data.city), size: 6 };
const rowCount: number = data.city.length;
const [seen, unseen] = [
  [0, data.train],
  [data.train, rowCount],
].map(([from, to]) => Array.from({ length: to! - from! }, (_, i) => from! + i)) as [number[], number[]];

const labels: Record<string, Labels> = {
  value: { kind: 'number', values: Float64Array.from(data.value) },
  binary: { kind: 'class', codes: Int32Array.from(data.binary), classes: 2 },
  three: { kind: 'class', codes: Int32Array.from(data.three), classes: 3 },
};

function predict(learner: Learner, columns: Matrix['columns'], label: string, rows: number[]): Float64Array[] {
  const matrix: Matrix = { rowCount, columns };
  const model = learner(takeMatrixRows(matrix, seen), takeLabels(labels[label]!, seen));
  return model.predict(takeMatrixRows(matrix, rows));
}

/** The largest difference from scikit-learn's predictions, a number or a list of class probabilities a row. */
function furthest(ours: Float64Array[], theirs: (number | number[])[]): number {
  return Math.max(...theirs.flatMap((row, i) => [row].flat().map((expected, k) => Math.abs(ours[k]![i]! - expected))));
}

describe('against scikit-learn', () => {
  it.each(['value', 'binary', 'three'])(
    'the linear model of "%s" predicts as ridge or logistic regression',
    (label) => {
      const learner = linearModel({ tolerance: 1e-8, maxSteps: 2000 });
      expect(furthest(predict(learner, [...numbers, city], label, unseen), predictions.linear[label])).toBeLessThan(
        2e-6,
      );
    },
  );

  it.each(['value', 'binary'])('the trees of "%s" predict as histogram gradient boosting', (label) => {
    expect(furthest(predict(boostedTrees(), numbers, label, seen), predictions.trees[label])).toBeLessThan(1e-6);
  });

  it('the trees of three classes, where equal rows make equal gains and ties are broken otherwise, predict as well', () => {
    const truth = takeLabels(labels.three!, unseen) as Extract<Labels, { kind: 'class' }>;
    const theirs = [0, 1, 2].map((k) => Float64Array.from(predictions.trees.three as number[][], (row) => row[k]!));
    const ours = logLoss(truth.codes, predict(boostedTrees(), numbers, 'three', unseen));
    expect(ours).toBeLessThan(logLoss(truth.codes, theirs) * 1.02);
  });

  it('scores predictions alike', () => {
    const [truth, truth3] = ['binary', 'three']
      .map((name) => takeLabels(labels[name]!, unseen))
      .map((each) => {
        return (each as Extract<Labels, { kind: 'class' }>).codes;
      }) as [Int32Array, Int32Array];
    const tied = Float64Array.from(scores.tied as number[]);
    const p3 = [0, 1, 2].map((k) => Float64Array.from(predictions.linear.three as number[][], (row) => row[k]!));
    const guess = Float64Array.from(predictions.linear.value as number[]);
    const value = Float64Array.from(data.value as number[]).slice(data.train);
    const each = classScores(truth3, likeliest(p3), 3);
    const ours = {
      rocAuc: rocAuc(truth, tied),
      averagePrecision: averagePrecision(truth, tied),
      truePositivesAt10: truePositivesAt(truth, tied, 0.1),
      rocCurve: rocCurve(truth, tied, 20).slice(1),
      f1: classScores(truth, tied.map((p) => (p > 0.5 ? 1 : 0)) as unknown as Int32Array, 2)[1]!.f1,
      precision3: each.map(({ precision }) => precision),
      recall3: each.map(({ recall }) => recall),
      f13: each.map(({ f1 }) => f1),
      rows3: each.map(({ rows }) => rows),
      logLoss3: logLoss(truth3, p3),
      rmse: rmse(value, guess),
      r2: r2(value, guess),
    };
    const { tied: _, ...expected } = scores;
    for (const [name, score] of Object.entries(ours)) {
      [score].flat().forEach((x, i) => {
        expect(x, name).toBeCloseTo([expected[name]].flat()[i], 9);
      });
    }
  });
});
