/** Rows as numbers that are equal exactly when the rows are. */
import { isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { numberCells } from './number-cells.ts';

/**
 * A number for each row of each table, equal exactly when the rows are. The columns are folded in one by one:
 * (number of the row so far, number of the cell) is numbered anew in the order of appearance.
 */
export function rowIds(tables: readonly Table[]): Int32Array[] {
  const ids = tables.map((table) => new Int32Array(table.rowCount));
  let count = 1;
  tables[0]!.schema.columns.forEach((column, index) => {
    const cells = tables.map((table) => table.columns[index]!);
    const numbered = isNumeric(column) || column.kind === 'text' ? numberCells(cells) : (cells as Int32Array[]);
    const width = 2 + numbered.reduce((most, codes) => codes.reduce((a, b) => Math.max(a, b), most), 0);
    const numbers = numbering(count * width);
    ids.forEach((tableIds, t) => {
      const codes = numbered[t]!;
      for (let row = 0; row < tableIds.length; row++) {
        tableIds[row] = numbers.of(tableIds[row]! * width + codes[row]! + 1);
      }
    });
    count = numbers.count();
  });
  return ids;
}

/** Up to so many keys a list of all is faster than a map of those that come. */
const mostListed = 2 ** 22;

/** Numbers keys below `keys` in the order of appearance. */
function numbering(keys: number): { of(key: number): number; count(): number } {
  let count = 0;
  if (keys > mostListed) {
    const known = new Map<number, number>();
    return {
      of(key) {
        let number = known.get(key);
        if (number === undefined) {
          number = count++;
          known.set(key, number);
        }
        return number;
      },
      count: () => count,
    };
  }
  const numbers = new Int32Array(keys);
  return {
    of(key) {
      if (numbers[key] === 0) numbers[key] = ++count;
      return numbers[key]! - 1;
    },
    count: () => count,
  };
}
