import { describe, expect, it } from 'vitest';
import { groupedFolds } from '../../src/learn/folds.ts';
import { calibrate } from '../../src/learn/scores.ts';
import { createRandom } from '../../src/numeric/random.ts';

const random = createRandom(6);
/** Scores that are three times the true log odds less one, and labels drawn by the truth, one class in `share`. */
const logOdds = Float64Array.from({ length: 20_000 }, () => 1.5 * random.normal());
const positive = Int32Array.from(logOdds, (x) => (random.uniform() < 1 / (1 + Math.exp(-x)) ? 1 : 0));
const scores = logOdds.map((x) => 3 * x - 1);

describe('calibrated scores', () => {
  it('are the true probabilities', () => {
    const p = calibrate(scores, positive);
    for (const [i, x] of logOdds.slice(0, 200).entries()) expect(p[i]!).toBeCloseTo(1 / (1 + Math.exp(-x)), 1);
  });

  it('weigh both classes the same, however many rows they have', () => {
    const kept = [...positive.keys()].filter((row) => positive[row] === 0 || row % 10 === 0);
    const p = calibrate(
      Float64Array.from(kept, (row) => scores[row]!),
      kept.map((row) => positive[row]!),
    );
    expect(p.filter((x) => x > 0.5).length / p.length).toBeCloseTo(
      kept.filter((row) => logOdds[row]! > 0).length / kept.length,
      1,
    );
  });

  it('are a coin where scores point the wrong way or nowhere', () => {
    expect(
      new Set(
        calibrate(
          scores.map((x) => -x),
          positive,
        ),
      ),
    ).toEqual(new Set([0.5]));
    expect(Math.max(...calibrate(new Float64Array(20_000).fill(2), positive))).toBeCloseTo(0.5, 6);
  });

  it('are numbers where the classes never overlap', () => {
    const p = calibrate(
      Float64Array.from({ length: 40 }, (_, i) => i - 20.5),
      Int32Array.from({ length: 40 }, (_, i) => (i < 20 ? 0 : 1)),
    );
    expect(p.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(p[0]! < 0.05 && p[39]! > 0.95).toBe(true);
  });
});

it('grouped folds keep the rows of a group together, and are of one size in groups', () => {
  const group = Int32Array.from({ length: 1000 }, (_, row) => row % 100);
  const fold = groupedFolds(group, 5, createRandom(1));
  expect(fold.every((f, row) => f === fold[row % 100])).toBe(true);
  expect([0, 1, 2, 3, 4].map((f) => fold.filter((each) => each === f).length)).toEqual(Array(5).fill(200));
});
