/**
 * Distinct texts, numbered as they come and held as UTF-8: a cell that was there before costs no string, and one that
 * was not costs one only when it is asked for. It knows nothing of what the texts mean.
 */

export interface TextIndex {
  readonly size: number;
  /** The number of the text from `from` to `to`; a new one gets the next. */
  numberOf(bytes: Buffer, from: number, to: number): number;
  text(number: number): string;
  /** All texts end to end, and where each starts; behind the last start is where the last text ends. */
  readonly held: { readonly bytes: Buffer; readonly starts: Int32Array };
}

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

  const grow = () => {
    hashes = enlarged(hashes, size * 2);
    starts = enlarged(starts, size * 2 + 1);
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
    numberOf(source, from, to) {
      let hash = to - from;
      for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + source[i]!) | 0;
      const mask = places.length - 1;
      let place = spread(hash) & mask;
      for (let number = places[place]! - 1; number >= 0; number = places[place]! - 1) {
        const start = starts[number]!;
        if (
          hashes[number] === hash &&
          starts[number + 1]! - start === to - from &&
          isSame(bytes, start, source, from, to)
        )
          return number;
        place = (place + 1) & mask;
      }
      const number = add(source, from, to, hash);
      places[place] = size;
      if (size === hashes.length) grow();
      return number;
    },
    text: (number) => bytes.toString(isAscii ? 'latin1' : 'utf8', starts[number], starts[number + 1]),
    get held() {
      return { bytes, starts };
    },
  };
}

/** Fibonacci hashing: the low bits of the sum alone would crowd. */
function spread(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function isSame(known: Buffer, start: number, source: Buffer, from: number, to: number): boolean {
  for (let i = from, at = start; i < to; i++, at++) if (source[i] !== known[at]) return false;
  return true;
}

function enlarged(values: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(values);
  return larger;
}
