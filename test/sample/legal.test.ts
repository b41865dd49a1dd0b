/** Tokens drawn under any schema and any conditions by a model that knows nothing: LEGAL_TOKENS=1000000 draws so many. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { planner } from '../../src/sample/decode/block.ts';
import { completeRows } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { requestOf, rowValues } from '../../src/sample/requests/row-request.ts';
import { hasCell } from '../../src/serialize/codec/cell-set.ts';
import { createCodec } from '../../src/serialize/codec/codec.ts';
import { createValidator } from '../../src/validate/validate.ts';
import { anySet } from '../serialize/any-set.ts';
import { anyGrammar, anyTable } from '../serialize/any-table.ts';
import { fakeDecoder, uniform } from './fake-decoder.ts';

const wanted = Number(process.env.LEGAL_TOKENS ?? 40_000);
const draw = createTokenSampler(samplerOptions.parse({}));

/** A table, a set of cells or nothing for each of its columns, and columns that come first. */
const anyRequest = anyTable.chain(({ table, rows }) =>
  fc
    .tuple(
      fc.tuple(
        ...table.schema.columns.map((column, c) =>
          fc.option(
            anySet(
              column,
              rows.map((row) => row[c]!),
            ),
            { nil: undefined },
          ),
        ),
      ),
      // A column that comes first, where it is not one that may be anything at all.
      fc.nat(table.columns.length - 1).map((c) => (table.schema.columns[c]!.kind === 'text' ? [] : [c])),
      fc.nat(),
    )
    .map(([sets, first, seed]) => ({ table, sets, first, seed })),
);

it(`${wanted} tokens, not one of them illegal`, { timeout: 3_600_000 }, async () => {
  let tokens = 0;
  let requests = 0;
  let refused = 0;
  for (let round = 0; tokens < wanted; round++) {
    for (const { table, sets, first, seed } of fc.sample(anyRequest, { numRuns: 100, seed: round })) {
      const codec = createCodec(table.schema, anyGrammar(table));
      // What no cell can meet is refused before it comes here.
      const possible = sets.map((set, column) => (set && codec.restrict(column, set) ? set : undefined));
      const request = requestOf(codec, { sets: possible, first, shown: 'them' });
      const plan = planner(codec, seed % 3 === 0 ? 0 : -1, draw, request);
      const plans = Array.from({ length: 20 }, (_, i) => plan(createRandom(seed, i)));
      const decoder = fakeDecoder(codec.pieces.length, 8, codec.longest, uniform);
      requests++;
      const completed = await completeRows(codec, decoder, plans, draw).catch((error: Error) => {
        // Texts asked for letter by letter after a number of many digits: a uniform model never gets there.
        if (/probability under the model is below/.test(error.message)) return undefined;
        throw error;
      });
      if (!completed) {
        refused++;
        continue;
      }
      const validator = createValidator(table.schema);
      for (const row of completed.rows) {
        const sentence = codec.text(row!.tokens);
        const result = validator.check(sentence);
        expect(result).toEqual({ values: rowValues(codec, row!.cells, []) });
        if (!('values' in result)) throw new Error(`${sentence}: ${result.issues[0]!.message}`);
        for (const [column, set] of possible.entries()) {
          if (set) expect(hasCell(set, result.values[column]!), `${sentence} under ${JSON.stringify(set)}`).toBe(true);
        }
        tokens += row!.tokens.length;
      }
    }
  }
  expect(refused).toBeLessThan(0.01 * requests);
});
