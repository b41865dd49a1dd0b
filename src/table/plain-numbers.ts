/** Plain numbers ("12.50") as number cells: how they are read from bytes, and what their spellings have in common. */
import { growingNumbers, type NumberCellsBuilder } from './number-cells.ts';

const [zero, nine, point, minus] = [48, 57, 46, 45];

/** All powers that a double holds exactly; a number of at most 15 digits divided by one is what `Number` would read. */
const powers = Array.from({ length: 16 }, (_, decimals) => 10 ** decimals);
const mostDigits = 15;
/** Longer texts are no shortest spelling of a double. */
const longestNumber = 24;

export function plainNumbersBuilder(): NumberCellsBuilder {
  const values = growingNumbers();
  let decimals = new Uint8Array(1 << 13);
  let [scale, minScale, zeroScale] = [0, longestNumber, -1];
  let hasNegativeZero = false;

  const store = (value: number, places: number) => {
    const row = values.push(value);
    if (row === decimals.length) {
      const larger = new Uint8Array(row * 2);
      larger.set(decimals);
      decimals = larger;
    }
    decimals[row] = places;
  };
  const text = (row: number) => {
    const value = values.at(row);
    // Adding the sign by hand: toFixed drops that of -0.
    return (Object.is(value, -0) ? '-' : '') + value.toFixed(decimals[row]!);
  };

  return {
    add(bytes, from, to) {
      if (from === to) return false;
      const negative = bytes[from] === minus;
      const start = negative ? from + 1 : from;
      const count = to - start;
      if (count === 0 || count > longestNumber) return false;
      // A leading zero stands alone before the point.
      if (bytes[start] === zero && count > 1 && bytes[start + 1] !== point) return false;
      let digits = 0;
      let pointAt = -1;
      let last = 0;
      for (let i = start; i < to; i++) {
        last = bytes[i]!;
        if (last === point && pointAt < 0 && i > start && i + 1 < to) pointAt = i;
        else if (last >= zero && last <= nine) digits = digits * 10 + (last - zero);
        else return false;
      }
      const places = pointAt < 0 ? 0 : to - pointAt - 1;
      const size = digits / powers[places]!;
      let value = negative ? -size : size;
      if (count - (places > 0 ? 1 : 0) > mostDigits) {
        const written = bytes.toString('latin1', from, to);
        value = Number(written);
        if (String(value) !== written || (places === 0 && !Number.isSafeInteger(value))) return false;
      }
      store(value, places);
      if (places > scale) scale = places;
      if (places < minScale) minScale = places;
      if (places > zeroScale && places > 0 && last === zero) zeroScale = places;
      if (negative && digits === 0) hasNegativeZero = true;
      return true;
    },
    skip: () => store(Number.NaN, 0),
    text,
    build: () => ({
      spelled: { as: 'numbers', scale, minScale, zeroScale, hasNegativeZero },
      ...values.all(),
      text,
    }),
  };
}
