import { expect, it } from 'vitest';
import { fit } from '../../src/model/fit.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { tableFromRows } from '../../src/table/rows.ts';

// Batches of one length, each divided by its own weight and clipped alone, make short rows count more: they gave 0.885 here.
it('short rows come as often as they are', async () => {
  const random = createRandom(5);
  const amount = (i: number) => (i % 10 < 7 ? 0 : Math.round(1e6 * random.uniform()) / 100);
  const rows = Array.from({ length: 1500 }, (_, i) => ({ amount: amount(i), segment: 'ab'[random.int(2)]! }));
  const model = await fit(tableFromRows(rows), { seed: 1, epochs: 12, threads: 2 });
  const drawn = await model.sample({ rows: 3000, seed: 1, workers: 1 });
  const zeros = (drawn.columns[0] as Float64Array).filter((x) => x === 0).length / drawn.rowCount;
  // Three points, and two standard errors of 3,000 draws.
  expect(Math.abs(zeros - 0.7)).toBeLessThan(0.03 + 0.017);
});

it.each([
  ['free rows', {}],
  ['rows of balanced classes', { balance: 'segment' }],
])('%s have the shares of the model with far less noise than independent draws', async (_, asked) => {
  const random = createRandom(6);
  const rows = Array.from({ length: 200 }, (_row, i) => ({ size: 'SML'[i % 3]!, segment: 'ab'[random.int(2)]! }));
  const model = await fit(tableFromRows(rows), { seed: 1, epochs: 2, threads: 1 });
  const counts: number[] = [];
  for (let seed = 1; seed <= 12; seed++) {
    const { columns } = await model.sample({ rows: 512, seed, workers: 1, ...asked });
    counts.push((columns[0] as Int32Array).filter((code) => code === 0).length);
  }
  const mean = counts.reduce((sum, count) => sum + count) / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
  expect(variance).toBeLessThan((mean * (1 - mean / 512)) / 5);
});
