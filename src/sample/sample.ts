/** Samples sentences from a model in blocks, in order, on worker threads. */
import { availableParallelism } from 'node:os';
import { createPool, type Pool } from '../threads/pool.ts';
import { inSharedMemory, startThread } from '../threads/thread.ts';
import { type Block, blockRows, createBlockSampler, type Sampled, type SamplerModel } from './decode/block.ts';
import type { SamplerOptions } from './decode/token-sampler.ts';
import type { RowRequest } from './requests/row-request.ts';
import type { RowRequests } from './requests/row-requests.ts';

export interface Decoding extends SamplerOptions {
  readonly seed: number;
  readonly workers?: number | undefined;
  readonly maxSeconds?: number | undefined;
}

/**
 * Blocks of sentences; together as many as asked for, unless time runs out. Under one seed they are the same for any
 * number of workers.
 */
export async function* sampleSentences(
  model: SamplerModel,
  asking: Pick<RowRequests, 'rows' | 'requests'>,
  decoding: Decoding,
): AsyncGenerator<Sampled> {
  const blocks = Math.ceil(asking.rows / blockRows);
  const pool = blockPool(model, Math.max(1, Math.min(decoding.workers ?? availableParallelism(), blocks)));
  try {
    yield* sampleBlocks(pool, asking, decoding, blockRows);
  } finally {
    await pool.release();
  }
}

/** The same with threads that the caller keeps, in blocks of `size` rows. */
export async function* sampleBlocks(
  pool: Pool<Block, Sampled>,
  { rows, requests }: Pick<RowRequests, 'rows' | 'requests'>,
  { seed, maxSeconds, workers: _, ...draw }: Decoding,
  size: number,
): AsyncGenerator<Sampled> {
  const blocks = Math.ceil(rows / size);
  const until = maxSeconds === undefined ? undefined : Date.now() + 1000 * maxSeconds;
  const start = (index: number) => {
    const from = index * size;
    const count = Math.min(size, rows - from);
    const sampled = pool.run({ index, rows: count, seed, requests: turns(requests, from, count), draw, until });
    // Who waits for it first will hear of its failure; until then it is not unhandled.
    sampled.catch(() => {});
    return sampled;
  };
  const underWay: Promise<Sampled>[] = [];
  for (let next = 0, done = 0; done < blocks; done++) {
    while (next < blocks && underWay.length <= pool.size) underWay.push(start(next++));
    yield await underWay.shift()!;
    if (until !== undefined && Date.now() > until) return;
  }
}

/** One worker is this thread itself; more are threads that share the weights' memory. A decoder's caches hold one block. */
export function blockPool(model: SamplerModel, workers: number): Pool<Block, Sampled> {
  if (workers === 1) return createPool([createBlockSampler(model)]);
  const data: SamplerModel = { ...model, weights: inSharedMemory(model.weights) };
  const script = new URL('./decode/sample-worker.js', import.meta.url);
  return createPool(Array.from({ length: workers }, () => startThread<Block, Sampled>(script, { data })));
}

/** The requests as they take turns from row `from` on, at most `count` of them. */
function turns(requests: readonly RowRequest[], from: number, count: number): RowRequest[] {
  const length = Math.min(requests.length, count);
  return Array.from({ length }, (_, i) => requests[(from + i) % requests.length]!);
}
