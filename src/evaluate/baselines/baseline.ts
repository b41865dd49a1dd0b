/** What a baseline is: a generator that needs no training time and that a real one must beat. It knows tables. */
import type { Random } from '../../numeric/random.ts';
import { roundTo } from '../../table/numbers/number-grid.ts';
import type { NumericColumn } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';

/** `rows` new rows of the training table's schema; `target` is the label's column, where there is one. */
export type Baseline = (train: Table, rows: number, random: Random, target: number | null) => Table;

const datetimeSteps = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** Rounds a number to what the column can hold: its decimals, or the coarsest clock that its own times keep to. */
export function rounding(column: NumericColumn, cells: Float64Array): (x: number) => number {
  if (column.kind === 'integer') return Math.round;
  if (column.kind === 'decimal') return (x) => roundTo(column, x);
  const step = datetimeSteps.find((size) => cells.every((x) => Number.isNaN(x) || x % size === 0)) ?? 1;
  return (x) => Math.round(x / step) * step;
}
