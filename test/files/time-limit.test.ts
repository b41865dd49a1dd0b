import { expect, it } from 'vitest';
import { withinSeconds } from '../../src/table/limits.ts';

it('ends work that would not end, and goes on', () => {
  let turns = 0;
  const endless = () => {
    for (;;) turns++;
  };
  expect(() => withinSeconds(0.05, endless)).toThrow('more than');
  expect(turns).toBeGreaterThan(0);
  expect(withinSeconds(10, () => turns)).toBe(turns);
});

it('gives what the work gives, and throws what it throws', () => {
  const error = new RangeError('beyond the end');
  expect(withinSeconds(10, () => 7)).toBe(7);
  expect(() =>
    withinSeconds(10, () => {
      throw error;
    }),
  ).toThrow(error);
});
