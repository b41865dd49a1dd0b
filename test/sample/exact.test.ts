/** Conditional rows of a real model against its joint distribution, enumerated by reading every row whole. */

import { expect, it } from 'vitest';
import { createDecoder } from '../../models/decoder.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { readWhere, type Where } from '../../src/sample/conditions/where.ts';
import { planner } from '../../src/sample/decode/block.ts';
import { completeRows, type RowPlan } from '../../src/sample/decode/decode.ts';
import { createTokenSampler, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { requestOf } from '../../src/sample/requests/row-request.ts';
import { special } from '../../src/serialize/codec/codec.ts';
import type { Codec } from '../../src/serialize/codec/grammar.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { untrained } from '../model/tiny-table.ts';
import { forwardLogits } from '../models/tiny.ts';
import { pathsFrom } from '../serialize/paths.ts';
import { chiSquareDeviation } from './chi-square.ts';

const table = tableFromRows(
  Array.from({ length: 60 }, (_, i) => ({ n: 10 + ((i * 7) % 60), size: ['S', 'M', 'L'][i % 3]!, kind: i % 2 > 0 })),
);
const thin = untrained(table);
/** Far from its first weights, so that its choices differ and hang on each other. */
const model = { ...thin, weights: new Map([...thin.weights].map(([name, data]) => [name, data.map((x) => 12 * x)])) };
const { codec } = model;
const draw = createTokenSampler(samplerOptions.parse({}));
const where: Where = { n: { gte: 23, lt: 58 }, size: { ne: 'M' }, kind: { in: [true, false] } };
const sets = readWhere(codec, where).map((one) => one?.set);
const count = 100_000;

/** The probability of every allowed row in one order, were only the grammar's own tokens forbidden; they sum to what is allowed. */
async function jointOf(order: Int32Array): Promise<Map<string, number>> {
  const rows = order.reduce<number[][]>(
    (found, column, position) =>
      found.flatMap((before) =>
        [...pathsFrom(codec.restrict(column, sets[column]!)!)].map((path) => [
          ...before,
          ...codec.phrase(column, position === 0),
          ...path,
        ]),
      ),
    [[special.bos]],
  );
  const [B, T] = [rows.length, codec.longest];
  const ids = new Int32Array(B * T);
  for (const [b, row] of rows.entries()) ids.set(row, b * T);
  const logits = await forwardLogits(model.config, model.weights, ids, [B, T]);
  const V = model.config.vocabSize;
  return new Map(rows.map((row, b) => [codec.text(row), probabilityOf(order, row, logits.subarray(b * T * V), V)]));
}

function probabilityOf(order: Int32Array, row: readonly number[], logits: Float32Array, V: number): number {
  let probability = 1;
  let at = 1;
  for (const column of order) {
    at++;
    let state = codec.start(column);
    for (; state.tokens.length > 0; at++) {
      const odds = Array.from(state.tokens, (token) => Math.exp(logits[(at - 1) * V + token]!));
      const index = state.tokens.indexOf(row[at]!);
      probability *= odds[index]! / odds.reduce((sum, odd) => sum + odd, 0);
      state = state.next(index);
    }
  }
  return probability;
}

async function deviation(by: Codec, plans: readonly RowPlan[], joint: ReadonlyMap<string, number>): Promise<number> {
  const options = { batchSize: 256, capacity: codec.longest, longestRun: 4, threads: 1 };
  const decoder = await createDecoder(model.config, model.weights, options);
  const counts = new Map([...joint.keys()].map((sentence) => [sentence, 0]));
  for (const row of (await completeRows(by, decoder, plans, draw)).rows) {
    const sentence = codec.text(row!.tokens);
    counts.set(sentence, counts.get(sentence)! + 1);
  }
  await decoder.release();
  const mass = [...joint.values()].reduce((sum, probability) => sum + probability, 0);
  const often = [...joint]
    .filter(([, probability]) => (probability / mass) * plans.length >= 10)
    .map(([sentence]) => sentence);
  const rest = [...joint.keys()].filter((sentence) => !often.includes(sentence));
  const total = (of: ReadonlyMap<string, number>) => rest.reduce((sum, sentence) => sum + of.get(sentence)!, 0);
  return chiSquareDeviation(
    [...often.map((sentence) => counts.get(sentence)!), ...(rest.length > 0 ? [total(counts)] : [])],
    [...often.map((sentence) => joint.get(sentence)!), ...(rest.length > 0 ? [total(joint)] : [])].map((p) => p / mass),
  );
}

it(`${count} rows follow the model given that the conditions hold, and masking alone does not`, async () => {
  const plan = planner(codec, -1, draw, requestOf(codec, { sets, first: [], shown: 'it' }));
  const plans = Array.from({ length: count }, (_, i) => plan(createRandom(31, i)));
  expect(new Set(plans.map(({ order }) => order.join())).size).toBe(1);
  const joint = await jointOf(plans[0]!.order);
  expect(Math.abs(await deviation(codec, plans, joint))).toBeLessThan(5);
  const masking = { ...codec, start: (column: number) => codec.restrict(column, sets[column]!)! };
  // A tenth of the rows is enough to see it.
  const uncorrected = Array.from({ length: count / 10 }, (_, i) => ({
    ...plan(createRandom(31, i)),
    prefix: undefined,
  }));
  expect(await deviation(masking, uncorrected, joint)).toBeGreaterThan(50);
});
