/** One table from several guesses at it: of each cell the middle number or the commonest value. It knows tables, not who guessed. */
import { type Value, valueAt } from './cells.ts';
import { tableFromValues } from './from-values.ts';
import { isNumeric } from './schema.ts';
import type { Table } from './table.ts';

/** @param guesses tables of `rowCount` rows, end to end. Of two middle numbers the lower is taken, of equally common values the first. */
export function consensus(guesses: Table, rowCount: number): Table {
  const { schema, columns } = guesses;
  const rows = Array.from({ length: rowCount }, (_, row) =>
    columns.map((data, c) => {
      const values: (Value | null)[] = [];
      for (let at = row; at < guesses.rowCount; at += rowCount) values.push(valueAt(data, at));
      return isNumeric(schema.columns[c]!) && !values.includes(null) ? middle(values as number[]) : commonest(values);
    }),
  );
  return tableFromValues(schema, rows);
}

function middle(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[(numbers.length - 1) >> 1]!;
}

function commonest(values: readonly (Value | null)[]): Value | null {
  const counts = new Map<Value | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, found) => (found[1] > best[1] ? found : best))[0];
}
