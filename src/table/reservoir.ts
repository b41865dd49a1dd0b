/** Which rows of a file are kept while it is read: all, or a random sample. */
import { createRandom } from '../numeric/random.ts';

/** How many rows a table may have, and the seed that chooses which. */
export interface RowLimit {
  readonly maxRows?: number | undefined;
  readonly seed?: number | undefined;
  /** Whether a table without rows is one: its header says its columns. */
  readonly mayBeEmpty?: boolean | undefined;
}

export interface Reservoir<Row> {
  add(row: Row, line: number): void;
  /** Delivers what was held back; returns how many rows there were. */
  end(): number;
}

/**
 * Without a limit every row is delivered at once. With one, every set of that many rows is equally likely to be the one
 * kept, and it is delivered at the end, in the order of the file. Source: Vitter 1985, algorithm R.
 * @param hold copies a row that is kept out of what it was read into.
 */
export function createReservoir<Row, Held = Row>(
  { maxRows, seed }: RowLimit,
  hold: (row: Row) => Held,
  deliver: (row: Held, line: number) => void,
): Reservoir<Row> {
  let seen = 0;
  if (maxRows === undefined) {
    return {
      add(row, line) {
        seen++;
        deliver(hold(row), line);
      },
      end: () => seen,
    };
  }
  const random = createRandom(seed ?? 0, 5);
  const kept: { row: Held; line: number; order: number }[] = [];
  return {
    add(row, line) {
      const place = seen < maxRows ? seen : random.int(seen + 1);
      if (place < maxRows) kept[place] = { row: hold(row), line, order: seen };
      seen++;
    },
    end() {
      for (const { row, line } of kept.sort((a, b) => a.order - b.order)) deliver(row, line);
      return seen;
    },
  };
}
