/** A Parquet file to text cells, column by column. */
import { isUtf8 } from 'node:buffer';
import { asyncBufferFromFile, type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet';
import { readColumn } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { compressors } from 'hyparquet-compressors';
import { TabletalkError } from '../../errors/errors.ts';
import { readProblem } from '../../files/text-input.ts';
import { cellText, plainNumber } from '../cells.ts';
import { withMicros } from '../datetime/calendar.ts';
import { earliest, formatDatetime, latest } from '../datetime/datetime.ts';
import { checkCellCount, checkColumnCount, withinSeconds } from '../limits.ts';
import { createReservoir, type RowLimit } from '../reservoir.ts';
import type { Column, Schema } from '../schema.ts';
import { type Holds, type TextCells, type TextTable, textCellsBuilder } from '../text/text-table.ts';
import { checkPages, type Element, isDecimal, storedTypeOf } from './parquet-types.ts';

/** A cell as hyparquet gives it under `parsers`: a time is its milliseconds. */
type ParquetCell = number | bigint | boolean | string | Uint8Array | null | undefined;

type File = Awaited<ReturnType<typeof asyncBufferFromFile>>;

/**
 * Rows stay in their order. With a limit, a random sample of them; with `given`, times are spelled as its columns want. The
 * columns that `droppedOf` names are not read at all.
 */
export async function readParquet(
  path: string,
  given: Schema | undefined,
  limit: RowLimit,
  droppedOf: (names: readonly string[]) => readonly string[],
): Promise<TextTable> {
  const file = await asyncBufferFromFile(path).catch((error: unknown) => {
    throw new TabletalkError('input', `${path}: ${readProblem(error)}`);
  });
  const metadata = await damaged(path, async () => withoutDecimals(await readMetadata(file)));
  const all = parquetSchema(metadata.original).children;
  const dropped = droppedOf(all.map(({ element }) => element.name));
  const elements = all.filter(({ element }) => !dropped.includes(element.name));
  checkElements(elements, path);
  const rowsSeen = await damaged(path, async () => rowCountOf(metadata.original));
  if (rowsSeen === 0 && !limit.mayBeEmpty) throw new TabletalkError('input', `${path}: no rows`);
  const kept = limit.maxRows === undefined ? rowsSeen : Math.min(rowsSeen, limit.maxRows);
  checkColumnCount(elements.length, path);
  checkCellCount(kept, elements.length, path);
  const chosen = chooseRows(rowsSeen, limit);
  const place = (row: number) => `${path}: row ${(chosen?.[row] ?? row) + 1}`;
  const columns: TextCells[] = [];
  for (const { element } of elements) {
    const { name } = element;
    const cells = await damaged(path, () => readCells(file, metadata.converted, name, chosen));
    if (cells.length !== kept) {
      throw new TabletalkError(
        'input',
        `${path}: not a readable Parquet file (column "${name}" has ${cells.length} values, the file ${rowsSeen} rows)`,
      );
    }
    const column = given?.columns.find((candidate) => candidate.name === name);
    columns.push(textColumn(element, cells, column, { path, place }));
  }
  return { columns, dropped, rowCount: kept, rowsSeen, source: path, place };
}

/** The footer: metadata, its length in four bytes, and a mark of four (Apache Parquet, "File format"). */
async function readMetadata(file: File): Promise<FileMetaData> {
  const end = new DataView(await file.slice(Math.max(0, file.byteLength - 8)));
  const length = end.byteLength === 8 ? end.getUint32(0, true) + 8 : 0;
  const footer = await file.slice(Math.max(0, file.byteLength - length));
  return withinSeconds(decodeSeconds(0), () => parquetMetadata(footer));
}

/** The decoder makes doubles of decimals: without their mark it gives their digits. */
function withoutDecimals(original: FileMetaData): { original: FileMetaData; converted: FileMetaData } {
  const schema = original.schema.map((element) => {
    if (!isDecimal(element)) return element;
    const { converted_type: _, logical_type: __, ...rest } = element;
    return rest;
  });
  return { original, converted: { ...original, schema } };
}

function checkElements(elements: ReturnType<typeof parquetSchema>['children'], path: string): void {
  if (elements.length === 0) throw new TabletalkError('input', `${path}: no columns`);
  for (const { children, element } of elements) {
    const isNested = children.length > 0 || element.repetition_type === 'REPEATED';
    const problem = isNested ? 'nested values are not supported' : storedTypeOf(element) ? undefined : binary;
    if (problem) {
      throw new TabletalkError('input', `${path}: column "${element.name}": ${problem}; leave it out with --drop`);
    }
  }
}

const binary = 'binary values are not supported';

/** The file's own number of rows, which its row groups must have together, and each of their columns. */
function rowCountOf(metadata: FileMetaData): number {
  const rows = Number(metadata.num_rows);
  const groups = metadata.row_groups.map((group) => Number(group.num_rows));
  if (!(rows >= 0) || groups.some((count) => !(count >= 0))) throw new Error('a negative number of rows');
  const sum = groups.reduce((total, count) => total + count, 0);
  if (sum !== rows) throw new Error(`its row groups have ${sum} rows together, the file says ${rows}`);
  for (const [i, group] of metadata.row_groups.entries()) {
    for (const { meta_data: column } of group.columns) {
      // A nested column has more values than rows; it is refused by name, or dropped.
      if (column && column.path_in_schema.length === 1 && Number(column.num_values) !== groups[i]) {
        throw new Error(
          `column "${column.path_in_schema[0]}" has ${column.num_values} values in a row group of ${groups[i]} rows`,
        );
      }
    }
  }
  return rows;
}

async function damaged<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new TabletalkError('input', `${path}: not a readable Parquet file (${(error as Error).message})`);
  }
}

