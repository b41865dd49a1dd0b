/**
 * From text cells to a table: under the schema they suggest, a given schema, or one of the same kinds. Every cell that
 * does not fit is reported.
 */

import { inputError, TabletalkError } from '../errors/errors.ts';
import { didYouMean, noColumn } from '../errors/suggest.ts';
import { rangeOf } from '../numeric/value-range.ts';
import { decimalsIn, formatValue, misfit, parseCell, plainNumber, type Value } from './cells.ts';
import { namedColumns } from './infer/column-names.ts';
import { inferSchema, sortedValues } from './infer/infer.ts';
import { countsOf, saysMissing } from './infer/missing.ts';
import { overrideSchema, type SchemaOverrides } from './infer/schema-overrides.ts';
import { type NumberStyle, parseStyled, plainStyle } from './numbers/number-format.ts';
import { readNumber } from './numbers/read-number.ts';
import { problemList } from './problems.ts';
import { type Column, isNumeric, isPlain, type Schema, styleOf } from './schema.ts';
import type { ColumnData, Table } from './table.ts';
import { expanded, isNumber, type TextCells, type TextTable } from './text/text-table.ts';

export interface SchemaChoice {
  /** Every cell must fit this schema; the table has it unchanged. */
  readonly schema?: Schema | undefined;
  /** The table has these kinds, formats and spellings, but its own categories, ranges and decimals. */
  readonly like?: Schema | undefined;
  /** With `like`: a cell that fits no better is missing and counted as `unreadable`, not an error. */
  readonly lenient?: boolean | undefined;
  /** What of the schema is not to be as it was inferred. */
  readonly overrides?: SchemaOverrides | undefined;
}

export function tableFromText(whole: TextTable, choice: SchemaChoice = {}): Table {
  const given = choice.schema ?? choice.like;
  const text = withoutDropped(whole, choice);
  const cells = given ? matchColumns(text, given) : text.columns;
  const schema: Schema =
    choice.schema ??
    (choice.like
      ? {
          ...choice.like,
          columns: choice.like.columns.map((column, i) => {
            const wanted = choice.lenient ? lenientColumn(column, cells[i]!) : column;
            return observedColumn(wanted, cells[i]!);
          }),
        }
      : inferredSchema(text, choice.overrides));
  return { schema, rowCount: text.rowCount, ...encodeColumns(schema, cells, text) };
}

/** The names that a schema leaves out, or that the caller asks to leave out, of those that there are. */
export function droppedNames(
  { schema, like, overrides }: SchemaChoice,
  names: readonly string[],
  source: string,
): string[] {
  if (overrides) return namedColumns(overrides.drop ?? [], names, source);
  const dropped = (schema ?? like)?.dropped ?? [];
  return names.filter((name) => dropped.includes(name));
}

function withoutDropped(text: TextTable, choice: SchemaChoice): TextTable {
  const names = text.columns.map(({ name }) => name);
  // A reader that knows the names beforehand has left them out already.
  const dropped = text.dropped ?? droppedNames(choice, names, text.source);
  const columns = text.columns.filter(({ name }) => !dropped.includes(name));
  if (columns.length === 0) throw new TabletalkError('input', `${text.source}: no column is left`);
  return { ...text, columns, dropped };
}

function inferredSchema(text: TextTable, overrides: SchemaOverrides | undefined): Schema {
  const inferred = inferSchema(text);
  return overrides ? overrideSchema(inferred, text, overrides) : inferred;
}

/** The text's columns in the schema's order; a column too few or too many is an error. */
function matchColumns(text: TextTable, schema: Schema): TextCells[] {
  const wanted = new Set(schema.columns.map((column) => column.name));
  const extra = text.columns.map((column) => column.name).filter((name) => !wanted.has(name));
  const found = new Map(text.columns.map((column) => [column.name, column]));
  const lacking = [...wanted].filter((name) => !found.has(name));
  if (lacking.length > 0) {
    throw inputError(text.source, `${noColumn(lacking[0]!, extra)}${more(lacking)}`, { column: lacking[0] });
  }
  if (extra.length > 0) {
    const near = didYouMean(extra[0]!, [...wanted]);
    throw new TabletalkError('input', `${text.source}: unexpected column "${extra[0]}"${near}${more(extra)}`);
  }
  return schema.columns.map((column) => found.get(column.name)!);
}

