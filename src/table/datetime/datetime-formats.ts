/** Which formats of points in time are known, and what each can tell. It knows names of fields, not how they are read. */

/**
 * Dates in the order they are tried. The data decide between month first and day first: a 13th month refutes the
 * former. Where both fit every cell, slashes mean month first (US exports), dashes and dots mean day first (Europe).
 */
const yearFirst = ['YYYY-MM-DD', 'YYYY/MM/DD'];
const padded = ['MM/DD/YYYY', 'DD/MM/YYYY', 'DD.MM.YYYY', 'DD-MM-YYYY', 'MM-DD-YYYY'];
const unpadded = ['M/D/YYYY', 'D/M/YYYY', 'D.M.YYYY'];
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

const times = ['', ' HH:mm', ' HH:mm:ss', ' HH:mm:ss.SSS'];
const unpaddedTimes = times.slice(1).map((time) => time.replace('HH', 'H'));
const twelveHours = ['h:mm', 'h:mm:ss', 'hh:mm', 'hh:mm:ss'].flatMap((time) => [`${time} A`, `${time} a`]);
/** With a comma, as `toLocaleString` writes it. */
const twelveHourTimes = [' ', ', '].flatMap((mark) => twelveHours.map((time) => mark + time));

/** Only ISO dates take a "T" or a mark of UTC. */
const isoTimes = [
  ...times,
  ...times.slice(1).map((time) => time.replace(' ', 'T')),
  ...['Z', '+00:00'].flatMap((mark) => times.slice(1).flatMap((time) => [time.replace(' ', 'T') + mark, time + mark])),
];

/** A time of day, milliseconds since midnight. */
const clocks = ['HH:mm', 'HH:mm:ss', 'HH:mm:ss.SSS'];
const unpaddedClocks = ['H:mm', 'H:mm:ss', ...twelveHours];

/** Another offset than UTC's may end an ISO time where all cells share it: the column then holds wall-clock times. */
export const offset = /[+-]\d{2}:?\d{2}$/;
const offsetTimes = times.slice(1).flatMap((time) => [time.replace(' ', 'T'), time]);

/** Formats whose texts are digits and marks, all of one length. */
export const fixedFormats: readonly string[] = [
  ...isoTimes.map((time) => `YYYY-MM-DD${time}`),
  ...formatsOf([...yearFirst.slice(1), ...padded], times),
  ...clocks,
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
];

function formatsOf(dates: readonly string[], itsTimes: readonly string[]): string[] {
  return dates.flatMap((date) => itsTimes.map((time) => date + time));
}

/** The same with an offset, such as `YYYY-MM-DDTHH:mm+02:00`. */
export const withOffset = (mark: string) => offsetTimes.map((time) => `YYYY-MM-DD${time}${mark}`);

const recognised = new Set(datetimeFormats);

export function isDatetimeFormat(format: string): boolean {
  const mark = offset.exec(format)?.[0];
  return recognised.has(format) || (mark !== undefined && withOffset(mark).includes(format));
}

/** Whether a format says the day, and whether it says the time of day. */
export const hasDate = (format: string): boolean => format.includes('D');
export const hasTime = (format: string): boolean => format.includes('mm');
/** Whether its texts have a month's name, or AM and PM. */
export const hasWords = (format: string): boolean => /MMM|MON|A|a/.test(format);
/** Whether its times are instants and not a wall clock's. */
export const isUtc = (format: string): boolean => /(?:Z|\+00:00)$/.test(format);

/** What a format can tell apart; the sentence side writes an instant as ISO text of that width. A clock has no date. */
export type Granularity =
  | 'day'
  | 'minute'
  | 'second'
  | 'millisecond'
  | 'clockMinute'
  | 'clockSecond'
  | 'clockMillisecond';

/** The smallest step of each, in milliseconds. */
export const granularityMs: Record<Granularity, number> = {
  day: 86_400_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
  clockMinute: 60_000,
  clockSecond: 1000,
  clockMillisecond: 1,
};

export function granularityOf(format: string): Granularity {
  const clock = !hasDate(format);
  if (format.includes('SSS')) return clock ? 'clockMillisecond' : 'millisecond';
  if (format.includes('ss')) return clock ? 'clockSecond' : 'second';
  if (clock) return 'clockMinute';
  return hasTime(format) ? 'minute' : 'day';
}
