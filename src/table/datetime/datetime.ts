/** Points in time as files spell them: strict reading, exact writing. */
import { epoch, fieldsOf, isoWeekOf, microsOf, timeOf } from './calendar.ts';
import { fields, instant, literalOf, partsOf, writeParts, zoneCodes } from './datetime-fields.ts';
import {
  datetimeFormats,
  type Granularity,
  isDatetimeFormat,
  isUtc,
  offset,
  splitZone,
  withOffset,
} from './datetime-formats.ts';
import { momentOf, zoneCodeOf, zoneOffset } from './zones.ts';

/** Where each granularity's text lies in `YYYY-MM-DDTHH:mm:ss.SSS`. */
const isoSpans: Record<Granularity, readonly [number, number]> = {
  month: [0, 7],
  week: [0, 0],
  day: [0, 10],
  minute: [0, 16],
  second: [0, 19],
  millisecond: [0, 23],
  microsecond: [0, 26],
  clockMinute: [11, 16],
  clockSecond: [11, 19],
  clockMillisecond: [11, 23],
  clockMicrosecond: [11, 26],
};

/** Milliseconds since 1970, UTC, or NaN when the bytes from `from` to `to` are not exactly what the format would write. */
export type InstantReader = (bytes: Uint8Array, from: number, to: number) => number;

/** A format taken apart: field names and the literal text between them, alternating in `parts`. */
interface Layout {
  readonly parts: readonly string[];
  readonly pattern: RegExp;
  /** Where every text of the format has its length, what reads it without the pattern. */
  readonly readFixed: InstantReader | undefined;
  /** The zone whose clocks write it. */
  readonly zone: string | undefined;
  /** Whether a text says how far it is from UTC. */
  readonly saysOffset: boolean;
}

/** Made when a format is first asked for: most never are. */
const layouts = new Map<string, Layout>();

function layoutOf(format: string): Layout {
  const [clock, zone] = splitZone(format);
  const parts = partsOf(clock);
  const pattern = parts.map((part) =>
    fields[part] ? `(${fields[part].looks})` : literalOf(part).replace(/[^\w\s]/g, '\\$&'),
  );
  const isFixed = zone === undefined && parts.every((part) => fields[part]?.isFixed ?? true);
  return {
    parts,
    pattern: new RegExp(`^${pattern.join('')}$`),
    readFixed: isFixed ? fixedReader(parts) : undefined,
    zone,
    saysOffset: parts.some((part) => part.startsWith('XX') || part === 'zzz'),
  };
}

function fixedReader(parts: readonly string[]): InstantReader {
  /** By place, the character that stands there in every text, 0 where a digit does. */
  const literals = parts.flatMap((part) => Array.from(part, (letter) => (fields[part] ? 0 : letter.charCodeAt(0))));
  const placeOf = (name: string) => (parts.includes(name) ? parts.slice(0, parts.indexOf(name)).join('').length : -1);
  const [year, month, day] = [placeOf('YYYY'), placeOf('MM'), placeOf('DD')];
  const [hour, minute, second] = [placeOf('HH'), placeOf('mm'), placeOf('ss')];
  const shortYear = placeOf('YY');
  const micros = Math.max(placeOf('SSSSSS'), placeOf('SSSSSSSSS'));
  const ms = Math.max(placeOf('SSS'), micros);
  /** A double has no nanoseconds. */
  const zeros = placeOf('SSSSSSSSS') + 6;
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
    instant[6] = ms < 0 ? 0 : tripleAt(bytes, from + ms);
    instant[7] = micros < 0 ? 0 : tripleAt(bytes, from + micros + 3);
    instant[8] = 0;
    instant[9] = 0;
    if (shortYear >= 0) fields.YY!.read(String(pairAt(bytes, from + shortYear)));
    if (zeros > 5 && tripleAt(bytes, from + zeros) > 0) return Number.NaN;
    return timeOf(instant);
  };
}

const pairAt = (bytes: Uint8Array, at: number) => (bytes[at]! - 48) * 10 + bytes[at + 1]! - 48;
const tripleAt = (bytes: Uint8Array, at: number) => 10 * pairAt(bytes, at) + bytes[at + 2]! - 48;

