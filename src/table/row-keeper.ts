/** Which rows of a file are kept while it is read: all, or a random sample. It knows rows by order, nothing of their form. */
import { createRandom } from '../random.ts';

/** How many rows a table may have, and the seed that chooses which. */
export interface RowLimit {
  readonly maxRows?: number | undefined;
  readonly seed?: number | undefined;
}

export interface RowKeeper<Row> {
  add(row: Row, line: number): void;
  /** Delivers what was held back; returns how many rows there were. */
  end(): number;
}

/**
 * Without a limit every row is delivered at once. With one, every set of that many rows is equally likely to be the one
 * kept, and it is delivered at the end, in the order of the file. Source: Vitter 1985, algorithm R.
 * @param hold copies a row out of the text it was cut from, which would else stay in memory with it.
 */
export function createRowKeeper<Row>(
  { maxRows, seed }: RowLimit,
  hold: (row: Row) => Row,
  deliver: (row: Row, line: number) => void,
): RowKeeper<Row> {
  let seen = 0;
  if (maxRows === undefined) {
    return {
      add(row, line) {
        seen++;
        deliver(row, line);
      },
      end: () => seen,
    };
  }
  const random = createRandom(seed ?? 0, 5);
  const kept: { row: Row; line: number; order: number }[] = [];
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

const scratch = Buffer.alloc(1 << 12);

/** A slice of a file's text keeps all of that text in memory for as long as it lives; a copy does not. */
export function detached(text: string): string {
  // Up to twelve characters V8 copies by itself.
  if (text.length < 13) return text;
  if (text.length * 3 > scratch.length) return Buffer.from(text, 'utf8').toString('utf8');
  const bytes = scratch.write(text, 'utf8');
  return scratch.toString(bytes === text.length ? 'latin1' : 'utf8', 0, bytes);
}
