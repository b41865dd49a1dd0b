/** Rows as numbers that are equal exactly when the rows are. It knows aligned tables (table/align.ts) and every kind of column. */
import { isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { numberCells } from './number-cells.ts';

/**
 * A number for each row of each table, equal exactly when the rows are. The columns are folded in one by one:
 * (number of the row so far, number of the cell) is numbered anew in the order of appearance.
 */
export function rowIds(tables: readonly Table[]): Int32Array[] {
  const ids = tables.map((table) => new Int32Array(table.rowCount));
  tables[0]!.schema.columns.forEach((column, index) => {
    const cells = tables.map((table) => table.columns[index]!);
    const numbered = isNumeric(column) || column.kind === 'text' ? numberCells(cells) : (cells as Int32Array[]);
    const width = 2 + numbered.reduce((most, codes) => codes.reduce((a, b) => Math.max(a, b), most), 0);
    const numberOf = new Map<number, number>();
    ids.forEach((tableIds, t) => {
      for (let row = 0; row < tableIds.length; row++) {
        const key = tableIds[row]! * width + numbered[t]![row]! + 1;
        const known = numberOf.get(key);
        if (known === undefined) numberOf.set(key, numberOf.size);
        tableIds[row] = known ?? numberOf.size - 1;
      }
    });
  });
  return ids;
}