function more(names: readonly string[]): string {
  return names.length > 1 ? ` (and ${names.length - 1} more)` : '';
}

/** `column` with the values, range and decimals of these cells. Cells that do not fit are left to `encodeColumns`. */
function observedColumn(column: Column, all: TextCells): Column {
  const cells = expanded(all);
  const present = cells.distinct.filter((text) => !isMissing(column, cells, text));
  const missing = column.missing ?? (present.length < cells.distinct.length || cells.codes.includes(-1) ? '' : null);
  if (column.kind === 'category') return { ...column, missing, values: inOrderOf(column, present) };
  if (!isNumeric(column)) return { ...column, missing };
  const observed = { ...column, missing };
  if (observed.kind === 'decimal') {
    observed.scale = Math.max(observed.scale, ...decimalScales(present, observed.style));
    if (observed.float) observed.float = { ...observed.float, digits: 17, least: -324 };
  }
  const numbers = present
    .map((text) => storedValue(observed, cells, text))
    .filter((value) => typeof value === 'number');
  return numbers.length === 0 ? observed : { ...observed, ...rangeOf(numbers) };
}

/** The column that holds most of the cells: decimals among whole numbers, any spelling of two values. */
function lenientColumn({ unreadable: _, ...column }: Column, all: TextCells): Column {
  if (holdsNumbersOf(all, column)) return column;
  const cells = expanded(all);
  const isOdd = cells.distinct.map((text) => storedValue(column, cells, text) === undefined);
  const odd = cells.distinct.filter((_, code) => isOdd[code]);
  const { name, kind, missing } = column;
  if (odd.length === 0 || kind === 'category') return column;
  if (kind === 'boolean') return { name, kind: 'category', missing, values: [...column.values] };
  if (kind === 'integer' && odd.some((text) => readNumber(text, column.style ?? plainStyle) !== undefined)) {
    const { min, max, style } = column;
    return lenientColumn({ name, kind: 'decimal', missing, style, min, max, scale: 20, minScale: 0 }, cells);
  }
  const unreadable = countsOf(cells).reduce((sum, count, code) => sum + (isOdd[code] ? count : 0), 0);
  return { ...column, missing: missing ?? '', unreadable };
}

/** An ordered column's values keep their order; those it did not have come last. */
function inOrderOf(column: Extract<Column, { kind: 'category' }>, texts: readonly string[]): string[] {
  const values = sortedValues(texts);
  if (!column.ordered) return values;
  return [
    ...column.values.filter((value) => values.includes(value)),
    ...values.filter((value) => !column.values.includes(value)),
  ];
}

/** The decimal counts among these texts, each once: a million arguments would overflow the stack of `Math.max`. */
function decimalScales(texts: readonly string[], style: NumberStyle | undefined): Set<number> {
  const plain = (text: string) => (style && parseStyled(text, style)) ?? unexponented(text);
  return new Set(texts.map((text) => Math.min(20, decimalsIn(plain(text)))));
}

/** Other tools write small floats as 1.5e-05. Under a schema that says decimal, that is the number it looks like. */
function unexponented(text: string): string {
  return /^-?\d(?:\.\d+)?e[+-]?\d{1,3}$/i.test(text) ? plainNumber(Number(text)) : text;
}

/** An empty cell of a text file is missing in every column that does not list the empty string as a value. */
function isMissing(column: Column, cells: TextCells, text: string): boolean {
  if (cells.holds !== 'text') return false;
  if (text === column.missing) return true;
  if (isNumeric(column) && saysMissing(text)) return true;
  return text === '' && !(column.kind === 'category' && column.values.includes(''));
}

