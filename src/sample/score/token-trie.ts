/** Sequences as a trie of tokens, and their log-probabilities from a model's logits at its nodes. */
import type { TokenTree } from '../../../models/attention/tree-attention.ts';
import { type Choice, certain } from './cell-tokens.ts';
import { type Sequences, sharedLength } from './score-sequences.ts';

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
