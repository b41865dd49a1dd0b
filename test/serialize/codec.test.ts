import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { accepts } from '../../src/serialize/codec/automaton.ts';
import { createCodec, learnGrammar, special } from '../../src/serialize/codec/codec.ts';
import { encodeTable, role, writeRow } from '../../src/serialize/codec/encoded-table.ts';
import { type Codec, sentenceGrammar } from '../../src/serialize/codec/grammar.ts';
import { keepNegativeZero } from '../../src/serialize/numbers/bins.ts';
import { hexEscape } from '../../src/serialize/sentence/quoting.ts';
import { parseSentence, writeSentence } from '../../src/serialize/sentence/sentence.ts';
import { valueAt } from '../../src/table/cells.ts';
import { isNumeric, type Schema } from '../../src/table/schema.ts';
import type { Table } from '../../src/table/table.ts';
import { anyGrammar, anyTable, anyTableInOrder } from './any-table.ts';
import { walk } from './paths.ts';

const codecOf = (table: Table) => createCodec(table.schema, anyGrammar(table));

/** Tokens and roles of one row, as training sees them. */
function written(codec: Codec, table: Table, row: number, order: readonly number[], target = -1) {
  const encoded = encodeTable(codec, table);
  const into = { tokens: new Int32Array(codec.longest), roles: new Uint8Array(codec.longest), at: 0 };
  const length = writeRow(codec, encoded, row, order, target, into);
  return { tokens: into.tokens.subarray(0, length), roles: into.roles.subarray(0, length), encoded };
}