function layout(format: string): Layout {
  let found = layouts.get(format);
  if (!found) {
    if (!isDatetimeFormat(format)) throw new RangeError(`unknown datetime format "${format}"`);
    found = layoutOf(format);
    layouts.set(format, found);
  }
  return found;
}

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

function readMatch({ parts, pattern, zone, saysOffset }: Layout, text: string): number {
  const found = text.length > longestTime ? null : pattern.exec(text);
  if (!found) return Number.NaN;
  instant.set(epoch);
  let group = 1;
  for (const part of parts) if (fields[part]) fields[part].read(found[group++]!);
  const time = timeOf(instant);
  return zone === undefined || saysOffset || Number.isNaN(time) ? time : momentOf(zone, time);
}

/** No format has longer texts. */
const longestTime = 80;

/**
 * A time in the format or one that differs from it in the time of day only: without its seconds or their fraction, or with
 * a finer one, of which what a double cannot hold is cut off. A blank may stand for the "T", and blanks around it.
 */
export function readTime(format: string, given: string): number | undefined {
  const text = given.trim();
  if (text.length > longestTime) return undefined;
  const exact = parseDatetime(format, text);
  if (exact !== undefined) return exact;
  const found = alikeFormats(format)
    .map((alike) => parseDatetime(alike, text))
    .find((time) => time !== undefined);
  if (found !== undefined || !format.includes('SSS')) return found;
  // Digits beyond microseconds.
  const cut = text.replace(/(\.\d{6})\d{1,3}(?=\D|$)/, '$1');
  return cut === text ? undefined : readTime(format, cut);
}

const alikeTo = new Map<string, readonly string[]>();

/** What may end a text that says its offset from UTC. */
const utcMarks = ['Z', '+00:00', ' UTC', 'XXX@UTC', 'XX@UTC', ' XXX@UTC', ' XX@UTC'];
const utcMark = /(?:Z|\+00:00| UTC)$/;

/** The same date and marks with another time of day: formats that differ in precision, and in "T". */
export function alikeFormats(format: string): readonly string[] {
  let found = alikeTo.get(format);
  if (!found) {
    const [clock, zone] = splitZone(format);
    const precisions = ['HH:mm:ss.SSSSSSSSS', 'HH:mm:ss.SSSSSS', 'HH:mm:ss.SSS', 'HH:mm:ss', 'HH:mm'];
    const own = precisions.find((precision) => clock.includes(precision));
    const times = own === undefined ? [] : precisions.map((precision) => clock.replace(own, precision));
    const marked = times.flatMap((time) => [time, time.replace('DTH', 'D H'), time.replace('D HH', 'DTHH')]);
    const dates = own === undefined ? [] : [clock.replace(/[T ]*HH.*$/, '')];
    // A point in time is the same in every zone.
    const others = isUtc(clock) ? marked.flatMap((time) => utcMarks.map((mark) => time.replace(utcMark, mark))) : [];
    const all = [...marked, ...others, ...dates].map((one) =>
      zone === undefined || !one.includes('HH') ? one : `${one}@${zone}`,
    );
    found = [...new Set(all)].filter((one) => one !== format && one !== '' && isDatetimeFormat(one));
    alikeTo.set(format, found);
  }
  return found;
}

/** `time` is milliseconds since 1970, UTC, in the years 0000 to 9999; what the format cannot show is cut off. */
export function formatDatetime(format: string, time: number): string {
  if (!(time >= earliest && time <= latest)) throw new RangeError(`no time of the years 0000 to 9999: ${time}`);
  const { parts, zone } = layout(format);
  const offset = zone === undefined ? 0 : zoneOffset(zone, time);
  fieldsOf(offset === 0 ? time : time + offset * 60_000, instant);
  instant[8] = offset;
  const text = writeParts(parts);
  return zone !== undefined && parts.includes('zzz') ? text + zoneCodeOf(zone, offset, zoneCodes) : text;
}

export const [earliest, latest] = [Date.parse('0000-01-01T00:00:00.000Z'), Date.parse('9999-12-31T23:59:59.999Z')];

/** The first known format that every text has, or undefined. */
export function detectDatetimeFormat(texts: readonly string[]): string | undefined {
  const first = texts[0];
  if (first === undefined) return undefined;
  // Few have the shape of the first text, and it rules out most of these; only what it allows is tried on the others.
  return formatsLike(first).find((format) => texts.every((text) => parseDatetime(format, text) !== undefined));
}

