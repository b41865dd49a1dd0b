/** Which formats of points in time are known, and what each can tell. */
import { isZone } from './zones.ts';

/**
 * Dates in the order they are tried. The data decide between month first and day first: a 13th month refutes the
 * former. Where both fit every cell, slashes mean month first (US exports), dashes and dots mean day first (Europe).
 */
const yearFirst = ['YYYY-MM-DD', 'YYYY/MM/DD'];
const padded = ['MM/DD/YYYY', 'DD/MM/YYYY', 'DD.MM.YYYY', 'DD-MM-YYYY', 'MM-DD-YYYY'];
const unpadded = ['M/D/YYYY', 'D/M/YYYY', 'D.M.YYYY'];
/** With two digits of the year, as POSIX reads them: 68 is 2068, 69 is 1969. */
const shortYears = ['MM/DD/YY', 'DD/MM/YY', 'DD.MM.YY', 'DD-MM-YY', 'MM-DD-YY', 'YY-MM-DD', 'YY/MM/DD'];
const unpaddedShortYears = ['M/D/YY', 'D/M/YY', 'D.M.YY', 'DD-MMM-YY', 'D-MMM-YY', 'DD-MON-YY', 'D-MON-YY'];
/** 31-Jan-2024, January 31, 2024, 31JAN2024 and the like. */
const named = ['MMM', 'MMMM', 'MON'].flatMap((month) => [
  ...['DD', 'D'].flatMap((day) => [
    `${day}-${month}-YYYY`,
    `${day} ${month} YYYY`,
    `${month} ${day}, YYYY`,
    `${month} ${day} YYYY`,
  ]),
  `DD${month}YYYY`,
]);

const times = ['', ' HH:mm', ' HH:mm:ss', ' HH:mm:ss.SSS', ' HH:mm:ss.SSSSSS', ' HH:mm:ss.SSSSSSSSS'];
const unpaddedTimes = times.slice(1).map((time) => time.replace('HH', 'H'));
const twelveHours = ['h:mm', 'h:mm:ss', 'hh:mm', 'hh:mm:ss'].flatMap((time) => [`${time} A`, `${time} a`]);
/** With a comma, as `toLocaleString` writes it. */
const twelveHourTimes = [' ', ', '].flatMap((mark) => twelveHours.map((time) => mark + time));

/** ISO dates and times without marks, as digits alone only where nothing else than dates can be meant (time-column.ts). */
const basicTimes = ['THHmm', 'THHmmss', 'THHmmssSSS'].flatMap((time) => [time, `${time}Z`]);
export const digitFormats: readonly string[] = ['YYYYMMDD', 'YYYYMMDDHHmmss', 'YYYYMMDDHHmm', 'YYYYMM', 'YYMMDD'];
/** Weeks with their days, weeks, months. */
const coarse = ['GGGG-Www-E', 'GGGG-Www', 'GGGGWww', 'YYYY-MM', 'MM/YYYY', 'MMM-YYYY', 'MMM YYYY', 'MMMM YYYY'];

/** Only ISO dates take a "T" or a mark of UTC. */
const isoTimes = [
  ...times,
  ...times.slice(1).map((time) => time.replace(' ', 'T')),
  ...['Z', '+00:00', ' UTC'].flatMap((mark) =>
    times.slice(1).flatMap((time) => [time.replace(' ', 'T') + mark, time + mark]),
  ),
];

/** A time of day, milliseconds since midnight. */
const clocks = ['HH:mm', 'HH:mm:ss', 'HH:mm:ss.SSS', 'HH:mm:ss.SSSSSS', 'HH:mm:ss.SSSSSSSSS'];
const unpaddedClocks = ['H:mm', 'H:mm:ss', ...twelveHours];

/** Another offset than UTC's may end an ISO time where all cells share it: the column then holds wall-clock times. */
export const offset = /[+-]\d{2}:?\d{2}$/;
const offsetTimes = times.slice(1).flatMap((time) => [time.replace(' ', 'T'), time]);

/** Formats whose texts are digits and marks, all of one length. */
export const fixedFormats: readonly string[] = [
  ...isoTimes.map((time) => `YYYY-MM-DD${time}`),
  ...formatsOf([...yearFirst.slice(1), ...padded], times),
  ...clocks,
  ...basicTimes.map((time) => `YYYYMMDD${time}`),
  ...formatsOf(shortYears, times.slice(0, 3)),
];

/**
 * Every format tabletalk recognises, in the order they are tried. `M`, `D`, `H`, `h` are the unpadded `MM`, `DD`, `HH`, `hh`;
 * `MMM` is Jan, `MMMM` January, `MON` JAN; `hh` counts to 12, with `A` for AM and PM, `a` for am and pm.
 */
