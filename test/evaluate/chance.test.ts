/** What chance explains is no fault: real rows in the synthetic ones' place, and scores within their error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { detectionTone, scoreTone } from '../../src/evaluate/report/verdict/rating.ts';
import { people } from './people.ts';

it.each([
  [120, 40, 90],
  [60, 90, 30],
  [200, 20, 200],
])('on %i training rows, %i test rows and %i fresh real rows: nothing to mend', async (train, test, fresh) => {
  for (const seed of [1, 2, 3]) {
    const { verdict } = await evaluate({
      train: people(train, seed),
      test: people(test, seed + 10),
      synthetic: people(fresh, seed + 20),
      target: 'rich',
      baselines: false,
      workers: 1,
    });
    expect(verdict.filter(({ tone }) => tone === 'poor')).toEqual([]);
  }
});

describe('a detector', () => {
  const few = { synthetic: 275, test: 69 };
  const many = { synthetic: 5000, test: 5000 };

  it('near or somewhat below a coin is no fault; far below it and below real rows, it has met copies', () => {
    expect(detectionTone({ value: 0.423, reference: 0.451 }, few)).toBe('good');
    expect(detectionTone({ value: 0.423, reference: null }, { ...few, test: null })).toBe('good');
    expect(detectionTone({ value: 0.45, reference: 0.5 }, many)).toBe('good');
    expect(detectionTone({ value: 0.25, reference: 0.5 }, few)).toBe('poor');
    expect(detectionTone({ value: 0.25, reference: 0.5 }, many)).toBe('poor');
    expect(detectionTone({ value: 0.25, reference: 0.25 }, few)).toBe('good');
  });

  it('takes real rows above a coin for a yardstick only as far as chance explains them', () => {
    expect(detectionTone({ value: 0.6, reference: 0.6 }, few)).toBe('good');
    expect(detectionTone({ value: 0.6, reference: 0.6 }, many)).toBe('fair');
    expect(detectionTone({ value: 0.9, reference: 0.9 }, many)).toBe('poor');
  });
});

it('a score has a better tone where more is explained by chance, never a worse one', () => {
  const tones = ['poor', 'fair', 'good'];
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const size = fc.integer({ min: 10, max: 10_000 });
  fc.assert(
    fc.property(share, share, size, size, (value, reference, train, rows) => {
      const tone = (synthetic: number) =>
        tones.indexOf(scoreTone({ value, reference }, { train, synthetic, test: rows }));
      expect(tone(rows)).toBeGreaterThanOrEqual(tone(rows * 2));
    }),
  );
  expect(scoreTone({ value: 0.9, reference: 0.99 }, { train: 5000, synthetic: 5000, test: 5000 })).toBe('poor');
  expect(scoreTone({ value: 0.9, reference: 0.99 }, { train: 50, synthetic: 50, test: 50 })).toBe('good');
});