/** The formats whose texts may look like this one. */
export function formatsLike(text: string): readonly string[] {
  if (text.length > longestTime) return [];
  const mark = text.includes(':') ? offset.exec(text)?.[0] : undefined;
  const known = formatsByShape().get(shapeOf(text)) ?? [];
  return mark === undefined ? known : [...known, ...withOffset(mark)];
}

/** What a text is made of: runs of digits, runs of letters, marks. */
const shapeOf = (text: string) => text.replace(/\d+/g, '0').replace(/[a-z]+/gi, 'a');

let shapes: Map<string, string[]> | undefined;

/** The formats in their order by the shape of their texts. */
function formatsByShape(): ReadonlyMap<string, readonly string[]> {
  if (shapes) return shapes;
  shapes = new Map();
  instant.set(epoch);
  for (const format of datetimeFormats) {
    const shape = shapeOf(writeParts(partsOf(format)));
    const alike = shapes.get(shape);
    if (alike) alike.push(format);
    else shapes.set(shape, [format]);
  }
  return shapes;
}

const isoFormat = 'YYYY-MM-DDTHH:mm:ss.SSSSSS';
const isoWeek = 'GGGG-Www';

/** ISO text of fixed width: 2024-01-31, 2024-01-31T13:45, …:59, …:59.123; of a clock 13:45 and so on. */
export function isoText(time: number, granularity: Granularity): string {
  if (granularity === 'week') return formatDatetime(isoWeek, time);
  const [from, to] = isoSpans[granularity];
  const iso = new Date(Math.floor(time)).toISOString().slice(0, 23);
  return (to > 23 ? iso + String(microsOf(time)).padStart(3, '0') : iso).slice(from, to);
}

/** How many of the digits of `isoText` say the time of day. */
export const timeDigits: Record<Granularity, number> = {
  month: 0,
  week: 0,
  day: 0,
  minute: 4,
  second: 6,
  millisecond: 9,
  clockMinute: 4,
  clockSecond: 6,
  clockMillisecond: 9,
  microsecond: 12,
  clockMicrosecond: 12,
};

const powers = Array.from({ length: 10 }, (_, zeros) => 10 ** zeros);

/** The digits of `isoText`, unless it has microseconds, as two whole numbers: `parts[0]` those of the day, `parts[1]` those of the time of day. */
export function isoParts(time: number, granularity: Granularity, parts: Int32Array): void {
  fieldsOf(time, instant);
  const [year, month, day] = [instant[0]!, instant[1]!, instant[2]!];
  const clock = (instant[3]! * 100 + instant[4]!) * 100_000 + instant[5]! * 1000 + instant[6]!;
  const [isoYear, week] = granularity === 'week' ? isoWeekOf(year, month, day) : [year, 0];
  parts[0] =
    granularity === 'week'
      ? isoYear * 100 + week
      : granularity === 'month'
        ? year * 100 + month
        : year * 10_000 + month * 100 + day;
  parts[1] = (clock / powers[9 - timeDigits[granularity]]!) | 0;
}

const isoWidths = [4, 2, 2, 2, 2, 2, 3, 3];

/** The time of all digits of an `isoText`; NaN where there is none. */
export function isoTime(digits: string, granularity: Granularity): number {
  instant.set(epoch);
  if (granularity === 'week') {
    instant[0] = Number(digits.slice(0, 4));
    instant[9] = Number(digits.slice(4));
    return timeOf(instant);
  }
  let at = 0;
  for (let field = granularity.startsWith('clock') ? 3 : 0; at < digits.length; field++) {
    instant[field] = Number(digits.slice(at, at + isoWidths[field]!));
    at += isoWidths[field]!;
  }
  return timeOf(instant);
}

/** The reverse of `isoText`: milliseconds since 1970, UTC, or undefined when `text` is not such a text. */
export function parseIsoText(text: string, granularity: Granularity): number | undefined {
  const [from, to] = isoSpans[granularity];
  return parseDatetime(granularity === 'week' ? isoWeek : isoFormat.slice(from, to), text);
}
