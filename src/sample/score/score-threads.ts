/** Scores sequences in parts, which any number of threads take one after another. */
import { availableParallelism } from 'node:os';
import { createReader } from '../../../models/prefix-tree-forward.ts';
import { createPool, type Lane } from '../../threads/pool.ts';
import { inSharedMemory, startThread } from '../../threads/thread.ts';
import type { SamplerModel } from '../decode/block.ts';
import { type Sequences, sharedLength } from './score-sequences.ts';
import { sequenceTrie } from './token-trie.ts';

/** What the threads of one call do together. */
export interface ScoreTask {
  readonly sequences: Sequences;
  /** Part p has the sequences from `parts[p]` to `parts[p + 1]`. */
  readonly parts: Int32Array;
  /** The number of parts taken so far; in shared memory. */
  readonly next: Int32Array;
  /** Of each sequence; in shared memory. */
  readonly logProbs: Float64Array;
}

/** What a thread is given when it starts. */
export type ScoreModel = Pick<SamplerModel, 'config' | 'weights'>;

/** Tokens of a part: enough for fast products, and few enough that activations stay in cache. */
const tokensOfPart = 1024;
/** Most numbers in the logits of a part. */
const mostLogits = 4_000_000;
/** Multiplications and additions that take as long as a thread's start. */
const workOfThread = 5e10;

/** Takes one part after another until none is left. */
export async function createScorer({ config, weights }: ScoreModel): Promise<Lane<ScoreTask, void>> {
  const reader = await createReader(config, weights, 1);
  return {
    async run({ sequences, parts, next, logProbs }) {
      for (let p = Atomics.add(next, 0, 1); p < parts.length - 1; p = Atomics.add(next, 0, 1)) {
        const { tree, logProbsOf } = sequenceTrie(sequences, parts[p]!, parts[p + 1]!);
        if (tree.queries.length === 0) continue;
        logProbs.set(await reader.read(tree, (logits) => logProbsOf(logits, config.vocabSize)), parts[p]!);
      }
    },
    release: () => reader.release(),
  };
}

/**
 * The log-probability of each sequence that `write` returns. Threads get ready while it writes.
 * @param mostTokens a bound on the tokens of all sequences, which decides how many threads are worth their start.
 * @param threads at most so many; 0 is one a core.
 */
export async function scoreSequences(
  { config, weights }: ScoreModel,
  mostTokens: number,
  threads: number,
  write: () => Sequences,
): Promise<{ sequences: Sequences; logProbs: Float64Array }> {
  const parameters = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
  const worthwhile = Math.floor((2 * parameters * mostTokens) / workOfThread);
  const count = Math.min(threads || availableParallelism(), worthwhile);
  const pool = createPool(await lanesOf({ config, weights }, count));
  try {
    const sequences = write();
    const task = taskOf(sequences, Math.min(tokensOfPart, Math.ceil(mostLogits / config.vocabSize)));
    await Promise.all(Array.from({ length: pool.size }, () => pool.run(task)));
    return { sequences, logProbs: task.logProbs };
  } finally {
    await pool.release();
  }
}

async function lanesOf(model: ScoreModel, count: number): Promise<Lane<ScoreTask, void>[]> {
  if (count < 2) return [await createScorer(model)];
  const data: ScoreModel = { ...model, weights: inSharedMemory(model.weights) };
  const script = new URL('./score-worker.js', import.meta.url);
  return Array.from({ length: count }, () => startThread<ScoreTask, void>(script, { data }));
}

function taskOf(sequences: Sequences, most: number): ScoreTask {
  return {
    sequences,
    parts: partsOf(sequences, most),
    next: new Int32Array(new SharedArrayBuffer(4)),
    logProbs: new Float64Array(new SharedArrayBuffer(8 * sequences.count)),
  };
}

/** Cuts the sequences into parts of about `most` distinct prefixes. */
function partsOf({ count, starts, tokens }: Sequences, most: number): Int32Array {
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
