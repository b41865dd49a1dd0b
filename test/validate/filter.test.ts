import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { createRandom } from '../../src/numeric/random.ts';
import type { Schema } from '../../src/table/schema.ts';
import { filterRows } from '../../src/validate/filter.ts';
import { marginsOf } from '../../src/validate/margins.ts';
import { chiSquareDeviation } from '../sample/chi-square.ts';

const random = () => createRandom(3, 1);

/** Rows of four kinds that come with these shares, where real rows come with those; each row's realism is the true one. */
const [comes, real] = [
  [0.7, 0.2, 0.07, 0.03],
  [0.4, 0.3, 0.2, 0.1],
];
const rowCount = 40_000;
const kinds = Int32Array.from({ length: rowCount }, (_, row) => {
  const place = (row + 0.5) / rowCount;
  return [0.7, 0.9, 0.97, 1].findIndex((end) => place < end);
});
const realism = Float64Array.from(kinds, (kind) => real[kind]! / (real[kind]! + comes[kind]!));
const scores = { realism, total: realism.map((p, row) => (p + (row % 10) / 10) / 2) };
const countKinds = (rows: Int32Array) => real.map((_, kind) => rows.filter((row) => kinds[row] === kind).length);

describe('rejection sampling', () => {
  // The rarest kind is 10/3 as dense in real rows, so 3 in 10 rows pass.
  it('moves a skewed sample to the real distribution', () => {
    const kept = filterRows(scores, { kind: 'rejection' }, random());
    expect(kept.length).toBeGreaterThan(0.29 * rowCount);
    expect(kept.length).toBeLessThan(0.31 * rowCount);
    expect(chiSquareDeviation(countKinds(kept), real)).toBeLessThan(5);
    expect(chiSquareDeviation(countKinds(kept), comes)).toBeGreaterThan(100);
  });

  it.each([1, 100, 5000, 11_999])('does so too where %d rows are asked for, and gives exactly these', (rows) => {
    const kept = filterRows(scores, { kind: 'rejection', rows }, random());
    expect(kept).toHaveLength(rows);
    if (rows >= 100) expect(chiSquareDeviation(countKinds(kept), real)).toBeLessThan(5);
    if (rows >= 5000) expect(chiSquareDeviation(countKinds(kept), comes)).toBeGreaterThan(100);
  });

  it('keeps the likeliest for certain where more are asked for than pass', () => {
    const kept = countKinds(filterRows(scores, { kind: 'rejection', rows: 25_000 }, random()));
    const all = countKinds(Int32Array.from(kinds.keys()));
    expect(kept.reduce((sum, count) => sum + count)).toBe(25_000);
    expect(kept.slice(1)).toEqual(all.slice(1));
  });

  it.each([rowCount, rowCount + 1])('keeps all %d where no more are there', (rows) => {
    const kept = filterRows(scores, { kind: 'rejection', rows }, random());
    expect(kept).toHaveLength(rowCount);
    expect(kept.every((row, i) => row === i)).toBe(true);
  });

  it('keeps every row that cannot be told from real ones, or a fair sample of them', () => {
    const even = { total: new Float64Array(1000), realism: new Float64Array(1000).fill(0.5) };
    expect(filterRows(even, { kind: 'rejection' }, random())).toHaveLength(1000);
    const half = filterRows(even, { kind: 'rejection', rows: 500 }, random());
    expect(half).toHaveLength(500);
    const early = half.filter((row) => row < 500).length;
    expect(Math.abs(early - 250)).toBeLessThan(60);
  });

  it('is refused without realism', () => {
    expect(() => filterRows({ total: new Float64Array(3) }, { kind: 'rejection' }, random())).toThrow(TabletalkError);
  });

  it('gives the same rows for the same seed, each once and in order', () => {
    const of = (seed: number) => filterRows(scores, { kind: 'rejection', rows: 900 }, createRandom(seed));
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect([...of(1)]).toEqual([...new Set(of(1))].sort((a, b) => a - b));
  });
});

