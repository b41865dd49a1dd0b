/** What a person should know of how a table was read: cells that were left out, columns that look like something better, no header. */
import { formatValue, parseCell, valueAt } from '../cells.ts';
import { hasDate, hasTime } from '../datetime/datetime-formats.ts';
import { timeReason } from '../identifiers/detect-codes.ts';
import { mentionRemark } from '../identifiers/prose.ts';
import { plainStyle } from '../numbers/number-format.ts';
import { readNumber } from '../numbers/read-number.ts';
import { type Column, isNumeric, isPlain, type PlainColumn } from '../schema.ts';
import type { ColumnData, Table } from '../table.ts';
import { isNumber, type TextCells } from '../text/text-table.ts';
import { countsOf, saysMissing } from './missing.ts';

/** Of a column's cells as many are looked at. */
const mostLooked = 5000;
/** A category of fewer values is one, whatever its values look like. */
const fewValues = 20;

export function tableNotices(table: Table): string[] {
  const columns = table.schema.columns.map((column, index) => columnNotice(column, table, index));
  return [headerNotice(table), ...columns].filter((notice) => notice !== undefined);
}

/** "39" is a value, not the name of a column of numbers; names such as 2019, 2020, 2021 may be. */
function headerNotice({ schema: { columns } }: Table): string | undefined {
  const numeric = columns.filter((column) => isNumeric(column));
  const numbers = numeric.map(({ name }) => readNumber(name, plainStyle));
  if (numbers.length === 0 || numbers.some((value) => value === undefined)) return undefined;
  const isSeries = numbers.length > 1 && numbers.every((value, i) => i === 0 || value === numbers[i - 1]! + 1);
  if (isSeries) return undefined;
  const shown = columns.slice(0, 4).map(({ name }) => JSON.stringify(name));
  return `the first line looks like data, not like names (${shown.join(', ')}${columns.length > 4 ? ', ...' : ''}); put a header before it`;
}

function columnNotice(column: Column, table: Table, index: number): string | undefined {
  if (column.replaced) return undefined;
  const found = isNumeric(column) ? oddCells(column, table, index) : betterKind(column, table, index);
  return found && `column "${column.name}": ${found}`;
}

