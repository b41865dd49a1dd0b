/** A table as the learners' matrix: the one file of this folder that knows tables. Text is left out. */
import { isCoded, isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import type { Matrix, MatrixColumn } from './matrix.ts';

/** Every column but text and `leaveOut` (an index in the schema). A table's cells are shared, not copied. */
export function tableMatrix({ schema, rowCount, columns }: Table, leaveOut: number | null = null): Matrix {
  const features = schema.columns.flatMap((column, index): MatrixColumn[] => {
    const cells = columns[index]!;
    if (index === leaveOut) return [];
    if (isNumeric(column)) return [{ kind: 'number', values: cells as Float64Array }];
    if (isCoded(column)) return [{ kind: 'category', codes: cells as Int32Array, size: column.values.length }];
    return [];
  });
  return { rowCount, columns: features };
}
