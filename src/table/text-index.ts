/**
 * Distinct strings, numbered as they come, and found by a part of a longer text without cutting it out: a cell that was
 * there before costs no string. It knows nothing of what the strings mean.
 */
import { detached } from './row-keeper.ts';

export interface TextIndex {
  readonly distinct: string[];
  /** The number of the string from `from` to `to`; a new one gets the next. */
  numberOf(text: string, from: number, to: number): number;
}

/** Open addressing with linear probing; the table is at most half full. */
export function createTextIndex(): TextIndex {
  const distinct: string[] = [];
  let hashes = new Int32Array(64);
  /** Numbers plus one, so that 0 is an empty place. */
  let places = new Int32Array(128);

  const grow = () => {
    const larger = new Int32Array(hashes.length * 2);
    larger.set(hashes);
    hashes = larger;
    places = new Int32Array(hashes.length * 2);
    const mask = places.length - 1;
    for (let number = 0; number < distinct.length; number++) {
      let place = spread(hashes[number]!) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = number + 1;
    }
  };

  return {
    distinct,
    numberOf(text, from, to) {
      let hash = to - from;
      for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
      const mask = places.length - 1;
      let place = spread(hash) & mask;
      for (let number = places[place]! - 1; number >= 0; number = places[place]! - 1) {
        if (hashes[number] === hash && isPart(distinct[number]!, text, from, to)) return number;
        place = (place + 1) & mask;
      }
      const number = distinct.push(detached(text.slice(from, to))) - 1;
      hashes[number] = hash;
      places[place] = number + 1;
      if (distinct.length === hashes.length) grow();
      return number;
    },
  };
}

/** Fibonacci hashing: the low bits of the sum alone would crowd. */
function spread(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function isPart(known: string, text: string, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known.charCodeAt(i) !== text.charCodeAt(from + i)) return false;
  return true;
}
