/**
 * The one formatter and parser of cell values: the text a file or a sentence holds, the value a table stores, the value
 * JavaScript sees.
 */

import { suggest } from '../errors/suggest.ts';
import { formatDatetime, readTime } from './datetime/datetime.ts';
import { hasDate } from './datetime/datetime-formats.ts';
import { exponentText, formatStyled, longestNumber, type NumberStyle, plainStyle } from './numbers/number-format.ts';
import { floatText, parseFloatText, roundTo } from './numbers/number-grid.ts';
import { readNumber } from './numbers/read-number.ts';
import { type Column, isPlain, type PlainColumn, styleOf } from './schema.ts';
import type { Cell, ColumnData, Table } from './table.ts';

/** What a table stores for a cell that is there: a number, an index into `values`, or a string. */
export type Value = number | string;

const plainDecimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const wholeNumber = /^-?(?:0|[1-9]\d*)$/;

/** The stored value of one cell, null when it is missing. */
export function valueAt(data: ColumnData, row: number): Value | null {
  const value = data[row];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  return Number.isNaN(value) || (value < 0 && data instanceof Int32Array) ? null : value;
}

/** What tells stored values apart in a Map, which takes -0 for 0; a file may hold both. */
export const mapKey = (stored: Value | null): Value | null => (Object.is(stored, -0) ? '-0' : stored);

/** The cell as the file spells it; null when it is missing (the file spells that `column.missing`). */
export function formatCell(column: Column, data: ColumnData, row: number): string | null {
  const value = valueAt(data, row);
  return value === null ? null : formatValue(column, value);
}

/** The cell as its own file spelled it, where that is not as its column would; null when it is missing there. */
export function writtenCell({ schema, columns, spelled }: Table, index: number, row: number): string | null {
  return spelled?.[index]?.get(row) ?? formatCell(schema.columns[index]!, columns[index]!, row);
}

export function formatValue(column: Column, value: Value): string {
  if (typeof value === 'string') return value;
  switch (column.kind) {
    case 'integer':
    case 'decimal':
      return formatNumber(column, column.style, value);
    case 'datetime':
      return formatDatetime(column.format, value);
    case 'boolean':
    case 'category':
      return column.values[value] ?? '';
    case 'text':
      return String(value);
  }
}

/** A number of `column` in a style, which may be another column's. */
function formatNumber(column: PlainColumn, style: NumberStyle | undefined, value: number): string {
  const plain = decimalText(column, value);
  if (!style) return plain;
  const far = style.exponent && exponentText(value, style.exponent);
  const isBare = style.whole === 'all' ? Number.isInteger(value) : style.whole === 'zero' && value === 0;
  return formatStyled(far ?? (isBare ? plainNumber(value) : plain), style);
}

function decimalText(column: PlainColumn, value: number): string {
  if (column.kind === 'integer') return String(value);
  if (!column.float) return formatDecimal(value, column.scale, column.minScale);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A number without its column's style, as sentences say it. */
export function plainText(column: PlainColumn, value: number): string {
  return column.kind === 'decimal' && column.float ? floatText(value, column.float) : decimalText(column, value);
}

/** The reverse of `plainText`, undefined for what the column cannot hold. */
export function parsePlain(column: PlainColumn, text: string): number | undefined {
  if (column.kind === 'decimal') {
    return column.float ? parseFloatText(text, column.float) : parseDecimal(text, column.scale);
  }
  const value = Number(text);
  return wholeNumber.test(text) && text !== '-0' && Number.isSafeInteger(value) ? value : undefined;
}

/**
 * The value that `text` spells, or undefined when it does not fit the column (`misfit` says why). A number may have any
 * usual spelling, a time more or less of the time of day than its column's format; everything else must be spelled exactly
 * as `formatValue` does.
 * Missing cells are the caller's: `text` is never `column.missing`.
 */
export function parseCell(column: Column, text: string): Value | undefined {
  switch (column.kind) {
    case 'integer':
    case 'decimal':
      return (column.style ? undefined : parsePlain(column, text)) ?? parseNumber(column, text);
    case 'datetime':
      return readTime(column.format, text);
    case 'boolean':
    case 'category':
      return codesOf(column.values).get(text);
    case 'text':
      return text;
  }
}

/** In any usual spelling; undefined also for a number that the column cannot hold. */
function parseNumber(column: PlainColumn, text: string): number | undefined {
  const value = readNumber(text, column.style ?? plainStyle);
  if (value === undefined) return undefined;
  // A column of whole numbers has one zero.
  if (column.kind === 'integer') return Number.isSafeInteger(value) ? value + 0 : undefined;
  return roundTo(column, value) === value ? value : undefined;
}

/** A value as another column of its kind spells it; as its own does, where the two have nothing in common. */
export function formatLike(like: Column, own: Column, value: Value): string {
  if (isPlain(like) && isPlain(own) && areAlike(like.style, own.style)) {
    return formatNumber(own, like.style, value as number);
  }
  if (like.kind === 'datetime' && own.kind === 'datetime' && hasDate(like.format) === hasDate(own.format))
    return formatDatetime(like.format, value as number);
  return formatValue(own, value);
}

/** A value of one column as another's; undefined when that cannot hold it. */
export function castValue(own: Column, column: Column, value: Value): Value | undefined {
  const found = parseCell(column, formatLike(column, own, value));
  return own.kind === 'datetime' && column.kind === 'datetime' && found !== value ? undefined : found;
}

/** Dollars are not euros; but who leaves the sign out means the same. */
function areAlike(a: NumberStyle | undefined, b: NumberStyle | undefined): boolean {
  return !a || !b || (a.prefix === b.prefix && a.suffix === b.suffix);
}

const codeMaps = new WeakMap<readonly string[], Map<string, number>>();

/** The index of each value, made once for each schema: a category may have a thousand. */
function codesOf(values: readonly string[]): Map<string, number> {
  let codes = codeMaps.get(values);
  if (!codes) {
    codes = new Map(values.map((value, code) => [value, code]));
    codeMaps.set(values, codes);
  }
  return codes;
}

/** The shortest text without exponent that reads back as the same double: 1e-7 is 0.0000001, -0 keeps its sign. */
export function plainNumber(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  const found = text.includes('e') ? /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) : null;
  if (!found) return text;
  const [, sign, whole = '', fraction = '', exponent] = found;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}

