import { expect, it } from 'vitest';
import { addNoise, poissonSample } from '../../src/privacy/noise.ts';

it('noise has the mean, spread and tails of its normal distribution, and never repeats', () => {
  const [deviation, count] = [3, 200_001];
  const draws = [1, 2].map(() => {
    const numbers = new Float64Array(count).fill(100);
    addNoise(numbers, deviation);
    return numbers.map((x) => (x - 100) / deviation);
  });
  for (const draw of draws) {
    const moment = (power: number) => draw.reduce((sum, x) => sum + x ** power, 0) / count;
    // Six standard errors each: wrong once in a hundred million runs.
    expect(Math.abs(moment(1))).toBeLessThan(6 / Math.sqrt(count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(6 * Math.sqrt(2 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(6 * Math.sqrt(96 / count));
    const beyond = draw.filter((x) => Math.abs(x) > 3).length / count;
    expect(Math.abs(beyond - 0.0027)).toBeLessThan(6 * Math.sqrt(0.0027 / count));
    // Neighbours come from one pair of draws.
    const together = draw.reduce((sum, x, i) => sum + x * (draw[i + 1] ?? 0), 0) / count;
    expect(Math.abs(together)).toBeLessThan(6 / Math.sqrt(count));
  }
  expect(draws[0]).not.toEqual(draws[1]);
});

it('noisy numbers stand on one grid, whatever they were', () => {
  for (const start of [0, 1 / 3, 1e-12, -Math.PI]) {
    const numbers = new Float64Array(1001).fill(start);
    addNoise(numbers, 2);
    const grid = 2 ** -29;
    expect(numbers.every((x) => Number.isInteger(x / grid))).toBe(true);
  }
});

it('a Poisson sample has every number as often as its rate, and sizes that vary as they must', () => {
  const [count, rate, times] = [1000, 0.05, 2000];
  const seen = new Float64Array(count);
  const sizes = Array.from({ length: times }, () => {
    const sample = poissonSample(count, rate);
    expect(sample.every((x, i) => i === 0 || x > sample[i - 1]!)).toBe(true);
    for (const i of sample) seen[i]!++;
    return sample.length;
  });
  const mean = sizes.reduce((a, b) => a + b, 0) / times;
  const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / times;
  const expected = count * rate * (1 - rate);
  expect(Math.abs(mean - count * rate)).toBeLessThan(6 * Math.sqrt(expected / times));
  expect(Math.abs(variance / expected - 1)).toBeLessThan(6 * Math.sqrt(2 / times));
  const error = Math.sqrt(times * rate * (1 - rate));
  expect(seen.every((n) => Math.abs(n - times * rate) < 7 * error)).toBe(true);
});
