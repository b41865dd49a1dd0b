/**
 * Reads sentences in parts, which any number of threads take on one after another. It knows model and readings, not what
 * the figures are used for.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createReader } from '../../models/reader.ts';
import type { SamplerModel } from './block.ts';
import { readingTree } from './reading-tree.ts';
import { type Readings, sharedLength } from './readings.ts';
import { inSharedMemory } from './shared-weights.ts';

/** What a thread starts with. */
export interface ReadingTask extends Pick<SamplerModel, 'config' | 'weights'> {
  readonly readings: Readings;
  /** Part p has the readings from `parts[p]` to `parts[p + 1]`. */
  readonly parts: Int32Array;
  /** How many parts someone has taken on; in shared memory. */
  readonly next: Int32Array;
  /** Of each reading; in shared memory. */
  readonly nats: Float64Array;
}

/** Tokens of a part: so many that products are as fast as they get, and so few that what lies between them stays in cache. */
const tokensOfPart = 1024;
/** The logits of a part hold about this many numbers at most. */
const mostLogits = 4_000_000;
/** Multiplications and additions that are worth a thread: what it needs to start takes as long. */
const workOfThread = 2e10;

/** Takes on one part after another until none is left. */
export async function readThrough({ config, weights, readings, parts, next, nats }: ReadingTask): Promise<void> {
  const reader = await createReader(config, weights, 1);
  for (let p = Atomics.add(next, 0, 1); p < parts.length - 1; p = Atomics.add(next, 0, 1)) {
    const { tree, natsOf } = readingTree(readings, parts[p]!, parts[p + 1]!);
    if (tree.asked.length === 0) continue;
    nats.set(await reader.read(tree, (logits) => natsOf(logits, config.vocabSize)), parts[p]!);
  }
  await reader.release();
}

/** Nats of each reading, whatever the number of threads; 0 threads is one a core. Threads begin at once. */
export async function readAll(model: SamplerModel, readings: Readings, threads: number): Promise<Float64Array> {
  const { config, weights } = model;
  const { parts, tokens } = partsOf(readings, Math.min(tokensOfPart, Math.ceil(mostLogits / config.vocabSize)));
  const parameters = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  const worthwhile = Math.floor((2 * parameters * tokens) / workOfThread);
  const task: ReadingTask = {
    config,
    weights,
    readings,
    parts,
    next: new Int32Array(new SharedArrayBuffer(4)),
    nats: new Float64Array(new SharedArrayBuffer(8 * readings.count)),
  };
  const count = Math.min(threads || availableParallelism(), worthwhile);
  if (count < 2) await readThrough(task);
  else await readInThreads(task, count);
  return task.nats;
}

/** Neighbours, each part with about so many distinct beginnings; and how many there are in all. */
function partsOf({ count, starts, tokens }: Readings, most: number): { parts: Int32Array; tokens: number } {
  const parts = [0];
  let [inPart, inAll] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [start, end] = [starts[i]!, starts[i + 1]!];
    const before = inPart === 0 ? start : starts[i - 1]!;
    const added = end - start - sharedLength(tokens, before, start - before, start, end - start);
    if (inPart > 0 && inPart + added > most) {
      parts.push(i);
      [inPart, inAll] = [end - start, inAll + end - start];
    } else {
      [inPart, inAll] = [inPart + added, inAll + added];
    }
  }
  return { parts: Int32Array.of(...parts, count), tokens: inAll };
}

async function readInThreads(task: ReadingTask, count: number): Promise<void> {
  const workerData = { ...task, weights: inSharedMemory(task.weights) };
  const ended = Array.from({ length: count }, () => {
    const worker = new Worker(new URL('./reading-worker.js', import.meta.url), { workerData });
    return new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  });
  await Promise.all(ended);
}
