/** The baseline that knows only what cells are possible. It knows tables. */

import { valueRange } from '../../numeric/value-range.ts';
import { isCoded, isNumeric } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { type Baseline, rounding } from './baseline.ts';

/** Numbers evenly over training's range, categories with equal chances, text that some row has; no cell is missing. */
export const noise: Baseline = (train, rows, random): Table => ({
  schema: train.schema,
  rowCount: rows,
  columns: train.columns.map((cells, index) => {
    const column = train.schema.columns[index]!;
    if (isCoded(column)) {
      const present = [...new Set(cells as Int32Array)].filter((code) => code >= 0);
      return Int32Array.from({ length: rows }, () => present[random.int(Math.max(1, present.length))] ?? -1);
    }
    if (isNumeric(column)) {
      const [low, high] = valueRange(cells as Float64Array) ?? [Number.NaN, Number.NaN];
      const rounded = rounding(column, cells as Float64Array);
      return Float64Array.from({ length: rows }, () => rounded(low + random.uniform() * (high - low)));
    }
    return Array.from({ length: rows }, () => cells[random.int(train.rowCount)] as string | null);
  }),
});
