/**
 * The one formatter and parser of cell values: the text a file or a sentence holds, the value a table stores, the value
 * JavaScript sees. It knows a column and one cell, nothing of files or sentences.
 */

import { suggest } from '../errors/suggest.ts';
import { formatDatetime, parseDatetime } from './datetime/datetime.ts';
import { hasDate } from './datetime/datetime-formats.ts';
import { dress, type NumberStyle, undress } from './numbers/number-format.ts';
import { type Column, isPlain, type PlainColumn, styleOf } from './schema.ts';
import type { Cell, ColumnData } from './table.ts';

/** What a table stores for a cell that is there: a number, an index into `values`, or a string. */
export type Value = number | string;

const wholeNumber = /^-?(?:0|[1-9]\d*)$/;
const plainDecimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

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

export function formatValue(column: Column, value: Value): string {
  if (typeof value === 'string') return value;
  switch (column.kind) {
    case 'integer':
    case 'decimal': {
      const plain = plainText(column, value);
      return column.style ? dress(plain, column.style) : plain;
    }
    case 'datetime':
      return formatDatetime(column.format, value);
    case 'boolean':
    case 'category':
      return column.values[value] ?? '';
    case 'text':
      return String(value);
  }
}

/** A number without its column's style, as sentences say it. */
export function plainText(column: PlainColumn, value: number): string {
  return column.kind === 'integer' ? String(value) : formatDecimal(value, column.scale, column.minScale);
}

/** The reverse of `plainText`, undefined for what the column cannot hold. */
export function parsePlain(column: PlainColumn, text: string): number | undefined {
  if (column.kind === 'decimal') return parseDecimal(text, column.scale);
  const value = Number(text);
  return wholeNumber.test(text) && text !== '-0' && Number.isSafeInteger(value) ? value : undefined;
}

/**
 * The value that `text` spells, or undefined when it does not fit the column (`misfit` says why). A decimal may have
 * fewer or more trailing zeros than the column writes, a dressed number marks between thousands or none; everything else
 * must be spelled exactly as `formatValue` does.
 * Missing cells are the caller's: `text` is never `column.missing`.
 */
export function parseCell(column: Column, text: string): Value | undefined {
  switch (column.kind) {
    case 'integer':
    case 'decimal': {
      const plain = column.style ? undressed(text, column.style) : text;
      return plain === undefined ? undefined : parsePlain(column, plain);
    }
    case 'datetime':
      return parseDatetime(column.format, text);
    case 'boolean':
    case 'category':
      return codesOf(column.values).get(text);
    case 'text':
      return text;
  }
}

/** With or without marks between thousands: a table of small numbers only cannot show whether it has them. */
function undressed(text: string, style: NumberStyle): string | undefined {
  const group = style.group === '' ? { '.': ',', ',': '.' }[style.point] : '';
  return undress(text, style) ?? undress(text, { ...style, group });
}

/** A value as another column of its kind spells it; as its own does, where the two have nothing in common. */
export function formatLike(like: Column, own: Column, value: Value): string {
  if (isPlain(like) && isPlain(own) && areAlike(like.style, own.style)) {
    const plain = plainText(own, value as number);
    return like.style ? dress(plain, like.style) : plain;
  }
  if (like.kind === 'datetime' && own.kind === 'datetime' && hasDate(like.format) === hasDate(own.format))
    return formatDatetime(like.format, value as number);
  return formatValue(own, value);
}

/** A value of one column as another's; undefined when that cannot hold it. */
export function recastValue(own: Column, column: Column, value: Value): Value | undefined {
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
  if (!plainDecimal.test(text)) return undefined;
  if (decimalsIn(text) > scale && decimalsIn(trimZeros(text)) > scale) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
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
      return plainDecimal.test(text) ? `a number with at most ${column.scale} decimals` : 'a number';
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
  return column.kind === 'boolean' ? value === 1 : formatValue(column, value);
}

/** The text a JavaScript cell stands for in `column` (or in a column yet unknown); null when missing. */
export function cellText(column: Column | undefined, cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') return cell;
  if (typeof cell === 'number') {
    const plain = cell === 0 ? '0' : plainNumber(cell);
    const style = column && styleOf(column);
    return style ? dress(plain, style) : plain;
  }
  return column?.kind === 'boolean' ? column.values[cell ? 1 : 0] : String(cell);
}

/** The reverse of `cellValue`: what the table stores, null when missing, undefined when the cell does not fit. */
export function parseCellValue(column: Column, cell: Cell): Value | null | undefined {
  const text = cellText(column, cell);
  return text === null ? null : parseCell(column, text);
}
