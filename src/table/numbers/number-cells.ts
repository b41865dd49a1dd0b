/**
 * The cells of a column that hardly repeat, as numbers: a tenth of the memory of their texts, and every text comes
 * back.
 */
import type { CellRun } from '../text/cell-run.ts';

export interface NumberCells {
  readonly spelled: Spelling;
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
  /** Takes the cells from `from` on until one is no number that can be stored; returns which, or how many there are. */
  take(cells: CellRun, from: number): number;
  /** The next cell is no number. */
  skip(): void;
  text(row: number): string;
  build(): NumberCells;
}
