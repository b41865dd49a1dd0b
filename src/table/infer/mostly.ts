/**
 * Columns most of whose cells are numbers or times, while the others keep them from being a column of these byte for byte:
 * several spellings of missing or of numbers, a word, a mark of a spreadsheet. What most cells are, the column is.
 */
import { formatValue, parseCell } from '../cells.ts';
import { digitDates, mostlyTimes } from '../datetime/time-column.ts';
import { type CountedText, mostlyNumbers, weightOf } from '../numbers/number-column.ts';
import type { Column } from '../schema.ts';
import type { Holds, TextCells } from '../text/text-table.ts';
import { commonestMissing, countsOf, saysMissing } from './missing.ts';

/** Numbers or times, and the texts that are none. */
interface Mostly {
  readonly column: Column;
  readonly odd: readonly CountedText[];
  /** Share of the cells, those that are missing left out, that are such values. */
  readonly share: number;
}

/** A column is one of numbers if at most this share of its cells is odd, of so few kinds, and it has so many different numbers. */
const limits = [
  { share: 0.05, kinds: 5, distinct: 20 },
  { share: 0.005, kinds: Number.POSITIVE_INFINITY, distinct: 3 },
];

/** With fewer different texts than this, 1.10 and 1.5 are rather versions or answers than measured. */
const fewTexts = 10;

/** The column of most cells, with the number of the others; undefined where these are too many. */
export function inferMostly(cells: TextCells, missing = missingOf(cells)): Column | undefined {
  if (!mayBeValues(cells)) return undefined;
  const texts = presentTexts(cells);
  const found = mostlyOf(cells, texts, missing);
  if (!found || !isAccepted(found, texts, cells.holds)) return undefined;
  return withOdd(found);
}

/** The same, however many cells are odd; undefined where not one is a number. */
export function asNumbers(cells: TextCells): Column | undefined {
  const texts = presentTexts(cells);
  const readable = texts.filter(({ text }) => mostlyNumbers('', null, [{ text, count: 1 }]));
  const found = mostlyNumbers(cells.name, missingOf(cells), readable);
  if (!found) return undefined;
  const odd = [...found.odd, ...texts.filter((text) => !readable.includes(text))];
  return withOdd({ ...found, odd });
}

/** What more than half of the cells are, where they are numbers or times. */
function mostlyOf(cells: TextCells, texts = presentTexts(cells), missing = missingOf(cells)): Mostly | undefined {
  if (texts.length === 0) return undefined;
  const times = mostlyDigitDates(cells.name, missing, texts) ?? mostlyTimes(cells.name, missing, texts);
  // "5" is not 5 where strings are told from numbers.
  const numbers = cells.holds === 'strings' ? undefined : mostlyNumbers(cells.name, missing, texts);
  return times && (!numbers || times.share >= numbers.share) ? times : numbers;
}

/** Dates of digits alone, whatever the cells are that have other characters. */
function mostlyDigitDates(name: string, missing: string | null, texts: readonly CountedText[]): Mostly | undefined {
  const digits = texts.filter(({ text }) => text.length <= 14 && /^\d+$/.test(text));
  const column = digitDates(
    name,
    missing,
    digits.map(({ text }) => text),
  );
  const others = new Set(digits);
  const odd = texts.filter((text) => !others.has(text));
  return column && { column, odd, share: 1 - weightOf(odd) / weightOf(texts) };
}

/** Numbers and times have digits; a look at some texts spares most columns of words the rest. */
function mayBeValues({ distinct }: TextCells): boolean {
  const step = Math.max(1, Math.floor(distinct.length / mostLooked));
  const looked = distinct.filter((_, i) => i % step === 0);
  return looked.filter((text) => text.length <= longestValue && /\d/.test(text)).length * 3 >= looked.length;
}

const mostLooked = 500;
const longestValue = 80;

const missingOf = (cells: TextCells) =>
  cells.holds === 'text' ? commonestMissing(cells) : cells.codes.includes(-1) ? '' : null;

function presentTexts(cells: TextCells): CountedText[] {
  const counts = countsOf(cells);
  const texts = cells.distinct.map((text, code) => ({ text, count: counts[code]! }));
  // So that nothing depends on the order of the rows.
  return texts
    .filter(({ text }) => cells.holds !== 'text' || !saysMissing(text))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
}

function withOdd({ column, odd }: Mostly): Column {
  const unreadable = weightOf(odd);
  return unreadable === 0 ? column : { ...column, missing: column.missing ?? '', unreadable };
}

function isAccepted({ column, odd, share }: Mostly, texts: readonly CountedText[], holds: Holds): boolean {
  // A file with types says itself what is a number.
  if (odd.length === 0) return holds === 'numbers' || !isVersions(column, texts);
  if (isCodes(odd, texts)) return false;
  const distinct = texts.length - odd.length;
  return limits.some((limit) => 1 - share <= limit.share && odd.length <= limit.kinds && distinct >= limit.distinct);
}

/**
 * Digits of one length, some of which begin with zero or have letters before or behind them, are codes: to read 02139 as a number
 * loses it, and so does C536379 beside 536378.
 */
function isCodes(odd: readonly CountedText[], texts: readonly CountedText[]): boolean {
  const codes = texts.filter(({ text }) => text.length < longestValue && /^\d+$/.test(text));
  const lengths = new Set(codes.map(({ text }) => text.length));
  const zeros = odd.some(({ text }) => text.length < longestValue && /^0\d+$/.test(text));
  if (zeros && (lengths.size === 1 || weightOf(odd) * 200 > weightOf(texts))) return true;
  const marked = odd.filter(
    ({ text }) =>
      text.length < longestValue &&
      lengths.has(
        text
          .match(/^[A-Z]{1,3}(\d{3,})$|^(\d{3,})[A-Z]{1,3}$/i)
          ?.slice(1)
          .join('').length ?? -1,
      ),
  );
  return marked.length >= 3 && 2 * weightOf(marked) > weightOf(odd);
}

/** Few texts such as 1.10 and 1.5, whose last zeros no rule explains. */
function isVersions(column: Column, texts: readonly CountedText[]): boolean {
  if (texts.length > fewTexts || column.kind !== 'decimal' || column.style) return false;
  return (
    texts.every(({ text }) => /^\d+\.\d+$/.test(text)) &&
    texts.some(({ text }) => formatValue(column, parseCell(column, text)!) !== text)
  );
}
