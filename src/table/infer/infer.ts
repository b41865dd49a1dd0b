/**
 * From text cells to a schema: each column gets the first kind for which every cell comes back byte for byte. Works on
 * the distinct texts of a column, so that no cell is looked at twice.
 */
import { rangeOf } from '../../numeric/value-range.ts';
import { decimalsIn, formatDecimal } from '../cells.ts';
import { detectDatetimeFormat, parseDatetime } from '../datetime/datetime.ts';
import { digitDates } from '../datetime/time-column.ts';
import { detectReplaced } from '../identifiers/detect.ts';
import { localeOf, withPersons } from '../identifiers/people.ts';
import { isProse } from '../identifiers/prose.ts';
import { isPersonal } from '../identifiers/replacement.ts';
import { detectStyle, type NumberStyle, parseStyled } from '../numbers/number-format.ts';
import { type Column, isPlain, type Kind, type Schema } from '../schema.ts';
import type { StoredType } from '../stored-type.ts';
import { expanded, type TextCells, type TextTable } from '../text/text-table.ts';
import {
  commonestMissing,
  countsOf,
  missingAmongStrings,
  missingAmongValues,
  saysMissing,
  setAside,
} from './missing.ts';
import { inferMostly } from './mostly.ts';
import { reasonOf } from './notices.ts';

/** Spellings of false and true; each also with a capital and in capitals. */
const booleanPairs = [
  ['false', 'true'],
  ['no', 'yes'],
  ['n', 'y'],
  ['f', 't'],
  ['0', '1'],
  ['off', 'on'],
] as const;

/** A string column with at most this many distinct values is a category however short the table is. */
const alwaysCategory = 100;
/** With more, a vocabulary would be mostly of this column. */
const neverCategory = 10_000;
/** Between the two it is a category where there are two rows for each value on average, up to so many values, */
const rowsPerCategory = 2;
const mostByAverage = 1000;
/** or where at least this share of the cells has a value that comes again, and values are as short as names. */
const repeatedShare = 0.4;
const longestName = 60;

/** `toFixed` and the schema end here; no double has more meaningful decimals unless it is tiny. */
const maxScale = 20;

export function inferSchema(table: TextTable): Schema {
  const columns = withPersons(table.columns.map(inferColumn), table.columns);
  const persons = columns.flatMap(({ replaced }, i) => (isPersonal(replaced) ? [table.columns[i]!] : []));
  if (persons.length === 0) return { version: 1, columns };
  return { version: 1, columns, locale: localeOf(persons.flatMap(({ distinct }) => distinct.slice(0, 1000))) };
}

/** The column with the reason why it is that, and what replaces it where it cannot be learned. */
export function inferColumn(cells: TextCells): Column {
  const numeric = inferNumbers(cells);
  const looked = numeric ? cells : expanded(cells);
  const column = withStored(numeric ?? withoutProse(inferKind(looked), looked), cells);
  return detectReplaced(column, looked) ?? { ...column, reason: reasonOf(column, looked) };
}

/** JSON tells a number from a string, Parquet one number from another: what is written is again of that type. */
function withStored(column: Column, { holds, stored }: TextCells): Column {
  if (stored && isUsual(column, stored)) return column;
  const type = stored ?? (holds === 'numbers' && !isPlain(column) ? ({ as: 'number' } as const) : undefined);
  return type ? { ...column, stored: type } : column;
}

/** The type in which a column of this kind is written anyway. */
function isUsual({ kind }: Column, stored: StoredType): boolean {
  if (stored.as === 'string') return kind === 'category' || kind === 'text';
  if (stored.as === 'integer') return kind === 'integer' && stored.bits === 64 && stored.signed;
  if (stored.as === 'float') return kind === 'decimal' && stored.bits === 64;
  return stored.as === 'boolean' && kind === 'boolean';
}

/** Sentences are text however few there are: as categories they would be written as they stand. */
function withoutProse(column: Column, cells: TextCells): Column {
  const { name, kind, missing } = column;
  return kind === 'category' && isProse(column.values, cells.codes.length) ? { name, kind: 'text', missing } : column;
}