/** The numbers of the rows to keep, ascending; undefined keeps all. */
function chooseRows(rows: number, limit: RowLimit): Int32Array | undefined {
  if (limit.maxRows === undefined || limit.maxRows >= rows) return undefined;
  const kept: number[] = [];
  const reservoir = createReservoir<number>(
    limit,
    (row) => row,
    (row) => kept.push(row),
  );
  for (let row = 0; row < rows; row++) reservoir.add(row, 0);
  reservoir.end();
  return Int32Array.from(kept);
}

/** One column's cells, row group by row group. */
async function readCells(
  file: File,
  metadata: FileMetaData,
  name: string,
  chosen: Int32Array | undefined,
): Promise<ParquetCell[]> {
  const schema = parquetSchema(metadata);
  const schemaPath = [schema, ...schema.children.filter(({ element }) => element.name === name)];
  const cells: ParquetCell[] = [];
  let rowStart = 0;
  let next = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const rowEnd = rowStart + rows;
    if (!chosen || (next < chosen.length && chosen[next]! < rowEnd)) {
      const { column, bytes } = await readChunk(file, group, name);
      const decoder = {
        ...column,
        pathInSchema: [name],
        element: schemaPath[1]!.element,
        schemaPath,
        compressors,
        parsers,
      };
      const chunks = withinSeconds(decodeSeconds(rows), () => {
        checkPages(new Uint8Array(bytes), rows);
        const reader = { view: new DataView(bytes), offset: 0 };
        return readColumn(
          reader,
          { groupStart: 0, selectStart: 0, selectEnd: rows, groupRows: rows },
          { ...decoder, utf8: false },
        ).data;
      });
      for (const chunk of chunks as ArrayLike<ParquetCell>[]) {
        if (!chosen) for (let i = 0; i < chunk.length; i++) cells.push(chunk[i]);
        else
          while (next < chosen.length && chosen[next]! < rowStart + chunk.length)
            cells.push(chunk[chosen[next++]! - rowStart]);
        rowStart += chunk.length;
      }
    }
    rowStart = rowEnd;
  }
  return cells;
}

/** Where hyparquet's loops run on a damaged page for ever, this ends them; a sound page takes a thousandth of it. */
const decodeSeconds = (rows: number) => 10 + rows / 10_000;

/** The bytes of a column in one row group, its dictionary first. */
async function readChunk(file: File, group: FileMetaData['row_groups'][number], name: string) {
  const column = group.columns.find(({ meta_data: data }) => data?.path_in_schema[0] === name)?.meta_data;
  if (!column) throw new Error(`a row group has no column "${name}"`);
  const starts = [column.dictionary_page_offset, column.data_page_offset].map(Number).filter((offset) => offset > 0);
  const start = Math.min(...starts);
  const size = Number(column.total_compressed_size);
  if (!(start >= 0 && size >= 0 && start + size <= file.byteLength)) throw new Error('a column outside the file');
  return { column, bytes: await file.slice(start, start + size) };
}

/** A byte order mark at the start of a cell is part of it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Times as milliseconds, with microseconds behind them where a double tells these. */
const parsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (millis: bigint) => (millis === undefined ? undefined : Number(millis)),
  timestampFromMicroseconds: (micros: bigint) => (micros === undefined ? undefined : fineTime(micros, 1000n)),
  timestampFromNanoseconds: (nanos: bigint) => (nanos === undefined ? undefined : fineTime(nanos, 1_000_000n)),
  dateFromDays: (days: number) => days * 86_400_000,
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
};

/** Milliseconds of a number of smaller units; digits behind microseconds are cut off. */
function fineTime(units: bigint, perMillisecond: bigint): number {
  const rest = ((units % perMillisecond) + perMillisecond) % perMillisecond;
  const millis = Number((units - rest) / perMillisecond);
  const time = withMicros(millis, Number((rest * 1000n) / perMillisecond));
  return Number.isNaN(time) ? millis : time;
}

