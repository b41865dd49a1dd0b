/** A column most of whose cells are points in time: their format, their zone, and which cells are none. */
import { rangeOf } from '../../numeric/value-range.ts';
import type { CountedText } from '../numbers/number-column.ts';
import type { Column } from '../schema.ts';
import { alikeFormats, formatsLike, parseDatetime, readTime } from './datetime.ts';
import { zoneCodes } from './datetime-fields.ts';
import { digitFormats, granularities, granularityOf, namedZoneFormats, zoneFormats } from './datetime-formats.ts';
import { allZones, isZone, zoneCodeOf, zoneOffset } from './zones.ts';

type DatetimeColumn = Extract<Column, { kind: 'datetime' }>;

interface MostlyTimes {
  readonly column: DatetimeColumn;
  readonly odd: readonly CountedText[];
  readonly share: number;
}

/** Texts that are looked at to find the format. */
const mostTried = 500;
/** Times that a zone must explain; the others follow. */
const mostMoments = 2000;
/** No time is longer. */
const longest = 80;

const weightOf = (texts: readonly CountedText[]) => texts.reduce((sum, { count }) => sum + count, 0);

/** Undefined where fewer than half of the cells are times. */
export function mostlyTimes(
  name: string,
  missing: string | null,
  texts: readonly CountedText[],
): MostlyTimes | undefined {
  const step = Math.max(1, Math.floor(texts.length / mostTried));
  const tried = texts.filter(({ text }, i) => i % step === 0 && text.length <= longest).map(trimmed);
  const format = mostCommonFormat(tried, texts);
  return format === undefined ? undefined : timesIn(format, name, missing, texts);
}

const trimmed = ({ text, count }: CountedText): CountedText => ({ text: text.trim(), count });

function timesIn(
  format: string,
  name: string,
  missing: string | null,
  texts: readonly CountedText[],
): MostlyTimes | undefined {
  const times: number[] = [];
  const odd: CountedText[] = [];
  for (const counted of texts) {
    const time = readTime(format, counted.text);
    if (time === undefined) odd.push(counted);
    else times.push(time);
  }
  const share = 1 - weightOf(odd) / weightOf(texts);
  if (share < 0.5) return undefined;
  return { column: { name, kind: 'datetime', missing, format, ...rangeOf(times) }, odd, share };
}

/** The format of most of the tried texts, as fine as the finest of them. */
function mostCommonFormat(tried: readonly CountedText[], all: readonly CountedText[]): string | undefined {
  const examples = [...new Map(tried.map((counted) => [shapeOf(counted.text), counted.text])).values()].slice(0, 8);
  const known = new Set(examples.flatMap((text) => formatsLike(text)));
  const found = heavier(heaviest([...known], tried), () => zonedFormat(tried, all), tried);
  if (found === undefined) return undefined;
  // None of the digits of a finer time is lost.
  const exact = [found, ...alikeFormats(found)].filter((format) =>
    tried.some(({ text }) => parseDatetime(format, text) !== undefined),
  );
  const fineness = (format: string) => granularities.indexOf(granularityOf(format));
  return exact.reduce((best, format) => (fineness(format) > fineness(best) ? format : best), found);
}

const shapeOf = (text: string) => text.replace(/\d+/g, '0').replace(/[a-z]+/gi, 'a');

/** The format under which most cells are times, at least half of them. */
function heaviest(formats: readonly string[], texts: readonly CountedText[]): string | undefined {
  let [best, most] = [undefined as string | undefined, weightOf(texts) / 2];
  for (const format of formats) {
    const weight = weightOf(texts.filter(({ text }) => parseDatetime(format, text) !== undefined));
    if (weight > most) [best, most] = [format, weight];
  }
  return best;
}

/** The other format where more texts are in it; asked for only where the texts say an offset or a zone. */
function heavier(
  format: string | undefined,
  other: () => string | undefined,
  texts: readonly CountedText[],
): string | undefined {
  const isIn = (one: string) => weightOf(texts.filter(({ text }) => readTime(one, text) !== undefined));
  if (format !== undefined && isIn(format) === weightOf(texts)) return format;
  if (!texts.some(({ text }) => saysZone.test(text))) return format;
  const found = other();
  return format === undefined || (found !== undefined && isIn(found) > isIn(format)) ? found : format;
}

const saysZone = /\d ?(?:[+-]\d{2}:?\d{2}|[A-Z]{3,4}|\[?[A-Za-z]+\/[\w+\-/]+\]?)(?:\[[\w+\-/]+\])?$/;

/** Times that say their offset or zone, which is not the same in all. */
function zonedFormat(tried: readonly CountedText[], all: readonly CountedText[]): string | undefined {
  const zone = /(?:\[| )([A-Za-z]+\/[\w+\-/]+)\]?$/.exec(tried[0]?.text ?? '')?.[1];
  if (zone !== undefined && isZone(zone)) {
    return heaviest(
      namedZoneFormats(zone).map((format) => `${format}@${zone}`),
      tried,
    );
  }
  // What a text says of its offset is read without knowing the zone.
  const found = heaviest(
    zoneFormats.map((format) => `${format}@UTC`),
    tried,
  );
  if (found === undefined) return undefined;
  const clock = found.slice(0, -'@UTC'.length);
  const step = Math.max(1, Math.floor(all.length / mostMoments));
  const moments = all
    .filter((_, i) => i % step === 0)
    .flatMap(({ text }) => {
      const time = readTime(found, text);
      return time === undefined ? [] : [{ time, mark: markOf(text.trim()) }];
    });
  const zoneOf = allZones().find((candidate) => moments.every((moment) => isShownBy(candidate, moment)));
  if (zoneOf !== undefined) return `${clock}@${zoneOf}`;
  // From no one zone: the same points in time, as clocks in UTC show them.
  return clock.replace(/ ?(?:XXX?|zzz)$/, '+00:00').replace(' HH', 'THH');
}

const markOf = (text: string) => /(?:[+-]\d{2}:?\d{2}|[A-Z]{3,4})$/.exec(text)?.[0] ?? '';

function isShownBy(zone: string, { time, mark }: { time: number; mark: string }): boolean {
  const offset = zoneOffset(zone, time);
  if (/^[A-Z]/.test(mark)) return zoneCodeOf(zone, offset, zoneCodes) === mark;
  const [hours, minutes] = [Number(mark.slice(1, 3)), Number(mark.slice(-2))];
  return offset === (mark.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** Of how many different texts of digits alone it is sure that they are dates, by format. */
const sureOf: Readonly<Record<string, number>> = {
  YYYYMMDD: 3,
  YYYYMMDDHHmmss: 3,
  YYYYMMDDHHmm: 3,
  YYYYMM: 12,
  YYMMDD: 20,
};
/** Other years than these are rather numbers. */
const [earliest, latest] = [Date.UTC(1800, 0), Date.UTC(2200, 0)];

/** Dates of digits alone, such as 20240131; undefined where one of the texts is none, or they are too few to be sure. */
export function digitDates(name: string, missing: string | null, texts: readonly string[]): DatetimeColumn | undefined {
  const format = digitFormats.find(
    (candidate) =>
      texts.length >= sureOf[candidate]! &&
      texts.every((text) => text.length === candidate.length && isDay(candidate, text)),
  );
  if (format === undefined) return undefined;
  return { name, kind: 'datetime', missing, format, ...rangeOf(texts.map((text) => parseDatetime(format, text)!)) };
}

function isDay(format: string, text: string): boolean {
  const time = parseDatetime(format, text);
  return time !== undefined && time >= earliest && time < latest;
}