/** Digits after the decimal point of a plain number's text. */
export function decimalsIn(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/**
 * At most `scale` decimals, trailing zeros cut down to `minScale`. The shortest text that reads back comes before
 * `toFixed`, which would write the noise of the binary fraction: 123.45 beside 0.30000000000000004 has scale 17.
 */
export function formatDecimal(value: number, scale: number, minScale: number): string {
  let text = plainNumber(value);
  if (decimalsIn(text) > scale) {
    text = trimZeros(value.toFixed(scale));
    if (text === '-0') text = '0';
  }
  const lacking = minScale - decimalsIn(text);
  if (lacking <= 0) return text;
  return `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(lacking)}`;
}

function parseDecimal(text: string, scale: number): number | undefined {
  if (text.length > longestNumber || !plainDecimal.test(text)) return undefined;
  if (decimalsIn(text) > scale && decimalsIn(trimZeros(text)) > scale) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function trimZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

/** Why `text` does not fit, as errors say it: `expected a whole number, got "abc"`. */
export function misfit(column: Column, text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  const near = column.kind === 'category' ? suggest(text, column.values) : undefined;
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  return `expected ${expected(column, text)}, got ${JSON.stringify(shown)}${hint}`;
}

function expected(column: Column, text: string): string {
  if (isPlain(column) && column.style) return `a number spelled like ${formatValue(column, column.max)}`;
  switch (column.kind) {
    case 'integer':
      return 'a whole number';
    case 'decimal':
      return readNumber(text, plainStyle) !== undefined ? `a number with at most ${column.scale} decimals` : 'a number';
    case 'datetime':
      return `a time spelled ${column.format}`;
    case 'boolean':
      return `${JSON.stringify(column.values[0])} or ${JSON.stringify(column.values[1])}`;
    case 'category': {
      const shown = column.values.slice(0, 5).map((value) => JSON.stringify(value));
      const rest = column.values.length - shown.length;
      if (shown.length === 0) return 'a missing cell, as in every row before';
      return `one of ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    }
    case 'text':
      return 'a string';
  }
}

/** The cell for JavaScript: a number, a boolean, a string (a datetime is its text), or null when missing. */
export function cellValue(column: Column, data: ColumnData, row: number): Cell {
  return cellValueOf(column, valueAt(data, row));
}

/** The same from the stored value. */
export function cellValueOf(column: Column, value: Value | null): Cell {
  if (value === null || isPlain(column)) return value;
  // Classes that were numbers are numbers again.
  if (column.kind === 'category' && isNumberType(column.stored)) {
    return numbersOf(column.values)?.[value as number] ?? formatValue(column, value);
  }
  return column.kind === 'boolean' ? value === 1 : formatValue(column, value);
}

const isNumberType = (stored: Column['stored']) => stored?.as === 'number' || stored?.as === 'integer';

const numberLists = new WeakMap<readonly string[], readonly number[] | undefined>();

/** The values as numbers where all of them are; beyond 2^53 they are texts. */
function numbersOf(values: readonly string[]): readonly number[] | undefined {
  if (!numberLists.has(values)) {
    const numbers = values.map(Number);
    const areSame = numbers.every((value, i) => Number.isFinite(value) && String(value) === values[i]);
    numberLists.set(values, areSame ? numbers : undefined);
  }
  return numberLists.get(values);
}

/** The text a JavaScript cell stands for in `column` (or in a column yet unknown); null when missing. */
export function cellText(column: Column | undefined, cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  if (typeof cell === 'number') {
    if (column && isPlain(column) && fits(column, cell)) return formatValue(column, cell);
    const size = Math.abs(cell);
    const plain = cell === 0 ? '0' : size < 1e-20 || size >= 1e21 ? String(cell) : plainNumber(cell);
    const style = column && styleOf(column);
    return style ? formatStyled(plain, style) : plain;
  }
  return column?.kind === 'boolean' ? column.values[cell ? 1 : 0] : String(cell);
}

/** Whether a number is one that the column can hold. */
function fits(column: PlainColumn, value: number): boolean {
  return column.kind === 'integer'
    ? Number.isSafeInteger(value) && !Object.is(value, -0)
    : roundTo(column, value) === value;
}

/** The reverse of `cellValue`: what the table stores, null when missing, undefined when the cell does not fit. */
export function parseCellValue(column: Column, cell: Cell): Value | null | undefined {
  const text = cellText(column, cell);
  return text === null ? null : parseCell(column, text);
}
