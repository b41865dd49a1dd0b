import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../models/decoder.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { forwardLogits, largestDifference, tinyConfigs, tinyWeights } from './tiny.ts';

const configs = {
  ...tinyConfigs,
  'llama with one key head': { ...tinyConfigs.llama!, nKvHead: 1 },
  'llama with narrow heads': { ...tinyConfigs.llama!, nHead: 16, nKvHead: 8 },
};

describe.each(Object.entries(configs))('cached decode of %s', (_, config) => {
  const weights = tinyWeights(config, 11);
  const V = config.vocabSize;

  it('equals a full forward pass, for sequences that go on by as much as they like, rest, start anew or like others', async () => {
    const random = createRandom(12);
    const rows: number[][] = [[], [], [], []];
    const [B, longestRun] = [rows.length, 3];
    const options = { batchSize: B, capacity: config.blockSize, longestRun, threads: 1 };
    const decoder = await createDecoder(config, weights, options);
    for (let step = 0; step < 14; step++) {
      for (const row of rows) {
        if (step % 5 === 4 && random.uniform() < 0.5) row.length = random.int(row.length + 1);
      }
      if (step % 4 === 3) {
        const [from, to] = [random.int(B), random.int(B)];
        rows[to] = rows[from]!.slice(0, random.int(rows[from]!.length + 1));
        decoder.copy(from, to, rows[to]!.length);
      }
      const room = (row: number[]) => Math.min(longestRun, config.blockSize - row.length);
      const lengths = Int32Array.from(rows, ({ length }) => length);
      const runs = rows.map((row) => Array.from({ length: random.int(room(row) + 1) }, () => random.int(V)));
      const counts = Int32Array.from(runs, ({ length }) => length);
      const logits = (await decoder.step({ ids: Int32Array.from(runs.flat()), counts, lengths })).slice();
      for (const [b, row] of rows.entries()) {
        row.push(...runs[b]!);
        if (counts[b] === 0) continue;
        const full = await forwardLogits(config, weights, Int32Array.from(row), [1, row.length]);
        expect(largestDifference(logits.subarray(b * V, (b + 1) * V), full.subarray(-V))).toBeLessThan(1e-5);
      }
    }
    await decoder.release();
  });

  it.each([1, 5])('fills its capacity to the last place, %d at a time', async (longestRun) => {
    const ids = Int32Array.from({ length: config.blockSize }, (_, i) => i % V);
    const options = { batchSize: 1, capacity: config.blockSize, longestRun, threads: 1 };
    const decoder = await createDecoder(config, weights, options);
    let logits = new Float32Array();
    for (let at = 0; at < ids.length; at += longestRun) {
      const run = ids.subarray(at, at + longestRun);
      const step = { ids: run, counts: Int32Array.of(run.length), lengths: Int32Array.of(at) };
      logits = (await decoder.step(step)).slice();
    }
    await decoder.release();
    const full = await forwardLogits(config, weights, ids, [1, ids.length]);
    expect(largestDifference(logits, full.subarray(-V))).toBeLessThan(1e-5);
  });
});
