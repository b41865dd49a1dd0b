/**
 * Distinct texts, numbered as they come and held as UTF-8: a cell that was there before costs no string, and one that
 * was not costs one only when it is asked for. It knows nothing of what the texts mean.
 */

import { type GrowingInts, roomFor } from '../../numeric/growing-arrays.ts';
import type { CellRun } from './cell-run.ts';

export interface TextIndex {
  readonly size: number;
  /** Pushes the numbers of the cells from `from` to before `to`; new texts get the next ones. */
  number(cells: CellRun, from: number, to: number, numbers: GrowingInts): void;
  texts(): string[];
  /** All texts in their order. */
  readonly all: CellRun;
}

/** V8 has longer ones, but not much. */
const longestString = 1 << 28;

/** Open addressing with linear probing; the table is at most half full. */
export function createTextIndex(): TextIndex {
  let bytes = Buffer.alloc(256);
  let starts = new Int32Array(65);
  let hashes = new Int32Array(64);
  /** Numbers plus one, so that 0 is an empty place. */
  let places = new Int32Array(128);
  let size = 0;
  let isAscii = true;

  const add = (source: Buffer, from: number, to: number, hash: number): number => {
    const start = starts[size]!;
    const end = start + to - from;
    if (end > bytes.length) bytes = Buffer.concat([bytes], Math.max(end, bytes.length * 2));
    for (let i = from, at = start; i < to; i++, at++) {
      const byte = source[i]!;
      bytes[at] = byte;
      if (byte > 127) isAscii = false;
    }
    hashes[size] = hash;
    starts[++size] = end;
    return size - 1;
  };

  const isText = (number: number, source: Buffer, from: number, to: number): boolean => {
    const start = starts[number]!;
    if (starts[number + 1]! - start !== to - from) return false;
    for (let i = from, at = start; i < to; i++, at++) if (source[i] !== bytes[at]) return false;
    return true;
  };

  const grow = () => {
    hashes = roomFor(hashes, size * 2);
    starts = roomFor(starts, size * 2 + 1);
    places = new Int32Array(size * 4);
    const mask = places.length - 1;
    for (let number = 0; number < size; number++) {
      let place = spread(hashes[number]!) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = number + 1;
    }
  };

  return {
    get size() {
      return size;
    },
    number({ bytes: source, bounds, first, step }, from, to, numbers) {
      for (let i = from, bound = first + step * from; i < to; i++, bound += step) {
        const start = bounds[bound]!;
        const end = bounds[bound + 1]!;
        let hash = end - start;
        for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + source[at]!) | 0;
        const mask = places.length - 1;
        let place = spread(hash) & mask;
        let number = places[place]! - 1;
        while (number >= 0 && (hashes[number] !== hash || !isText(number, source, start, end))) {
          place = (place + 1) & mask;
          number = places[place]! - 1;
        }
        if (number < 0) {
          number = add(source, start, end, hash);
          places[place] = size;
          if (size === hashes.length) grow();
        }
        numbers.push(number);
      }
    },
    texts() {
      // To cut one string is several times as fast as to make many, where a byte is a character.
      const all = isAscii && starts[size]! < longestString ? bytes.toString('latin1', 0, starts[size]) : undefined;
      return Array.from({ length: size }, (_, number) => {
        const [from, to] = [starts[number]!, starts[number + 1]!];
        return all === undefined ? bytes.toString('utf8', from, to) : all.slice(from, to);
      });
    },
    get all() {
      return { bytes, bounds: starts, first: 0, step: 1, count: size };
    },
  };
}

/** Fibonacci hashing: the low bits of the sum alone would crowd. */
function spread(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return product ^ (product >>> 15);
}
