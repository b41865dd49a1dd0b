import fc from 'fast-check';
import { Tokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { completeRows } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { rowValues } from '../../src/sample/requests/row-request.ts';
import type { State } from '../../src/serialize/codec/automaton.ts';
import { createCodec, learnBaseGrammar } from '../../src/serialize/codec/codec.ts';
import { encodeTable, role, writeRow } from '../../src/serialize/codec/encoded-table.ts';
import { type Codec, storedGrammar } from '../../src/serialize/codec/grammar.ts';
import { keepNegativeZero } from '../../src/serialize/numbers/bins.ts';
import { escapedPieces, hexEscape } from '../../src/serialize/sentence/quoting.ts';
import { parseSentence, writeSentence } from '../../src/serialize/sentence/sentence.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { people } from '../model/tiny-table.ts';
import { fakeDecoder, hashed, uniform } from '../sample/fake-decoder.ts';
import { anyTable, anyTableInOrder } from './any-table.ts';
import { baseTokenizers, type TestTokenizer } from './base-tokenizers.ts';

const codecOf = (table: Table, base: TestTokenizer): Codec =>
  createCodec(table.schema, learnBaseGrammar(table, languageOf(base)));

const languageOf = ({ tokenizer, bos, eos }: TestTokenizer) => ({ tokenizer, bos, eos });

/** Where a newline ends every sentence, no column can begin with one. */
const canSay = (base: TestTokenizer, { schema }: Table): boolean =>
  !(base.endsLines && schema.template?.separator.includes('\n'));

/** Whether a column's states lead through `tokens` to a place where the cell may be over. */
function admits(codec: Codec, start: State, tokens: Iterable<number>): boolean {
  let state = start;
  for (const token of tokens) {
    const index = state.tokens.indexOf(token);
    if (index < 0) return false;
    state = state.next(index);
  }
  return state.tokens.length === 0 || codec.endings.every((ending) => state.tokens.includes(ending));
}

describe.each(Object.entries(baseTokenizers))('sentences in the tokens of %s', (_, base) => {
  it('spell each row in any order, begin and end included', () => {
    fc.assert(
      fc.property(anyTableInOrder, ({ table, rows, orders }) => {
        fc.pre(canSay(base, table));
        const codec = codecOf(table, base);
        const encoded = encodeTable(codec, table);
        for (const [row, order] of orders.entries()) {
          const into = { tokens: new Int32Array(codec.longest), roles: new Uint8Array(codec.longest), at: 0 };
          const length = writeRow(codec, encoded, row, order, -1, into);
          const tokens = into.tokens.subarray(0, length);
          const sentence = codec.text(tokens);
          expect(sentence).toBe(writeSentence(table.schema, rows[row]!, order));
          expect(parseSentence(table.schema, sentence)).toEqual({ cells: rows[row], issues: [], order });
          expect(length).toBeLessThanOrEqual(encoded.length(row));
          expect(encoded.length(row)).toBeLessThanOrEqual(codec.longest);
          expect([tokens[0], tokens.at(-1)]).toEqual([base.bos, base.eos]);
          expect(tokens.every((token) => token < codec.vocabSize)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are admitted by the grammar, but for characters that are written by their code, and never longer than it allows', () => {
    fc.assert(
      fc.property(anyTable, ({ table, rows }) => {
        fc.pre(canSay(base, table));
        const codec = codecOf(table, base);
        for (const [column, value] of rows.flatMap((row) => [...row.entries()])) {
          const tokens = codec.encode(column, value);
          expect(codec.canSay(column, value)).toBe(true);
          expect(tokens.length).toBeLessThanOrEqual(codec.cellLengths[column]!);
          const byCode = typeof value === 'string' && escapedPieces(value).includes(hexEscape);
          expect(admits(codec, codec.start(column), tokens)).toBe(!byCode);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are rows of the table for every way that the grammar leaves open', async () => {
    const draw = createTokenSampler(samplerOptions.parse({}));
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat(), async ({ table, rows }, seed) => {
        fc.pre(canSay(base, table));
        const codec = codecOf(table, base);
        const random = createRandom(seed);
        const plans = Array.from({ length: 8 }, (_, i) => ({
          order: random.shuffle(Int32Array.from(table.columns.keys())),
          given: rows[i % rows.length]!.map((cell, column) =>
            random.uniform() < 0.2 ? codec.encode(column, cell) : undefined,
          ),
          random: createRandom(seed, i),
        }));
        const { check } = createValidator(table.schema);
        for (const logits of [uniform, hashed]) {
          const decoder = fakeDecoder(codec.vocabSize, 3, codec.longest, logits);
          const { rows: written } = await completeRows(codec, decoder, plans, draw);
          for (const [i, row] of written.entries()) {
            const sentence = codec.text(row!.tokens);
            expect(check(sentence)).toEqual({ values: expect.anything() });
            const { cells, order } = parseSentence(table.schema, sentence);
            expect(order).toEqual([...plans[i]!.order]);
            expect(cells).toEqual(rowValues(codec, row!.cells, []));
            for (const [column, given] of plans[i]!.given.entries()) {
              if (given) expect(codec.encode(column, cells[column]!)).toEqual(given);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('come back from the JSON of the grammar', () => {
    fc.assert(
      fc.property(anyTable, ({ table, rows }) => {
        fc.pre(canSay(base, table));
        const grammar = learnBaseGrammar(table, languageOf(base));
        const { tokenizer, ...stored } = grammar;
        const parsed = storedGrammar.parse(JSON.parse(JSON.stringify(stored, keepNegativeZero)));
        if (parsed.version !== 2) throw new Error('another grammar');
        const [codec, copy] = [grammar, { ...parsed, tokenizer }].map((one) => createCodec(table.schema, one)) as [
          Codec,
          Codec,
        ];
        expect(copy.cellLengths).toEqual(codec.cellLengths);
        for (const [column, value] of rows.flatMap((row) => [...row.entries()])) {
          expect(copy.encode(column, value)).toEqual(codec.encode(column, value));
          expect(copy.start(column).tokens).toEqual(codec.start(column).tokens);
        }
      }),
      { numRuns: 15 },
    );
  });
});

it('a template with the newline that ends the sentences of a base is refused', () => {
  const table = tableFromRows(people(5));
  const template = { cell: '{column} is {value}', separator: '\n' };
  const base = Object.values(baseTokenizers).find(({ endsLines }) => endsLines)!;
  expect(() => codecOf({ ...table, schema: { ...table.schema, template } }, base)).toThrow(
    'the base ends its sentences with "\\n": the schema\'s template cannot hold it',
  );
});

it.each(Object.entries(baseTokenizers).filter(([name]) => ['byte-level BPE', 'stories260K'].includes(name)))(
  'a plain sentence has the tokens that %s itself would cut it into',
  async (_, base) => {
    const reference = Tokenizer.fromString(base.tokenizer);
    const table = tableFromRows(people(50).map(({ age, pay, born }) => ({ age, 'hourly pay': pay, born })));
    const codec = codecOf(table, base);
    const encoded = encodeTable(codec, table);
    for (let row = 0; row < table.rowCount; row++) {
      const into = { tokens: new Int32Array(codec.longest), roles: new Uint8Array(codec.longest), at: 0 };
      const tokens = into.tokens.subarray(1, writeRow(codec, encoded, row, [2, 0, 1], -1, into) - 1);
      const cut = await reference.encode(codec.text(tokens), null, { addSpecialTokens: false });
      expect([...tokens]).toEqual(cut.getIds());
    }
  },
);

describe('a cell that may go on', () => {
  const table = tableFromRows([1, 12, 120, 7].map((n) => ({ n, kind: ['a', 'a b', 'b, c', 'missing'][n % 4]! })));
  const base = baseTokenizers['byte-level BPE']!;
  const codec = codecOf(table, base);
  const shown = (tokens: Iterable<number>) => Array.from(tokens, (token) => codec.text([token]));

  it('is over when the comma or the end comes', () => {
    const one = codec.encode(0, 1);
    let state = codec.start(0);
    for (const token of one) state = state.next(state.tokens.indexOf(token));
    expect(shown(state.tokens).sort()).toEqual(['', ',', '00', '02', ...'0123456789'].sort());
    const over = state.next(state.tokens.indexOf(codec.endings[0]!));
    expect(over.tokens).toHaveLength(0);
  });

  it('says so in training, where it counts as much as the cell', () => {
    const into = { tokens: new Int32Array(codec.longest), roles: new Uint8Array(codec.longest), at: 0 };
    const length = writeRow(codec, encodeTable(codec, table), 1, [1, 0], 0, into);
    const roles = Array.from(into.roles.subarray(0, length), (one) => Object.keys(role)[one]);
    const text = shown(into.tokens.subarray(0, length));
    expect(text.join('')).toBe(`kind is a, n is 12`);
    expect(roles[0]).toBe('padding');
    expect(roles[text.indexOf(',')]).toBe('value');
    expect(roles.at(-1)).toBe('value');
    expect(roles.slice(text.indexOf(',') + 1, -1).filter((one) => one === 'target').length).toBe(
      codec.encode(0, 12).length,
    );
  });

  it('says only values of a closed list, by their own tokens', () => {
    const { values } = table.schema.columns[1] as { values: string[] };
    const listed: number[][] = [];
    const follow = (state: State, path: number[]): void => {
      if (state.tokens.length === 0) listed.push(path);
      for (const [i, token] of state.tokens.entries()) {
        const next = state.next(i);
        const isOver = next.tokens.length === 0 && codec.endings.includes(token);
        if (!isOver) follow(next, [...path, token]);
        else if (token === codec.endings[0]) listed.push(path);
      }
    };
    follow(codec.start(1), []);
    const expected = values.map((_, code) => [...codec.encode(1, code)]);
    expect(listed.map(String).sort()).toEqual(expected.map(String).sort());
  });
});

it('a text is no longer in tokens than the longest seen, however it is spelled', () => {
  const table: Table = {
    schema: { version: 1, columns: [{ name: 'note', kind: 'text', missing: null }] },
    rowCount: 2,
    columns: [['missing missing missing', 'is age']],
  };
  const codec = codecOf(table, baseTokenizers['byte-level BPE']!);
  const random = createRandom(3);
  const lengths = Array.from({ length: 300 }, () => {
    let length = 0;
    for (let state = codec.start(0); state.tokens.length > 0; length++) {
      state = state.next(random.int(state.tokens.length));
    }
    return length;
  });
  const written = ['missing missing missing', 'is age'].map((text) => codec.encode(0, text).length);
  // The first letter of six, five more and a quote, all by their bytes.
  expect(codec.cellLengths[0]).toBe(Math.max(...written, Buffer.byteLength(' "is age"')));
  expect(Math.max(...lengths)).toBeLessThanOrEqual(codec.cellLengths[0]!);
});
