/**
 * What may be said next in a cell, as tokens of a base model's vocabulary: each is admitted whose bytes the cell's grammar
 * follows to a place from which the cell can still be completed. It knows bytes and tokens, nothing of columns.
 */
import { createState, done, type State } from '../codec/automaton.ts';
import type { BaseTokenizer } from './base-tokenizer.ts';
import type { ByteState } from './byte-automaton.ts';

export interface TokenGrammar {
  /**
   * All that may be said from `text` on in at most `most` tokens, which are no fewer than the bytes to its nearest end.
   * Where a cell may be over or go on, `endings` are admitted beside the tokens that go on with it.
   */
  spelled(text: ByteState, most: number): State;
  /** What `spelled(text, most)` admits of the texts of `part`, which are some of its own; undefined where all are too long. */
  within(part: ByteState, text: ByteState, most: number): State | undefined;
  /** Exactly one of `texts`, each by its own tokens. */
  listed(texts: readonly Int32Array[]): State;
}

export function createTokenGrammar({ trie, bytes }: BaseTokenizer, endings: Int32Array): TokenGrammar {
  const kept = createStore();

  /** The tokens that a text may go on with. */
  const tokensAfter = memo((text: ByteState) => {
    const tokens: number[] = [];
    trie.walk(text, (token) => tokens.push(token));
    return kept(Int32Array.from(tokens));
  });
  /** For each of these, how many bytes the nearest end is away after it. */
  const distancesAfter = memo((text: ByteState) => {
    const distances: number[] = [];
    trie.walk(text, (_, after) => distances.push(after.distance));
    return kept(Int32Array.from(distances));
  });
  // A token for every byte exists, so that a text so many bytes from its end can be ended in as many tokens.
  const fitting = (text: ByteState, most: number): Int32Array => {
    const tokens = tokensAfter(text);
    if (most === Number.POSITIVE_INFINITY) return tokens;
    const distances = distancesAfter(text);
    return kept(tokens.filter((_, i) => distances[i]! < most));
  };

  const statesAt = memo((_: ByteState) => new Map<number, State>());
  const spelled = (text: ByteState, most: number): State => {
    if (!text.open) return done;
    const known = statesAt(text);
    let state = known.get(most);
    if (!state) {
      state = newState(text, most);
      known.set(most, state);
    }
    return state;
  };
  const newState = (text: ByteState, most: number): State => {
    const going = fitting(text, most);
    return {
      tokens: text.complete ? joined(going, endings) : going,
      next(index) {
        if (index >= going.length) return done;
        let after = text;
        for (const byte of bytes(going[index]!)!) after = after.next(byte)!;
        return spelled(after, most - 1);
      },
    };
  };

  const partsAt = memo((_: ByteState) => memo((_: ByteState) => new Map<number, State>()));
  const within = (part: ByteState, text: ByteState, most: number): State => {
    if (part === text) return spelled(text, most);
    if (!text.open) return done;
    const known = partsAt(part)(text);
    let state = known.get(most);
    if (!state) {
      state = newPart(part, text, most);
      known.set(most, state);
    }
    return state;
  };
  const newPart = (part: ByteState, text: ByteState, most: number): State => {
    const going = fitting(part, most);
    return createState([
      ...Array.from(going, (token) => ({
        token,
        leadsTo: () => {
          let [partAfter, textAfter] = [part, text];
          for (const byte of bytes(token)!) {
            partAfter = partAfter.next(byte)!;
            textAfter = textAfter.next(byte)!;
          }
          return within(partAfter, textAfter, most - 1);
        },
      })),
      ...(part.complete ? Array.from(endings, (token) => ({ token, leadsTo: () => done })) : []),
    ]);
  };

  const listed = (texts: readonly Int32Array[], at: number): State => {
    const branches = new Map<number, Int32Array[]>();
    for (const text of texts) {
      if (text.length === at) continue;
      const branch = branches.get(text[at]!);
      if (branch) branch.push(text);
      else branches.set(text[at]!, [text]);
    }
    if (branches.size === 0) return done;
    const going = Int32Array.from(branches.keys());
    const successors: (State | undefined)[] = [];
    return {
      tokens: texts.some((text) => text.length === at) ? joined(going, endings) : going,
      next(index) {
        if (index >= going.length) return done;
        successors[index] ??= listed(branches.get(going[index]!)!, at + 1);
        return successors[index];
      },
    };
  };
  return {
    spelled,
    within: (part, text, most) => (part.distance > most ? undefined : within(part, text, most)),
    listed: (texts) => listed(texts, 0),
  };
}

function memo<K, V>(work: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = work(key);
      known.set(key, value);
    }
    return value;
  };
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Keeps one of equal arrays: inside a text nearly all states admit the same tokens, and those are many. */
function createStore(): (array: Int32Array) => Int32Array {
  const byHash = new Map<number, Int32Array[]>();
  return (array) => {
    let hash = array.length;
    for (const x of array) hash = (Math.imul(hash, 31) + x) | 0;
    const alike = byHash.get(hash) ?? [];
    byHash.set(hash, alike);
    const equal = alike.find((other) => other.length === array.length && other.every((x, i) => x === array[i]));
    if (!equal) alike.push(array);
    return equal ?? array;
  };
}
