/**
 * Sentences that begin alike as trees of tokens, and how likely each is by a model's logits there. It knows tokens and
 * choices, no tables and no graph.
 */
import type { TokenTree } from '../../../models/attention/tree-attention.ts';
import { type Choice, certain } from './cell-tokens.ts';
import { type Readings, sharedLength } from './score-sequences.ts';

export interface ReadingTree {
  /** Without the tokens at the ends, after which nothing is asked; empty where nothing is asked at all. */
  readonly tree: TokenTree;
  /** Nats of each reading, given logits [queries, V]. */
  natsOf(logits: Float32Array, V: number): Float64Array;
}

/** The tree of the readings from `from` to `to`, which are neighbours. */
export function readingTree(readings: Readings, from: number, to: number): ReadingTree {
  const { starts, chosen, choices } = readings;
  const first = starts[from]!;
  const { ids, parents, nodes } = grow(readings, from, to);
  const goesOn = new Uint8Array(ids.length);
  const isAsked = new Uint8Array(ids.length);
  for (const parent of parents) if (parent >= 0) goesOn[parent] = 1;
  for (let at = 0; at < nodes.length; at++) if (chosen[first + at] !== certain) isAsked[parents[nodes[at]!]!] = 1;
  const [read, place] = numbered(goesOn);
  const [asked, question] = numbered(isAsked);
  return {
    tree: {
      ids: read.map((node) => ids[node]!),
      parents: read.map((node) => (parents[node]! < 0 ? -1 : place[parents[node]!]!)),
      queries: asked.map((node) => place[node]!),
    },
    natsOf(logits, V) {
      const shareOf = logShares(logits, V, choices, asked.length);
      const nats = new Float64Array(to - from);
      for (let i = from; i < to; i++) {
        for (let at = starts[i]!; at < starts[i + 1]!; at++) {
          if (chosen[at] === certain) continue;
          const node = nodes[at - first]!;
          nats[i - from]! += shareOf(question[parents[node]!]!, chosen[at]!, ids[node]!);
        }
      }
      return nats;
    },
  };
}

/** Every distinct beginning is a node. By node its token and its parent (-1 for a first); by token of all readings its node. */
function grow({ starts, tokens }: Readings, from: number, to: number) {
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

/** The places that are marked, and of each place its number among them, -1 where it is not. */
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

/** Log of the probability of what is meant, a part of the choice or else a token, among all of the choice. */
function logShares(logits: Float32Array, V: number, choices: readonly Choice[], questions: number) {
  // At one place nearly always among the same tokens; not where one text goes on as others are followed.
  const whole = new Float64Array(questions);
  const among: (Int32Array | undefined)[] = new Array(questions);
  return (question: number, choice: number, token: number): number => {
    const from = question * V;
    const { all, some } = choices[choice]!;
    if (among[question] !== all) {
      among[question] = all;
      whole[question] = logSum(logits, from, all);
    }
    return (some ? logSum(logits, from, some) : logits[from + token]!) - whole[question]!;
  };
}

/** Log of the sum of the odds of some tokens. */
function logSum(logits: Float32Array, from: number, tokens: Int32Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < tokens.length; i++) top = Math.max(top, logits[from + tokens[i]!]!);
  let odds = 0;
  for (let i = 0; i < tokens.length; i++) odds += Math.exp(logits[from + tokens[i]!]! - top);
  return top + Math.log(odds);
}
