/** Whether cells stay within what the real table shows to be possible. Text is never judged. */

import { z } from 'zod';
import { valueRange } from '../../../numeric/value-range.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { type Figure, figureSchema, list, perTable } from '../../report/figure-schema.ts';
import { count, percent, plural } from '../../report/number-text.ts';
import { excess, isScored } from '../../report/verdict/rating.ts';
import { eachTable } from '../distributions.ts';
import { columnSection, figure, perColumn } from '../figure.ts';
import type { Metric } from '../metric.ts';

type ValidityMetric = 'BoundaryAdherence' | 'CategoryAdherence';

/** `score` is a share of cells in [0, 1], 1 best, NaN when there is nothing to compare. */
interface ColumnValidity {
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

// How much of what the real columns show turns up again.

type CoverageMetric = 'RangeCoverage' | 'CategoryCoverage';

/** `score` in [0, 1], 1 best, 0 when only the judged side has no value, NaN when the real one has none or is a point. */
interface ColumnCoverage {
  readonly column: number;
  readonly metric: CoverageMetric;
  readonly score: number;
}

function coverage(real: Table, judged: Table): ColumnCoverage[] {
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

// Cells that are no value of their column: what no reader takes for a number or a time, and decimals among whole
// numbers.

/** Shares of all cells; the columns that have any, with their numbers of cells. */
const section = figureSchema.extend({ columns: list(perTable(z.int()).extend({ column: z.string() })) });

export const invalidCellsMetric: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure({ train, synthetic, test, unreadable }) {
    const { columns } = train.schema;
    const isWhole = (index: number) => columns[index]!.kind === 'integer';
    const counts = eachTable({ train, synthetic, test }, (table) =>
      columns.map((_, index) => (isWhole(index) ? fractions(table, index) : 0)),
    );
    const perColumn = columns.map(({ name }, i) => ({
      column: name,
      ...eachTable(
        { train: 'train', synthetic: 'synthetic', test: test && 'test' } as const,
        (side) => counts[side]![i]! + unreadable[side]![i]!,
      ),
    }));
    const share = (table: Table | null, side: 'synthetic' | 'test') =>
      table && perColumn.reduce((sum, each) => sum + each[side]!, 0) / (table.rowCount * columns.length);
    return {
      ...figure(share(synthetic, 'synthetic'), share(test, 'test')),
      columns: perColumn.filter((each) => each.synthetic > 0 || (each.test ?? 0) > 0),
    };
  },

  headlines: [
    {
      key: 'invalidCells',
      label: 'Invalid cells',
      meaning: 'no number, time or whole number where training has them',
      better: 'lower',
      of: (found) => (found.columns.length === 0 ? null : found),
    },
  ],

  judge({ columns }, rows) {
    const worst = columns.toSorted((a, b) => b.synthetic - a.synthetic)[0];
    if (!worst || worst.synthetic === 0) return [];
    const all = columns.reduce((sum, each) => sum + each.synthetic, 0);
    const share = worst.synthetic / rows.synthetic;
    const text =
      `${plural(all, 'cell')} ${all === 1 ? 'is' : 'are'} no value of ${all === 1 ? 'its' : 'their'} column, most in "${worst.column}": ` +
      `${count(worst.synthetic)}, ${percent(share)}. What cannot be read counts as missing.`;
    return [{ tone: share > 0.01 ? 'poor' : 'fair', text }];
  },
};

function fractions({ columns }: Table, index: number): number {
  const cells = columns[index] as Float64Array;
  return cells.reduce((sum, x) => sum + (Number.isNaN(x) || Number.isInteger(x) ? 0 : 1), 0);
}

const validitySection = perColumn(['BoundaryAdherence', 'CategoryAdherence']);

export const validityMetric: Metric<z.infer<typeof validitySection>> = {
  pillar: 'fidelity',
  schema: validitySection,

  measure: (tables) =>
    columnSection(tables, (train, judged) =>
      validity(train, judged, tables.unreadable[judged === tables.synthetic ? 'synthetic' : 'test']!),
    ),

  headlines: [
    {
      key: 'validity',
      label: 'Valid cells',
      meaning: 'within the ranges and categories of training',
      better: 'higher',
      of: (found) => found,
    },
  ],

  judge({ value: share, columns }, rows, { invalidCells }) {
    const off = columns.filter(isScored).filter(({ value }) => value < 1);
    if (share === null) return [];
    if (off.length === 0) {
      if (invalidCells.value !== 0) return [];
      return [{ tone: 'good', text: 'Every cell is within the ranges and categories of the training table.' }];
    }
    const beyond = ({ value, reference }: Figure) =>
      excess(1 - value!, rows.synthetic, 1 - (reference ?? 1), reference === null ? 0 : rows.test!);
    const worst = off.reduce((a, b) => (b.value < a.value ? b : a));
    const furthest = Math.max(...off.map(beyond));
    const text =
      `${plural(off.length, 'column')} ${off.length === 1 ? 'holds' : 'hold'} values outside training's ranges or categories; ` +
      `most in "${worst.column}", ${percent(1 - worst.value)} of the cells` +
      `${worst.reference === null ? '' : ` (real test rows: ${percent(1 - worst.reference)})`}.`;
    return [{ tone: furthest > 0.05 ? 'poor' : furthest <= 0.01 ? 'good' : 'fair', text }];
  },
};

const coverageSection = perColumn(['RangeCoverage', 'CategoryCoverage']);

export const coverageMetric: Metric<z.infer<typeof coverageSection>> = {
  pillar: 'fidelity',
  schema: coverageSection,
  measure: (tables) => columnSection(tables, coverage),
  headlines: [
    {
      key: 'coverage',
      label: 'Coverage',
      meaning: 'of training’s ranges and categories',
      better: 'higher',
      of: (found) => found,
    },
  ],
};
