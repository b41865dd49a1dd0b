/** Whether cells stay within what the real table shows to be possible. It knows aligned tables; text is never judged. */

import { valueRange } from '../../../numeric/value-range.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';

type ValidityMetric = 'BoundaryAdherence' | 'CategoryAdherence';

/** `score` is a share of cells in [0, 1], 1 best, NaN when there is nothing to compare. */
export interface ColumnValidity {
  readonly column: number;
  readonly metric: ValidityMetric;
  readonly score: number;
}

/** `unreadable`: cells of each judged column that are missing since nothing could read them. Source: SDMetrics 0.29 `reports/single_table/_properties/data_validity.py`, less its checks of keys. */
export function validity(real: Table, judged: Table, unreadable: readonly number[] = []): ColumnValidity[] {
  return real.schema.columns.flatMap((column, index): ColumnValidity[] => {
    const [a, b] = [real.columns[index]!, judged.columns[index]!];
    if (isNumeric(column)) {
      const score = boundaryAdherence(a as Float64Array, b as Float64Array, unreadable[index]);
      return [{ column: index, metric: 'BoundaryAdherence', score }];
    }
    if (isCoded(column)) {
      const score = categoryAdherence(a as Int32Array, b as Int32Array);
      return [{ column: index, metric: 'CategoryAdherence', score }];
    }
    return [];
  });
}

/**
 * Share of judged cells within [min, max] of the real ones. Missing cells are left out when the real column has some,
 * and are failures when it has none. Source: SDMetrics `single_column/statistical/boundary_adherence.py`.
 * `unreadable` cells of those that are missing are failures, too.
 */
export function boundaryAdherence(real: Float64Array, judged: Float64Array, unreadable = 0): number {
  const range = valueRange(real);
  if (range === null) return Number.NaN;
  const [low, high] = range;
  const within = judged.filter((x) => x >= low && x <= high).length;
  const left = real.some(Number.isNaN) ? judged.filter(Number.isNaN).length - unreadable : 0;
  return within / (judged.length - left);
}

/**
 * Share of judged cells whose category, or missingness (-1), occurs in the real column.
 * Source: SDMetrics `single_column/statistical/category_adherence.py`.
 */
export function categoryAdherence(real: Int32Array, judged: Int32Array): number {
  const known = new Set(real);
  return judged.filter((code) => known.has(code)).length / judged.length;
}
