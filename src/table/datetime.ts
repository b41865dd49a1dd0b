/** Points in time as files spell them: known formats, strict reading, exact writing. It knows nothing of columns or files. */

/** What a format can tell apart; the sentence side writes an instant as ISO text of this width. */
export type Granularity = 'day' | 'minute' | 'second' | 'millisecond';

const granularities: readonly Granularity[] = ['day', 'minute', 'second', 'millisecond'];

/** Length of `YYYY-MM-DDTHH:mm:ss.SSS` cut to each granularity. */
const isoWidth: Record<Granularity, number> = { day: 10, minute: 16, second: 19, millisecond: 23 };

/**
 * Dates in the order they are tried. The data decide between month first and day first: a 13th month refutes the
 * former. Where both fit every cell, slashes mean month first (US exports), dashes and dots mean day first (Europe).
 */
const yearFirst = ['YYYY-MM-DD', 'YYYY/MM/DD'];
const padded = ['MM/DD/YYYY', 'DD/MM/YYYY', 'DD.MM.YYYY', 'DD-MM-YYYY', 'MM-DD-YYYY'];
const unpadded = ['M/D/YYYY', 'D/M/YYYY', 'D.M.YYYY'];

/** Index = index in `granularities`. */
const times = ['', ' HH:mm', ' HH:mm:ss', ' HH:mm:ss.SSS'];

/** Only ISO dates take a "T" or a mark of UTC; other offsets would lose the wall clock and stay strings. */
const isoTimes = [
  ...times,
  ...times.slice(1).map((time) => time.replace(' ', 'T')),
  ...['Z', '+00:00'].flatMap((mark) => times.slice(1).flatMap((time) => [time.replace(' ', 'T') + mark, time + mark])),
];

/** Every format tabletalk recognises, in the order they are tried. `M`, `D`, `H` are the unpadded `MM`, `DD`, `HH`. */
export const datetimeFormats: readonly string[] = [
  ...isoTimes.map((time) => `YYYY-MM-DD${time}`),
  ...[...yearFirst.slice(1), ...padded].flatMap((date) => times.map((time) => date + time)),
  ...unpadded.flatMap((date) =>
    [...times, ...times.slice(1).map((time) => time.replace('HH', 'H'))].map((t) => date + t),
  ),
];

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
  const found = layouts.get(format);
  if (!found) throw new RangeError(`unknown datetime format "${format}"`);
  return found;
}

export function isDatetimeFormat(format: string): boolean {
  return layouts.has(format);
}

/** Milliseconds since 1970, UTC, or undefined when `text` is not exactly what `formatDatetime` would write. */
export function parseDatetime(format: string, text: string): number | undefined {
  const { parts, pattern } = layout(format);
  const found = pattern.exec(text);
  if (!found) return undefined;
  let iso = '0000-01-01T00:00:00.000Z';
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
  // Every format ends or begins with a four-digit year: this spares most string columns sixty patterns.
  if (first === undefined || !/\d{4}/.test(first)) return undefined;
  return datetimeFormats.find((format) =>
    texts.every((text) => {
      const time = parseDatetime(format, text);
      return time !== undefined && formatDatetime(format, time) === text;
    }),
  );
}

export function granularityOf(format: string): Granularity {
  if (format.includes('SSS')) return 'millisecond';
  if (format.includes('ss')) return 'second';
  return format.includes('mm') ? 'minute' : 'day';
}

/** ISO text of fixed width: 2024-01-31, 2024-01-31T13:45, …:59, …:59.123. */
export function isoText(time: number, granularity: Granularity): string {
  return new Date(time).toISOString().slice(0, isoWidth[granularity]);
}

/** The reverse of `isoText`: milliseconds since 1970, UTC, or undefined when `text` is not such a text. */
export function parseIsoText(text: string, granularity: Granularity): number | undefined {
  return parseDatetime(`YYYY-MM-DD${times[granularities.indexOf(granularity)]}`.replace(' ', 'T'), text);
}
