/** The baseline without any structure: each column drawn from training on its own. It knows tables. */
import type { Table } from '../../table/table.ts';
import type { Baseline } from './baseline.ts';

/** Every cell is some training row's, each column's another's. Shapes are right, everything between columns is lost. */
export const independentColumns: Baseline = (train, rows, random): Table => ({
  schema: train.schema,
  rowCount: rows,
  columns: train.columns.map((cells) => {
    const drawn = () => cells[random.int(train.rowCount)]!;
    if (cells instanceof Float64Array) return Float64Array.from({ length: rows }, drawn as () => number);
    if (cells instanceof Int32Array) return Int32Array.from({ length: rows }, drawn as () => number);
    return Array.from({ length: rows }, drawn as () => string | null);
  }),
});
