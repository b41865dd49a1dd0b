/** Numbers and times that are steadier as a distance: from the row before, from the owner's time, or from the row's order column. */

import { z } from 'zod';
import type { Value } from '../table/cells.ts';
import type { Column, NumericColumn } from '../table/schema.ts';
import type { ColumnData } from '../table/table.ts';
import { onGrid } from './dataset.ts';
import { forecast } from './forecast.ts';

export const anchor = z.strictObject({
  column: z.string(),
  /** What is learned of a first row, and of every row where there is no `step`: the distance from this column in `unit`s. */
  base: z.strictObject({ of: z.enum(['owner', 'above', 'order']), column: z.string() }).optional(),
  unit: z.number().positive(),
  /** What is learned of later rows: the distance from the row before, in these units. */
  step: z.number().positive().optional(),
  /**
   * With `step`: a balance. The distance from the row before is what `column` says, and only whether it is added or taken
   * away is learned. Where a first row's is that, too, it begins at 0.
   */
  ledger: z.strictObject({ column: z.string(), fromZero: z.boolean() }).optional(),
  /** With `step`: the distance is from what the rows before foresee. */
  forecast: forecast.optional(),
});
export type Anchor = z.infer<typeof anchor>;

/** What is learned of a balance. */
export const ledgerSigns = ['plus', 'minus'] as const;

/** The balance after `amount`, by the code of its sign. */
export const balance = (before: number, amount: number, sign: number): number =>
  before + (sign === 0 ? amount : -amount);

/** The learned column of the distance from the row before. */
export const stepName = (column: string): string => `${column} +`;

/** Milliseconds of a day, an hour, a minute, a second. */
const timeUnits = [86_400_000, 3_600_000, 60_000, 1000, 1] as const;

/** The coarsest unit of which all distances are multiples. */
export function unitOf(column: NumericColumn, distances: Float64Array): number {
  if (column.kind === 'integer') return 1;
  if (column.kind === 'decimal') return 10 ** -(column.float ? 6 : column.scale);
  return timeUnits.find((unit) => distances.every((x) => Number.isNaN(x) || x % unit === 0)) ?? 1e-3;
}

/** A column of the table that a model learns, with its cells. */
export interface LearnedColumn {
  readonly column: Column;
  readonly data: ColumnData;
}

/** Distances as a column of whole numbers; undefined where nothing was measured or it is beyond whole numbers. */
export function distanceColumn(name: string, counts: Float64Array): LearnedColumn | undefined {
  let [min, max, missing] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false];
  for (const x of counts) {
    if (Number.isNaN(x)) missing = true;
    else [min, max] = [Math.min(min, x), Math.max(max, x)];
  }
  if (!(Math.abs(min) < 2 ** 52 && Math.abs(max) < 2 ** 52)) return undefined;
  return { column: { name, kind: 'integer', missing: missing ? '' : null, min, max }, data: counts };
}

/** `base` moved by whole `units`. */
export function moved(column: Column, base: Value | null, count: Value | null, unit: number): number | null {
  return base === null || count === null ? null : onGrid(column, (base as number) + (count as number) * unit);
}

/** How far apart the middle four fifths lie. */
export function spread(values: Float64Array): number {
  const sorted = values.filter((x) => !Number.isNaN(x)).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!;
  return sorted.length === 0 ? Number.POSITIVE_INFINITY : at(0.9) - at(0.1);
}

/** In whole units; -0 is 0. */
export const countsOf = (distances: Float64Array, unit: number): Float64Array =>
  distances.map((x) => Math.round(x / unit) + 0);
