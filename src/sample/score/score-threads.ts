/**
 * Reads sentences in parts, which any number of threads take on one after another. It knows model and readings, not what
 * the figures are used for.
 */
import { availableParallelism } from 'node:os';
import { createReader } from '../../../models/prefix-tree-forward.ts';
import { createPool, type Lane } from '../../threads/pool.ts';
import { inSharedMemory, startThread } from '../../threads/thread.ts';
import type { SamplerModel } from '../decode/block.ts';
import { type Readings, sharedLength } from './score-sequences.ts';
import { readingTree } from './token-trie.ts';

/** What the threads of one call do together. */
export interface ReadingTask {
  readonly readings: Readings;
  /** Part p has the readings from `parts[p]` to `parts[p + 1]`. */
  readonly parts: Int32Array;
  /** How many parts someone has taken on; in shared memory. */
  readonly next: Int32Array;
  /** Of each reading; in shared memory. */
  readonly nats: Float64Array;
}

/** What a thread knows when it starts. */
export type ReadingModel = Pick<SamplerModel, 'config' | 'weights'>;

/** Tokens of a part: so many that products are as fast as they get, and so few that what lies between them stays in cache. */
const tokensOfPart = 1024;
/** The logits of a part hold about this many numbers at most. */
const mostLogits = 4_000_000;
/** Multiplications and additions that are worth a thread: what it needs to start takes as long. */
const workOfThread = 5e10;

/** Takes on one part after another until none is left. */
export async function createScorer({ config, weights }: ReadingModel): Promise<Lane<ReadingTask, void>> {
  const reader = await createReader(config, weights, 1);
  return {
    async run({ readings, parts, next, nats }) {
      for (let p = Atomics.add(next, 0, 1); p < parts.length - 1; p = Atomics.add(next, 0, 1)) {
        const { tree, natsOf } = readingTree(readings, parts[p]!, parts[p + 1]!);
        if (tree.queries.length === 0) continue;
        nats.set(await reader.read(tree, (logits) => natsOf(logits, config.vocabSize)), parts[p]!);
      }
    },
    release: () => reader.release(),
  };
}

/**
 * Nats of each reading that `write` returns. Threads get ready while it writes, and need nothing more of this one.
 * @param threads 0 is one a core; as many as `mostTokens`, all that may have to be read, are worth.
 */
export async function readAll(
  { config, weights }: ReadingModel,
  mostTokens: number,
  threads: number,
  write: () => Readings,
): Promise<{ readings: Readings; nats: Float64Array }> {
  const parameters = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  const worthwhile = Math.floor((2 * parameters * mostTokens) / workOfThread);
  const count = Math.min(threads || availableParallelism(), worthwhile);
  const pool = createPool(await lanesOf({ config, weights }, count));
  try {
    const readings = write();
    const task = taskOf(readings, Math.min(tokensOfPart, Math.ceil(mostLogits / config.vocabSize)));
    await Promise.all(Array.from({ length: pool.size }, () => pool.run(task)));
    return { readings, nats: task.nats };
  } finally {
    await pool.release();
  }
}

async function lanesOf(model: ReadingModel, count: number): Promise<Lane<ReadingTask, void>[]> {
  if (count < 2) return [await createScorer(model)];
  const data: ReadingModel = { ...model, weights: inSharedMemory(model.weights) };
  const script = new URL('./score-worker.js', import.meta.url);
  return Array.from({ length: count }, () => startThread<ReadingTask, void>(script, { data }));
}

function taskOf(readings: Readings, most: number): ReadingTask {
  return {
    readings,
    parts: partsOf(readings, most),
    next: new Int32Array(new SharedArrayBuffer(4)),
    nats: new Float64Array(new SharedArrayBuffer(8 * readings.count)),
  };
}

/** Neighbours, each part with about so many distinct beginnings. */
function partsOf({ count, starts, tokens }: Readings, most: number): Int32Array {
  const parts = [0];
  let inPart = 0;
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i]!, starts[i + 1]!];
    const before = inPart === 0 ? start : starts[i - 1]!;
    const added = end - start - sharedLength(tokens, before, start - before, start, end - start);
    const begins = inPart > 0 && inPart + added > most;
    if (begins) parts.push(i);
    inPart = begins ? end - start : inPart + added;
  }
  return Int32Array.of(...parts, count);
}
