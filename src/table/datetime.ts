/** Points in time as files spell them: known formats, strict reading, exact writing. It knows nothing of columns or files. */

/** Where each granularity's text lies in `YYYY-MM-DDTHH:mm:ss.SSS`; a clock has no date. */
const isoSpans = {
  day: [0, 10],
  minute: [0, 16],
  second: [0, 19],
  millisecond: [0, 23],
  clockMinute: [11, 16],
  clockSecond: [11, 19],
  clockMillisecond: [11, 23],
} as const;

/** What a format can tell apart; the sentence side writes an instant as ISO text of this width. */
export type Granularity = keyof typeof isoSpans;

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

/**
 * Dates in the order they are tried. The data decide between month first and day first: a 13th month refutes the
 * former. Where both fit every cell, slashes mean month first (US exports), dashes and dots mean day first (Europe).
 */
const yearFirst = ['YYYY-MM-DD', 'YYYY/MM/DD'];
const padded = ['MM/DD/YYYY', 'DD/MM/YYYY', 'DD.MM.YYYY', 'DD-MM-YYYY', 'MM-DD-YYYY'];
const unpadded = ['M/D/YYYY', 'D/M/YYYY', 'D.M.YYYY'];

const times = ['', ' HH:mm', ' HH:mm:ss', ' HH:mm:ss.SSS'];

/** Only ISO dates take a "T" or a mark of UTC. */
const isoTimes = [
  ...times,
  ...times.slice(1).map((time) => time.replace(' ', 'T')),
  ...['Z', '+00:00'].flatMap((mark) => times.slice(1).flatMap((time) => [time.replace(' ', 'T') + mark, time + mark])),
];

/** A time of day, milliseconds since midnight. */
const clocks = ['HH:mm', 'HH:mm:ss', 'HH:mm:ss.SSS', 'H:mm', 'H:mm:ss'];

/** Another offset than UTC's may end an ISO time where all cells share it: the column then holds wall-clock times. */
const offset = /[+-]\d{2}:?\d{2}$/;
const offsetTimes = times.slice(1).flatMap((time) => [time.replace(' ', 'T'), time]);

/** Every format tabletalk recognises, in the order they are tried. `M`, `D`, `H` are the unpadded `MM`, `DD`, `HH`. */
export const datetimeFormats: readonly string[] = [
  ...isoTimes.map((time) => `YYYY-MM-DD${time}`),
  ...[...yearFirst.slice(1), ...padded].flatMap((date) => times.map((time) => date + time)),
  ...unpadded.flatMap((date) =>
    [...times, ...times.slice(1).map((time) => time.replace('HH', 'H'))].map((t) => date + t),
  ),
  ...clocks,
];

/** The same with an offset, such as `YYYY-MM-DDTHH:mm+02:00`. */
const withOffset = (mark: string) => offsetTimes.map((time) => `YYYY-MM-DD${time}${mark}`);

/** Where each field stands in `YYYY-MM-DDTHH:mm:ss.SSSZ`, and what it may look like. */
const fields: Record<string, { from: number; to: number; looks: string }> = {
  YYYY: { from: 0, to: 4, looks: '\\d{4}' },
  MM: { from: 5, to: 7, looks: '\\d{2}' },
  DD: { from: 8, to: 10, looks: '\\d{2}' },
  HH: { from: 11, to: 13, looks: '\\d{2}' },
  mm: { from: 14, to: 16, looks: '\\d{2}' },
  ss: { from: 17, to: 19, looks: '\\d{2}' },
  SSS: { from: 20, to: 23, looks: '\\d{3}' },
  M: { from: 5, to: 7, looks: '[1-9]\\d?' },
  D: { from: 8, to: 10, looks: '[1-9]\\d?' },
  H: { from: 11, to: 13, looks: '1?\\d|2[0-3]' },
};

/** A format taken apart: field names and the literal text between them, alternating in `parts`. */
interface Layout {
  readonly parts: readonly string[];
  readonly pattern: RegExp;
}

const layouts = new Map<string, Layout>(datetimeFormats.map((format) => [format, layoutOf(format)]));

