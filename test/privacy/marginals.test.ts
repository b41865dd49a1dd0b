import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { mergedRanges, publicRanges, rangeCells } from '../../src/privacy/column-cells.ts';
import { arePairsWorth, measureMarginals, roundsFor } from '../../src/privacy/marginals.ts';
import { dependence, type GroupedColumn, grouped } from '../../src/privacy/pairs.ts';
import { createCodec } from '../../src/serialize/codec/codec.ts';
import { valueAt } from '../../src/table/cells.ts';
import { tableFromValues } from '../../src/table/from-values.ts';
import type { NumericColumn, Schema } from '../../src/table/schema.ts';
import type { Table } from '../../src/table/table.ts';
import { peopleTable } from '../model/tiny-table.ts';

const day = 86_400_000;
const numeric: fc.Arbitrary<NumericColumn> = fc.oneof(
  fc
    .tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(100_000))
    .map(([min, size]) => ({ name: 'x', kind: 'integer' as const, missing: null, min, max: min + size })),
  fc
    .tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(100_000), fc.integer({ min: 1, max: 4 }))
    .map(([lo, size, scale]) => ({
      ...{ name: 'x', kind: 'decimal' as const, missing: null, scale, minScale: 0 },
      ...{ min: lo / 10 ** scale, max: (lo + size) / 10 ** scale },
    })),
  fc.tuple(fc.nat(20_000), fc.nat(9000), fc.constantFrom('YYYY-MM-DD', 'YYYY-MM')).map(([from, size, format]) => ({
    ...{ name: 'x', kind: 'datetime' as const, missing: null, format, min: from * day, max: (from + size + 40) * day },
  })),
);

