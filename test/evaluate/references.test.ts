/** Holds figures to scipy's, scikit-learn's and the definitions' own (fixtures/make.py says how they were made). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../src/evaluate/baselines/baselines.ts';
import { wasserstein } from '../../src/evaluate/metrics/fidelity/column-shapes.ts';
import { rowFidelity } from '../../src/evaluate/metrics/fidelity/row-fidelity.ts';
import { categoryCoverage, rangeCoverage } from '../../src/evaluate/metrics/fidelity/validity.ts';
import { nearCopies } from '../../src/evaluate/metrics/privacy/copies.ts';
import { residualRisk, wilson } from '../../src/evaluate/metrics/privacy/rate-intervals.ts';
import { anonymity } from '../../src/evaluate/metrics/privacy/singling-out.ts';
import { neighbourIndex } from '../../src/learn/distance/neighbours.ts';
import { gowerSpace, oneHotSpace, type Points } from '../../src/learn/distance/points.ts';
import { createRandom } from '../../src/numeric/random.ts';
import type { Table } from '../../src/table/table.ts';
import { tableOf } from './tables.ts';

const references = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/references.json'), 'utf8'));
type Cells = Record<'x' | 'y' | 'c' | 'd', number[]>;
const make = ({ x, y, c, d }: Cells): Table =>
  tableOf({ x: ['decimal', x], y: ['decimal', y], c: ['category', c], d: ['category', d] });
const [real, judged] = [make(references.real), make(references.judged)];

describe('against scipy and scikit-learn', () => {
  it('Wasserstein distances', () => {
    const sorted = (cells: number[]) => Float64Array.from(cells).sort();
    const { real: a, judged: b } = references;
    expect(wasserstein(sorted(a.x), sorted(b.x))).toBeCloseTo(references.wasserstein.x, 9);
    expect(wasserstein(sorted(a.y), sorted(b.y))).toBeCloseTo(references.wasserstein.y, 9);
    expect(wasserstein(sorted(a.x), sorted(b.x.slice(0, 37)))).toBeCloseTo(references.wassersteinUneven, 9);
    expect(wasserstein(Float64Array.of(), sorted(a.x))).toBeNaN();
  });

  it('the distances to the closest and the second closest record', () => {
    const { metric, tables } = gowerSpace([real, judged]);
    const found = neighbourIndex(tables[0]!, metric).nearest(tables[1]!, 2);
    references.dcr.forEach((distance: number, row: number) => {
      expect(found.distances[2 * row]! / 4).toBeCloseTo(distance, 9);
      expect(found.distances[2 * row + 1]! / 4).toBeCloseTo(references.second[row], 9);
    });
  });

  it('alpha-precision and beta-recall', () => {
    const own = rowFidelity(real, judged, 1000, createRandom(1));
    expect(own.rows).toBe(150);
    expect(own.alphaPrecision).toBeCloseTo(references.alphaPrecision, 9);
    expect(own.betaRecall).toBeCloseTo(references.betaRecall, 9);
  });

  it("Wilson's interval, and the normal distribution", () => {
    const { low, high } = wilson(7, 40);
    expect(low).toBeCloseTo(references.wilson7of40[0], 9);
    expect(high).toBeCloseTo(references.wilson7of40[1], 9);
    references.normal.x.forEach((x: number, i: number) => {
      expect(normalCdf(x)).toBeCloseTo(references.normal.cdf[i], 12);
      if (Math.abs(x) < 5) expect(normalQuantile(normalCdf(x))).toBeCloseTo(x, 9);
    });
  });
});

describe('by their definitions', () => {
  it('neighbours are those that comparing every pair finds, missing cells and text included', () => {
    const random = createRandom(2);
    const draw = (rows: number) => {
      const cells = (make: () => number | string | null) =>
        Array.from({ length: rows }, () => (random.uniform() < 0.1 ? null : make()));
      return tableOf({
        a: ['integer', cells(() => random.int(30))],
        b: ['decimal', cells(() => random.normal())],
        c: ['category', cells(() => 'abcdef'[random.int(6)]!)],
        d: ['text', cells(() => 'xy'[random.int(2)]!)],
      });
    };
    const [a, b] = [draw(300), draw(80)];
    for (const space of [gowerSpace, oneHotSpace]) {
      // Category codes of the two tables agree, since both hold every letter.
      const { metric, tables } = space([a, b]);
      const [points, queries] = tables as [Points, Points];
      const index = neighbourIndex(points, metric);
      const { distances } = index.nearest(queries, 3);
      const near = index.nearest(queries, 3, 0.4).distances;
      expect(near).toEqual(distances.map((distance) => (distance < 0.4 ? distance : Number.POSITIVE_INFINITY)));
      expect(near.some(Number.isFinite)).toBe(true);
      for (let query = 0; query < queries.rowCount; query++) {
        const all = Array.from({ length: points.rowCount }, (_, row) => {
          let sum = 0;
          for (let d = 0; d < points.width; d++) {
            const off = Math.abs(queries.values[query * points.width + d]! - points.values[row * points.width + d]!);
            sum += Math.min(off ** metric.power, metric.caps[d]!);
          }
          return sum;
        }).sort((x, y) => x - y);
        for (let i = 0; i < 3; i++) expect(distances[3 * query + i]).toBeCloseTo(all[i]!, 12);
      }
    }
  });

  it('has infinitely far neighbours where there are too few', () => {
    const { metric, tables } = gowerSpace([tableOf({ a: ['integer', [1]] }), tableOf({ a: ['integer', [1, 2]] })]);
    const { distances, rows } = neighbourIndex(tables[0]!, metric).nearest(tables[1]!, 2);
    expect([...distances]).toEqual([0, Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY]);
    expect([...rows]).toEqual([0, -1, 0, -1]);
  });

  it('coverage, near copies, residual risk and k-anonymity', () => {
    const numbers = (...cells: number[]) => Float64Array.from(cells);
    expect(rangeCoverage(numbers(0, 10), numbers(2, 9, Number.NaN))).toBeCloseTo(0.7, 12);
    expect(rangeCoverage(numbers(0, 10), numbers(-5, 50))).toBe(1);
    expect(rangeCoverage(numbers(0, 10), numbers(30, 40))).toBe(0);
    expect(categoryCoverage(Int32Array.of(0, 1, 2, -1), Int32Array.of(2, 3, -1))).toBeCloseTo(1 / 3, 12);

    const people = tableOf({
      pay: ['decimal', [100, 50, null]],
      age: ['integer', [30, 40, 50]],
      city: ['category', ['a', 'b', 'a']],
    });
    const like = tableOf({
      pay: ['decimal', [100.9, 102, null, 50]],
      age: ['integer', [30, 30, 50, 40]],
      city: ['category', ['a', 'a', 'a', 'a']],
    });
    expect(nearCopies(people, like)).toBe(2 / 4);

    expect(residualRisk({ value: 0.6, low: 0.5, high: 0.7 }, { value: 0.2, low: 0.2, high: 0.2 })).toEqual({
      value: expect.closeTo(0.5, 12),
      low: expect.closeTo(0.375, 12),
      high: expect.closeTo(0.625, 12),
    });

    // Nearly everything is found of anybody: that the rest is found too may be luck.
    expect(residualRisk(wilson(200, 200), wilson(196, 200))).toMatchObject({ low: 0, high: 1 });

    const rows = tableOf({ city: ['category', ['a', 'a', 'b', 'b', 'b', null]], age: ['integer', [1, 1, 9, 9, 9, 9]] });
    expect(anonymity(rows, rows, [0, 1])).toEqual({ k: 1, alone: expect.closeTo(1 / 6, 12), belowFive: 1 });
  });
});