/** The first kind for which every cell comes back. */
export function inferKind(cells: TextCells): Column {
  const numeric = inferNumbers(cells);
  if (numeric) return numeric;
  const texts = expanded(cells);
  return texts.holds === 'text' ? inferText(texts) : inferTyped(texts);
}

/** Numbers or times that are held as such: what `inferNumber` asks of every text is known of all of them together. */
function inferNumbers({ name, holds, distinct, codes, numbers }: TextCells): Column | undefined {
  if (!numbers) return undefined;
  const isText = holds === 'text';
  if (isText ? !distinct.every(saysMissing) : distinct.length > 0) return undefined;
  const missing = isText ? commonestMissing({ distinct, codes }) : codes.includes(-1) ? '' : null;
  const { spelled } = numbers;
  const range = rangeOf(numbers.values);
  if (spelled.as === 'instants') return { name, kind: 'datetime', missing, format: spelled.format, ...range };
  const { scale, minScale, zeroScale, hasNegativeZero } = spelled;
  if (scale === 0) {
    if (hasNegativeZero || mayBeDates(range)) return undefined;
    return { name, kind: 'integer', missing, ...range };
  }
  // Trailing zeros come back only where they fill up to the fewest decimals.
  if (scale > maxScale || zeroScale > minScale) return undefined;
  return { name, kind: 'decimal', missing, scale, minScale, ...range };
}

/** Whole numbers between 19000101 and 22000101, or as long with a time of day behind them. */
function mayBeDates({ min, max }: { min: number; max: number }): boolean {
  return [1, 1e4, 1e6].some((clock) => min >= 18_000_101 * clock && max < 22_000_101 * clock);
}

/** Cells of a text file: anything may be anything, and missing has a spelling. */
function inferText(cells: TextCells): Column {
  const { name, distinct } = cells;
  const [missing, values] = setAside(distinct, missingAmongValues);
  const column = inferBoolean(name, missing, values) ?? inferNumeric(name, missing, values) ?? inferMostly(cells);
  if (column) return column;
  const [stringMissing, strings] = setAside(distinct, missingAmongStrings);
  return inferString(stringMissing, strings, cells);
}

/** How a column that shall be of this kind spells missing; null when none of its cells seems to be. */
export function missingSpelling({ distinct, holds, codes }: TextCells, kind: Kind): string | null {
  if (holds !== 'text') return codes.includes(-1) ? unusedSpelling(distinct) : null;
  const isString = kind === 'category' || kind === 'text';
  return isString || kind === 'boolean'
    ? setAside(distinct, isString ? missingAmongStrings : missingAmongValues)[0]
    : commonestMissing({ distinct, codes });
}

/** Cells of JSON or JavaScript: "5" is not 5 and "true" is not true, so the type narrows the kinds. */
function inferTyped(cells: TextCells): Column {
  const { name, distinct, holds } = cells;
  const missing = cells.codes.includes(-1) ? unusedSpelling(distinct) : null;
  if (holds === 'booleans') return { name, kind: 'boolean', missing, values: ['false', 'true'] };
  const column =
    holds === 'numbers'
      ? inferNumber(name, missing, distinct)
      : (inferDatetime(name, missing, distinct) ?? inferDressed(name, missing, distinct));
  return column ?? inferMostly(cells, missing) ?? inferString(missing, distinct, cells);
}

function unusedSpelling(distinct: readonly string[]): string {
  const taken = new Set(distinct);
  for (const spelling of missingAmongValues) if (!taken.has(spelling)) return spelling;
  let spelling = 'missing';
  while (taken.has(spelling)) spelling += '_';
  return spelling;
}

