/**
 * Counts rows that repeat another row exactly: within a table, and across from the training table.
 * It knows aligned tables (align.ts) and every kind of column, text included.
 */
import { isNumeric } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { numberCells } from '../number-cells.ts';

/** Shares of rows, in [0, 1]. */
export interface Copies {
  /** Rows of the judged table that equal some training row in every cell, missing equal to missing. */
  readonly copiesOfTrain: number;
  /** Rows of the judged table that equal an earlier row of it, as pandas' `duplicated`. */
  readonly duplicateRows: number;
  /** The same within the training table. */
  readonly duplicateTrainRows: number;
}

export function copies(train: Table, judged: Table): Copies {
  const [trainRows, judgedRows] = rowIds([train, judged]);
  const known = new Set(trainRows);
  let copied = 0;
  for (const id of judgedRows!) if (known.has(id)) copied += 1;
  return {
    copiesOfTrain: copied / judged.rowCount,
    duplicateRows: repeatedShare(judgedRows!),
    duplicateTrainRows: 1 - known.size / train.rowCount,
  };
}

function repeatedShare(ids: Int32Array): number {
  return 1 - new Set(ids).size / ids.length;
}

/**
 * A number for each row of each table, equal exactly when the rows are. The columns are folded in one by one:
 * (number of the row so far, number of the cell) is numbered anew in the order of appearance.
 */
function rowIds(tables: readonly Table[]): Int32Array[] {
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