function layoutOf(format: string): Layout {
  const parts = format.split(/(YYYY|MM|DD|HH|mm|SSS|ss|M|D|H)/).filter((part) => part !== '');
  const pattern = parts.map((part) => (fields[part] ? `(${fields[part].looks})` : part.replace(/[.+]/g, '\\$&')));
  return { parts, pattern: new RegExp(`^${pattern.join('')}$`) };
}

function layout(format: string): Layout {
  let found = layouts.get(format);
  if (!found) {
    if (!isDatetimeFormat(format)) throw new RangeError(`unknown datetime format "${format}"`);
    found = layoutOf(format);
    layouts.set(format, found);
  }
  return found;
}

export function isDatetimeFormat(format: string): boolean {
  const mark = offset.exec(format)?.[0];
  return layouts.has(format) || (mark !== undefined && withOffset(mark).includes(format));
}

/** Whether a format says the day, and whether it says the time of day. */
export const hasDate = (format: string): boolean => format.includes('D');
export const hasTime = (format: string): boolean => format.includes('mm');
/** Whether its times are instants and not a wall clock's. */
export const isUtc = (format: string): boolean => /(?:Z|\+00:00)$/.test(format);

/** Milliseconds since 1970, UTC, or undefined when `text` is not exactly what `formatDatetime` would write. */
export function parseDatetime(format: string, text: string): number | undefined {
  const { parts, pattern } = layout(format);
  const found = pattern.exec(text);
  if (!found) return undefined;
  let iso = '1970-01-01T00:00:00.000Z';
  let group = 1;
  for (const part of parts) {
    const field = fields[part];
    if (!field) continue;
    const digits = found[group++]!.padStart(field.to - field.from, '0');
    iso = iso.slice(0, field.from) + digits + iso.slice(field.to);
  }
  const time = Date.parse(iso);
  // JavaScript reads 30 February as 1 March and 24:00 as the next day; such a cell would not come back.
  return !Number.isNaN(time) && new Date(time).toISOString() === iso ? time : undefined;
}

/** `time` is milliseconds since 1970, UTC, in the years 0000 to 9999; what the format cannot show is cut off. */
export function formatDatetime(format: string, time: number): string {
  const iso = new Date(time).toISOString();
  return layout(format)
    .parts.map((part) => {
      const field = fields[part];
      if (!field) return part;
      const digits = iso.slice(field.from, field.to);
      return part.length === 1 && digits[0] === '0' ? digits.slice(1) : digits;
    })
    .join('');
}

/** The first known format that every text has, or undefined. */
export function detectDatetimeFormat(texts: readonly string[]): string | undefined {
  const first = texts[0];
  // Every date has a four-digit year, every time a colon: this spares most string columns sixty patterns.
  if (first === undefined || !/\d{4}|^\d\d?:\d\d/.test(first)) return undefined;
  const mark = first.includes(':') ? offset.exec(first)?.[0] : undefined;
  // The first text rules out nearly all; only what it allows is tried on the others.
  return [...datetimeFormats, ...(mark === undefined ? [] : withOffset(mark))].find((format) =>
    texts.every((text) => {
      const time = parseDatetime(format, text);
      return time !== undefined && formatDatetime(format, time) === text;
    }),
  );
}

export function granularityOf(format: string): Granularity {
  const clock = !hasDate(format);
  if (format.includes('SSS')) return clock ? 'clockMillisecond' : 'millisecond';
  if (format.includes('ss')) return clock ? 'clockSecond' : 'second';
  if (clock) return 'clockMinute';
  return hasTime(format) ? 'minute' : 'day';
}

/** ISO text of fixed width: 2024-01-31, 2024-01-31T13:45, …:59, …:59.123; of a clock 13:45 and so on. */
export function isoText(time: number, granularity: Granularity): string {
  const [from, to] = isoSpans[granularity];
  return new Date(time).toISOString().slice(from, to);
}

/** The reverse of `isoText`: milliseconds since 1970, UTC, or undefined when `text` is not such a text. */
export function parseIsoText(text: string, granularity: Granularity): number | undefined {
  const [from, to] = isoSpans[granularity];
  return parseDatetime('YYYY-MM-DDTHH:mm:ss.SSS'.slice(from, to), text);
}
