import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binFinder, binOf, isSingle, quantileBins } from '../../src/serialize/numbers/bins.ts';

const previousInteger = (x: number) => x - 1;
const previousTenth = (x: number) => Number((x - 0.1).toFixed(1));

/** Few distinct values, many, and heavy ones among many. */
const integers = fc.oneof(
  fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 }),
  fc.array(fc.integer({ min: -300, max: 900 }), { minLength: 1, maxLength: 120 }),
  fc
    .tuple(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 }), fc.nat(60))
    .map(([values, times]) => [...values, ...Array(times).fill(values[0])]),
);
/** Tenths with both zeros. */
const tenths = fc
  .array(fc.oneof(fc.integer({ min: -40, max: 60 }), fc.constantFrom(0, -0)), { minLength: 1, maxLength: 80 })
  .map((units) => units.map((unit) => (unit === 0 ? unit : Number((unit / 10).toFixed(1)))));

const cases = fc.oneof(
  fc.record({ values: integers, previous: fc.constant(previousInteger) }),
  fc.record({ values: tenths, previous: fc.constant(previousTenth) }),
);
const counts = fc.integer({ min: 1, max: 20 });

const distinctOf = (values: readonly number[]) => new Set(values.map((x) => (Object.is(x, -0) ? '-0' : x)));

describe('quantile ranges', () => {
  it('are disjoint, ascending, and hold every value; no range holds both signs', () => {
    fc.assert(
      fc.property(cases, counts, ({ values, previous }, count) => {
        const bins = quantileBins(Float64Array.from(values), count, previous);
        for (const [lo, hi] of bins) {
          expect(lo).toBeLessThanOrEqual(hi);
          expect(lo < 0 || Object.is(lo, -0)).toBe(hi < 0 || Object.is(hi, -0));
        }
        for (const [i, [lo]] of bins.slice(1).entries()) {
          const before = bins[i]![1];
          expect(before < lo || (Object.is(before, -0) && Object.is(lo, 0))).toBe(true);
        }
        for (const value of values) {
          const [lo, hi] = bins[binOf(bins, value)]!;
          expect(value >= lo && value <= hi).toBe(true);
          if (value === 0) expect(Object.is(lo, -0) || lo < 0).toBe(Object.is(value, -0));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leave out only what no range of its sign adjoins', () => {
    fc.assert(
      fc.property(integers, counts, (values, count) => {
        const bins = quantileBins(Float64Array.from(values), count, previousInteger);
        for (let x = Math.min(...values); x <= Math.max(...values); x++) {
          if (binOf(bins, x) >= 0) continue;
          const after = bins.findIndex(([lo]) => lo > x);
          const beside = [bins[after - 1]!, bins[after]!].filter(([lo]) => lo < 0 === x < 0);
          expect(beside.map(isSingle)).toEqual(beside.map(() => true));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are single values where no more are distinct than asked for, and about as many as asked for otherwise', () => {
    fc.assert(
      fc.property(cases, counts, ({ values, previous }, count) => {
        const bins = quantileBins(Float64Array.from(values), count, previous);
        const distinct = distinctOf(values).size;
        if (distinct <= count) {
          expect(bins.every(isSingle)).toBe(true);
          expect(bins).toHaveLength(distinct);
        }
        // A heavy value may cut a range short on both sides, and one range begins anew at zero; the halves of uneven ones are few beside that.
        expect(bins.length).toBeLessThanOrEqual(2 * count + 2);
      }),
    );
  });

  it('put a value as frequent as a whole range in a range of its own', () => {
    const values = [...Array(50).fill(7), ...Array.from({ length: 50 }, (_, i) => i)];
    const bins = quantileBins(Float64Array.from(values), 4, previousInteger);
    expect(bins).toEqual([
      [0, 6],
      [7, 7],
      [8, 23],
      [24, 39],
      [40, 49],
    ]);
  });

  it('cut the numbers beside a heavy value as a smaller column is cut', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => 7 * i);
    const bins = quantileBins(Float64Array.from([...Array(7000).fill(0), ...numbers]), 16, previousInteger);
    // A share of 8,000 / 16 would be two ranges; 1,000 alone are cut in 16 / 2.
    expect(bins[0]).toEqual([0, 0]);
    expect(bins.length).toBeGreaterThanOrEqual(8);
    expect(bins.length).toBeLessThanOrEqual(10);
  });

  it('are halved where their values thin out, and left where they do not', () => {
    const even = Array.from({ length: 1000 }, (_, i) => i);
    const cells = (bins: readonly (readonly [number, number])[], values: readonly number[]) =>
      bins.map(([lo, hi]) => values.filter((x) => x >= lo && x <= hi).length);
    expect(quantileBins(Float64Array.from(even), 4, previousInteger)).toHaveLength(4);
    // Exponential: the median of what is beyond a point is log 2 further, its end much more.
    const tail = even.map((i) => Math.round(-1000 * Math.log(1 - (i + 0.5) / 1000)));
    const bins = quantileBins(Float64Array.from(tail), 4, previousInteger);
    expect(cells(bins, tail)).toEqual([250, 250, 250, 125, 62, 31, 16, 8, 8]);
  });

  it('are one for each sign where one is asked for', () => {
    const values = [-5, -4, 1, 1, 1, 1, 1, 1, ...Array.from({ length: 40 }, (_, i) => i ** 3 + 2)];
    const bins = quantileBins(Float64Array.from(values), 1, previousInteger);
    expect(bins).toEqual([
      [-5, -1],
      [0, 39 ** 3 + 2],
    ]);
  });

  it('ignore missing cells, and are none where all are missing', () => {
    expect(quantileBins(Float64Array.of(Number.NaN, 3, Number.NaN), 8, previousInteger)).toEqual([[3, 3]]);
    expect(quantileBins(Float64Array.of(Number.NaN), 8, previousInteger)).toEqual([]);
    expect(binOf([], 3)).toBe(-1);
    expect(binFinder([])(3)).toBe(-1);
  });

  it('hold nothing outside themselves', () => {
    const bins = quantileBins(Float64Array.of(-4, -0, 0, 5, 5, 9), 2, previousInteger);
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (x) => {
        const found = bins.findIndex(
          ([lo, hi]) => x >= lo && x <= hi && !(x === 0 && Object.is(x, -0) !== (Object.is(hi, -0) || hi < 0)),
        );
        expect(binOf(bins, x)).toBe(found);
        expect(binFinder(bins)(x)).toBe(found);
      }),
      { examples: [[-0], [0], [-4], [9]] },
    );
  });
});