interface Where {
  readonly path: string;
  readonly place: (row: number) => string;
}

function textColumn(
  element: Element,
  cells: readonly ParquetCell[],
  column: Column | undefined,
  where: Where,
): TextCells {
  const times = timesOf(element, cells);
  const format = times && (column?.kind === 'datetime' ? column.format : finestFormat(element, times));
  const builder = textCellsBuilder(element.name);
  const signed = column ? column.kind === 'decimal' : cells.some((cell) => typeof cell === 'number' && cell % 1 !== 0);
  const fail = (row: number, problem: string) =>
    new TabletalkError('input', `${where.place(row)}: column "${element.name}": ${problem}`);
  let holds: Holds | undefined;
  for (const [row, cell] of (times ?? cells).entries()) {
    if (cell === null || cell === undefined || Number.isNaN(cell)) {
      builder.add(null);
    } else if (format !== undefined && typeof cell === 'number') {
      if (!(cell >= earliest && cell <= latest)) throw fail(row, 'a time outside the years 0 to 9999');
      holds = 'strings';
      builder.add(formatDatetime(format, cell));
    } else if (cell instanceof Uint8Array && !isDecimal(element)) {
      // Strings without a mark are of older writers.
      if (!isUtf8(cell)) throw fail(row, `${binary}; leave it out with --drop`);
      holds = 'strings';
      builder.add(decoder.decode(cell));
    } else {
      holds ??= typeof cell === 'boolean' ? 'booleans' : typeof cell === 'string' ? 'strings' : 'numbers';
      builder.add(plainText(element, cell, column, signed));
    }
  }
  const stored = storedTypeOf(element);
  return { ...builder.build(holds ?? 'strings'), ...(stored && { stored }) };
}

/** @param signed whether -0 is kept: whole numbers have none. */
function plainText(
  element: Element,
  cell: number | bigint | boolean | string | Uint8Array,
  column: Column | undefined,
  signed: boolean,
): string | null {
  if (isDecimal(element)) return decimalText(unitsOf(cell as number | bigint | Uint8Array), element);
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell !== 'number') return cellText(column, cell as string | boolean);
  if (!Number.isFinite(cell)) return null;
  const value = element.type === 'FLOAT' || element.logical_type?.type === 'FLOAT16' ? shortestFloat(cell) : cell;
  const size = Math.abs(value);
  if (size > 0 && (size < 1e-20 || size >= 1e21)) return String(value);
  return plainNumber(signed ? value : value + 0);
}

/** A decimal's digits as a whole number; bytes are big-endian two's complement. */
function unitsOf(cell: number | bigint | Uint8Array): bigint {
  if (!(cell instanceof Uint8Array)) return BigInt(cell);
  const hex = Buffer.from(cell).toString('hex');
  return hex === '' ? 0n : BigInt.asIntN(cell.length * 8, BigInt(`0x${hex}`));
}

/** -1234 with a scale of 2 is -12.34. */
function decimalText(units: bigint, element: Element): string {
  const stored = storedTypeOf(element);
  const scale = stored?.as === 'decimal' ? stored.scale : 0;
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(digits.length - scale)}` : ''}`;
}

/** The double with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The cells of a column of times in milliseconds; undefined for other columns. */
function timesOf(element: Element, cells: readonly ParquetCell[]): (number | null | undefined)[] | undefined {
  const stored = storedTypeOf(element);
  if (stored?.as === 'time') {
    const perMillisecond = stored.unit === 'NANOS' ? 1_000_000n : 1000n;
    return cells.map((cell) => (typeof cell === 'bigint' ? fineTime(cell, perMillisecond) : (cell as number | null)));
  }
  return stored?.as === 'date' || stored?.as === 'timestamp' ? (cells as (number | null | undefined)[]) : undefined;
}

/** How a column of times is spelled as text: as short as its finest cell allows. */
function finestFormat(element: Element, times: readonly (number | null | undefined)[]): string {
  const stored = storedTypeOf(element);
  if (stored?.as === 'date') return 'YYYY-MM-DD';
  const isFiner = (step: number) => times.some((time) => typeof time === 'number' && time % step !== 0);
  const fraction = isFiner(1) ? '.SSSSSS' : isFiner(1000) ? '.SSS' : '';
  if (stored?.as === 'time') return `HH:mm:ss${fraction}`;
  return stored?.as === 'timestamp' && stored.utc
    ? `YYYY-MM-DDTHH:mm:ss${fraction}Z`
    : `YYYY-MM-DD HH:mm:ss${fraction}`;
}
