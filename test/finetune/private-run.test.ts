import { describe, expect, it } from 'vitest';
import { architectures } from '../../models/architectures.ts';
import { initialWeights, type Weights } from '../../models/config.ts';
import { presetConfig } from '../../models/presets.ts';
import { finetuneOptions } from '../../src/finetune/options.ts';
import { finetunePrivately, planPrivately } from '../../src/finetune/private-run.ts';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { takeRows, withoutColumns } from '../../src/table/select.ts';
import { peopleTable } from '../model/tiny-table.ts';

/** One column, in one order: with more, the orders of the others would be other ones every time. */
const table = withoutColumns(peopleTable(40), ['age', 'work', 'rich', 'born']);
const codec = createCodec(table.schema, learnGrammar(table));
const thin = { nLayer: 1, nHead: 2, nKvHead: 1, nEmbd: 16, nInner: 16 };
const config = { ...presetConfig('tiny', 'llama', codec.vocabSize, codec.longest), ...thin };
const initial = { config, weights: initialWeights(architectures.llama.weights(config), 1) };
const batchSize = 20;
const all = Array.from({ length: table.rowCount }, (_, row) => row);

/** What the first step divides by the batch size: the noisy sum over a sample of these rows. */
async function firstSum(rows: readonly number[], rate: number, { sigma, clip }: { sigma: number; clip: number }) {
  const stop = new AbortController();
  let kept: Weights | undefined;
  const some = takeRows(table, rows);
  const options = { ...finetuneOptions.parse({ gradClip: clip, threads: 1 }), device: 'cpu' as const };
  const run = finetunePrivately(some, codec, options, {
    ...{ plan: { batchSize, rate, steps: 2 }, sigma, initial, now: () => 0, signal: stop.signal },
    onProgress: () => stop.abort(),
    keep: async (_, state) => {
      kept = new Map([...state!.weights.firstMoment].map(([name, data]) => [name, data.slice()]));
    },
  });
  await expect(run).rejects.toMatchObject({ code: 'interrupted' });
  return Float64Array.from([...kept!.values()].flatMap((data) => [...data])).map((x) => x * batchSize);
}

const normOf = (x: Float64Array): number => Math.hypot(...x);

describe('a private step', () => {
  it('has the noise that was paid for, whatever the number of rows that were drawn', async () => {
    for (const [rows, rate] of [
      [[], 0.5],
      [all, 0.5],
      [all, 1],
    ] as const) {
      const sum = await firstSum(rows, rate, { sigma: 500, clip: 0.5 });
      const deviation = normOf(sum) / Math.sqrt(sum.length);
      expect(Math.abs(deviation / 250 - 1)).toBeLessThan(6 / Math.sqrt(2 * sum.length));
    }
  });

  it('changes by no more than the clip where a row comes, and by about as much where rows are clipped', async () => {
    const clip = 0.05;
    const sumOf = (rows: readonly number[]) => firstSum(rows, 1, { sigma: 1e-5, clip });
    const whole = await sumOf(all);
    // At the end, at the beginning, in between: shorter and longer sentences.
    for (const left of [0, 7, 20, 39]) {
      const without = await sumOf(all.filter((row) => row !== left));
      const change = normOf(whole.map((x, j) => x - without[j]!));
      expect(change).toBeLessThanOrEqual(clip);
      expect(change).toBeGreaterThan(0.99 * clip);
    }
  });

  it('has rows from a Poisson sample: with noise hardly there, its sum is another one every time', async () => {
    const norms = new Set<string>();
    for (let i = 0; i < 5; i++) norms.add(normOf(await firstSum(all, 0.5, { sigma: 1e-6, clip: 0.05 })).toFixed(3));
    expect(norms.size).toBeGreaterThan(1);
  });
});

it('the plan of a private fit follows from the number of rows and the options', () => {
  const plan = (rows: number, given = {}) =>
    planPrivately(rows, { ...finetuneOptions.parse(given), device: 'cpu' as const });
  expect(plan(800)).toEqual({ batchSize: 100, rate: 100 / 800, steps: 250 });
  expect(plan(800, { effort: 'quick' }).steps).toBe(100);
  expect(plan(3200).steps).toBe(192);
  expect(plan(100_000)).toEqual({ batchSize: 1024, rate: 1024 / 100_000, steps: 75 });
  expect(plan(800, { epochs: 4, batchSize: 50 })).toEqual({ batchSize: 50, rate: 50 / 800, steps: 64 });
  expect(plan(3)).toMatchObject({ batchSize: 1 });
  expect(plan(10, { batchSize: 64 })).toMatchObject({ batchSize: 10, rate: 1 });
});