function encodeColumns(
  schema: Schema,
  columns: readonly TextCells[],
  text: TextTable,
): Pick<Table, 'columns' | 'spelled'> {
  const problems = problemList(text.place);
  const spelled: (ReadonlyMap<number, string> | undefined)[] = [];
  const data = columns.map((all, i) => {
    const column = schema.columns[i]!;
    const cells = holdsNumbersOf(all, column) ? all : expanded(all);
    const values = cells.distinct.map((cell) => storedValue(column, cells, cell));
    if (values.includes(undefined)) {
      for (let row = 0; row < text.rowCount; row++) {
        const code = cells.codes[row]!;
        if (code < 0 || values[code] !== undefined) continue;
        problems.add(row, () => `column "${column.name}": ${misfit(column, cells.distinct[code]!)}`);
      }
    }
    spelled.push(spelledOtherwise(column, values, cells));
    return encode(column, values, cells);
  });
  problems.throwIfAny();
  return spelled.some((rows) => rows !== undefined) ? { columns: data, spelled } : { columns: data };
}

/** null is missing, undefined does not fit. */
function storedValue(column: Column, cells: TextCells, text: string): Value | null | undefined {
  if (isMissing(column, cells, text)) return null;
  // A number of JSON has no style.
  const value =
    cells.holds === 'numbers' && isPlain(column)
      ? parseCell({ ...column, style: undefined }, text)
      : parseCell(column, text);
  return value === undefined && (column.unreadable ?? 0) > 0 ? null : value;
}

/** The cells that are text and whose text the column would not write, by row; undefined where there are none. */
function spelledOtherwise(
  column: Column,
  values: readonly (Value | null | undefined)[],
  { holds, distinct, codes }: TextCells,
): ReadonlyMap<number, string> | undefined {
  if (holds === 'numbers' || holds === 'booleans' || !isNumeric(column)) return undefined;
  const written = (value: Value | null | undefined) =>
    value === null || value === undefined ? (column.missing ?? '') : formatValue(column, value);
  const isOther = distinct.map((text, code) => written(values[code]) !== text);
  if (!isOther.includes(true)) return undefined;
  const rows = new Map<number, string>();
  for (let row = 0; row < codes.length; row++) if (isOther[codes[row]!]) rows.set(row, distinct[codes[row]!]!);
  return rows;
}

/** Whether the cells that are held as numbers are the column's own, as if each text had been read. */
function holdsNumbersOf({ numbers, holds }: TextCells, column: Column): boolean {
  const spelled = numbers?.spelled;
  const style = styleOf(column);
  if (holds === 'text' && style) return false;
  if (spelled?.as === 'instants') return column.kind === 'datetime' && column.format === spelled.format;
  if (column.kind === 'integer') return spelled?.scale === 0 && !spelled.hasNegativeZero;
  if (column.kind !== 'decimal' || spelled === undefined || column.float || spelled.scale > column.scale) return false;
  // Texts that the column would write otherwise are needed as they are.
  return holds !== 'text' || (spelled.zeroScale <= column.minScale && spelled.minScale >= column.minScale);
}

function encode(
  column: Column,
  values: readonly (Value | null | undefined)[],
  { codes, numbers }: TextCells,
): ColumnData {
  if (column.kind === 'text') return textsOf(values as (string | null | undefined)[], codes);
  const absent = isNumeric(column) ? Number.NaN : -1;
  const stored = Float64Array.from(values, (value) => (typeof value === 'number' ? value : absent));
  // The numbers are already where they belong.
  const data = numbers?.values ?? (isNumeric(column) ? new Float64Array(codes.length) : new Int32Array(codes.length));
  fill(data, codes, stored, absent);
  return data;
}

function textsOf(values: readonly (string | null | undefined)[], codes: Int32Array): (string | null)[] {
  const texts = new Array<string | null>(codes.length);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    texts[row] = code < 0 ? null : (values[code] ?? null);
  }
  return texts;
}

function fill(data: Float64Array | Int32Array, codes: Int32Array, stored: Float64Array, absent: number): void {
  for (let row = 0; row < data.length; row++) {
    const code = codes[row]!;
    if (code !== isNumber) data[row] = code < 0 ? absent : stored[code]!;
  }
}
