import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, loadCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import { createDecoder } from '../../models/decoder.ts';
import { outside } from '../outside.ts';
import { forwardLogits, largestDifference } from './tiny.ts';

const folder = outside('models/stories260K')!;

describe('a checkpoint that others trained, stories260K', () => {
  it('has the special tokens of its config.json', async () => {
    expect((await loadCheckpoint(folder)).tokens).toEqual({ bos: 1, eos: 2, pad: null });
  });

  it('gives the logits and the loss that PyTorch gives', async () => {
    const { config, weights } = await loadCheckpoint(folder);
    const golden = readGolden();
    const ids = Int32Array.from(golden.input_ids);
    const V = config.vocabSize;
    const logits = await forwardLogits(config, weights, ids, [1, ids.length]);
    expect(largestDifference(logits.slice(-V).slice(0, 8), golden.last_logits_first8)).toBeLessThan(1e-4);
    const nats = Array.from(ids.subarray(1), (next, t) => {
      const row = logits.subarray(t * V, (t + 1) * V);
      return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[next]!;
    });
    expect(nats.reduce((a, b) => a + b, 0) / nats.length).toBeCloseTo(golden.loss, 5);
  });

  it('continues the beginning of a text as PyTorch does, by cached decode', async () => {
    const expected = readGolden().greedy_from_bos;
    expect(await decodeGreedily(await loadCheckpoint(folder), expected[0]!, expected.length - 1)).toEqual(expected);
  });
});

async function decodeGreedily({ config, weights }: Checkpoint, start: number, count: number): Promise<number[]> {
  const decoder = await createDecoder(config, weights, {
    batchSize: 1,
    capacity: count + 1,
    longestRun: 1,
    threads: 1,
  });
  const ids = [start];
  for (let t = 0; t < count; t++) {
    const logits = await decoder.step({
      ids: Int32Array.of(ids[t]!),
      counts: Int32Array.of(1),
      lengths: Int32Array.of(t),
    });
    ids.push(logits.indexOf(Math.max(...logits)));
  }
  await decoder.release();
  return ids;
}

interface Golden {
  readonly input_ids: number[];
  readonly loss: number;
  readonly last_logits_first8: number[];
  readonly greedy_from_bos: number[];
}

function readGolden(): Golden {
  return JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
}
