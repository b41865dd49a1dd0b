import { describe, expect, it } from 'vitest';
import { createDecoder } from '../../models/decoder.ts';
import { createRandom } from '../../src/random.ts';
import { forwardLogits, largestDifference, tinyConfigs, tinyWeights } from './tiny.ts';

// Heads 16 wide are rotated inside ONNX Runtime's attention, others before it.
const configs = { ...tinyConfigs, 'llama with wide heads': { ...tinyConfigs.llama!, nHead: 2, nKvHead: 1 } };

describe.each(Object.entries(configs))('cached decode of %s', (_, config) => {
  const weights = tinyWeights(config, 11);
  const V = config.vocabSize;

  it('equals a full forward pass, for rows of different lengths that start anew at different times', async () => {
    const random = createRandom(12);
    const rows: number[][] = [[], [], []];
    const decoder = await createDecoder(config, weights, { batchSize: 3, capacity: config.blockSize, threads: 1 });
    for (let step = 0; step < 14; step++) {
      if (step === 5) rows[1] = [];
      if (step === 9) rows[2] = [];
      const lengths = Int32Array.from(rows, ({ length }) => length);
      const ids = Int32Array.from(rows, () => random.int(V));
      const logits = (await decoder.step(ids, lengths)).slice();
      for (const [b, row] of rows.entries()) {
        row.push(ids[b]!);
        const full = await forwardLogits(config, weights, Int32Array.from(row), [1, row.length]);
        expect(largestDifference(logits.subarray(b * V, (b + 1) * V), full.subarray(-V))).toBeLessThan(1e-5);
      }
    }
    await decoder.release();
  });

  it('fills its capacity to the last place', async () => {
    const ids = Int32Array.from({ length: config.blockSize }, (_, i) => i % V);
    const decoder = await createDecoder(config, weights, { batchSize: 1, capacity: config.blockSize, threads: 1 });
    let logits = new Float32Array();
    for (const [t, id] of ids.entries()) logits = (await decoder.step(Int32Array.of(id), Int32Array.of(t))).slice();
    await decoder.release();
    const full = await forwardLogits(config, weights, ids, [1, ids.length]);
    expect(largestDifference(logits, full.subarray(-V))).toBeLessThan(1e-5);
  });
});

it('refuses heads that ONNX Runtime cannot decode', async () => {
  const config = { ...tinyConfigs.llama!, nEmbd: 16 };
  await expect(
    createDecoder(config, tinyWeights(config, 1), { batchSize: 1, capacity: 8, threads: 1 }),
  ).rejects.toThrow('sampling needs heads whose width is a multiple of 8, got 4 (nEmbd 16, nHead 4)');
});
