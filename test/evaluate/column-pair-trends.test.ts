import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnPairTrends,
  contingencySimilarity,
  isStrong,
  meanTrend,
} from '../../src/evaluate/metrics/fidelity/column-pair-trends.ts';
import { wassersteinDistances } from '../../src/evaluate/metrics/fidelity/column-shapes.ts';
import {
  cramersV,
  digitize,
  histogramBinEdges,
  jointCounts,
  pearson,
  variationSimilarity,
} from '../../src/evaluate/metrics/fidelity/correlation.ts';
import { alignTables } from '../../src/table/align.ts';
import type { Table } from '../../src/table/table.ts';
import { mixedTable, shuffled, tableOf } from './tables.ts';

const coded = (codes: number[], size: number) => ({ codes: Int32Array.from(codes), size });

describe('binning', () => {
  it('follows np.histogram_bin_edges and np.digitize: the maximum and NaN get 11', () => {
    const cells = Float64Array.of(0, 0.5, 1, 9.99, 10, Number.NaN);
    expect([...histogramBinEdges(cells)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([...digitize(cells, histogramBinEdges(cells))]).toEqual([1, 1, 2, 10, 11, 11]);
  });

  it('gives a constant column half a unit on either side and an empty one [0, 1]', () => {
    expect([...histogramBinEdges(Float64Array.of(3, 3))].at(0)).toBe(2.5);
    expect([...histogramBinEdges(Float64Array.of(3, 3))].at(-1)).toBe(3.5);
    expect([...histogramBinEdges(Float64Array.of(Number.NaN))].at(-1)).toBe(1);
  });
});

describe('Pearson', () => {
  it('uses the rows where both cells are present', () => {
    expect(pearson(Float64Array.of(1, 2, 3, Number.NaN), Float64Array.of(2, 4, 6, -9))).toBeCloseTo(1, 12);
    expect(pearson(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 3, 2, 4))).toBeCloseTo(0.8, 12);
  });

  it('is undefined where a column is constant or empty', () => {
    expect(pearson(Float64Array.of(1, 2, 3), Float64Array.of(0.1, 0.1, 0.1))).toBeNaN();
    expect(pearson(Float64Array.of(1, Number.NaN), Float64Array.of(Number.NaN, 1))).toBeNaN();
  });
});

describe('contingency', () => {
  it("has Cramér's V 1 for a copy, 0 for independence, and none for a constant", () => {
    const v = (a: number[], b: number[]) =>
      contingencySimilarity([coded(a, 3), coded(b, 3)], [coded(a, 3), coded(b, 3)]);
    expect(v([0, 1, 2], [2, 0, 1]).dependence.real).toBeCloseTo(1, 12);
    expect(v([0, 0, 1, 1], [0, 1, 0, 1]).dependence.real).toBeCloseTo(0, 7);
    expect(v([0, 0], [0, 1]).dependence.real).toBeNaN();
    // scipy.stats.contingency.association([[2, 1], [1, 3]], method="cramer") = sqrt(7 * (2*3 - 1*1)^2 / (3*4*3*4) / 7)
    expect(v([0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 0, 1, 1, 1]).dependence.real).toBeCloseTo(5 / 12, 12);
  });

  it('counts the same in few cells as in more than an array should hold', () => {
    const pairs = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pairs, pairs, (a, b) => {
        const counts = (size: number) => {
          const side = (rows: [number, number][]) =>
            [
              coded(
                rows.map(([x]) => x),
                size,
              ),
              coded(
                rows.map(([, y]) => y),
                size,
              ),
            ] as const;
          return jointCounts(side(a), side(b));
        };
        const [dense, sparse] = [counts(4), counts(5000)];
        expect(sparse.real.length).toBeLessThanOrEqual(16);
        expect(variationSimilarity(sparse)).toBeCloseTo(variationSimilarity(dense), 12);
        if (Number.isNaN(cramersV(dense))) expect(cramersV(sparse)).toBeNaN();
        else expect(cramersV(sparse)).toBeCloseTo(cramersV(dense), 7);
      }),
    );
  });
});

