import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ksComplement, tvComplement } from '../../src/evaluate/metrics/fidelity/column-shapes.ts';

const ks = (real: (number | null)[], judged: (number | null)[]) =>
  ksComplement(Float64Array.from(real, missingAsNaN), Float64Array.from(judged, missingAsNaN));
const tv = (real: number[], judged: number[]) => tvComplement(Int32Array.from(real), Int32Array.from(judged), 5);

function missingAsNaN(x: number | null): number {
  return x ?? Number.NaN;
}

describe('KSComplement', () => {
  it('leaves missing cells out, as SDMetrics was seen to', () => {
    expect(ks([1, 2, 3, 4, 5], [1, 2, 3, null, 9])).toBeCloseTo(0.75, 12);
  });

  it('takes values that agree in 14 decimals for equal', () => {
    expect(ks([0.1 + 0.2], [0.3])).toBe(1);
    expect(ks([0.3 + 1e-13], [0.3])).toBe(0);
  });

  it('is 0 for tables without overlap and undefined for a side without values', () => {
    expect(ks([1, 2], [3, 4])).toBe(0);
    expect(ks([1, 2], [null])).toBeNaN();
    expect(ks([], [1])).toBeNaN();
  });

  it('leaves its arguments as they were', () => {
    const cells = Float64Array.of(3, 1, 2);
    ksComplement(cells, cells);
    expect([...cells]).toEqual([3, 1, 2]);
  });

  it('is symmetric, in [0, 1], 1 against a shuffled self, and blind to a growing map of the values', () => {
    const cells = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1 });
    fc.assert(
      fc.property(cells, cells, (a, b) => {
        const score = ks(a, b);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(ks(b, a)).toBe(score);
        expect(ks(a, a.toReversed())).toBe(1);
        const grow = (x: number) => x ** 3 * 7 + 100;
        expect(ks(a.map(grow), b.map(grow))).toBe(score);
      }),
    );
  });
});

describe('TVComplement', () => {
  it('gives an unseen category the count 1e-6, as SDMetrics was seen to', () => {
    expect(tv([0, 0, 1], [0, 2, 2])).toBeCloseTo(0.3333336666665556, 12);
  });

  it('leaves missing cells out', () => {
    expect(tv([0, 1, -1, -1], [0, 1])).toBe(1);
    expect(tv([-1], [0])).toBeNaN();
    expect(tv([0], [-1])).toBeNaN();
  });

  it('is in [0, 1] and 1 against a shuffled self', () => {
    const codes = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(codes, codes, (a, b) => {
        expect(tv(a, b)).toBeGreaterThanOrEqual(-1e-12);
        expect(tv(a, b)).toBeLessThanOrEqual(1 + 1e-12);
        expect(tv(a, a.toReversed())).toBeCloseTo(1, 12);
      }),
    );
  });
});
