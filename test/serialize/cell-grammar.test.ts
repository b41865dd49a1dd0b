import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accepts } from '../../src/serialize/codec/automaton.ts';
import { type CellGrammar, createCellCodec } from '../../src/serialize/codec/cell-grammar.ts';
import { isSpecial } from '../../src/serialize/codec/codec.ts';
import { cellText } from '../../src/serialize/sentence/sentence.ts';
import type { Column, NumericColumn } from '../../src/table/schema.ts';
import { pathsFrom } from './paths.ts';

/** What the cells of a numeric column may be when its values lie in one range: every admitted text, in order. */
function admitted(column: NumericColumn, lo: number, hi: number): string[] {
  const texts = admittedBy(column, { bins: [[lo, hi]] });
  expect(admittedBy(column, { bins: [[lo, hi]], width: 2 })).toEqual(texts);
  return texts;
}

function admittedBy(column: NumericColumn, grammar: CellGrammar): string[] {
  const codec = createCellCodec(column, 0, grammar);
  const texts = [...pathsFrom(codec.start((piece) => codec.pieces.indexOf(piece)))].map((path) => {
    expect(path.length).toBeLessThanOrEqual(codec.longest);
    return path.map((token) => codec.pieces[token]!).filter((piece) => !isSpecial(piece));
  });
  return texts.map((pieces) => pieces.join('')).sort();
}

