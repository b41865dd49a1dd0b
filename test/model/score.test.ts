import { beforeAll, expect, it } from 'vitest';
import { fit } from '../../src/model/fit.ts';
import type { Model } from '../../src/model/model.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { peopleTable } from './tiny-table.ts';

const all = peopleTable(500);
const part = (from: number, to: number) =>
  takeRows(
    all,
    Array.from({ length: to - from }, (_, i) => from + i),
  );
const [train, unseen] = [part(0, 300), part(300, 500)];
const shuffled: Table = {
  ...unseen,
  columns: unseen.columns.map((data, c) => createRandom(5, c).shuffle(data.slice() as Float64Array)),
};
const mean = (scores: Float64Array | undefined) => scores!.reduce((sum, x) => sum + x, 0) / scores!.length;
let model: Model;

beforeAll(async () => {
  model = await fit(train, { target: 'rich', epochs: 12, seed: 1, threads: 1 });
});

it('the model alone finds rows whose columns do not belong together less likely', async () => {
  const [own, other] = [await model.score(unseen), await model.score(shuffled)];
  expect(Math.abs(mean(own.likelihood) - 0.5)).toBeLessThan(0.15);
  expect(mean(other.likelihood)).toBeLessThan(mean(own.likelihood) - 0.15);
  expect(Object.keys(own.absent)).toEqual(['realism', 'consistency', 'novelty']);
});

it('beside real rows there are five attributes', async () => {
  const own = await model.score(unseen, { real: train });
  expect(own.absent).toEqual({});
  const sum = own.validity!.map(
    (x, row) => x + own.likelihood![row]! + own.realism![row]! + own.consistency![row]! + own.novelty![row]!,
  );
  for (const [row, total] of own.total.entries()) expect(total).toBeCloseTo(sum[row]! / 5, 12);
  expect(mean(own.total)).toBeGreaterThan(mean((await model.score(shuffled, { real: train })).total) + 0.1);
});
