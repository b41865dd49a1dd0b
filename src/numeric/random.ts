/** Seeded randomness, always passed as an argument. It wraps pure-rand's xoroshiro128+. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export interface Random {
  /** A number in [0, 1). */
  uniform(): number;
  /** A whole number in [0, n). */
  int(n: number): number;
  /** A standard normal number. */
  normal(): number;
  /** Shuffles in place (Fisher-Yates) and returns the array. */
  shuffle<Items extends { [index: number]: unknown; length: number }>(items: Items): Items;
  /** Four 32-bit words from which `restoreRandom` continues. */
  state(): readonly number[];
}

/** Equal seeds and streams give equal numbers; different streams of one seed are independent. */
export function createRandom(seed: number, ...stream: readonly number[]): Random {
  const parts = [seed, Math.floor(seed / 2 ** 32), stream.length, ...stream];
  // Four hashes of all parts that begin differently: two streams are equal only if all 128 bits are.
  const state = [1, 2, 3, 4].map((salt) => parts.reduce((word, part) => mix((word + 0x9e3779b9) ^ part), mix(salt)));
  return restoreRandom(state);
}

export function restoreRandom(state: readonly number[]): Random {
  return wrap(xoroshiro128plusFromState(state));
}

function wrap(generator: RandomGenerator): Random {
  const uniform = () => uniformFloat64(generator);
  const int = (n: number) => uniformInt(generator, 0, n - 1);
  return {
    uniform,
    int,
    // Box-Muller; the second of its two numbers is dropped so that the state is only the generator's.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i--) {
        const j = int(i + 1);
        const held = items[i];
        items[i] = items[j];
        items[j] = held;
      }
      return items;
    },
    state: () => generator.getState(),
  };
}

/** The finaliser of MurmurHash3 (Appleby, public domain): every bit of the word reaches every bit of the result. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