function inferBoolean(name: string, missing: string | null, values: readonly string[]): Column | undefined {
  if (values.length !== 2) return undefined;
  for (const [no, yes] of booleanPairs) {
    const styles: [string, string][] = [
      [no, yes],
      [capitalized(no), capitalized(yes)],
      [no.toUpperCase(), yes.toUpperCase()],
    ];
    const pair = styles.find((style) => values.includes(style[0]) && values.includes(style[1]));
    if (pair) return { name, kind: 'boolean', missing, values: pair };
  }
  return undefined;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function inferNumeric(name: string, missing: string | null, texts: readonly string[]): Column | undefined {
  return inferNumber(name, missing, texts) ?? inferDatetime(name, missing, texts) ?? inferDressed(name, missing, texts);
}

function inferNumber(name: string, missing: string | null, texts: readonly string[]): Column | undefined {
  if (texts.length === 0) return undefined;
  const dates = digitDates(name, missing, texts);
  if (dates) return dates;
  if (texts.every(isInteger)) return { name, kind: 'integer', missing, ...rangeOf(texts.map(Number)) };
  if (!texts.every((text) => /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text))) return undefined;
  let scale = 0;
  let minScale = maxScale;
  for (const text of texts) {
    const decimals = decimalsIn(text);
    if (decimals > scale) scale = decimals;
    if (decimals < minScale) minScale = decimals;
  }
  // Scale 0 are whole numbers too long for a double, or "-0": strings of digits, as far as tabletalk can promise.
  if (scale === 0 || scale > maxScale) return undefined;
  if (!texts.every((text) => formatDecimal(Number(text), scale, minScale) === text)) return undefined;
  return { name, kind: 'decimal', missing, scale, minScale, ...rangeOf(texts.map(Number)) };
}

/** The style of these texts, where they are numbers only with one. */
export function styleIn(texts: readonly string[]): NumberStyle | undefined {
  const style = detectStyle(texts);
  return style && !inferNumber('', null, texts) ? style : undefined;
}

/** Numbers with a currency, a percent sign, marks between thousands or a decimal comma. */
function inferDressed(name: string, missing: string | null, texts: readonly string[]): Column | undefined {
  const style = styleIn(texts);
  const column =
    style &&
    inferNumber(
      name,
      missing,
      texts.map((text) => parseStyled(text, style)!),
    );
  return column && ({ ...column, style } as Column);
}

function isInteger(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)$/.test(text) && text !== '-0' && Number.isSafeInteger(Number(text));
}

function inferDatetime(name: string, missing: string | null, texts: readonly string[]): Column | undefined {
  const format = detectDatetimeFormat(texts);
  if (format === undefined) return undefined;
  return { name, kind: 'datetime', missing, format, ...rangeOf(texts.map((text) => parseDatetime(format, text)!)) };
}

function inferString(missing: string | null, texts: readonly string[], cells: TextCells): Column {
  const { name } = cells;
  if (!isCategory(texts, cells, missing)) return { name, kind: 'text', missing };
  const ordered = orderedValues(sortedValues(texts));
  return ordered
    ? { name, kind: 'category', missing, values: ordered, ordered: true }
    : { name, kind: 'category', missing, values: sortedValues(texts) };
}

function isCategory(texts: readonly string[], cells: TextCells, missing: string | null): boolean {
  if (texts.length <= alwaysCategory) return true;
  if (texts.length <= mostByAverage && texts.length * rowsPerCategory <= cells.codes.length) return true;
  if (texts.length > neverCategory || texts.some(({ length }) => length > longestName)) return false;
  const counts = countsOf(cells);
  let [all, repeated] = [0, 0];
  for (const [code, text] of cells.distinct.entries()) {
    if (text === missing) continue;
    all += counts[code]!;
    if (counts[code]! > 1) repeated += counts[code]!;
  }
  return repeated >= repeatedShare * all;
}

/** Sorted by code unit, the same on every machine. */
export function sortedValues(texts: readonly string[]): string[] {
  return [...texts].sort();
}

// Words that have an order of their own, so that "low" comes before "high".

