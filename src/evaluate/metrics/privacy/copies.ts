/**
 * Counts rows that repeat another row exactly: within a table, and across from the training table.
 * It knows aligned tables (table/align.ts) and every kind of column, text included.
 */

import { rowIds } from '../../../learn/row-ids.ts';
import type { Table } from '../../../table/table.ts';

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