describe('the tokens of a table', () => {
  it('spell the sentence of each row, in any order', () => {
    fc.assert(
      fc.property(anyTableInOrder, ({ table, rows, orders }) => {
        const codec = codecOf(table);
        for (const [row, order] of orders.entries()) {
          const { tokens, encoded } = written(codec, table, row, order);
          expect(codec.text(tokens)).toBe(writeSentence(table.schema, rows[row]!, order));
          expect(tokens).toHaveLength(encoded.length(row));
          expect(tokens.length).toBeLessThanOrEqual(codec.longest);
          expect([tokens[0], tokens.at(-1)]).toEqual([special.bos, special.eos]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are admitted by the grammar, but for characters that are written by their code', () => {
    fc.assert(
      fc.property(anyTable, ({ table, rows }) => {
        const codec = codecOf(table);
        for (const row of rows) {
          for (const [column, value] of row.entries()) {
            expect(codec.canSay(column, value)).toBe(true);
            const tokens = codec.encode(column, value);
            const byCode = [...tokens].some((token) => codec.pieces[token] === hexEscape);
            expect(accepts(codec.start(column), tokens)).toBe(!byCode);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('differ in their text or are special, and never name two things in one column', () => {
    fc.assert(
      fc.property(anyTable, ({ table }) => {
        const { pieces } = codecOf(table);
        expect(new Set(pieces).size).toBe(pieces.length);
        expect(pieces.slice(0, 4)).toEqual(['<|pad|>', '<|bos|>', '<|eos|>', '<|unk|>']);
        expect(pieces).not.toContain('');
      }),
    );
  });

  it('say what they are there for', () => {
    fc.assert(
      fc.property(anyTableInOrder, fc.nat(5), ({ table, orders }, nth) => {
        const codec = codecOf(table);
        const target = (nth % (table.columns.length + 1)) - 1;
        const order = orders[0]!;
        const { roles, encoded } = written(codec, table, 0, order, target);
        const expected = order.flatMap((column) => [
          role.phrase,
          column === target ? role.target : role.value,
          ...Array(encoded.cell(column, 0).length - 1).fill(
            isNumeric(table.schema.columns[column]!) ? role.digit : role.value,
          ),
        ]);
        expect([...roles]).toEqual([role.padding, ...expected, role.end]);
      }),
    );
  });
});

it('a learned grammar survives its JSON: the same pieces, the same tokens', () => {
  fc.assert(
    fc.property(anyTable, ({ table, rows }) => {
      const grammar = anyGrammar(table);
      const codec = createCodec(table.schema, grammar);
      const copy = createCodec(
        table.schema,
        sentenceGrammar.parse(JSON.parse(JSON.stringify(grammar, keepNegativeZero))),
      );
      expect(copy.pieces).toEqual(codec.pieces);
      for (const row of rows) {
        for (const [column, value] of row.entries()) {
          expect(copy.encode(column, value)).toEqual(codec.encode(column, value));
        }
      }
    }),
    { numRuns: 300, examples: [[zeros()]] },
  );
});

it('whatever the grammar admits is a cell of the column', () => {
  fc.assert(
    fc.property(anyTable, fc.nat(), ({ table }, seed) => {
      const codec = codecOf(table);
      const random = createRandom(seed);
      const shares = {
        *[Symbol.iterator]() {
          for (let i = 0; i < codec.longest; i++) yield random.uniform();
        },
      };
      for (const [column, { name }] of table.schema.columns.entries()) {
        for (let time = 0; time < 5; time++) {
          const path = walk(codec.start(column), shares);
          const sentence = codec.text([special.bos, ...codec.phrase(column, true), ...path]);
          const { issues, cells } = parseSentence(table.schema, sentence);
          expect([name, issues]).toEqual([name, []]);
          const value = cells[column]!;
          expect(codec.canSay(column, value)).toBe(true);
          expect(codec.text(codec.encode(column, value))).toBe(codec.text(path));
        }
      }
    }),
    { numRuns: 300 },
  );
});

it('a sentence of text is never longer than the longest seen', () => {
  const table: Table = {
    schema: { version: 1, columns: [{ name: 'note', kind: 'text', missing: null }] },
    rowCount: 2,
    columns: [['abc', 'ca']],
  };
  const codec = codecOf(table);
  expect([codec.canSay(0, 'bbb'), codec.canSay(0, 'bbbb'), codec.canSay(0, 'é')]).toEqual([true, false, false]);
});

it('text that was sampled a million times would leave no more states than it has characters', () => {
  const letters = [...'abcdefghijklmnop'];
  const table: Table = {
    schema: { version: 1, columns: [{ name: 'note', kind: 'text', missing: null }] },
    rowCount: 1,
    columns: [[letters.join('')]],
  };
  const start = codecOf(table).start(0);
  const random = createRandom(1);
  const states = new Set([start]);
  for (let time = 0; time < 50; time++) {
    for (let state = start; state.tokens.length > 0; ) {
      state = state.next(random.int(state.tokens.length));
      states.add(state);
    }
  }
  expect(states.size).toBeLessThanOrEqual(letters.length + 3);
});

/** Both zeros, as pandas writes rounded numbers: "-0.0" is spelled unlike "0.0". */
function zeros() {
  const rows = [[-0], [0], [0.5]];
  const table: Table = {
    schema: {
      version: 1,
      columns: [{ name: 'x', kind: 'decimal', missing: null, scale: 1, minScale: 1, min: 0, max: 0.5 }],
    },
    rowCount: 3,
    columns: [Float64Array.from(rows, ([x]) => x!)],
  };
  return { table, rows };
}

it.each([1, 2] as const)(
  'of thousands of cells, %i digits to a token, each has the tokens that its value alone has',
  (width) => {
    const count = 20_000;
    const numbers = (value: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => value(i));
    const day = 86_400_000;
    const schema: Schema = {
      version: 1,
      columns: [
        { name: 'a', kind: 'integer', missing: null, min: 0, max: 1e15 },
        { name: 'b', kind: 'decimal', missing: 'NA', scale: 3, minScale: 1, min: -10, max: 1e9 },
        { name: 'c', kind: 'datetime', missing: null, format: 'YYYY-MM-DDTHH:mm:ss.SSS', min: 0, max: 2e12 },
        { name: 'd', kind: 'datetime', missing: null, format: 'HH:mm', min: 0, max: day },
        { name: 'e', kind: 'text', missing: 'NA' },
      ],
    };
    const columns = [
      numbers((i) => (i % 3 ? i : (i * 7_919 * 1_000_003) % 1e15)),
      numbers((i) => (i % 50 ? ((i % 7) - 3) * Math.round(i * 77.7) * 0.125 : i % 100 ? Number.NaN : -0)),
      numbers((i) => (i * 97_000_001) % 2e12),
      numbers((i) => ((i * 17) % 1440) * 60_000),
      Array.from({ length: count }, (_, i) => (i % 50 ? `${'é<|"x'.slice(i % 5)}${i % 9001}` : null)),
    ];
    const table: Table = { schema, rowCount: count, columns };
    const codec = createCodec(schema, learnGrammar(table, width));
    const encoded = encodeTable(codec, table);
    for (let row = 0; row < count; row += 7) {
      for (const [column, data] of columns.entries()) {
        const value = valueAt(data, row);
        expect(Array.from(encoded.cell(column, row))).toEqual(Array.from(codec.encode(column, value)));
      }
    }
  },
);
