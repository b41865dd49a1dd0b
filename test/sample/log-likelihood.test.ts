import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../models/decoder.ts';
import { likelihoods } from '../../src/sample/score/log-likelihood.ts';
import { columnOrders } from '../../src/sample/score/score-sequences.ts';
import { special } from '../../src/serialize/codec/codec.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { columnsOf } from '../../src/table/cast.ts';
import type { Value } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import { peopleTable, untrained } from '../model/tiny-table.ts';

const table = peopleTable(30);
const model = untrained(table);
const columns = columnsOf(table, table.schema);
const cellsOf = (row: number) => columns.map((cells) => cells[row]!);
const options = { orders: 3, seed: 5, cells: true, threads: 1 };

/** Log of a row's probability in one order, and of its last cell given the others, one token at a time through the cache. */
async function decoded(cells: readonly (Value | null)[], order: readonly number[]): Promise<[number, number]> {
  const { codec } = model;
  const decoder = await createDecoder(model.config, model.weights, {
    batchSize: 1,
    capacity: codec.longest,
    longestRun: 1,
    threads: 1,
  });
  let at = 0;
  let logits = new Float32Array();
  const say = async (token: number) => {
    logits = (await decoder.step({
      ids: Int32Array.of(token),
      counts: Int32Array.of(1),
      lengths: Int32Array.of(at++),
    })) as Float32Array<ArrayBuffer>;
  };
  await say(special.bos);
  let [row, last] = [0, 0];
  for (const [position, column] of order.entries()) {
    await say(codec.phrase(column, position === 0)[0]!);
    let state = codec.start(column);
    last = 0;
    for (const token of codec.encode(column, cells[column]!)) {
      const odds = Array.from(state.tokens, (other) => Math.exp(logits[other]!));
      last += Math.log(Math.exp(logits[token]!) / odds.reduce((sum, odd) => sum + odd, 0));
      state = state.next(state.tokens.indexOf(token));
      await say(token);
    }
    row += last;
  }
  await decoder.release();
  return [row, last];
}

const logMean = (nats: readonly number[]) => Math.log(nats.reduce((sum, x) => sum + Math.exp(x), 0) / nats.length);

describe('the log probability', () => {
  it('of a row and of its cells is what decoding token by token gives, averaged over the orders', async () => {
    const found = await likelihoods(model, columns, options);
    const orders = columnOrders(model.codec, 3, 5);
    for (const row of [0, 3, 29]) {
      const whole: number[] = [];
      for (const order of orders) whole.push((await decoded(cellsOf(row), order))[0]);
      expect(found.rows[row]).toBeCloseTo(logMean(whole), 3);
      for (const column of [0, 2]) {
        const given: number[] = [];
        for (const order of orders) {
          const moved = [...order.filter((other) => other !== column), column];
          given.push((await decoded(cellsOf(row), moved))[1]);
        }
        expect(found.cells[column]![row]).toBeCloseTo(logMean(given), 3);
      }
    }
  });

  it('of all cells that a column may have sums to one', async () => {
    const colors = tableFromRows(['red', 'green', 'blue', 'red'].map((color, i) => ({ color, big: i > 1 })));
    const every = ['red', 'green', 'blue'].flatMap((color) => [true, false].map((big) => ({ color, big })));
    const asked = columnsOf(tableFromRows(every), colors.schema);
    const found = await likelihoods(untrained(colors), asked, { orders: 40, seed: 1, cells: false, threads: 1 });
    expect(found.rows.reduce((sum, nats) => sum + Math.exp(nats), 0)).toBeCloseTo(1, 4);
    expect(found.cells).toEqual([]);
  });

  it('tells -0.0 from 0.0, in any order of the rows', async () => {
    const { text } = parseCsv('x\n0.0\n-0.0\n1.5\n', 'x.csv');
    const signs = untrained(tableFromText(text));
    const [found, turned] = [
      await likelihoods(signs, [[0, -0]], options),
      await likelihoods(signs, [[-0, 0]], options),
    ];
    expect(found.rows[0]).not.toBe(found.rows[1]);
    expect([...found.rows]).toEqual([...turned.rows].reverse());
  });

  it('is -Infinity where the model has no words', async () => {
    const ranks = tableFromRows([1, 4, 9, 1].map((rank) => ({ rank })));
    const found = await likelihoods(untrained(ranks), [[4, 5]], options);
    expect(found.rows[0]).toBeLessThan(0);
    expect([found.rows[1], found.cells[0]![1]]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });
});
