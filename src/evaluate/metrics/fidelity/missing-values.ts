/** How alike two tables are in the share of missing cells, column by column. It knows aligned tables, of every kind. */
import type { ColumnData, Table } from '../../../table/table.ts';

/** `real` and `judged` are shares of missing cells; `score` is 1 - |real - judged|, 1 best. */
export interface MissingShare {
  readonly column: number;
  readonly real: number;
  readonly judged: number;
  readonly score: number;
}

/** Source: SDMetrics `single_column/statistical/missing_value_similarity.py`. */
export function missingValues(real: Table, judged: Table): MissingShare[] {
  return real.schema.columns.map((_, column) => {
    const [a, b] = [missingShare(real.columns[column]!), missingShare(judged.columns[column]!)];
    return { column, real: a, judged: b, score: 1 - Math.abs(a - b) };
  });
}

/** NaN without rows. */
export function missingShare(cells: ColumnData): number {
  let missing = 0;
  for (const cell of cells) if (isMissing(cells, cell)) missing += 1;
  return missing / cells.length;
}

function isMissing(cells: ColumnData, cell: number | string | null): boolean {
  if (cells instanceof Int32Array) return cell === -1;
  return cell === null || Number.isNaN(cell);
}
