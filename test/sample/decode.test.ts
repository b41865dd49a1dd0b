import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { completeRows, type RowPlan } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { rowValues } from '../../src/sample/requests/row-request.ts';
import { after } from '../../src/serialize/codec/automaton.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import type { Codec } from '../../src/serialize/codec/grammar.ts';
import { parseSentence } from '../../src/serialize/sentence/sentence.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { anyGrammar, anyTable } from '../serialize/any-table.ts';
import { chiSquareDeviation, softmax } from './chi-square.ts';
import { fakeDecoder, hashed, type NextLogits, uniform } from './fake-decoder.ts';

const draw = createTokenSampler(samplerOptions.parse({}));

async function complete(codec: Codec, plans: readonly RowPlan[], batchSize: number, next: NextLogits) {
  const decoder = fakeDecoder(codec.vocabSize, batchSize, codec.longest, next);
  const { rows } = await completeRows(codec, decoder, plans, draw);
  for (const row of rows) {
    const { cells } = parseSentence(codec.schema, codec.text(row!.tokens));
    expect(rowValues(codec, row!.cells, [])).toEqual(cells);
  }
  return rows.map((row) => row!.tokens);
}

/** A table, and for some rows which of a table row's cells are given. */
const requests = anyTable.chain(({ table, rows }) =>
  fc
    .array(
      fc.record({
        row: fc.nat(rows.length - 1),
        order: fc.shuffledSubarray([...table.columns.keys()], { minLength: table.columns.length }),
        given: fc.subarray([...table.columns.keys()]),
      }),
      { maxLength: 12 },
    )
    .map((asked) => ({ table, rows, asked })),
);

