/** Asks a model for sentences: exactly as many as wanted, in blocks, in order. It knows no training and checks no rows. */
import { availableParallelism } from 'node:os';
import { createCodec } from '../serialize/codec.ts';
import { blockRows, type SamplerModel } from './block.ts';
import type { ResolvedSampleOptions } from './options.ts';
import { createPool } from './pool.ts';
import { givenCells } from './where.ts';

/** Blocks of sentences; together as many as `options.rows`. Under one seed they are the same for any number of workers. */
export async function* sampleSentences(
  model: SamplerModel,
  { rows, where, seed, workers, ...draw }: ResolvedSampleOptions,
): AsyncGenerator<string[]> {
  const given = givenCells(createCodec(model.schema, model.grammar), where);
  const blocks = Math.ceil(rows / blockRows);
  const pool = createPool(model, Math.max(1, Math.min(workers ?? availableParallelism(), blocks)));
  const start = (index: number) => {
    const sentences = pool.sample({ index, rows: Math.min(blockRows, rows - index * blockRows), seed, given, draw });
    // Who waits for it first will hear of its failure; until then it is not unhandled.
    sentences.catch(() => {});
    return sentences;
  };
  try {
    const underWay: Promise<string[]>[] = [];
    for (let next = 0, done = 0; done < blocks; done++) {
      while (next < blocks && underWay.length <= pool.size) underWay.push(start(next++));
      yield await underWay.shift()!;
    }
  } finally {
    await pool.release();
  }
}