export const datetimeFormats: readonly string[] = [
  ...fixedFormats,
  ...formatsOf([...unpadded, ...named], [...times, ...unpaddedTimes]),
  ...formatsOf([...yearFirst, ...padded, ...unpadded, ...named], twelveHourTimes),
  ...unpaddedClocks,
  ...formatsOf(unpaddedShortYears, [...times.slice(0, 3), ...unpaddedTimes.slice(0, 2)]),
  ...coarse,
];

function formatsOf(dates: readonly string[], itsTimes: readonly string[]): string[] {
  return dates.flatMap((date) => itsTimes.map((time) => date + time));
}

/** The same with an offset, such as `YYYY-MM-DDTHH:mm+02:00`. */
export const withOffset = (mark: string) => offsetTimes.map((time) => `YYYY-MM-DD${time}${mark}`);

/** What tells the zone of each time: +02:00, +0200, CEST, or the zone's own name. */
const zoneMarks = ['XXX', 'XX', ' XXX', ' XX', ' zzz'];

/**
 * Times of a zone, whose offset changes over the year, such as `YYYY-MM-DDTHH:mm:ssXXX@Europe/Berlin`: they are points in time,
 * written by that zone's clocks. A zone's name stands in the text as it is: `YYYY-MM-DD HH:mm:ss [Europe/Berlin]@Europe/Berlin`.
 */
export const zoneFormats: readonly string[] = offsetTimes.flatMap((time) =>
  zoneMarks.map((mark) => `YYYY-MM-DD${time}${mark}`),
);
export const namedZoneFormats = (zone: string): readonly string[] =>
  offsetTimes.flatMap((time) => [
    `YYYY-MM-DD${time}XXX[${literal(zone)}]`,
    `YYYY-MM-DD${time}[${literal(zone)}]`,
    `YYYY-MM-DD${time} ${literal(zone)}`,
  ]);

/** Text of a format that is no field's name. */
const literal = (text: string) => `'${text}'`;

/** A format and its zone, where it has one. */
export function splitZone(format: string): [string, string | undefined] {
  const at = format.indexOf('@');
  return at < 0 ? [format, undefined] : [format.slice(0, at), format.slice(at + 1)];
}

const recognised = new Set([...datetimeFormats, ...digitFormats]);

export function isDatetimeFormat(format: string): boolean {
  const [clock, zone] = splitZone(format);
  if (zone !== undefined)
    return isZone(zone) && (zoneFormats.includes(clock) || namedZoneFormats(zone).includes(clock));
  const mark = offset.exec(format)?.[0];
  return recognised.has(format) || (mark !== undefined && withOffset(mark).includes(format));
}

/** Whether a format says the day, and whether it says the time of day. */
export const hasDate = (format: string): boolean => /Y|G/.test(splitZone(format)[0]);
export const hasTime = (format: string): boolean => format.includes('mm');
/** Whether its texts have a month's name, or AM and PM. */
export const hasWords = (format: string): boolean => /MMM|MON|A|a|zzz|UTC|'/.test(splitZone(format)[0]);
/** Whether its times are instants and not a wall clock's. */
export const isUtc = (format: string): boolean => /(?:Z|\+00:00| UTC)$/.test(format) || format.includes('@');

/** What a format can tell apart; the sentence side writes an instant as ISO text of that width. A clock has no date. */
export type Granularity =
  | 'month'
  | 'week'
  | 'day'
  | 'minute'
  | 'second'
  | 'millisecond'
  | 'microsecond'
  | 'clockMinute'
  | 'clockSecond'
  | 'clockMillisecond'
  | 'clockMicrosecond';

export const granularities: readonly Granularity[] = [
  ...(['month', 'week', 'day', 'minute', 'second', 'millisecond', 'microsecond'] as const),
  ...(['clockMinute', 'clockSecond', 'clockMillisecond', 'clockMicrosecond'] as const),
];

export function granularityOf(given: string): Granularity {
  const [format] = splitZone(given);
  const clock = !hasDate(format);
  if (format.includes('SSSSSS')) return clock ? 'clockMicrosecond' : 'microsecond';
  if (format.includes('SSS')) return clock ? 'clockMillisecond' : 'millisecond';
  if (format.includes('ss')) return clock ? 'clockSecond' : 'second';
  if (clock) return 'clockMinute';
  if (hasTime(format)) return 'minute';
  if (format.includes('ww') && !format.includes('E')) return 'week';
  return /D|E/.test(format) ? 'day' : 'month';
}