describe('rows drawn from a model that knows nothing', () => {
  it('are exactly as many as planned, in their order, legal, and have the cells that were given', async () => {
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        async ({ table, rows, asked }, size, seed) => {
          const codec = createCodec(table.schema, anyGrammar(table));
          const validator = createValidator(table.schema);
          const plans = asked.map(({ row, order, given }, i) => ({
            order: Int32Array.from(order),
            given: rows[row]!.map((cell, column) => (given.includes(column) ? codec.encode(column, cell) : undefined)),
            random: createRandom(seed, i),
          }));
          const written = await complete(codec, plans, size, uniform);
          expect(written).toHaveLength(asked.length);
          for (const [i, { row, order, given }] of asked.entries()) {
            const sentence = codec.text(written[i]!);
            expect(validator.check(sentence)).toEqual({ values: expect.anything() });
            const parsed = parseSentence(table.schema, sentence);
            expect(parsed.order).toEqual(order);
            for (const column of given) expect(parsed.cells[column]).toEqual(rows[row]![column]);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('do not depend on how many are decoded together', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat(), async ({ table }, seed) => {
        const codec = createCodec(table.schema, anyGrammar(table));
        const plans = () =>
          Array.from({ length: 9 }, (_, i): RowPlan => {
            const random = createRandom(seed, i);
            return { order: random.shuffle(Int32Array.from(table.columns.keys())), given: [], random };
          });
        const alone = await complete(codec, plans(), 1, hashed);
        expect(await complete(codec, plans(), 4, hashed)).toEqual(alone);
        expect(await complete(codec, plans(), 16, hashed)).toEqual(alone);
      }),
      { numRuns: 50 },
    );
  });
});

describe('rows drawn from a model that is known', () => {
  const people = ['red', 'green', 'blue', 'black'].flatMap((color) =>
    ['S', 'M', 'L'].map((size, i) => ({ color, size, n: i + 3 })),
  );
  const table = tableFromRows(people);
  const codec = createCodec(table.schema, learnGrammar(table));
  const logitOf = (token: number) => Math.sin(7 * token);
  const known: NextLogits = (_, into) => into.set(into.map((_zero, token) => logitOf(token)));

  it('have the shares of its softmax over what a column admits', async () => {
    const random = createRandom(21);
    const plans = Array.from({ length: 6000 }, (_, i) => ({
      order: random.shuffle(Int32Array.of(0, 1, 2)),
      given: [],
      random: createRandom(22, i),
    }));
    const written = (await complete(codec, plans, 64, known)).map((tokens) => codec.text(tokens));
    for (const column of [0, 1, 2]) {
      const { tokens } = codec.start(column);
      const phrase = codec.text(codec.phrase(column, true));
      const counts = Array.from(tokens, (token) => {
        const said = `${phrase}${codec.pieces[token]}`;
        return written.filter((sentence) => `${sentence}, `.includes(`${said}, `)).length;
      });
      expect(counts.reduce((sum, count) => sum + count)).toBe(6000);
      expect(Math.abs(chiSquareDeviation(counts, softmax(Array.from(tokens, logitOf))))).toBeLessThan(5);
    }
  });

  it('see the cells before them: what is given, the row so far, and nothing of a row that was in their place before', async () => {
    const begun: number[][] = [];
    const watching: NextLogits = (history, into) => {
      begun.push([...history]);
      into.fill(0);
    };
    const blue = codec.encode(0, 1);
    const plans = Array.from({ length: 5 }, (_, i) => ({
      order: Int32Array.of(0, 1, 2),
      given: [blue, undefined, undefined],
      random: createRandom(i),
    }));
    const written = (await complete(codec, plans, 2, watching)).map((row) => [...row]);
    const seen = begun.filter((history) => history.length > 1);
    for (const history of seen) {
      expect(written.some((row) => history.every((token, i) => row[i] === token))).toBe(true);
    }
    expect(new Set(seen.map((history) => codec.text(history.slice(0, 3)))).size).toBeLessThanOrEqual(2);
  });

  it('ask for no token that alone is admitted, and but once what follows the first phrase', async () => {
    const numbers = tableFromRows(Array.from({ length: 60 }, (_, i) => ({ n: 10 + ((i * 7) % 60), odd: i % 2 > 0 })));
    const spelling = createCodec(numbers.schema, learnGrammar(numbers));
    const asked: number[][] = [];
    const watching: NextLogits = (history, into) => {
      asked.push([...history]);
      into.fill(0);
    };
    const plans = Array.from({ length: 40 }, (_, i) => ({
      order: Int32Array.of(0, 1),
      given: [],
      random: createRandom(i),
    }));
    // One at a time, and every run whole: all that is asked is wanted.
    const decoder = fakeDecoder(spelling.vocabSize, 1, spelling.longest, watching, spelling.longest);
    const { rows } = await completeRows(spelling, decoder, plans, draw);
    const choices = asked.map((history) => admittedAfter(spelling, history).length);
    expect(Math.min(...choices)).toBeGreaterThan(1);
    expect(asked.filter(({ length }) => length === 2)).toHaveLength(1);
    const ranges = rows.filter((row) => admittedAfter(spelling, row!.tokens.slice(0, 3)).length === 1);
    expect(ranges.length).toBeGreaterThan(0);
  });

  it('need no model where every cell is given, and none are planned', async () => {
    const never: NextLogits = () => {
      throw new Error('asked');
    };
    // Sizes are known to be ordered: S is the first of them, as black is of the colors.
    const given = [codec.encode(0, 0), codec.encode(1, 0), codec.encode(2, 4)];
    const plan = { order: Int32Array.of(2, 0, 1), given, random: createRandom(1) };
    const written = await complete(codec, [plan, plan], 2, never);
    const sentence = 'n is 4, color is black, size is S';
    expect(written.map((tokens) => codec.text(tokens))).toEqual([sentence, sentence]);
    expect(await complete(codec, [], 2, never)).toEqual([]);
  });
});

/** What the grammar admits after the beginning of a row in the schema's order of columns. */
function admittedAfter(codec: Codec, history: ArrayLike<number>): Int32Array {
  let state = codec.start(0);
  let column = 0;
  for (const token of Array.from(history).slice(2)) {
    const next = after(state, token);
    if (next) state = next;
    else state = codec.start(++column);
  }
  return state.tokens;
}