describe('columnPairTrends', () => {
  it('compares numbers by correlation, anything else by contingency, and leaves text out', () => {
    const table = tableOf({
      age: ['integer', [1, 2, 3, 4]],
      pay: ['decimal', [1.5, 2.5, 3.5, 9]],
      sex: ['category', ['f', 'm', null, 'm']],
      note: ['text', ['a', 'b', 'c', 'd']],
    });
    const metrics = columnPairTrends(table, table).map(({ columns, metric }) => [...columns, metric]);
    expect(metrics).toEqual([
      [0, 1, 'CorrelationSimilarity'],
      [0, 2, 'ContingencySimilarity'],
      [1, 2, 'ContingencySimilarity'],
    ]);
    expect(columnPairTrends(table, table, 2).map(({ columns }) => columns)).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it('bins each table by its own edges, as SDMetrics does', () => {
    const make = (factor: number) =>
      tableOf({ x: ['decimal', [0, 1, 2, 3].map((x) => x * factor)], y: ['category', ['a', 'a', 'b', 'b']] });
    const [real, judged] = alignTables({ name: 'a', table: make(1) }, [{ name: 'b', table: make(1000) }]) as [
      Table,
      Table,
    ];
    expect(columnPairTrends(real, judged)[0]!.score).toBe(1);
  });

  it('by the bins of training, is not changed by one extreme cell, as the score of SDMetrics is', () => {
    const cells = Array.from({ length: 200 }, (_, i) => (i * 37) % 200);
    const make = (extreme: number) =>
      tableOf({
        x: ['decimal', cells.map((x, i) => (i === 0 ? extreme : x))],
        y: ['category', cells.map((x) => `${x >> 5}`)],
      });
    const aligned = (train: number, judged: number) =>
      alignTables({ name: 'a', table: make(train) }, [{ name: 'b', table: make(judged) }]) as [Table, Table];
    for (const tables of [aligned(0, 1e6), aligned(1e6, 0)]) {
      const [pair] = columnPairTrends(...tables);
      expect(pair!.score).toBeLessThan(0.2);
      expect(pair!.trainingBins).toBeGreaterThan(0.99);
    }
  });

  it('counts a column without a value as lost in every pair, where SDMetrics leaves pairs out', () => {
    const make = (x: (number | null)[]) =>
      tableOf({
        x: ['decimal', x],
        near: ['integer', [1, 2, 3, 4]],
        y: ['category', ['a', 'a', 'b', 'b']],
      });
    const [real, judged] = alignTables({ name: 'a', table: make([1, 2, 3, 5]) }, [
      { name: 'b', table: make([null, null, null, null]) },
    ]) as [Table, Table];
    const lost = columnPairTrends(real, judged, 0);
    expect(lost.map(({ trainingBins }) => trainingBins)).toEqual([0, 0]);
    expect(lost[0]!.score).toBeNaN();
    expect(wassersteinDistances(real, judged)[0]!.distance).toBeCloseTo(4 / Math.sqrt(2.1875), 12);
  });

  it('skips the pairs of a constant column, and counts strong pairs only in the current mode', () => {
    const make = (last: number) =>
      tableOf({
        x: ['integer', [1, 2, 3, 4]],
        same: ['integer', [7, 7, 7, 7]],
        near: ['integer', [1, 2, 3, last]],
        weak: ['integer', [2, 1, 1, 2]],
      });
    const pairs = columnPairTrends(make(4), make(-20));
    expect(pairs.filter(({ score }) => Number.isNaN(score)).map(({ columns }) => columns)).toEqual([
      [0, 1],
      [1, 2],
      [1, 3],
    ]);
    const strong = pairs.filter(isStrong);
    expect(strong.map(({ columns }) => columns)).toEqual([[0, 2]]);
    expect(meanTrend(pairs, 'current')).toBe(strong[0]!.score);
    const defined = pairs.map(({ score }) => score).filter((score) => !Number.isNaN(score));
    expect(meanTrend(pairs, 'legacy')).toBeCloseTo(defined.reduce((a, b) => a + b) / defined.length, 12);
    expect(meanTrend([], 'legacy')).toBeNaN();
  });

  it('is in [0, 1], symmetric in its scores, and 1 against a shuffled self', () => {
    fc.assert(
      fc.property(mixedTable, mixedTable, (a, b) => {
        const [real, judged] = alignTables({ name: 'a', table: a }, [{ name: 'b', table: b }]) as [Table, Table];
        const [there, back] = [columnPairTrends(real, judged), columnPairTrends(judged, real)];
        for (const [i, { score }] of there.entries()) {
          if (Number.isNaN(score)) continue;
          expect(score).toBeGreaterThanOrEqual(-1e-12);
          expect(score).toBeLessThanOrEqual(1);
          expect(back[i]!.score).toBeCloseTo(score, 12);
        }
        for (const { score } of columnPairTrends(real, shuffled(real))) {
          if (!Number.isNaN(score)) expect(score).toBeCloseTo(1, 12);
        }
      }),
    );
  });
});
