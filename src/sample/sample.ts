/** Samples rows from a model in blocks, in order, on worker threads. */
import { availableParallelism } from 'node:os';
import type { RowRange } from '../numeric/shard.ts';
import { createPool, type Pool } from '../threads/pool.ts';
import { inSharedMemory, startThread } from '../threads/thread.ts';
import {
  type Block,
  blockRows,
  createBlockSampler,
  type Sampled,
  type SamplerModel,
  sentModel,
} from './decode/block.ts';
import type { SamplerOptions } from './decode/token-sampler.ts';
import type { RowRequest } from './requests/row-request.ts';
import type { Requests, RowRequests } from './requests/row-requests.ts';

export interface Decoding extends SamplerOptions {
  readonly seed: number;
  readonly workers?: number | undefined;
  readonly maxSeconds?: number | undefined;
  /** Only these rows of all, in this order; all by default. */
  readonly ranges?: readonly RowRange[] | undefined;
}

/**
 * Blocks of rows; together as many as asked for, unless time runs out. Under one seed they are the same for any
 * number of workers, and a row is the same in any range. Of a block that a range cuts, the rows up to the cut are decoded.
 */
export async function* sampleRows(
  model: SamplerModel,
  rowRequests: Pick<RowRequests, 'rows' | 'requests'>,
  decoding: Decoding,
): AsyncGenerator<Sampled> {
  const { workers = availableParallelism(), ranges = [allOf(rowRequests)] } = decoding;
  const blocks = ranges.reduce((sum, range) => sum + blocksOf(range, blockRows).count, 0);
  if (blocks === 0) return;
  const pool = blockPool(model, Math.min(workers, blocks));
  try {
    yield* sampleBlocks(pool, rowRequests, decoding, blockRows);
  } finally {
    await pool.release();
  }
}

const allOf = ({ rows }: Pick<RowRequests, 'rows'>): RowRange => ({ from: 0, to: rows });

/** The same with threads that the caller keeps, in blocks of `size` rows. */
export async function* sampleBlocks(
  pool: Pool<Block, Sampled>,
  rowRequests: Pick<RowRequests, 'rows' | 'requests'>,
  { seed, maxSeconds, workers: _, ranges = [allOf(rowRequests)], ...draw }: Decoding,
  size: number,
): AsyncGenerator<Sampled> {
  const { rows, requests } = rowRequests;
  const until = maxSeconds === undefined ? undefined : Date.now() + 1000 * maxSeconds;
  const start = ({ index, wanted }: Part) => {
    const from = index * size;
    const count = Math.min(size, rows - from);
    const sampled = pool.run({ index, rows: count, wanted, seed, requests: turns(requests, from, count), draw, until });
    // Who waits for it first will hear of its failure; until then it is not unhandled.
    sampled.catch(() => {});
    return sampled;
  };
  const parts = partsOf(ranges, size);
  const underWay: Promise<Sampled>[] = [];
  const startNext = () => {
    const next = parts.next();
    if (!next.done) underWay.push(start(next.value));
  };
  for (let lane = 0; lane <= pool.size; lane++) startNext();
  for (let first = underWay.shift(); first; first = underWay.shift()) {
    yield await first;
    if (until !== undefined && Date.now() > until) return;
    startNext();
  }
}

/** A block, and which of its rows are wanted. */
type Part = Pick<Block, 'index' | 'wanted'>;

/** The blocks of each range, in order. */
function* partsOf(ranges: readonly RowRange[], size: number): Generator<Part, undefined> {
  for (const { from, to } of ranges) {
    const { first, count } = blocksOf({ from, to }, size);
    for (let index = first; index < first + count; index++) {
      const start = index * size;
      yield { index, wanted: { from: Math.max(0, from - start), to: Math.min(size, to - start) } };
    }
  }
}

function blocksOf({ from, to }: RowRange, size: number): { first: number; count: number } {
  const first = Math.floor(from / size);
  return { first, count: from === to ? 0 : Math.ceil(to / size) - first };
}

/** One worker is this thread itself; more are threads that share the weights' memory. A decoder's caches hold one block. */
export function blockPool(model: SamplerModel, workers: number): Pool<Block, Sampled> {
  if (workers === 1) return createPool([createBlockSampler(model)]);
  const data = sentModel({ ...model, weights: inSharedMemory(model.weights) });
  const script = new URL('./decode/sample-worker.js', import.meta.url);
  return createPool(Array.from({ length: workers }, () => startThread<Block, Sampled>(script, { data })));
}

/** The requests as they take turns from row `from` on, at most `count` of them. */
function turns(requests: Requests, from: number, count: number): RowRequest[] {
  const length = Math.min(requests.length, count);
  return Array.from({ length }, (_, i) => requests.at((from + i) % requests.length)!);
}
