/**
 * One short fit of a table with a known joint: how far its rows are from fresh rows of the same source, and what a learner makes of them.
 * The bounds are between what was measured of this code and of code that was broken on purpose (training/LOG.md): all loss weights 1,
 * numbers without ranges, a label that is never trained last.
 */
import { expect, it } from 'vitest';
import { columnPairTrends, meanByTrainingBins } from '../../src/evaluate/metrics/fidelity/column-pair-trends.ts';
import { columnShapes } from '../../src/evaluate/metrics/fidelity/column-shapes.ts';
import { detect } from '../../src/evaluate/metrics/fidelity/detection.ts';
import { utility } from '../../src/evaluate/metrics/utility/utility.ts';
import { taskOf } from '../../src/learn/task.ts';
import { fit } from '../../src/model/fit.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { alignTables } from '../../src/table/align.ts';
import { tableFromRows } from '../../src/table/rows.ts';

/** Orders of a shop: what is bought decides price and weight, the region decides shipping, and all of it whether it comes back. */
function orders(count: number, seed: number) {
  const random = createRandom(seed);
  const one = () => {
    const kind = random.uniform() < 0.5 ? 0 : 1 + random.int(4);
    const region = random.int(3);
    const price = Math.exp(3 + kind + 0.5 * random.normal());
    const weight = 0.01 * price * Math.exp(0.4 * random.normal());
    const isExpress = random.uniform() < (region === 0 ? 0.7 : 0.2);
    const distance = [20, 150, 600][region]! * Math.exp(0.6 * random.normal());
    const items = 1 + Math.floor(-2 * Math.log(1 - random.uniform()));
    const score = 1.2 * (kind - 1) + (isExpress ? -1.6 : 0.9) + (region === 2 ? 1.5 : -0.5) + 0.4 * (items - 2);
    return {
      kind: ['book', 'shirt', 'lamp', 'phone', 'chair'][kind]!,
      region: ['north', 'south', 'abroad'][region]!,
      price: Math.round(100 * price) / 100,
      weight: Math.round(1000 * weight) / 1000,
      express: isExpress ? 'yes' : 'no',
      distance: Math.round(10 * distance) / 10,
      items,
      comes_back: random.uniform() < 1 / (1 + Math.exp(-1.5 * score)) ? 'yes' : 'no',
    };
  };
  return tableFromRows(Array.from({ length: count }, one));
}

async function measured(seed: number, epochs: number) {
  const target = 'comes_back';
  const model = await fit(orders(1000, 1), { seed, epochs, threads: 1, target, validationFraction: 0 });
  const drawn = await model.sample({ rows: 2000, seed, workers: 1 });
  const named = [orders(2000, 2), drawn].map((table, i) => ({ name: `rows ${i}`, table }));
  const [real, rows] = alignTables(named[0]!, named.slice(1)) as [typeof drawn, typeof drawn];
  const task = taskOf(real, real.columns.length - 1);
  const { scores } = utility(task!, 'trees', rows, real, [0, 1, 2])!;
  const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  return {
    shapes: 1 - mean(columnShapes(real, rows).map(({ score }) => score)),
    trends: 1 - meanByTrainingBins(columnPairTrends(real, rows)),
    detection: detect(real, rows, 2000, createRandom(1, 1)).trees.auc,
    utility: (scores as { auc: number }).auc,
  };
}

it('the rows of a short fit are like fresh ones', async () => {
  const runs = [await measured(1, 8), await measured(2, 8)];
  const mean = (name: keyof (typeof runs)[number]) => runs.reduce((sum, run) => sum + run[name], 0) / runs.length;
  // Means of two seeds; this code, and with all weights 1, without ranges, with a label that is never last:
  expect(mean('shapes')).toBeLessThan(0.034); // 0.023, and 0.030, 0.027, 0.036
  expect(mean('trends')).toBeLessThan(0.057); // 0.040, and 0.072, 0.048, 0.072
  expect(mean('detection')).toBeLessThan(0.65); // 0.622, and 0.834, 0.694, 0.695
  expect(mean('utility')).toBeGreaterThan(0.86); // 0.902, and 0.780, 0.909, 0.855
});
