/** Column Shapes: how alike each column's distribution is in two tables, one column at a time. */
import { z } from 'zod';
import { meanOfDefined } from '../../../numeric/mean.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list } from '../../report/figure-schema.ts';
import { count, percent, plural, score } from '../../report/number-text.ts';
import { beside, isScored, scoreTone } from '../../report/verdict/rating.ts';
import { presentSorted } from '../distributions.ts';
import { columnSection, figure, measureBoth, nameOf, perColumn } from '../figure.ts';
import type { Metric } from '../metric.ts';
import { missingShare } from './missing-values.ts';

type ShapeMetric = 'KSComplement' | 'TVComplement';

/** One column's score; `column` is its index in the schema, `score` in [0, 1], 1 best, NaN when a side has no value. */
interface ColumnShape {
  readonly column: number;
  readonly metric: ShapeMetric;
  readonly score: number;
}

/**
 * A score for every column but text (SDMetrics, too, leaves out what is neither a number nor a category).
 * Source: SDMetrics 0.29 `reports/single_table/_properties/column_shapes.py`; the property's score is the mean.
 */
export function columnShapes(real: Table, judged: Table): ColumnShape[] {
  return real.schema.columns.flatMap((_, column) => columnShape(real, judged, column) ?? []);
}

/**
 * The score of one column; null for text. A column without any value scores 0 where training has some: SDMetrics leaves
 * it out of the mean, which then is that of the columns that did not fail.
 */
export function columnShape(real: Table, judged: Table, column: number): ColumnShape | null {
  const definition = real.schema.columns[column]!;
  const [a, b] = [real.columns[column]!, judged.columns[column]!];
  const lost = missingShare(b) === 1 && missingShare(a) < 1;
  if (isNumeric(definition)) {
    const score = lost ? 0 : ksComplement(a as Float64Array, b as Float64Array);
    return { column, metric: 'KSComplement', score };
  }
  if (isCoded(definition)) {
    const score = lost ? 0 : tvComplement(a as Int32Array, b as Int32Array, definition.values.length);
    return { column, metric: 'TVComplement', score };
  }
  return null;
}

/**
 * 1 - sup|F_real - F_judged|, the two-sample Kolmogorov-Smirnov statistic over the cells that are not missing (NaN).
 * Source: SDMetrics `single_column/statistical/kscomplement.py`. NaN when a side is empty.
 */
export function ksComplement(real: Float64Array, judged: Float64Array): number {
  const a = sortedValues(real);
  const b = sortedValues(judged);
  if (a.length === 0 || b.length === 0) return Number.NaN;
  let [i, j, widest] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    widest = Math.max(widest, Math.abs(i / a.length - j / b.length));
  }
  return 1 - widest;
}

/** Ascending, without NaN, rounded to 14 decimals as SDMetrics does (beyond 90 a double has no 14th decimal to round). */
function sortedValues(cells: Float64Array): Float64Array {
  const values = new Float64Array(cells.length);
  let present = 0;
  for (const x of cells) {
    if (Number.isNaN(x)) continue;
    values[present] = Math.abs(x) < 90 ? Math.round(x * 1e14) / 1e14 : x;
    present += 1;
  }
  return values.subarray(0, present).sort();
}

/**
 * 1 - ½ Σ|p_judged - p_real| over categories, missing cells (-1) left out. `size` is the number of shared codes.
 * A category that only `judged` has counts 1e-6 in `real`, before the real counts are made shares.
 * Source: SDMetrics `single_column/statistical/tvcomplement.py` and `utils.py::get_frequencies`. NaN when a side is empty.
 */
export function tvComplement(real: Int32Array, judged: Int32Array, size: number): number {
  const [a, b] = [countCodes(real, size), countCodes(judged, size)];
  const expected = a.map((count, code) => (count === 0 && b[code]! > 0 ? 1e-6 : count));
  const [realTotal, judgedTotal] = [sum(expected), sum(b)];
  if (sum(a) === 0 || judgedTotal === 0) return Number.NaN;
  let difference = 0;
  for (let code = 0; code < size; code++) {
    difference += Math.abs(b[code]! / judgedTotal - expected[code]! / realTotal);
  }
  return Math.max(0, 1 - difference / 2);
}

function countCodes(codes: Int32Array, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (const code of codes) if (code >= 0) counts[code]! += 1;
  return counts;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

// How far each numeric column's distribution would have to be moved.

/**
 * `distance` is in units of the real column's standard deviation, 0 best; NaN when real is constant or has no value. A
 * judged column without a value is as far off as real's range is wide.
 */
interface ColumnDistance {
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

const shapesSection = perColumn(['KSComplement', 'TVComplement']);

export const columnShapesMetric: Metric<z.infer<typeof shapesSection>> = {
  pillar: 'fidelity',
  schema: shapesSection,
  measure: (tables) => columnSection(tables, columnShapes),

  headlines: [
    {
      key: 'columnShapes',
      label: 'Column Shapes',
      meaning: 'each column is spread as in training',
      better: 'higher',
      of: (found) => found,
    },
  ],

  judge(found, rows) {
    const scored = found.columns.filter(isScored);
    if (scored.length === 0) return [];
    const worst = scored.reduce((a, b) => (b.value < a.value ? b : a));
    const ahead = scored.filter(({ value, reference }) => reference !== null && value >= reference).length;
    const comparison =
      found.reference === null
        ? `Single columns match training to ${percent(found.value)}`
        : `Single columns match training to ${percent(found.value)} (real test rows: ${percent(found.reference)}), ` +
          `at least as closely as the test rows on ${count(ahead)} of ${plural(scored.length, 'column')}`;
    const text = `${comparison}; the furthest off is "${worst.column}" at ${beside(worst)}.`;
    return [{ tone: scoreTone(found, rows), text }];
  },
};

/** Distances in standard deviations of training's column. */
const wassersteinSection = figureSchema.extend({ columns: list(figureSchema.extend({ column: z.string() })) });

export const wassersteinMetric: Metric<z.infer<typeof wassersteinSection>> = {
  pillar: 'fidelity',
  schema: wassersteinSection,

  measure(tables) {
    const [own, test] = measureBoth(tables, wassersteinDistances);
    const mean = (all: readonly { distance: number }[]) => meanOfDefined(all.map(({ distance }) => distance));
    const columns = own.map(({ column, distance }, i) => ({
      column: nameOf(tables, column),
      ...figure(distance, test?.[i]?.distance),
    }));
    return { ...figure(mean(own), test && mean(test)), columns };
  },

  headlines: [
    {
      key: 'wasserstein',
      label: 'Wasserstein distance',
      meaning: 'of the numeric columns, in standard deviations',
      better: 'lower',
      text: score,
      of: (found) => (found.columns.length === 0 ? null : found),
    },
  ],
};
