/** The calendar by arithmetic: days and times of day from milliseconds since 1970, UTC, and back. */
import type { Granularity } from './datetime-formats.ts';

/**
 * Year, month, day, hour, minute, second, millisecond, microsecond, minutes east of UTC, ISO week, weekday: what a format does
 * not say.
 */
export const epoch = [1970, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1];

/**
 * The time that year, month, day, hour, minute, second, millisecond, microsecond, minutes east of UTC, ISO week (0 where the
 * day is told by month and day) and weekday tell; NaN where there is none. JavaScript would
 * read 30 February as 1 March and 24:00 as the next day; such a cell would not come back.
 */
export function timeOf(fields: Int32Array): number {
  const [year, month, day] = [fields[0]!, fields[1]!, fields[2]!];
  const [hour, minute, second] = [fields[3]!, fields[4]!, fields[5]!];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return Number.NaN;
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const days = fields[9] === 0 ? daysSince1970(year, month, day) : dayOfWeek(year, fields[9]!, fields[10]!);
  const clock = hour * 3_600_000 + (minute - fields[8]!) * 60_000 + second * 1000 + fields[6]!;
  return withMicros(days * 86_400_000 + clock, fields[7]!);
}

/** A double tells microseconds apart within 2^42 milliseconds of 1970: in the years 1831 to 2109. */
const mostWithMicros = 2 ** 42;

/** A time with so many microseconds behind its whole milliseconds; NaN where a double cannot tell them. */
export function withMicros(time: number, micros: number): number {
  if (micros === 0) return time;
  return Math.abs(time) < mostWithMicros ? time + micros / 1000 : Number.NaN;
}

/** The microseconds behind a time's whole milliseconds. */
export const microsOf = (time: number): number => Math.round((time - Math.floor(time)) * 1000);

/** The day of an ISO week, counted from 1970; NaN where the year has no such week. Monday is day 1. */
function dayOfWeek(year: number, week: number, weekday: number): number {
  return week <= weeksIn(year) && weekday >= 1 && weekday <= 7
    ? firstMonday(year) + 7 * (week - 1) + weekday - 1
    : Number.NaN;
}

/** The Monday of an ISO year's first week, which has 4 January. */
function firstMonday(year: number): number {
  const day = daysSince1970(year, 1, 4);
  return day - mod(day + 3, 7);
}

const mod = (a: number, b: number) => ((a % b) + b) % b;

export const weeksIn = (year: number): number => (firstMonday(year + 1) - firstMonday(year)) / 7;

/** The ISO year, week and weekday of a day of the calendar. */
export function isoWeekOf(year: number, month: number, day: number): [number, number, number] {
  const days = daysSince1970(year, month, day);
  const isoYear = [year + 1, year, year - 1].find((candidate) => firstMonday(candidate) <= days)!;
  return [isoYear, Math.floor((days - firstMonday(isoYear)) / 7) + 1, mod(days + 3, 7) + 1];
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Of the proleptic Gregorian calendar, from the year 0 on; `Date.UTC` takes the year 4 for 1904. */
function daysSince1970(year: number, month: number, day: number): number {
  // Years that begin in March have the leap day at their end.
  const y = month > 2 ? year : year - 1;
  const dayOfYear = (((153 * ((month + 9) % 12) + 2) / 5) | 0) + day - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}

/** The reverse of `timeOf`, into `fields` up to the microsecond. The calendar part is the inverse of `daysSince1970`. */
export function fieldsOf(time: number, fields: Int32Array): void {
  const day = Math.floor(time / 86_400_000);
  const ms = (Math.floor(time) - day * 86_400_000) | 0;
  // Eras of 400 years from 1 March of the year 0; the year -1 keeps what lies before it positive.
  const days = (day + 719_468 + 146_097) | 0;
  const era = (days / 146_097) | 0;
  const dayOfEra = days - era * 146_097;
  const leapless = dayOfEra - ((dayOfEra / 1460) | 0) + ((dayOfEra / 36_524) | 0) - ((dayOfEra / 146_096) | 0);
  const yearOfEra = (leapless / 365) | 0;
  const dayOfYear = dayOfEra - (365 * yearOfEra + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0));
  const monthFromMarch = ((5 * dayOfYear + 2) / 153) | 0;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  fields[0] = yearOfEra + (era - 1) * 400 + (month <= 2 ? 1 : 0);
  fields[1] = month;
  fields[2] = dayOfYear - (((153 * monthFromMarch + 2) / 5) | 0) + 1;
  const seconds = (ms / 1000) | 0;
  const minutes = (seconds / 60) | 0;
  const hours = (minutes / 60) | 0;
  fields[3] = hours;
  fields[4] = minutes - hours * 60;
  fields[5] = seconds - minutes * 60;
  fields[6] = ms - seconds * 1000;
  fields[7] = microsOf(time);
}

// The times that a format can tell apart, as a grid: the first one from a moment on, the last one before it.

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;
/** 5 January 1970 was a Monday. */
const mondayMs = 4 * dayMs;

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
  if (granularity === 'week') return Math.floor((x - mondayMs) / weekMs) * weekMs + mondayMs;
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