function oddCells(column: Column, { columns, spelled, rowCount }: Table, index: number): string | undefined {
  const odd: [number, string][] = [];
  let otherwise = 0;
  for (const [row, text] of spelled?.[index] ?? []) {
    if (valueAt(columns[index]!, row) !== null) otherwise++;
    else if (!saysMissing(text)) odd.push([row, text]);
  }
  const parts: string[] = [];
  if (odd.length > 0) {
    const [row, text] = odd[0]!;
    const what = column.kind === 'datetime' ? 'time' : 'number';
    parts.push(
      `${odd.length} of ${rowCount} cells ${odd.length === 1 ? `is no ${what}` : `are no ${what}s`} and taken as missing, ` +
        `the first in row ${row + 1}: ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  if (otherwise > 0) parts.push(`${otherwise} of ${rowCount} cells are spelled otherwise than new rows will be`);
  return parts.length > 0 ? parts.join('; ') : undefined;
}

/** Text and categories of many values, though most cells are numbers. */
function betterKind(column: Column, { columns, rowCount }: Table, index: number): string | undefined {
  if (column.asked || (column.kind !== 'text' && column.kind !== 'category')) return undefined;
  if (column.kind === 'category' && column.values.length < fewValues) return undefined;
  const step = Math.max(1, Math.floor(rowCount / mostLooked));
  let [looked, numbers] = [0, 0];
  for (let row = 0; row < rowCount; row += step) {
    const text = textAt(column, columns[index]!, row);
    if (text === undefined) continue;
    looked++;
    if (readNumber(text, plainStyle) !== undefined) numbers++;
  }
  if (looked === 0 || numbers * 2 <= looked) return undefined;
  const share = Math.floor((100 * numbers) / looked);
  const what = column.kind === 'text' ? 'text' : `a category of ${column.values.length} values`;
  return `${what}, though ${share} % of its cells are numbers; --numeric ${column.name} takes the others as missing`;
}

function textAt(column: Column, data: ColumnData, row: number): string | undefined {
  const value = valueAt(data, row);
  if (value === null || isPlain(column)) return undefined;
  return typeof value === 'string' ? value : 'values' in column ? column.values[value] : undefined;
}

// Why a column was taken for what it is, in a line for people.

/** As many cells or texts are looked at for a remark. */
const mostRemarked = 10_000;

/** A text of more is looked at no further. */
const mostDigits = 60;

/** A category of more values than this is called one of many. */
const manyValues = 100;

export function reasonOf(column: Column, cells: TextCells): string {
  const remarks = [
    kindReason(column, cells),
    timeReason(column, cells),
    rareRemark(column, cells),
    column.kind === 'text' ? mentionRemark(cells.distinct) : '',
    tailRemark(column, cells),
    missingRemark(column, cells),
    oddRemark(column, cells),
    spellingRemark(column, cells),
  ];
  return remarks.filter(Boolean).join('; ');
}

function kindReason(column: Column, { codes, distinct }: TextCells): string {
  const rows = codes.length;
  switch (column.kind) {
    case 'integer':
    case 'decimal': {
      const range = `from ${formatValue(column, column.min)} to ${formatValue(column, column.max)}`;
      if (column.min === column.max && column.missing === null)
        return `constant: every cell is ${formatValue(column, column.min)}`;
      return `${numbersOf(column)} ${range}`;
    }
    case 'datetime': {
      const what = !hasDate(column.format) ? 'times of day' : hasTime(column.format) ? 'points in time' : 'dates';
      const zone = /[+-]\d{2}:?\d{2}$/.exec(column.format)?.[0];
      return `${what} spelled ${column.format}${zone ? `, as clocks at ${zone} show them` : ''}`;
    }
    case 'boolean':
      return `two values, ${JSON.stringify(column.values[0])} and ${JSON.stringify(column.values[1])}`;
    case 'category': {
      const { length } = column.values;
      if (length === 0) return 'nothing but missing cells';
      if (length === 1 && column.missing === null) return `constant: every cell is ${JSON.stringify(column.values[0])}`;
      const digits = digitRemark(column.values);
      const order = column.ordered ? `, ordered from ${column.values[0]} to ${column.values.at(-1)}` : '';
      const each = length > manyValues ? `, many: each in ${(rows / length).toFixed(1)} rows on average` : '';
      return `${length} different values in ${rows} rows${order}${each}${digits}`;
    }
    case 'text':
      return `${distinct.length} different values in ${rows} rows, too many to be categories: free text${digitRemark(distinct)}`;
  }
}

/** How many categories stand for one row only: they are in the model, and who knows the row knows them. */
function rareRemark(column: Column, { codes, distinct }: TextCells): string {
  if (column.kind !== 'category' || column.values.length < 2) return '';
  const counts = new Int32Array(distinct.length);
  for (const code of codes) if (code >= 0) counts[code]!++;
  const rare = distinct.filter((text, code) => counts[code] === 1 && text !== column.missing).length;
  return rare === 0 ? '' : `${rare} of them in one row only (--min-category-count keeps them out)`;
}

function numbersOf(column: PlainColumn): string {
  if (column.kind === 'integer') return 'whole numbers';
  return column.float
    ? `numbers of up to ${column.float.digits} digits`
    : `numbers with up to ${column.scale} decimals`;
}

/** Strings of digits are no numbers where a number would not come back as it was spelled. */
function digitRemark(texts: readonly string[]): string {
  const present = texts.slice(0, mostRemarked).filter((text) => text !== '');
  const looksNumeric = (text: string) => text.length <= mostDigits && /^[+-]?\d*\.?\d+(?:e[+-]?\d+)?$/i.test(text);
  const numbers = present.filter(looksNumeric);
  if (numbers.length === 0 || numbers.length * 2 < present.length) return '';
  if (numbers.length < present.length)
    return ', most of them numbers: the others keep it from being a column of numbers';
  if (numbers.some((text) => /^[+-]?0\d/.test(text))) return ', strings of digits: leading zeros are kept';
  if (numbers.some((text) => /^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)))) {
    return ', strings of digits: whole numbers beyond 2^53 do not fit a double';
  }
  return ', numbers whose spelling would not come back from a number';
}

/** The largest number beside the one that 99 of 100 cells stay below. */
function tailRemark(column: Column, cells: TextCells): string {
  if (!isNumeric(column) || column.kind === 'datetime') return '';
  const sorted = sizesOf(column, cells).sort();
  const count = sorted.length;
  const middle = sorted[count >> 1] ?? 0;
  const high = sorted[Math.floor(count * 0.99)] ?? 0;
  const largest = Math.max(Math.abs(column.min), Math.abs(column.max));
  if (count < 100 || largest < 10 * high || largest < 100 * middle || high === 0) return '';
  return 'heavy-tailed: the largest is over ten times what 99 of 100 cells stay below';
}

/** Of some of the cells that are numbers, how far from zero they are. */
function sizesOf(column: Column, { codes, distinct, numbers }: TextCells): Float64Array {
  const step = Math.ceil(codes.length / mostRemarked);
  const sizes = new Float64Array(Math.ceil(codes.length / step));
  let count = 0;
  for (let row = 0; row < codes.length; row += step) {
    const code = codes[row]!;
    const value = code === isNumber ? numbers!.values[row] : parseCell(column, distinct[code] ?? '');
    if (typeof value === 'number' && !Number.isNaN(value)) sizes[count++] = Math.abs(value);
  }
  return sizes.subarray(0, count);
}

const looksMissing = /^(?:|NA|N\/A|NaN|null|\?)$/i;

function missingRemark(column: Column, cells: TextCells): string {
  const isString = column.kind === 'category' || column.kind === 'text';
  const others = isString && cells.holds === 'text' ? cells.distinct.filter((text) => looksMissing.test(text)) : [];
  const also = others
    .filter((text) => text !== column.missing)
    .map((text) => JSON.stringify(text))
    .sort();
  if (also.length > 0) {
    const kept = column.missing === null ? 'none is taken so' : `only ${JSON.stringify(column.missing)} is taken so`;
    return `${also.join(' and ')} may mean missing too: ${kept}, or the spellings could not come back`;
  }
  if (column.missing === null || cells.holds !== 'text') return '';
  const spellings = isNumeric(column) ? cells.distinct.filter(saysMissing) : [];
  if (spellings.length === 0 && column.unreadable) return '';
  const more = spellings.filter((text) => text !== column.missing);
  return `missing is spelled ${JSON.stringify(column.missing)}${more.length > 0 ? `, also ${shownTexts(more)}` : ''}`;
}

/** Cells of a column of numbers or times that are none, counted. */
function oddRemark(column: Column, cells: TextCells): string {
  if (!isNumeric(column) || column.unreadable === undefined) return '';
  const odd = cells.distinct.filter(
    (text) => !isMissingIn(column, cells, text) && parseCell(column, text) === undefined,
  );
  const count = column.unreadable;
  const what = column.kind === 'datetime' ? 'times' : 'numbers';
  return `${count} of ${cells.codes.length} cells ${count === 1 ? 'is' : 'are'} no ${what} and taken as missing: ${shownTexts(odd)}`;
}

/** Cells whose value is kept and whose text the column would write otherwise, counted. */
function spellingRemark(column: Column, cells: TextCells): string {
  if (!isNumeric(column) || cells.holds !== 'text') return '';
  const others = [...cells.distinct.entries()].filter(([, text]) => {
    const value = isMissingIn(column, cells, text) ? undefined : parseCell(column, text);
    return value !== undefined && formatValue(column, value) !== text;
  });
  if (others.length === 0) return '';
  const counts = countsOf(cells);
  const count = others.reduce((sum, [code]) => sum + counts[code]!, 0);
  const first = others.map(([, text]) => text).sort()[0]!;
  const written = formatValue(column, parseCell(column, first)!);
  return `${count} of ${cells.codes.length} cells ${count === 1 ? 'is' : 'are'} spelled otherwise, such as ${JSON.stringify(first)} for ${written}`;
}

const isMissingIn = (column: Column, { holds }: TextCells, text: string) =>
  text === column.missing || (holds === 'text' && saysMissing(text));

function shownTexts(texts: readonly string[]): string {
  const shown = [...texts]
    .sort()
    .slice(0, 3)
    .map((text) => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}...` : text));
  return `${shown.join(', ')}${texts.length > shown.length ? ` and ${texts.length - shown.length} more` : ''}`;
}