describe('by the total', () => {
  const total = Float64Array.of(0.5, 0.9, 0.1, 0.9, 0.7);

  it('a threshold keeps what reaches it', () => {
    const keep = (minQuality: number) => [...filterRows({ total }, { kind: 'threshold', minQuality }, random())];
    expect([keep(0), keep(0.7), keep(0.9), keep(0.95)]).toEqual([[0, 1, 2, 3, 4], [1, 3, 4], [1, 3], []]);
  });

  it('the best are kept, the earlier of equals, in order', () => {
    const keep = (rows: number) => [...filterRows({ total }, { kind: 'top', rows }, random())];
    expect([keep(0), keep(1), keep(3), keep(9)]).toEqual([[], [1], [1, 3, 4], [0, 1, 2, 3, 4]]);
  });
});

describe('margins', () => {
  // A column of three values that come evenly, where real rows have them thus; the discriminator saw nothing of it.
  const shares = Float64Array.of(0.6, 0.3, 0.1);
  const group = Int32Array.from({ length: 9000 }, (_, row) => row % 3);
  const blind = { total: new Float64Array(9000), realism: new Float64Array(9000).fill(0.5) };
  const countGroups = (rows: Int32Array) => [0, 1, 2].map((g) => rows.filter((row) => group[row] === g).length);

  it('make what is kept as common as in real rows', () => {
    const margins = [{ group, shares }];
    const exactly = filterRows({ ...blind, margins }, { kind: 'rejection', rows: 3000 }, random());
    expect(exactly).toHaveLength(3000);
    expect(chiSquareDeviation(countGroups(exactly), [...shares])).toBeLessThan(3);
    const passing = filterRows({ ...blind, margins }, { kind: 'rejection' }, random());
    expect(passing.length).toBeGreaterThan(4800);
    expect(chiSquareDeviation(countGroups(passing), [...shares])).toBeLessThan(5);
  });

  it('hold for two columns at once, together with what the discriminator knows', () => {
    // Real rows never have both second values; the discriminator gives such rows no chance.
    const other = Int32Array.from(group, (_, row) => Math.floor(row / 3) % 2);
    const realism = Float64Array.from(group, (g, row) => (g === 1 && other[row] === 1 ? 0.001 : 0.5));
    const margins = [
      { group, shares },
      { group: other, shares: Float64Array.of(0.7, 0.3) },
    ];
    const kept = filterRows({ ...blind, realism, margins }, { kind: 'rejection', rows: 2000 }, random());
    expect(chiSquareDeviation(countGroups(kept), [...shares])).toBeLessThan(3);
    const second = kept.filter((row) => other[row] === 1);
    expect(Math.abs(second.length / 2000 - 0.3)).toBeLessThan(0.02);
    expect(second.filter((row) => group[row] === 1).length).toBeLessThan(20);
  });

  it('of tables are the shares of categories, of missing cells, and of twentieths of numbers', () => {
    const schema: Schema = {
      version: 1,
      columns: [
        { name: 'n', kind: 'integer', missing: '', min: 0, max: 99 },
        { name: 'c', kind: 'category', missing: '', values: ['a', 'b'] },
        { name: 'note', kind: 'text', missing: '' },
      ],
    };
    const every = Array.from({ length: 40 }, (_, i) => i);
    const numbersOf = Float64Array.from(every, (i) => (i < 38 ? i : Number.NaN));
    const real = {
      schema,
      rowCount: 40,
      columns: [numbersOf, Int32Array.from(every, (i) => i % 2), every.map(String)],
    };
    const judged = {
      schema,
      rowCount: 3,
      columns: [Float64Array.of(Number.NaN, 0, 99), Int32Array.of(0, -1, 1), [null, 'x', 'y']],
    };
    const [numbers, letters, ...rest] = marginsOf(real, judged);
    expect(rest).toEqual([]);
    expect(letters!.group).toEqual(Int32Array.of(1, 0, 2));
    expect([...letters!.shares]).toEqual([0, 0.5, 0.5].map((share) => expect.closeTo(share)));
    expect([numbers!.group[0], numbers!.group[1]]).toEqual([0, 1]);
    expect(numbers!.group[2]).toBe(numbers!.shares.length - 1);
    expect(numbers!.shares[0]).toBeCloseTo(0.05);
    expect(Math.max(...numbers!.shares)).toBeLessThan(0.08);
  });
});
