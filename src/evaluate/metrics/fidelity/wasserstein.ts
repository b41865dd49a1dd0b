/** How far each numeric column's distribution would have to be moved. It knows aligned tables. */
import { isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { presentSorted } from '../distributions.ts';

/**
 * `distance` is in units of the real column's standard deviation, 0 best; NaN when real is constant or has no value. A
 * judged column without a value is as far off as real's range is wide.
 */
export interface ColumnDistance {
  readonly column: number;
  readonly distance: number;
}

export function wassersteinDistances(real: Table, judged: Table): ColumnDistance[] {
  return real.schema.columns.flatMap((column, index): ColumnDistance[] => {
    if (!isNumeric(column)) return [];
    const [a, b] = [real, judged].map(({ columns }) => presentSorted(columns[index] as Float64Array)) as [
      Float64Array,
      Float64Array,
    ];
    const moved = b.length === 0 ? a.at(-1)! - a[0]! : wasserstein(a, b);
    return [{ column: index, distance: moved / standardDeviation(a) }];
  });
}

/**
 * ∫ |F_a - F_b|, the 1-Wasserstein distance of two ascending samples; NaN when one is empty.
 * Source: `scipy.stats.wasserstein_distance`.
 */
export function wasserstein(a: Float64Array, b: Float64Array): number {
  if (a.length === 0 || b.length === 0) return Number.NaN;
  let [i, j, area] = [0, 0, 0];
  let value = Math.min(a[0]!, b[0]!);
  while (i < a.length || j < b.length) {
    const next = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    area += Math.abs(i / a.length - j / b.length) * (next - value);
    value = next;
    while (i < a.length && a[i] === value) i += 1;
    while (j < b.length && b[j] === value) j += 1;
  }
  return area;
}

/** Of the population; NaN when there is no spread. */
function standardDeviation(values: Float64Array): number {
  if (values.length === 0 || values[0] === values.at(-1)) return Number.NaN;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
}
