/** Points in time as files spell them: known formats, strict reading, exact writing. It knows nothing of columns or files. */
import { fieldsOf, timeOf } from './calendar.ts';

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

/** Which unit of `instant` each field counts, and what it may look like. */
const fields: Record<string, { unit: number; looks: string }> = {
  YYYY: { unit: 0, looks: '\\d{4}' },
  MM: { unit: 1, looks: '\\d{2}' },
  DD: { unit: 2, looks: '\\d{2}' },
  HH: { unit: 3, looks: '\\d{2}' },
  mm: { unit: 4, looks: '\\d{2}' },
  ss: { unit: 5, looks: '\\d{2}' },
  SSS: { unit: 6, looks: '\\d{3}' },
  M: { unit: 1, looks: '[1-9]\\d?' },
  D: { unit: 2, looks: '[1-9]\\d?' },
  H: { unit: 3, looks: '1?\\d|2[0-3]' },
};

/** Milliseconds since 1970, UTC, or NaN when the bytes from `from` to `to` are not exactly what the format would write. */
export type InstantReader = (bytes: Uint8Array, from: number, to: number) => number;

/** A format taken apart: field names and the literal text between them, alternating in `parts`. */
interface Layout {
  readonly parts: readonly string[];
  readonly pattern: RegExp;
  /** Where every text of the format has its length, what reads it without the pattern. */
  readonly readFixed: InstantReader | undefined;
}

const layouts = new Map<string, Layout>(datetimeFormats.map((format) => [format, layoutOf(format)]));

function layoutOf(format: string): Layout {
  const parts = format.split(/(YYYY|MM|DD|HH|mm|SSS|ss|M|D|H)/).filter((part) => part !== '');
  const pattern = parts.map((part) => (fields[part] ? `(${fields[part].looks})` : part.replace(/[.+]/g, '\\$&')));
  const isFixed = !parts.some((part) => part.length === 1 && fields[part]);
  return { parts, pattern: new RegExp(`^${pattern.join('')}$`), readFixed: isFixed ? fixedReader(parts) : undefined };
}

function fixedReader(parts: readonly string[]): InstantReader {
  /** By place, the character that stands there in every text, 0 where a digit does. */
  const literals = parts.flatMap((part) => Array.from(part, (letter) => (fields[part] ? 0 : letter.charCodeAt(0))));
  const placeOf = (name: string) => (parts.includes(name) ? parts.slice(0, parts.indexOf(name)).join('').length : -1);
  const [year, month, day] = [placeOf('YYYY'), placeOf('MM'), placeOf('DD')];
  const [hour, minute, second, ms] = [placeOf('HH'), placeOf('mm'), placeOf('ss'), placeOf('SSS')];
  return (bytes, from, to) => {
    if (to - from !== literals.length) return Number.NaN;
    for (let i = 0; i < literals.length; i++) {
      const byte = bytes[from + i]!;
      const literal = literals[i]!;
      if (literal === 0 ? byte < 48 || byte > 57 : byte !== literal) return Number.NaN;
    }
    instant[0] = year < 0 ? 1970 : 100 * pairAt(bytes, from + year) + pairAt(bytes, from + year + 2);
    instant[1] = month < 0 ? 1 : pairAt(bytes, from + month);
    instant[2] = day < 0 ? 1 : pairAt(bytes, from + day);
    instant[3] = hour < 0 ? 0 : pairAt(bytes, from + hour);
    instant[4] = minute < 0 ? 0 : pairAt(bytes, from + minute);
    instant[5] = second < 0 ? 0 : pairAt(bytes, from + second);
    instant[6] = ms < 0 ? 0 : 10 * pairAt(bytes, from + ms) + bytes[from + ms + 2]! - 48;
    return timeOf(instant);
  };
}

const pairAt = (bytes: Uint8Array, at: number) => (bytes[at]! - 48) * 10 + bytes[at + 1]! - 48;

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

/** What reads text of the format from bytes; undefined where its texts differ in length. */
export const instantReader = (format: string): InstantReader | undefined => layout(format).readFixed;

/** Milliseconds since 1970, UTC, or undefined when `text` is not exactly what `formatDatetime` would write. */
export function parseDatetime(format: string, text: string): number | undefined {
  const { readFixed } = layout(format);
  const time = readFixed ? readText(readFixed, text) : readMatch(layout(format), text);
  return Number.isNaN(time) ? undefined : time;
}

