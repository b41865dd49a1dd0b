/** Collects what is wrong with the rows of a file, to be told in one line. */
import { TabletalkError } from '../errors/errors.ts';

export interface ProblemList {
  /** Only the first message is ever made: a whole column may be wrong, and a hint costs time. */
  readonly add: (row: number, message: () => string) => void;
  /** Throws the problem of the lowest row, with the number of the others. */
  readonly throwIfAny: () => void;
}

export function problemList(place: (row: number) => string): ProblemList {
  let count = 0;
  let firstRow = Number.POSITIVE_INFINITY;
  let first = () => '';
  return {
    add(row, message) {
      count++;
      if (row < firstRow) [firstRow, first] = [row, message];
    },
    throwIfAny() {
      if (count === 0) return;
      throw new TabletalkError('input', `${place(firstRow)}: ${first()}${count > 1 ? ` (and ${count - 1} more)` : ''}`);
    },
  };
}
