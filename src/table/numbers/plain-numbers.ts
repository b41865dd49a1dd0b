/** Plain numbers ("12.50") as number cells: how they are read from bytes, and what their spellings have in common. */
import { roomFor } from '../../numeric/growing-arrays.ts';
import type { NumberCellsBuilder } from './number-cells.ts';

const [zero, point, minus] = [48, 46, 45];

/** All powers that a double holds exactly; a number of at most 15 digits divided by one is what `Number` would read. */
const powers = Array.from({ length: 16 }, (_, decimals) => 10 ** decimals);
const mostDigits = 15;
/** Longer texts are no shortest spelling of a double. */
const longestNumber = 24;

/** What there was of numbers with so many decimals. */
const [some, endingInZero] = [1, 2];

export function plainNumbersBuilder(): NumberCellsBuilder {
  let values = new Float64Array(1 << 10);
  let decimals = new Uint8Array(1 << 10);
  let length = 0;
  /** By decimals. */
  const seen = new Uint8Array(longestNumber + 1);
  let hasNegativeZero = false;

  const text = (row: number) => {
    const value = values[row]!;
    // Adding the sign by hand: toFixed drops that of -0.
    return (Object.is(value, -0) ? '-' : '') + value.toFixed(decimals[row]!);
  };

  return {
    take({ bytes, bounds, first, step, count }, from) {
      values = roomFor(values, length + count - from);
      decimals = roomFor(decimals, length + count - from);
      let i = from;
      for (let bound = first + step * i; i < count; i++, bound += step) {
        const end = bounds[bound + 1]!;
        const negative = bytes[bounds[bound]!] === minus;
        const start = bounds[bound]! + (negative ? 1 : 0);
        if (start >= end || end - start > longestNumber) break;
        // A leading zero stands alone before the point.
        if (bytes[start] === zero && end - start > 1 && bytes[start + 1] !== point) break;
        let digits = 0;
        let pointAt = -1;
        let at = start;
        for (; at < end; at++) {
          const digit = bytes[at]! - zero;
          if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
          else if (digit === point - zero && pointAt < 0) pointAt = at;
          else break;
        }
        if (at < end || pointAt === start || pointAt === end - 1) break;
        const places = pointAt < 0 ? 0 : end - pointAt - 1;
        let value = places === 0 ? digits : digits / powers[places]!;
        if (negative) value = -value;
        if (end - start - (places > 0 ? 1 : 0) > mostDigits) {
          value = longNumber(bytes, bounds[bound]!, end, places);
          if (Number.isNaN(value)) break;
        }
        if (negative && value === 0) hasNegativeZero = true;
        seen[places]! |= bytes[end - 1] === zero ? some | endingInZero : some;
        values[length] = value;
        decimals[length++] = places;
      }
      return i;
    },
    skip() {
      values = roomFor(values, length + 1);
      decimals = roomFor(decimals, length + 1);
      values[length++] = Number.NaN;
    },
    text,
    build: () => ({
      spelled: {
        as: 'numbers',
        scale: seen.findLastIndex((what) => what > 0),
        minScale: seen.findIndex((what) => what > 0),
        zeroScale: seen.findLastIndex((what, places) => places > 0 && (what & endingInZero) > 0),
        hasNegativeZero,
      },
      values: values.slice(0, length),
      text,
    }),
  };
}

/** A number of too many digits for arithmetic; NaN where it is not the shortest spelling of a double. */
function longNumber(bytes: Buffer, from: number, to: number, places: number): number {
  const written = bytes.toString('latin1', from, to);
  const value = Number(written);
  return String(value) !== written || (places === 0 && !Number.isSafeInteger(value)) ? Number.NaN : value;
}