const letters = new Uint8Array(64);

function readText(read: InstantReader, text: string): number {
  if (text.length > letters.length) return Number.NaN;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return Number.NaN;
    letters[i] = code;
  }
  return read(letters, 0, text.length);
}

function readMatch({ parts, pattern }: Layout, text: string): number {
  const found = pattern.exec(text);
  if (!found) return Number.NaN;
  instant.set(epoch);
  let group = 1;
  for (const part of parts) if (fields[part]) instant[fields[part].unit] = Number(found[group++]);
  return timeOf(instant);
}

/** Year, month, day, hour, minute, second, millisecond: what a format does not say, and the text under way. */
const epoch = [1970, 1, 1, 0, 0, 0, 0];
const instant = new Int32Array(epoch.length);

const shortNumbers = Array.from({ length: 100 }, (_, n) => String(n));
const twoDigits = shortNumbers.map((text) => text.padStart(2, '0'));

/** `time` is milliseconds since 1970, UTC, in the years 0000 to 9999; what the format cannot show is cut off. */
export function formatDatetime(format: string, time: number): string {
  if (!(time >= earliest && time <= latest)) throw new RangeError(`no time of the years 0000 to 9999: ${time}`);
  fieldsOf(time, instant);
  let text = '';
  for (const part of layout(format).parts) {
    const field = fields[part];
    if (!field) text += part;
    else if (part.length > 2) text += String(instant[field.unit]).padStart(part.length, '0');
    else text += (part.length === 1 ? shortNumbers : twoDigits)[instant[field.unit]!]!;
  }
  return text;
}

const [earliest, latest] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** The first known format that every text has, or undefined. */
export function detectDatetimeFormat(texts: readonly string[]): string | undefined {
  const first = texts[0];
  // Every date has a four-digit year, every time a colon: this spares most string columns sixty patterns.
  if (first === undefined || !/\d{4}|^\d\d?:\d\d/.test(first)) return undefined;
  const mark = first.includes(':') ? offset.exec(first)?.[0] : undefined;
  // The first text rules out nearly all; only what it allows is tried on the others.
  return [...datetimeFormats, ...(mark === undefined ? [] : withOffset(mark))].find((format) =>
    texts.every((text) => parseDatetime(format, text) !== undefined),
  );
}

export function granularityOf(format: string): Granularity {
  const clock = !hasDate(format);
  if (format.includes('SSS')) return clock ? 'clockMillisecond' : 'millisecond';
  if (format.includes('ss')) return clock ? 'clockSecond' : 'second';
  if (clock) return 'clockMinute';
  return hasTime(format) ? 'minute' : 'day';
}

const isoFormat = 'YYYY-MM-DDTHH:mm:ss.SSS';

/** ISO text of fixed width: 2024-01-31, 2024-01-31T13:45, …:59, …:59.123; of a clock 13:45 and so on. */
export function isoText(time: number, granularity: Granularity): string {
  const [from, to] = isoSpans[granularity];
  return new Date(time).toISOString().slice(from, to);
}

/** How many of the digits of `isoText` say the time of day. */
export const timeDigits: Record<Granularity, number> = {
  day: 0,
  minute: 4,
  second: 6,
  millisecond: 9,
  clockMinute: 4,
  clockSecond: 6,
  clockMillisecond: 9,
};

const powers = Array.from({ length: 10 }, (_, zeros) => 10 ** zeros);

/** The digits of `isoText` as two whole numbers: `parts[0]` those of the day, `parts[1]` those of the time of day. */
export function isoParts(time: number, granularity: Granularity, parts: Int32Array): void {
  fieldsOf(time, instant);
  const [year, month, day] = [instant[0]!, instant[1]!, instant[2]!];
  const clock = (instant[3]! * 100 + instant[4]!) * 100_000 + instant[5]! * 1000 + instant[6]!;
  parts[0] = year * 10_000 + month * 100 + day;
  parts[1] = (clock / powers[9 - timeDigits[granularity]]!) | 0;
}

/** The reverse of `isoText`: milliseconds since 1970, UTC, or undefined when `text` is not such a text. */
export function parseIsoText(text: string, granularity: Granularity): number | undefined {
  const [from, to] = isoSpans[granularity];
  return parseDatetime(isoFormat.slice(from, to), text);
}
