/** The numbers a column can hold: its values lie on a grid as fine as its spelling. It knows numeric columns, nothing of tokens. */

import type { Interval } from '../../numeric/intervals.ts';
import { granularityMs, granularityOf } from '../../table/datetime/datetime-formats.ts';
import type { NumericColumn } from '../../table/schema.ts';

const unitOf = (column: NumericColumn) =>
  column.kind === 'datetime' ? granularityMs[granularityOf(column.format)] : 1;

/** The largest number of the grid below x, itself a number of the grid. */
export function previousIn(column: NumericColumn): (x: number) => number {
  if (column.kind === 'decimal') return (x) => Number((x - 10 ** -column.scale).toFixed(column.scale));
  const unit = unitOf(column);
  return (x) => x - unit;
}

/** The least and the largest number of the grid in an interval of finite ends, or undefined where it holds none. */
export function gridEnds(column: NumericColumn, [lo, hi]: Interval): Interval | undefined {
  const [from, to] = [roundUp(column, lo), -roundUp(column, -hi)];
  return from <= to ? [from, to] : undefined;
}

/** The least number of the grid that is not below x. */
function roundUp(column: NumericColumn, x: number): number {
  if (column.kind !== 'decimal') return Math.ceil(x / unitOf(column)) * unitOf(column);
  const nearest = Number(x.toFixed(column.scale));
  return nearest < x ? -previousIn(column)(-nearest) : nearest;
}
