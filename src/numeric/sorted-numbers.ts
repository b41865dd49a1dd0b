/** Doubles in ascending order, sorted by their bytes: several times as fast as comparing them. */
import { endianness } from 'node:os';

/** From the least byte to the one with the sign. */
const bytesOfDouble = endianness() === 'LE' ? [0, 1, 2, 3, 4, 5, 6, 7] : [7, 6, 5, 4, 3, 2, 1, 0];

/** A copy without NaN; -0 stands before 0. */
export function sortedNumbers(values: Float64Array): Float64Array {
  let source = withoutNaN(values);
  let target = new Float64Array(source.length);
  const places = new Int32Array(256);
  for (const byte of bytesOfDouble) {
    if (sortByByte(source, target, byte, places)) [source, target] = [target, source];
  }
  // As bytes go, a negative number is greater than any other, and the greater the further it is from zero.
  let negative = source.length;
  while (negative > 0 && isNegative(source[negative - 1]!)) negative--;
  target.set(source.subarray(negative).reverse());
  target.set(source.subarray(0, negative), source.length - negative);
  return target;
}

export const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0);

function withoutNaN(values: Float64Array): Float64Array<ArrayBuffer> {
  const present = new Float64Array(values.length);
  let length = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isNaN(value)) present[length++] = value;
  }
  return present.slice(0, length);
}

/** One pass of a radix sort; false where all numbers have the same byte and nothing needs to be done. */
function sortByByte(source: Float64Array, target: Float64Array, byte: number, places: Int32Array): boolean {
  const bytes = new Uint8Array(source.buffer);
  if (source.length === 0) return false;
  count(bytes, byte, places);
  if (places[bytes[byte]!] === source.length) return false;
  for (let i = 0, sum = 0; i < 256; i++) {
    const next = sum + places[i]!;
    places[i] = sum;
    sum = next;
  }
  move(source, bytes, byte, places, target);
  return true;
}

function count(bytes: Uint8Array, byte: number, counts: Int32Array): void {
  counts.fill(0);
  for (let at = byte; at < bytes.length; at += 8) counts[bytes[at]!]!++;
}

function move(source: Float64Array, bytes: Uint8Array, byte: number, places: Int32Array, target: Float64Array): void {
  for (let i = 0, at = byte; i < source.length; i++, at += 8) target[places[bytes[at]!]!++] = source[i]!;
}
