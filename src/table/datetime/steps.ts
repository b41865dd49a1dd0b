/** The times that a format can tell apart, as a grid: the first one from a moment on, the last one before it. */
import { fieldsOf, microsOf, timeOf } from './calendar.ts';
import { epoch } from './datetime-fields.ts';
import type { Granularity } from './datetime-formats.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** 5 January 1970 was a Monday. */
const firstMonday = 4 * dayMs;

/** In milliseconds, where all steps are alike and whole. */
const units: Partial<Record<Granularity, number>> = {
  day: dayMs,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
  clockMinute: 60_000,
  clockSecond: 1000,
  clockMillisecond: 1,
};

/** The last time of the grid that is not after x. */
export function floorTime(x: number, granularity: Granularity): number {
  const unit = units[granularity];
  if (unit !== undefined) return Math.floor(x / unit) * unit;
  if (granularity === 'week') return Math.floor((x - firstMonday) / weekMs) * weekMs + firstMonday;
  if (granularity === 'month') return monthsFrom(x, 0);
  // What a double holds of microseconds is off by less than half of one.
  const nearest = Math.floor(x) + fractionOf(microsOf(x));
  return nearest > x ? previousTime(nearest, granularity) : nearest;
}

/** The first time of the grid that is not before x. */
export function ceilTime(x: number, granularity: Granularity): number {
  const floor = floorTime(x, granularity);
  return floor >= x ? floor : nextTime(floor, granularity);
}

/** The neighbours of a time of the grid. */
const nextTime = (x: number, granularity: Granularity): number => moved(x, 1, granularity);
export const previousTime = (x: number, granularity: Granularity): number => moved(x, -1, granularity);

function moved(x: number, by: 1 | -1, granularity: Granularity): number {
  const unit = units[granularity];
  if (unit !== undefined) return x + by * unit;
  if (granularity === 'week') return x + by * weekMs;
  if (granularity === 'month') return monthsFrom(x, by);
  const micros = microsOf(x) + by;
  const whole = Math.floor(x) + (micros < 0 ? -1 : micros > 999 ? 1 : 0);
  return whole + fractionOf((micros + 1000) % 1000);
}

const fractionOf = (micros: number) => micros / 1000;

const fields = new Int32Array(epoch);

/** The first day of a month, so many months after that of x. */
function monthsFrom(x: number, by: number): number {
  fieldsOf(x, fields);
  const month = fields[0]! * 12 + fields[1]! - 1 + by;
  fields.set(epoch);
  fields[0] = Math.floor(month / 12);
  fields[1] = month - fields[0] * 12 + 1;
  return timeOf(fields);
}
