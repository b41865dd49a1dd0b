/** The numbers a column can hold: its values lie on a grid as fine as its spelling. */

import type { Interval } from '../../numeric/intervals.ts';
import { ceilTime, floorTime, previousTime } from '../../table/datetime/calendar.ts';
import { granularityOf } from '../../table/datetime/datetime-formats.ts';
import { previousOf, roundTo } from '../../table/numbers/number-grid.ts';
import type { NumericColumn } from '../../table/schema.ts';

/** The largest number of the grid below x, itself a number of the grid. */
export function previousIn(column: NumericColumn): (x: number) => number {
  if (column.kind === 'decimal') return (x) => previousOf(column, x);
  if (column.kind === 'integer') return (x) => x - 1;
  const granularity = granularityOf(column.format);
  return (x) => previousTime(x, granularity);
}

/** The least and the largest number of the grid in an interval of finite ends, or undefined where it holds none. */
export function gridEnds(column: NumericColumn, [lo, hi]: Interval): Interval | undefined {
  const [from, to] = gridEndsOf(column, lo, hi);
  return from <= to ? [from, to] : undefined;
}

function gridEndsOf(column: NumericColumn, lo: number, hi: number): [number, number] {
  if (column.kind === 'integer') return [Math.ceil(lo), Math.floor(hi)];
  if (column.kind === 'decimal') return [roundUp(column, lo), -roundUp(column, -hi)];
  const granularity = granularityOf(column.format);
  return [ceilTime(lo, granularity), floorTime(hi, granularity)];
}

/** The least number of the grid that is not below x. */
function roundUp(column: Extract<NumericColumn, { kind: 'decimal' }>, x: number): number {
  const nearest = roundTo(column, x);
  return nearest < x ? -previousOf(column, -nearest) : nearest;
}
