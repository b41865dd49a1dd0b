/** How much of what the real columns show turns up again. It knows aligned tables; text is never judged. */

import { valueRange } from '../../../numeric/value-range.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';

type CoverageMetric = 'RangeCoverage' | 'CategoryCoverage';

/** `score` in [0, 1], 1 best, 0 when only the judged side has no value, NaN when the real one has none or is a point. */
export interface ColumnCoverage {
  readonly column: number;
  readonly metric: CoverageMetric;
  readonly score: number;
}

export function coverage(real: Table, judged: Table): ColumnCoverage[] {
  return real.schema.columns.flatMap((column, index): ColumnCoverage[] => {
    const [a, b] = [real.columns[index]!, judged.columns[index]!];
    if (isNumeric(column)) {
      return [{ column: index, metric: 'RangeCoverage', score: rangeCoverage(a as Float64Array, b as Float64Array) }];
    }
    if (isCoded(column)) {
      return [{ column: index, metric: 'CategoryCoverage', score: categoryCoverage(a as Int32Array, b as Int32Array) }];
    }
    return [];
  });
}

/**
 * 1 less the shares of the real range that are left out at either end, at least 0.
 * Source: SDMetrics `single_column/statistical/range_coverage.py`.
 */
export function rangeCoverage(real: Float64Array, judged: Float64Array): number {
  const [wanted, got] = [valueRange(real), valueRange(judged)];
  if (wanted === null || wanted[0] === wanted[1]) return Number.NaN;
  if (got === null) return 0;
  const size = wanted[1] - wanted[0];
  return Math.max(0, 1 - Math.max(0, (got[0] - wanted[0]) / size) - Math.max(0, (wanted[1] - got[1]) / size));
}

/** Share of the real categories that occur. Source: SDMetrics `single_column/statistical/category_coverage.py`. */
export function categoryCoverage(real: Int32Array, judged: Int32Array): number {
  const wanted = new Set(real.filter((code) => code >= 0));
  const got = new Set(judged);
  return [...wanted].filter((code) => got.has(code)).length / wanted.size;
}
