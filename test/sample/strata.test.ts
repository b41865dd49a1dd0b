import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { completeRows, type RowPlan } from '../../src/sample/decode/decode.ts';
import { createStrata } from '../../src/sample/decode/strata.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { chiSquareDeviation, softmax } from './chi-square.ts';
import { fakeDecoder, type NextLogits } from './fake-decoder.ts';

const strataOf = (seed: number) => createStrata(512, (column, place) => createRandom(seed, column, place));
const rows = Array.from({ length: 512 }, (_, row) => row);

describe('the numbers with which the rows of a block decide', () => {
  it('lie one in each equal part of [0, 1), over all rows, and over every 64 and every 8', () => {
    const strata = strataOf(1);
    const numbers = rows.map((row) => strata(row, 2, 1)!);
    for (const size of [8, 64, 512]) {
      for (let from = 0; from < 512; from += size) {
        const parts = numbers.slice(from, from + size).map((number) => Math.floor(number * size));
        expect(parts.sort((a, b) => a - b)).toEqual(rows.slice(0, size));
      }
    }
    expect(rows.map((row) => strata(row, 2, 1))).toEqual(numbers);
  });

  it('are of any size for one row, and tell nothing of those for another decision', () => {
    const blocks = Array.from({ length: 4000 }, (_, seed) => strataOf(seed)(5, 0, 0)!);
    const counts = Array.from({ length: 16 }, (_, part) => blocks.filter((x) => Math.floor(x * 16) === part).length);
    expect(Math.abs(chiSquareDeviation(counts, Array(16).fill(1 / 16)))).toBeLessThan(4);
    const strata = strataOf(3);
    const decisions = [
      [0, 0],
      [0, 1],
      [1, 0],
    ].map(([column, place]) => rows.map((row) => strata(row, column!, place!)! - 0.5));
    for (const [i, a] of decisions.entries()) {
      for (const b of decisions.slice(0, i)) {
        const correlation = (12 * a.reduce((sum, x, row) => sum + x * b[row]!, 0)) / 512;
        expect(Math.abs(correlation)).toBeLessThan(0.15);
      }
    }
  });

  it('are none late in a cell', () => {
    expect(strataOf(1)(0, 0, 100)).toBeUndefined();
  });
});

describe('rows drawn with them', () => {
  const people = ['red', 'green', 'blue'].flatMap((color) => ['S', 'M', 'L', 'XL'].map((size) => ({ color, size })));
  const codec = createCodec(tableFromRows(people).schema, learnGrammar(tableFromRows(people)));
  const logitOf = (token: number) => Math.sin(7 * token);
  const known: NextLogits = (_, into) => into.set(into.map((_zero, token) => logitOf(token)));
  const draw = createTokenSampler(samplerOptions.parse({}));
  const drawn = async (plans: readonly RowPlan[], strata?: ReturnType<typeof createStrata>) => {
    const decoder = fakeDecoder(codec.vocabSize, 64, codec.longest, known);
    return completeRows(codec, decoder, plans, draw, strata && { strata });
  };
  const plansOf = (accepts?: RowPlan['accepts']) =>
    rows.map((row): RowPlan => ({ order: Int32Array.of(0, 1), given: [], random: createRandom(9, row), accepts }));

  it('have the shares of the model to within a row, column by column; independent ones are further off', async () => {
    const furthest = async (strata?: ReturnType<typeof createStrata>) => {
      const { rows: written } = await drawn(plansOf(), strata);
      const differences = [0, 1].flatMap((column) => {
        const { tokens } = codec.start(column);
        const shares = softmax(Array.from(tokens, logitOf));
        return Array.from(tokens, (token, i) => {
          const count = written.filter((row) => row!.cells[column]![0] === token).length;
          return Math.abs(count - 512 * shares[i]!);
        });
      });
      return Math.max(...differences);
    };
    expect(await furthest(strataOf(4))).toBeLessThanOrEqual(1);
    expect(await furthest()).toBeGreaterThan(3);
  });

  it('are drawn anew by chance where they are rejected', async () => {
    const wanted = codec.start(0).tokens[1]!;
    const { rows: written, redrawn } = await drawn(
      plansOf((cells) => cells[0]![0] === wanted),
      strataOf(4),
    );
    expect(written.every((row) => row!.cells[0]![0] === wanted)).toBe(true);
    expect(redrawn).toBeGreaterThan(0);
  });
});