/** Each scale from its low end to its high; one place may be taken by several spellings. */
const scales: readonly (readonly string[])[] = [
  ['none', 'very low|lowest', 'low', 'medium|moderate|middle|mid', 'high', 'very high|highest', 'extreme'],
  ['tiny', 'xxs', 'xs|extra small', 's|small', 'm|medium', 'l|large|big', 'xl|extra large', 'xxl|huge', 'xxxl'],
  ['very poor|very bad|terrible', 'poor|bad', 'fair|average|ok|neutral', 'good', 'very good', 'excellent|great'],
  ['never', 'rarely|seldom', 'sometimes|occasionally', 'often|frequently', 'usually|very often', 'always'],
  [
    'strongly disagree',
    'disagree|somewhat disagree',
    'neutral|neither agree nor disagree|undecided',
    'agree|somewhat agree',
    'strongly agree',
  ],
  ['very dissatisfied', 'dissatisfied', 'neutral', 'satisfied', 'very satisfied'],
  ['very unlikely', 'unlikely', 'neutral|possible', 'likely', 'very likely'],
  ['mild|minor', 'moderate|major', 'severe|critical', 'very severe|fatal'],
  ['beginner|novice', 'intermediate', 'advanced', 'expert'],
  ['intern|trainee', 'junior', 'mid|intermediate', 'senior', 'lead|principal', 'director'],
  ['bronze', 'silver', 'gold', 'platinum', 'diamond'],
  ['first|1st', 'second|2nd', 'third|3rd', 'fourth|4th', 'fifth|5th', 'sixth|6th'],
  ['monday|mon', 'tuesday|tue', 'wednesday|wed', 'thursday|thu', 'friday|fri', 'saturday|sat', 'sunday|sun'],
  'january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sep october|oct november|nov december|dec'.split(
    ' ',
  ),
];

const ranks = scales.map(
  (scale) => new Map(scale.flatMap((words, rank) => words.split('|').map((word) => [word, rank] as const))),
);

/** A span of numbers: "18-24", "< 5", "65+", "$20k to $40k", "1 <= ... < 4 years". */
const span = /^\D*\d[\d.,]*\D*(?:\d[\d.,]*\D*)?$/;
/** What is longer says more than a rank or a span. */
const longestSpan = 60;
const saysSpan = /\d\s*(?:-|–|to|\.\.+|until)\s*[^\d]?\d|[<>≤≥]|\d\s*\+|under|over|less|more|above|below/i;

/** The values from low to high, or undefined when they have no order that everyone knows. */
export function orderedValues(values: readonly string[]): string[] | undefined {
  if (values.length < 2 || values.some((value) => value.length > longestSpan)) return undefined;
  const words = values.map((value) => value.toLowerCase().replaceAll(/[_-]/g, ' ').trim());
  for (const rank of ranks) {
    if (words.every((word) => rank.has(word))) return sortedBy(values, (i) => rank.get(words[i]!)!);
  }
  if (
    values.every((value) => span.test(value)) &&
    values.filter((value) => saysSpan.test(value)).length * 2 > values.length
  )
    return sortedBy(values, (i) => lowEnd(values[i]!));
  return undefined;
}

/** Undefined when two values share a place: then what order they have is not known. */
function sortedBy(values: readonly string[], key: (index: number) => number): string[] | undefined {
  const keys = values.map((_, i) => key(i));
  if (new Set(keys).size < keys.length) return undefined;
  return values
    .map((value, i) => ({ value, key: keys[i]! }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

/** The number a span begins at; "under 18" begins below "18-24", "over 65" above "50-65". */
function lowEnd(value: string): number {
  const [first = Number.NaN] = (value.match(/\d[\d,]*(?:\.\d+)?/g) ?? []).map((text) =>
    Number(text.replaceAll(',', '')),
  );
  const nudge = Math.max(1, Math.abs(first)) * 1e-9;
  if (/^\D*(?:<|≤|under|less|below|up to)/i.test(value)) return first - nudge;
  return /^\D*(?:>|≥|over|more|above)|\+\s*$/i.test(value) ? first + nudge : first;
}
