import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { above, atMost, everyNumber, holds, intersection, otherThan, points } from '../../src/numeric/intervals.ts';
import { accepts, allBut, eitherOf, oneOf, onlyPath } from '../../src/serialize/codec/automaton.ts';
import { type CellSet, hasCell, isEmpty } from '../../src/serialize/codec/cell-set.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import type { Codec } from '../../src/serialize/codec/grammar.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import type { Value } from '../../src/table/cells.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { anySet } from './any-set.ts';
import { anyGrammar, anyTable } from './any-table.ts';
import { pathsFrom, walk } from './paths.ts';

/** A column of any table and a set of its cells. */
const anyRestriction = anyTable.chain(({ table, rows }) =>
  fc.nat(table.columns.length - 1).chain((column) => {
    const cells = rows.map((row) => row[column]!);
    return anySet(table.schema.columns[column]!, cells).map((set) => ({ table, column, cells, set }));
  }),
);

function cellOf(codec: Codec, column: number, tokens: readonly number[]): Value | null | undefined {
  const sentence = codec.text([...codec.phrase(column, true), ...tokens]);
  return parseSentence(codec.schema, sentence).cells[column];
}

describe('the grammar of a set of cells', () => {
  it('admits a cell of the table exactly when it is in the set', () => {
    fc.assert(
      fc.property(anyRestriction, ({ table, column, cells, set }) => {
        const codec = createCodec(table.schema, anyGrammar(table));
        const state = codec.restrict(column, set);
        for (const cell of cells) {
          const tokens = codec.encode(column, cell);
          // A character that is written by its code can be asked for, though it is never drawn.
          const drawn = set.present.is === 'texts' || accepts(codec.start(column), tokens);
          expect(state !== undefined && accepts(state, tokens)).toBe(hasCell(set, cell) && drawn);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('admits only cells of the set, and only what the column may say', () => {
    fc.assert(
      fc.property(
        anyRestriction,
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 60, maxLength: 60 }),
        ({ table, column, set }, shares) => {
          const codec = createCodec(table.schema, anyGrammar(table));
          const state = codec.restrict(column, set);
          fc.pre(state !== undefined);
          const tokens = walk(state, shares);
          const cell = cellOf(codec, column, tokens);
          expect(cell !== undefined && hasCell(set, cell)).toBe(true);
          if (set.present.is !== 'texts') expect(accepts(codec.start(column), tokens)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('is absent for an empty set', () => {
    fc.assert(
      fc.property(anyRestriction, ({ table, column, set }) => {
        fc.pre(isEmpty(set));
        expect(createCodec(table.schema, anyGrammar(table)).restrict(column, set)).toBeUndefined();
      }),
    );
  });

  it('is the whole grammar again once no bound is near, so that few states differ', () => {
    const rows = Array.from({ length: 400 }, (_, i) => ({ n: i * i }));
    const codec = createCodec(...(Object.values(learned(rows)) as Parameters<typeof createCodec>));
    const set: CellSet = { missing: false, present: { is: 'numbers', intervals: above(50_000) } };
    const [whole, part] = [codec.start(0), codec.restrict(0, set)!];
    const shared = Array.from(part.tokens, (token, i) => part.next(i) === whole.next(whole.tokens.indexOf(token)));
    expect(part.tokens.length).toBeLessThan(whole.tokens.length);
    expect(shared.filter((same) => !same).length).toBeLessThanOrEqual(1);
  });
});

function learned(rows: readonly { n: number }[]) {
  const table = tableFromRows(rows);
  return { schema: table.schema, grammar: learnGrammar(table) };
}

it('a text that is barred is the only one that cannot be said', () => {
  const notes = ['ab', 'aa', 'b', 'a'].map((note) => ({ note }));
  const table = tableFromRows(notes);
  const schema = { ...table.schema, columns: [{ name: 'note', kind: 'text' as const, missing: null }] };
  const text = { schema, rowCount: 4, columns: [notes.map(({ note }) => note)] };
  const codec = createCodec(schema, learnGrammar(text));
  const said = (set: CellSet) =>
    [...pathsFrom(codec.restrict(0, set)!)].map((tokens) => cellOf(codec, 0, tokens)).sort();
  expect(said({ missing: false, present: { is: 'other texts', texts: [] } })).toEqual([
    'a',
    'aa',
    'ab',
    'b',
    'ba',
    'bb',
  ]);
  expect(said({ missing: false, present: { is: 'other texts', texts: ['a', 'ab', 'zz'] } })).toEqual([
    ...['aa', 'b', 'ba', 'bb'],
  ]);
  // A character that was never seen can be asked for, though it is never drawn.
  expect(said({ missing: false, present: { is: 'texts', texts: ['ab', 'b'] } })).toEqual(['ab', 'b']);
});

describe('automata', () => {
  const words = ['cat', 'cow', 'dog'].map((word) => Int32Array.from(word, (letter) => letter.charCodeAt(0)));
  const all = (state: ReturnType<typeof oneOf>) =>
    [...pathsFrom(state)].map((path) => String.fromCharCode(...path)).sort();

  it('of some paths, of either of two, and of all but some', () => {
    expect(all(oneOf(words))).toEqual(['cat', 'cow', 'dog']);
    expect(all(eitherOf([oneOf(words.slice(0, 2)), oneOf(words.slice(1))]))).toEqual(['cat', 'cow', 'dog']);
    expect(all(allBut(oneOf(words), words.slice(0, 1))!)).toEqual(['cow', 'dog']);
    expect(allBut(oneOf(words), words)).toBeUndefined();
  });

  it('know their only path', () => {
    expect(onlyPath(oneOf(words.slice(2)))).toEqual(words[2]);
    expect(onlyPath(oneOf(words))).toBeUndefined();
  });
});

describe('sets of numbers', () => {
  const anyNumbers = fc
    .array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.constantFrom(atMost, above, otherThan)), { maxLength: 4 })
    .map((bounds) => bounds.map(([x, bound]) => bound(x)).reduce(intersection, everyNumber));

  it('meet where both hold', () => {
    fc.assert(
      fc.property(anyNumbers, anyNumbers, fc.double({ min: -7, max: 7, noNaN: true }), (a, b, x) => {
        expect(holds(intersection(a, b), x)).toBe(holds(a, x) && holds(b, x));
        for (const y of [-5, 0, 3]) expect(holds(intersection(a, b), y)).toBe(holds(a, y) && holds(b, y));
      }),
    );
  });

  it('end at neighbouring doubles', () => {
    expect(above(1)).toEqual([[1 + Number.EPSILON, Number.POSITIVE_INFINITY]]);
    expect([0, -0, 0.1, -3].map((x) => holds(otherThan(x), x))).toEqual([false, false, false, false]);
    expect(points([3, 1, 3])).toEqual([
      [1, 1],
      [3, 3],
    ]);
  });
});
