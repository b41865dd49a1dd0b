/**
 * The cells of a column that hardly repeat, as numbers: a tenth of the memory of their texts, and every text comes back.
 * It knows what such columns have in common, nothing of how a number is spelled.
 */

export interface NumberCells {
  readonly spelled: Spelling;
  readonly min: number;
  readonly max: number;
  /** NaN where a cell is no number. */
  readonly values: Float64Array;
  /** The text of a cell that is a number. */
  text(row: number): string;
}

/** What all texts of a column have in common. */
type Spelling =
  | {
      readonly as: 'numbers';
      /** Most and fewest decimals. */
      readonly scale: number;
      readonly minScale: number;
      /** Most decimals of a number whose last one is 0, -1 when there is none. */
      readonly zeroScale: number;
      readonly hasNegativeZero: boolean;
    }
  | { readonly as: 'instants'; readonly format: string };

export interface NumberCellsBuilder {
  /** Takes the next cell, a part of the bytes, if it is a number that can be stored; else nothing is changed. */
  add(bytes: Buffer, from: number, to: number): boolean;
  /** The next cell is no number. */
  skip(): void;
  text(row: number): string;
  build(): NumberCells;
}

/** Doubles of unknown count, and the least and greatest of them. */
export function growingNumbers() {
  let values = new Float64Array(1 << 13);
  let length = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    /** Returns how many there were before. */
    push(value: number): number {
      if (length === values.length) {
        const larger = new Float64Array(length * 2);
        larger.set(values);
        values = larger;
      }
      values[length] = value;
      if (value < min) min = value;
      if (value > max) max = value;
      return length++;
    },
    at: (index: number): number => values[index]!,
    // Adding 0 turns -0 into 0.
    all: () => ({ values: values.slice(0, length), min: min + 0, max: max + 0 }),
  };
}
