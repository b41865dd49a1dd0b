/**
 * From text cells to a schema: each column gets the first kind for which every cell comes back byte for byte.
 * It knows nothing of files, and never looks at a cell twice: it works on the distinct texts of a column.
 */
import { decimalsIn, formatDecimal } from '../cells.ts';
import { detectDatetimeFormat, parseDatetime } from '../datetime/datetime.ts';
import { detectReplaced } from '../identifiers/detect.ts';
import { localeOf } from '../identifiers/locale.ts';
import { isProse } from '../identifiers/prose.ts';
import { isPersonal } from '../identifiers/replacement.ts';
import { withPersons } from '../identifiers/roles.ts';
import { detectStyle, type NumberStyle, undress } from '../numbers/number-format.ts';
import type { Column, Kind, Schema } from '../schema.ts';
import { expanded, type TextCells, type TextTable } from '../text/text-table.ts';
import { orderedValues } from './ordered-categories.ts';
import { reasonOf } from './reasons.ts';

/** Spellings of missing in a column of numbers, times or booleans, where none of them can be anything else. */
const missingAmongValues = new Set(['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'null', 'NULL', 'None', '?', '-', '#N/A']);

/** In a column of strings "None" or "-" may well be an answer; these hardly ever are. */
const missingAmongStrings = new Set(['', 'NA', 'N/A', 'NULL', 'null', 'NaN', '?']);

/** None of these is longer. */
const longestMissing = 4;

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
/** Above this a model cannot have seen each value often enough to place it: it is free text, a name or an id. */
const neverCategory = 1000;
/** Between the two it is text when values hardly repeat: fewer than two rows for each on average. */
const rowsPerCategory = 2;

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
  const column = numeric ?? withoutProse(inferKind(looked), looked);
  return detectReplaced(column, looked) ?? { ...column, reason: reasonOf(column, looked) };
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
  const [absent, others] = isText ? setAside(distinct, missingAmongValues) : [null, distinct];
  if (others.length > 0) return undefined;
  const missing = !isText && codes.includes(-1) ? '' : absent;
  const { spelled } = numbers;
  const range = rangeOf(numbers.values);
  if (spelled.as === 'instants') return { name, kind: 'datetime', missing, format: spelled.format, ...range };
  const { scale, minScale, zeroScale, hasNegativeZero } = spelled;
  if (scale === 0) return hasNegativeZero ? undefined : { name, kind: 'integer', missing, ...range };
  // Trailing zeros come back only where they fill up to the fewest decimals.
  if (scale > maxScale || zeroScale > minScale) return undefined;
  return { name, kind: 'decimal', missing, scale, minScale, ...range };
}

/** Cells of a text file: anything may be anything, and missing has a spelling. */
function inferText(cells: TextCells): Column {
  const { name, distinct } = cells;
  const [missing, values] = setAside(distinct, missingAmongValues);
  const column = inferBoolean(name, missing, values) ?? inferNumeric(name, missing, values);
  if (column) return column;
  const [stringMissing, strings] = setAside(distinct, missingAmongStrings);
  return inferString(name, stringMissing, strings, cells.codes.length);
}

/** How a column that shall be of this kind spells missing; null when none of its cells seems to be. */
export function missingSpelling({ distinct, holds, codes }: TextCells, kind: Kind): string | null {
  if (holds !== 'text') return codes.includes(-1) ? unusedSpelling(distinct) : null;
  const isString = kind === 'category' || kind === 'text';
  return setAside(distinct, isString ? missingAmongStrings : missingAmongValues)[0];
}

/**
 * Splits off the column's one spelling of missing. Where a column has several, an empty cell is the missing one and
 * the others stay ordinary strings: they could not all come back otherwise.
 */
function setAside(distinct: readonly string[], spellings: ReadonlySet<string>): [string | null, readonly string[]] {
  const found = distinct.filter((text) => text.length <= longestMissing && spellings.has(text));
  const missing = found.length === 1 ? found[0]! : found.includes('') ? '' : null;
  return [missing, missing === null ? distinct : distinct.filter((text) => text !== missing)];
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
  return column ?? inferString(name, missing, distinct, cells.codes.length);
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
export function dressOf(texts: readonly string[]): NumberStyle | undefined {
  const style = detectStyle(texts);
  return style && !inferNumber('', null, texts) ? style : undefined;
}

/** Numbers with a currency, a percent sign, marks between thousands or a decimal comma. */
function inferDressed(name: string, missing: string | null, texts: readonly string[]): Column | undefined {
  const style = dressOf(texts);
  const column =
    style &&
    inferNumber(
      name,
      missing,
      texts.map((text) => undress(text, style)!),
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

function inferString(name: string, missing: string | null, texts: readonly string[], rows: number): Column {
  const repeats = texts.length * rowsPerCategory <= rows;
  if (texts.length > neverCategory || (texts.length > alwaysCategory && !repeats))
    return { name, kind: 'text', missing };
  const ordered = orderedValues(sortedValues(texts));
  return ordered
    ? { name, kind: 'category', missing, values: ordered, ordered: true }
    : { name, kind: 'category', missing, values: sortedValues(texts) };
}

/** Sorted by code unit, the same on every machine. */
export function sortedValues(texts: readonly string[]): string[] {
  return [...texts].sort();
}

/** Not `Math.min(...values)`: a million arguments overflow the stack. NaN is left out. */
export function rangeOf(values: ArrayLike<number>): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // Adding 0 turns -0 into 0: which of the two came first must not show.
  return { min: min + 0, max: max + 0 };
}