/** The texts of all values from lo to hi, by the formatter alone. */
function spelled(column: NumericColumn, values: readonly number[]): string[] {
  return values.map((value) => cellText(column, value)).sort();
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Encoding a value follows a path that the grammar has. */
function expectEncodable(column: Column, bins: [number, number][], values: readonly number[]): void {
  const codec = createCellCodec(column, 0, { bins });
  const id = (piece: string) => codec.pieces.indexOf(piece);
  for (const value of values) {
    const pieces = codec.encode(value)!;
    expect(pieces.filter((piece) => !isSpecial(piece)).join('')).toBe(cellText(column, value));
    expect(accepts(codec.start(id), pieces.map(id))).toBe(true);
  }
}

describe('the grammar of a range admits its values, each once, and nothing else', () => {
  const integer: NumericColumn = { name: 'n', kind: 'integer', missing: null, min: 0, max: 0 };

  it('whole numbers', () => {
    const bounds = fc.tuple(fc.integer({ min: 0, max: 1200 }), fc.nat(250), fc.boolean());
    fc.assert(
      fc.property(bounds, ([from, width, negative]) => {
        const [lo, hi] = negative && from > 0 ? [-from - width, -from] : [from, from + width];
        expect(admitted(integer, lo, hi)).toEqual(spelled(integer, range(lo, hi)));
        expectEncodable(integer, [[lo, hi]], range(lo, hi));
      }),
    );
  });

  it.each([
    [0, 1],
    [0, 10],
    [9, 10],
    [99, 1000],
    [-1000, -999],
    [-10, -1],
    [Number.MAX_SAFE_INTEGER - 2, Number.MAX_SAFE_INTEGER],
    [-Number.MAX_SAFE_INTEGER, 2 - Number.MAX_SAFE_INTEGER],
  ])('%d to %d', (lo, hi) => {
    expect(admitted(integer, lo, hi)).toEqual(spelled(integer, range(lo, hi)));
  });

  it.each([
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
    [2, 2],
    [3, 1],
  ])('decimals with scale %d and at least %d', (scale, minScale) => {
    const column: NumericColumn = { name: 'x', kind: 'decimal', missing: null, scale, minScale, min: 0, max: 0 };
    // Number(text) is what a reader of the file would hold.
    const value = (units: number) => Number((units / 10 ** scale).toFixed(scale));
    const bounds = fc.tuple(fc.oneof(fc.nat(30), fc.nat(20_000)), fc.nat(230), fc.boolean());
    fc.assert(
      fc.property(bounds, ([from, width, negative]) => {
        const [lo, hi] = negative && from > 0 ? [-from - width, -from] : [from, from + width];
        fc.pre(lo !== hi);
        const values = range(lo, hi).map(value);
        expect(admitted(column, value(lo), value(hi))).toEqual(spelled(column, values));
        expectEncodable(column, [[value(lo), value(hi)]], values);
      }),
      { numRuns: 50 },
    );
  });

  it('decimals up to negative zero', () => {
    const column: NumericColumn = { name: 'x', kind: 'decimal', missing: null, scale: 1, minScale: 1, min: -1, max: 0 };
    expect(admitted(column, -0.3, -0)).toEqual(['-0.0', '-0.1', '-0.2', '-0.3']);
    expectEncodable(column, [[-0.3, -0]], [-0.3, -0]);
  });

  it.each([
    ['YYYY-MM-DD', '2024-02-20', '2024-03-15', 86_400_000],
    ['YYYY-MM-DD', '2023-02-20', '2023-03-02', 86_400_000],
    ['D.M.YYYY', '1899-11-28', '1900-03-05', 86_400_000],
    ['MM/DD/YYYY', '1969-12-20', '1970-01-12', 86_400_000],
    ['YYYY-MM-DD', '1999-01-01', '2001-12-31', 86_400_000],
    ['YYYY-MM-DD', '0000-02-25', '0000-03-03', 86_400_000],
    ['YYYY-MM-DD', '9999-12-25', '9999-12-31', 86_400_000],
    ['YYYY-MM-DD HH:mm', '2024-02-28T22:58', '2024-03-01T01:02', 60_000],
    ['D/M/YYYY H:mm', '1969-12-31T23:50', '1970-01-01T00:11', 60_000],
    ['YYYY-MM-DDTHH:mm:ssZ', '2023-12-31T23:58:50', '2024-01-01T00:01:05', 1000],
    ['YYYY-MM-DD HH:mm:ss.SSS', '2023-12-31T23:59:59.990', '2024-01-01T00:00:00.120', 1],
  ])('times spelled %s from %s to %s', (format, from, to, unit) => {
    const [lo, hi] = [from, to].map((text) => Date.parse(text.includes('T') ? `${text}Z` : text)) as [number, number];
    const column: NumericColumn = { name: 't', kind: 'datetime', missing: null, format, min: lo, max: hi };
    const values = Array.from({ length: (hi - lo) / unit + 1 }, (_, i) => lo + i * unit);
    expect(admitted(column, lo, hi)).toEqual(spelled(column, values));
    expectEncodable(column, [[lo, hi]], values);
  });
});

describe('several ranges', () => {
  const column: Column = { name: 'n', kind: 'integer', missing: 'NA', min: -9, max: 40 };
  const codec = createCellCodec(column, 3, {
    bins: [
      [-9, -8],
      [0, 0],
      [7, 7],
      [38, 40],
    ],
  });
  const id = (piece: string) => codec.pieces.indexOf(piece);

  it('are placed first and then spelled; single values and missing are one piece', () => {
    expect(codec.encode(-8)).toEqual(['<|3:0|>', '-', '8']);
    expect(codec.encode(0)).toEqual(['0']);
    expect(codec.encode(39)).toEqual(['<|3:3|>', '3', '9']);
    expect(codec.encode(null)).toEqual(['missing']);
    expect([codec.encode(1), codec.encode(41), codec.encode(-10)]).toEqual([undefined, undefined, undefined]);
  });

  it('admit the values of each, and missing', () => {
    const texts = [...pathsFrom(codec.start(id))].map((path) => path.map((token) => codec.pieces[token]!));
    expect(texts.map((pieces) => pieces.filter((piece) => !isSpecial(piece)).join(''))).toEqual([
      ...['-8', '-9', '0', '7', '38', '39', '40', 'missing'],
    ]);
  });
});

describe('text', () => {
  const column: Column = { name: 'note', kind: 'text', missing: null };
  const codec = createCellCodec(column, 0, { pieces: ['\\n', 'a', '😀'], longest: 2 });
  const id = (piece: string) => codec.pieces.indexOf(piece);

  it('admits every string of the pieces seen, up to the longest', () => {
    const texts = [...pathsFrom(codec.start(id))].map((path) => path.map((token) => codec.pieces[token]!).join(''));
    const seen = ['', ...['\\n', 'a', '😀'].flatMap((one) => ['', '\\n', 'a', '😀'].map((two) => one + two))];
    expect(texts.sort()).toEqual(seen.map((text) => `"${text}"`).sort());
  });

  it('writes a character that was never seen by its code', () => {
    const roomy = createCellCodec(column, 0, { pieces: ['a'], longest: 10 });
    expect(roomy.encode('aé')!.join('')).toBe('"a\\u00e9"');
    expect(roomy.encode('𝄞')!.join('')).toBe('"\\ud834\\udd1e"');
    expect(roomy.encode('a𝄞')).toBe(undefined);
  });
});

it('two digits stand in one token, from the first that is shown', () => {
  const decimal: Column = { name: 'x', kind: 'decimal', missing: null, scale: 2, minScale: 1, min: 0, max: 999 };
  const date: Column = { name: 'd', kind: 'datetime', missing: null, format: 'YYYY-MM-DD', min: 0, max: 2e12 };
  const tokens = (column: Column, lo: number, hi: number, value: number) =>
    createCellCodec(column, 0, { bins: [[lo, hi]], width: 2 })
      .encode(value)!
      .slice(1);
  expect(tokens(decimal, 0, 999, 123.45)).toEqual(['12', '3.4', '5']);
  expect(tokens(decimal, 0, 999, 23.4)).toEqual(['<|0|>', '23.', '4']);
  expect(tokens(decimal, 0, 999, 0.05)).toEqual(['<|0|>', '<|0|>', '0.0', '5']);
  expect(tokens(date, 0, 2e12, Date.UTC(2024, 1, 29))).toEqual(['20', '24-', '02-', '29']);
  const { pieces } = createCellCodec(date, 0, { bins: [[0, 2e12]], width: 2 });
  // A range, a hundred years of a century, of which twelve are months, too, and the days, of which two are centuries, too.
  expect(pieces).toHaveLength(1 + 100 + 31);
});
