import { describe, expect, it } from 'vitest';
import { isHeaped, numbersBefore, planForecast, surprise, surprised } from '../../src/dataset/forecast.ts';
import { createRandom } from '../../src/numeric/random.ts';
import type { NumericColumn } from '../../src/table/schema.ts';

/** Families of six numbers around a level of their own, `noise` apart, some missing. */
function sequences(noise: number, log: boolean) {
  const random = createRandom(4, 1);
  const normal = () => random.uniform() + random.uniform() + random.uniform() - 1.5;
  const rows = Array.from({ length: 200 }, (_, f) => Int32Array.from({ length: 6 }, (_, i) => 6 * f + i));
  const data = new Float64Array(1200);
  for (const family of rows) {
    const level = 4 + normal();
    for (const row of family) {
      const x = level + noise * normal();
      data[row] = random.uniform() < 0.1 ? Number.NaN : Math.round(10 * (log ? Math.exp(x) : 10 * x)) / 10;
    }
  }
  const before = Int32Array.from(data, (_, row) => (row % 6 === 0 ? -1 : row - 1));
  const [sizes, first, owners] = [new Int32Array(200).fill(6), rows.map(([row]) => row!), new Int32Array(200)];
  return { data, befores: numbersBefore({ rows, before, sizes, first: Int32Array.from(first), owners }, data) };
}

describe('what the rows before foresee', () => {
  it('are the last number and the mean, each as far as it is known', () => {
    const family = { rows: [Int32Array.from([0, 1, 2, 3])], before: Int32Array.from([-1, 0, 1, 2]) };
    const rest = { sizes: Int32Array.from([4]), first: Int32Array.from([0]), owners: Int32Array.from([-1]) };
    expect(numbersBefore({ ...family, ...rest }, Float64Array.from([1, Number.NaN, 5, 9]))).toEqual([
      undefined,
      { last: 1, mean: 1, known: 1 },
      { last: 1, mean: 1, known: 1 },
      { last: 5, mean: 3, known: 2 },
    ]);
  });

  it.each([false, true])('is pulled to the mean where numbers are noise around a level; logarithms: %s', (log) => {
    const { data, befores } = sequences(0.8, log);
    const { forecast } = planForecast(data, befores, 0.1)!;
    expect(forecast.log).toBe(log);
    const [, last, mean] = forecast.weights.at(-1)!;
    // The best linear forecast of equal noise does not care which number was the last.
    expect(Math.abs(last!)).toBeLessThan(0.12);
    expect(mean).toBeGreaterThan(0.6);
  });

  it('does not matter where numbers are noise alone, or few', () => {
    const { data, befores } = sequences(40, false);
    expect(planForecast(data, befores, 0.1)).toBeUndefined();
    const steady = sequences(0.8, false);
    expect(planForecast(steady.data.map(Math.sign), steady.befores, 1)).toBeUndefined();
  });

  it.each([false, true])('and how far a number is from it are the number again; logarithms: %s', (log) => {
    const { data, befores } = sequences(0.8, log);
    const { forecast, unit } = planForecast(data, befores, 0.1)!;
    const column: NumericColumn = { name: 'x', kind: 'decimal', missing: '', scale: 1, minScale: 0, min: 0, max: 9e9 };
    let checked = 0;
    for (const [row, before] of befores.entries()) {
      if (!before || Number.isNaN(data[row]!)) continue;
      const again = surprised(forecast, before, surprise(forecast, before, data[row]!, unit), unit, column);
      expect(Math.abs(again - data[row]!)).toBeLessThanOrEqual(log ? 0.0006 * data[row]! + 0.051 : 1e-9);
      checked++;
    }
    expect(checked).toBeGreaterThan(500);
  });
});

it('tells prices from measurements', () => {
  const random = createRandom(1, 2);
  const prices = Float64Array.from({ length: 2000 }, () => [1.25, 1.65, 2.55, 4.95][random.int(4)]!);
  expect(isHeaped(prices, 0.01)).toBe(true);
  expect(
    isHeaped(
      Float64Array.from({ length: 2000 }, () => random.int(400) / 100),
      0.01,
    ),
  ).toBe(false);
});