describe('public ranges', () => {
  it('are disjoint and ascending, hold what they draw, and every number of the column', () => {
    fc.assert(
      fc.property(numeric, fc.integer({ min: 1, max: 200 }), fc.nat(), (column, most, seed) => {
        const ranges = publicRanges(column, most);
        expect(ranges.length).toBeLessThan(2 * most + 8);
        for (const [i, [lo, hi]] of ranges.entries()) {
          expect(lo).toBeLessThanOrEqual(hi);
          if (i > 0) expect(lo).toBeGreaterThan(ranges[i - 1]![1]);
        }
        const cells = rangeCells(column, ranges);
        const codec = createCodec({ version: 1, columns: [column] }, { version: 1, cells: [{ bins: ranges }] });
        const random = createRandom(seed);
        for (let cell = 0; cell < cells.count; cell++) {
          const value = cells.draw(cell, random);
          expect(cells.indexOf(value)).toBe(cell);
          expect(codec.canSay(0, value)).toBe(true);
        }
        // Whatever lies between the bounds on the column's grid is in some range.
        const whole = rangeCells(column, [[ranges[0]![0], ranges.at(-1)![1]]]);
        for (let i = 0; i < 20; i++) expect(cells.indexOf(whole.draw(0, random))).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 60 },
    );
  });

  it('keep the ends and zero apart', () => {
    const column: NumericColumn = { name: 'x', kind: 'integer', missing: null, min: -50, max: 1000 };
    const singles = publicRanges(column, 10).filter(([lo, hi]) => lo === hi);
    expect(singles).toEqual([
      [-50, -50],
      [0, 0],
      [1000, 1000],
    ]);
  });

  it('are merged to ranges of enough rows, never across zero', () => {
    const column: NumericColumn = { name: 'x', kind: 'integer', missing: null, min: -40, max: 40 };
    const ranges = publicRanges(column, 10);
    const merged = mergedRanges(
      ranges,
      ranges.map(() => 1),
      4,
    );
    expect(merged.length).toBeLessThan(ranges.length);
    expect(merged.every(([lo, hi]) => !(lo < 0 && hi >= 0))).toBe(true);
    expect([merged[0]![0], merged.at(-1)![1]]).toEqual([-40, 40]);
  });
});

/** 4,000 rows: the label follows the number and the category. */
function labelled(): Table {
  const random = createRandom(4, 4);
  const schema: Schema = {
    version: 1,
    columns: [
      { name: 'x', kind: 'integer', missing: '', min: 0, max: 1000 },
      { name: 'c', kind: 'category', missing: null, values: ['a', 'b', 'never'] },
      { name: 'y', kind: 'boolean', missing: null, values: ['no', 'yes'] },
    ],
  };
  const rows = Array.from({ length: 4000 }, () => {
    const y = random.uniform() < 0.3 ? 1 : 0;
    const x = random.uniform() < 0.2 ? null : y ? 600 + random.int(401) : random.int(500);
    return [x, random.uniform() < 0.8 ? y : 1 - y, y];
  });
  return tableFromValues(schema, rows);
}

describe('rows drawn from counts', () => {
  const share = (table: Table, holds: (row: (string | number | null)[]) => boolean) =>
    Array.from({ length: table.rowCount }, (_, row) => table.columns.map((data) => valueAt(data, row))).filter(holds)
      .length / table.rowCount;

  it.each([2, 4])(
    'have the table’s shares, alone and with the target, where there is hardly noise (%i rounds)',
    (rounds) => {
      const table = labelled();
      const drawn = measureMarginals(table, 2, table.rowCount, { noise: 0.01, rounds }).draw(20_000, createRandom(1));
      const facts: ((row: (string | number | null)[]) => boolean)[] = [
        ([x]) => x === null,
        ([x]) => x !== null && (x as number) > 800,
        ([, c]) => c === 1,
        ([, , y]) => y === 1,
        ([x, , y]) => y === 1 && x !== null && (x as number) > 550,
        ([, c, y]) => c === 0 && y === 0,
      ];
      for (const fact of facts) expect(Math.abs(share(drawn, fact) - share(table, fact))).toBeLessThan(0.02);
      expect(share(drawn, ([, c]) => c === 2)).toBe(0);
    },
  );

  it('have values of the domain only, whatever the noise, and shares that add up', () => {
    const table = labelled();
    for (const [target, rounds] of [
      [-1, 1],
      [-1, 3],
      [0, 2],
      [1, 4],
      [2, 4],
    ] as const) {
      const { cells, draw } = measureMarginals(table, target, table.rowCount, { noise: 300, rounds });
      const codec = createCodec(table.schema, { version: 1, cells });
      const drawn = draw(500, createRandom(2));
      for (const [c, data] of drawn.columns.entries()) {
        for (let row = 0; row < drawn.rowCount; row++) expect(codec.canSay(c, valueAt(data, row))).toBe(true);
      }
    }
  });

  it('are noisy: the same table has other counts every time', () => {
    const table = peopleTable(100);
    const draws = [1, 2].map(() => measureMarginals(table, 3, 100, { noise: 5, rounds: 2 }).draw(200, createRandom(1)));
    expect(draws[0]!.columns).not.toEqual(draws[1]!.columns);
  });

  it('depend on each other within a class where pairs are counted, and not else', () => {
    const random = createRandom(6);
    const column = (name: string) => ({ name, kind: 'category' as const, missing: null, values: ['a', 'b', 'c'] });
    const rows = Array.from({ length: 6000 }, () => {
      const [a, y] = [random.int(3), random.int(3)];
      return [a, random.uniform() < 0.8 ? a : random.int(3), random.int(3), y];
    });
    const table = tableFromValues({ version: 1, columns: ['a', 'b', 'other', 'y'].map(column) }, rows);
    const alike = (of: Table) => share(of, ([a, b]) => a === b);
    const drawn = (rounds: number) =>
      measureMarginals(table, 3, 6000, { noise: 1, rounds }).draw(6000, createRandom(1));
    expect(alike(table)).toBeGreaterThan(0.8);
    expect(Math.abs(alike(drawn(4)) - alike(table))).toBeLessThan(0.04);
    expect(alike(drawn(2))).toBeLessThan(0.4);
  });
});

describe('scores of pairs', () => {
  it('change by at most one where a row comes, whatever the noisy counts are', () => {
    const column = (size: number) =>
      fc.record({
        cells: fc.array(fc.nat(size - 1), { minLength: 30, maxLength: 30 }),
        byClass: fc.array(fc.array(fc.nat(50), { minLength: size, maxLength: size }), { minLength: 2, maxLength: 2 }),
        isOrdered: fc.boolean(),
      });
    fc.assert(
      fc.property(column(5), column(7), fc.nat(29), fc.nat(40), (a, b, row, least) => {
        const pairOf = (keeps: (row: number) => boolean) =>
          [a, b].map(({ cells, byClass, isOrdered }) =>
            grouped(
              {
                isOrdered,
                missing: -1,
                cellAt: Int32Array.from(cells.filter((_, i) => keeps(i))),
                byClass: byClass.map((counts) => Float64Array.from(counts)),
              },
              least,
            ),
          ) as [GroupedColumn, GroupedColumn];
        const [all, without] = [pairOf(() => true), pairOf((i) => i !== row)];
        expect(Math.abs(dependence(all) - dependence(without))).toBeLessThan(1 + 1e-9);
      }),
    );
  });

  it('are counted where noise is small for the rows, by public facts alone', () => {
    expect(roundsFor(true, (rounds) => arePairsWorth(32_561, 15, rounds * 5))).toBe(4);
    expect(roundsFor(false, (rounds) => arePairsWorth(32_561, 15, rounds * 5))).toBe(3);
    expect(roundsFor(true, (rounds) => arePairsWorth(1070, 7, rounds * 1.5))).toBe(2);
    expect(arePairsWorth(1e9, 1000, 1)).toBe(false);
  });
});
