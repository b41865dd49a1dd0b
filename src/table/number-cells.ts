/**
 * The cells of a column of numbers that hardly repeat, as numbers: a tenth of the memory of their texts, and every text
 * comes back. It knows plain numbers ("12.50"), nothing of columns.
 */

/** What all numbers of a column have in common, gathered as they come. */
interface NumberStatistics {
  /** Most and fewest decimals. */
  readonly scale: number;
  readonly minScale: number;
  /** Most decimals of a number whose last one is 0, -1 when there is none. */
  readonly zeroScale: number;
  readonly min: number;
  readonly max: number;
  readonly hasNegativeZero: boolean;
}

export interface NumberCells {
  readonly statistics: NumberStatistics;
  /** NaN where a cell is no number. */
  readonly values: Float64Array;
  /** The text of a cell that is a number. */
  text(row: number): string;
}

export interface NumberCellsBuilder {
  /** Takes the next cell, a part of a text, if it is a plain number that can be stored; else nothing is changed. */
  add(text: string, from: number, to: number): boolean;
  /** The next cell is no number. */
  skip(): void;
  text(row: number): string;
  build(): NumberCells;
}

const [zero, nine, point, minus] = [48, 57, 46, 45];

/** All powers that a double holds exactly; a number of at most 15 digits divided by one is what `Number` would read. */
const powers = Array.from({ length: 16 }, (_, decimals) => 10 ** decimals);
const mostDigits = 15;
/** Longer texts are no shortest spelling of a double. */
const longestNumber = 24;

export function numberCellsBuilder(): NumberCellsBuilder {
  let values = new Float64Array(1 << 13);
  let decimals = new Uint8Array(1 << 13);
  let length = 0;
  let [scale, minScale, zeroScale] = [0, longestNumber, -1];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let hasNegativeZero = false;

  const store = (value: number, places: number) => {
    if (length === values.length) {
      const [larger, wider] = [new Float64Array(length * 2), new Uint8Array(length * 2)];
      larger.set(values);
      wider.set(decimals);
      [values, decimals] = [larger, wider];
    }
    values[length] = value;
    decimals[length++] = places;
  };
  const text = (row: number) => {
    const value = values[row]!;
    // Adding the sign by hand: toFixed drops that of -0.
    return (Object.is(value, -0) ? '-' : '') + value.toFixed(decimals[row]!);
  };

  return {
    add(written, from, to) {
      if (from === to) return false;
      const negative = written.charCodeAt(from) === minus;
      const start = negative ? from + 1 : from;
      const count = to - start;
      if (count === 0 || count > longestNumber) return false;
      // A leading zero stands alone before the point.
      if (written.charCodeAt(start) === zero && count > 1 && written.charCodeAt(start + 1) !== point) return false;
      let digits = 0;
      let pointAt = -1;
      let last = 0;
      for (let i = start; i < to; i++) {
        last = written.charCodeAt(i);
        if (last === point && pointAt < 0 && i > start && i + 1 < to) pointAt = i;
        else if (last >= zero && last <= nine) digits = digits * 10 + (last - zero);
        else return false;
      }
      const places = pointAt < 0 ? 0 : to - pointAt - 1;
      const isShort = count - (places > 0 ? 1 : 0) <= mostDigits;
      const size = digits / powers[places]!;
      const value = isShort ? (negative ? -size : size) : Number(written.slice(from, to));
      if (!isShort && (String(value) !== written.slice(from, to) || (places === 0 && !Number.isSafeInteger(value))))
        return false;
      store(value, places);
      if (places > scale) scale = places;
      if (places < minScale) minScale = places;
      if (places > zeroScale && places > 0 && last === zero) zeroScale = places;
      if (value < min) min = value;
      if (value > max) max = value;
      if (negative && digits === 0) hasNegativeZero = true;
      return true;
    },
    skip: () => store(Number.NaN, 0),
    text,
    build() {
      values = values.slice(0, length);
      // Adding 0 turns -0 into 0.
      const statistics = { scale, minScale, zeroScale, min: min + 0, max: max + 0, hasNegativeZero };
      return { statistics, values, text };
    },
  };
}
