/** Scores sequences in parts, which any number of threads take one after another. */
import { availableParallelism } from 'node:os';
import type { TokenTree } from '../../../models/attention/tree-attention.ts';
import { createReader } from '../../../models/decoder.ts';
import { createPool, type Lane } from '../../threads/pool.ts';
import { inSharedMemory, startThread } from '../../threads/thread.ts';
import type { SamplerModel } from '../decode/block.ts';
import { type Choice, certain } from './cell-tokens.ts';
import { type Sequences, sharedLength } from './score-sequences.ts';

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

// Sequences as a trie of tokens, and their log-probabilities from a model's logits at its nodes.

export interface SequenceTrie {
  /** Without the leaves, whose logits are not needed; empty where no logits are needed. */
  readonly tree: TokenTree;
  /** The log-probability of each sequence, given logits [queries, V]. */
  logProbsOf(logits: Float32Array, V: number): Float64Array;
}

/** The trie of the sequences from `from` to `to`; they are sorted. */
export function sequenceTrie(sequences: Sequences, from: number, to: number): SequenceTrie {
  const { starts, chosen, choices } = sequences;
  const first = starts[from]!;
  const { ids, parents, nodes } = grow(sequences, from, to);
  const goesOn = new Uint8Array(ids.length);
  const isQuery = new Uint8Array(ids.length);
  for (const parent of parents) if (parent >= 0) goesOn[parent] = 1;
  for (let at = 0; at < nodes.length; at++) if (chosen[first + at] !== certain) isQuery[parents[nodes[at]!]!] = 1;
  const [read, place] = numbered(goesOn);
  const [queries, query] = numbered(isQuery);
  return {
    tree: {
      ids: read.map((node) => ids[node]!),
      parents: read.map((node) => (parents[node]! < 0 ? -1 : place[parents[node]!]!)),
      queries: queries.map((node) => place[node]!),
    },
    logProbsOf(logits, V) {
      const shareOf = logShares(logits, V, choices, queries.length);
      const logProbs = new Float64Array(to - from);
      for (let i = from; i < to; i++) {
        for (let at = starts[i]!; at < starts[i + 1]!; at++) {
          if (chosen[at] === certain) continue;
          const node = nodes[at - first]!;
          logProbs[i - from]! += shareOf(query[parents[node]!]!, chosen[at]!, ids[node]!);
        }
      }
      return logProbs;
    },
  };
}

/** Every distinct prefix is a node. `ids` and `parents` (-1 at a root) are by node, `nodes` by token of all sequences. */
function grow({ starts, tokens }: Sequences, from: number, to: number) {
  const first = starts[from]!;
  const nodes = new Int32Array(starts[to]! - first);
  const [ids, parents] = [new Int32Array(nodes.length), new Int32Array(nodes.length)];
  let count = 0;
  for (let i = from; i < to; i++) {
    const [start, end] = [starts[i]!, starts[i + 1]!];
    const before = i === from ? start : starts[i - 1]!;
    const same = sharedLength(tokens, before, start - before, start, end - start);
    nodes.copyWithin(start - first, before - first, before - first + same);
    for (let at = start + same; at < end; at++) {
      ids[count] = tokens[at]!;
      parents[count] = at === start ? -1 : nodes[at - 1 - first]!;
      nodes[at - first] = count++;
    }
  }
  return { ids: ids.subarray(0, count), parents: parents.subarray(0, count), nodes };
}

/** The indices of the marks, and by index its number among them, -1 if it is not marked. */
function numbered(marks: Uint8Array): [Int32Array, Int32Array] {
  const numbers = new Int32Array(marks.length).fill(-1);
  const marked = new Int32Array(marks.length);
  let count = 0;
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 0) continue;
    marked[count] = i;
    numbers[i] = count++;
  }
  return [marked.subarray(0, count), numbers];
}

/** Log of the probability of a choice's `some`, or else of the token, among its `all`. */
function logShares(logits: Float32Array, V: number, choices: readonly Choice[], queries: number) {
  // Nearly always the same choice at a node; not where one text goes on and another ends.
  const whole = new Float64Array(queries);
  const among: (Int32Array | undefined)[] = new Array(queries);
  return (query: number, choice: number, token: number): number => {
    const from = query * V;
    const { all, some } = choices[choice]!;
    if (among[query] !== all) {
      among[query] = all;
      whole[query] = logSum(logits, from, all);
    }
    return (some ? logSum(logits, from, some) : logits[from + token]!) - whole[query]!;
  };
}

/** Log of the sum of exp(logit) over some tokens. */
function logSum(logits: Float32Array, from: number, tokens: Int32Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < tokens.length; i++) top = Math.max(top, logits[from + tokens[i]!]!);
  let sum = 0;
  for (let i = 0; i < tokens.length; i++) sum += Math.exp(logits[from + tokens[i]!]! - top);
  return top + Math.log(sum);
}
