/** A Parquet file to text cells, column by column. It knows Parquet's types and what they are as text, nothing of kinds. */
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { TabletalkError } from '../../errors/errors.ts';
import { readProblem } from '../../files/text-input.ts';
import { cellText, plainNumber } from '../cells.ts';
import { formatDatetime } from '../datetime/datetime.ts';
import { createRowKeeper, type RowLimit } from '../reservoir.ts';
import type { Column, Schema } from '../schema.ts';
import { type Holds, type TextCells, type TextTable, textCellsBuilder } from '../text/text-table.ts';

type Element = FileMetaData['schema'][number];

/** A cell as hyparquet gives it under `parsers`: a time is its milliseconds, or text where those would not do. */
type ParquetCell = number | bigint | boolean | string | Uint8Array | null | undefined;

/** Rows stay in their order. With a limit, a random sample of them; with `given`, times are spelled as its columns want. */
export async function readParquet(path: string, given: Schema | undefined, limit: RowLimit): Promise<TextTable> {
  const file = await asyncBufferFromFile(path).catch((error: unknown) => {
    throw new TabletalkError('input', `${path}: ${readProblem(error)}`);
  });
  const metadata = await damaged(path, () => parquetMetadataAsync(file));
  const elements = parquetSchema(metadata).children;
  const nested = elements.find(
    ({ children, element }) => children.length > 0 || element.repetition_type === 'REPEATED',
  );
  if (nested) {
    throw new TabletalkError('input', `${path}: column "${nested.element.name}": nested values are not supported`);
  }
  if (elements.length === 0) throw new TabletalkError('input', `${path}: no columns`);
  const rowsSeen = Number(metadata.num_rows);
  if (rowsSeen === 0) throw new TabletalkError('input', `${path}: no rows`);
  const chosen = chooseRows(rowsSeen, limit);
  const columns: TextCells[] = [];
  for (const { element } of elements) {
    const cells = await damaged(path, () => readColumn(file, metadata, element.name, chosen));
    const column = given?.columns.find(({ name }) => name === element.name);
    columns.push(textColumn(element, cells, column, path));
  }
  return {
    columns,
    rowCount: chosen?.length ?? rowsSeen,
    rowsSeen,
    source: path,
    place: (row) => `${path}: row ${(chosen?.[row] ?? row) + 1}`,
  };
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
  const keeper = createRowKeeper<number>(
    limit,
    (row) => row,
    (row) => kept.push(row),
  );
  for (let row = 0; row < rows; row++) keeper.add(row, 0);
  keeper.end();
  return Int32Array.from(kept);
}

/** One column's cells, row group by row group. */
async function readColumn(
  file: Awaited<ReturnType<typeof asyncBufferFromFile>>,
  metadata: FileMetaData,
  name: string,
  chosen: Int32Array | undefined,
): Promise<ParquetCell[]> {
  const cells: ParquetCell[] = [];
  let rowStart = 0;
  let next = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const take = (columnData: ArrayLike<unknown>, from: number) => {
      const data = columnData as ArrayLike<ParquetCell>;
      if (!chosen) for (let i = 0; i < data.length; i++) cells.push(data[i]);
      else while (next < chosen.length && chosen[next]! < from + data.length) cells.push(data[chosen[next++]! - from]);
    };
    if (!chosen || (next < chosen.length && chosen[next]! < rowEnd)) {
      await parquetRead({
        file,
        metadata,
        columns: [name],
        rowStart,
        rowEnd,
        compressors,
        parsers,
        geoparquet: false,
        onChunk: ({ columnData, rowStart: from }) => take(columnData, from),
      });
    }
    rowStart = rowEnd;
  }
  return cells;
}

/** A byte order mark at the start of a cell is part of it. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Times as milliseconds where those say all; Date would drop the digits behind them. */
const parsers = {
  timestampFromMilliseconds: (millis: bigint) => Number(millis),
  timestampFromMicroseconds: (micros: bigint) => fineTime(micros, 1000n, 6),
  timestampFromNanoseconds: (nanos: bigint) => fineTime(nanos, 1_000_000n, 9),
  dateFromDays: (days: number) => days * 86_400_000,
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && decoder.decode(bytes),
};

function fineTime(units: bigint, perMillisecond: bigint, digits: number): number | string {
  const millis = units / perMillisecond;
  if (millis * perMillisecond === units) return Number(millis);
  const perSecond = perMillisecond * 1000n;
  const fraction = ((units % perSecond) + perSecond) % perSecond;
  const second = new Date(Number((units - fraction) / perMillisecond)).toISOString().slice(0, 19);
  return `${second}.${String(fraction).padStart(digits, '0')}`;
}

function textColumn(
  element: Element,
  cells: readonly ParquetCell[],
  column: Column | undefined,
  path: string,
): TextCells {
  if (cells.some((cell) => cell instanceof Uint8Array)) {
    throw new TabletalkError('input', `${path}: column "${element.name}": binary values are not supported`);
  }
  const times = timesOf(element, cells);
  const format = times && (column?.kind === 'datetime' ? column.format : finestFormat(element, times));
  const builder = textCellsBuilder(element.name);
  const signed = column ? column.kind === 'decimal' : cells.some((cell) => typeof cell === 'number' && cell % 1 !== 0);
  let holds: Holds | undefined;
  for (const cell of times ?? (cells as Exclude<ParquetCell, Uint8Array>[])) {
    if (cell === null || cell === undefined || Number.isNaN(cell)) {
      builder.add(null);
    } else {
      const isTime = format !== undefined && typeof cell === 'number';
      holds ??= format !== undefined ? 'strings' : holdsOf(cell);
      builder.add(isTime ? formatDatetime(format, cell) : plainText(element, cell, column, signed));
    }
  }
  return builder.build(holds ?? 'strings');
}

function holdsOf(cell: ParquetCell): Holds {
  if (typeof cell === 'boolean') return 'booleans';
  return typeof cell === 'string' ? 'strings' : 'numbers';
}

/** @param signed whether -0 is kept: whole numbers have none. */
function plainText(
  element: Element,
  cell: number | bigint | boolean | string,
  column: Column | undefined,
  signed: boolean,
): string | null {
  if (typeof cell === 'bigint') return String(cell);
  if (typeof cell !== 'number') return cellText(column, cell);
  if (element.converted_type === 'DECIMAL') return cell.toFixed(element.scale ?? 0);
  const value = element.type === 'FLOAT' ? shortestFloat(cell) : cell;
  return plainNumber(signed ? value : value + 0);
}

/** The double with the fewest digits that is the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The cells of a column of times, in milliseconds where those say all; undefined for other columns. */
function timesOf(element: Element, cells: readonly ParquetCell[]): (number | string | null | undefined)[] | undefined {
  const { converted_type: converted, logical_type: logical, type } = element;
  if (logical?.type === 'TIME' || converted === 'TIME_MILLIS' || converted === 'TIME_MICROS') {
    const perMillisecond = logical?.type === 'TIME' && logical.unit === 'NANOS' ? 1_000_000n : 1000n;
    return cells.map((cell) => {
      if (typeof cell !== 'bigint') return cell as number | null | undefined;
      const time = fineTime(cell, perMillisecond, perMillisecond === 1000n ? 6 : 9);
      return typeof time === 'string' ? time.slice('1970-01-01T'.length) : time;
    });
  }
  const isTime = converted === 'DATE' || converted?.startsWith('TIMESTAMP') || type === 'INT96';
  const saysTime = logical?.type === 'DATE' || logical?.type === 'TIMESTAMP';
  return isTime || saysTime ? (cells as (number | string | null | undefined)[]) : undefined;
}

/** How a column of times is spelled as text: as short as its finest cell allows. */
function finestFormat(
  { converted_type: converted, logical_type: logical }: Element,
  times: readonly (number | string | null | undefined)[],
): string {
  if (converted === 'DATE' || logical?.type === 'DATE') return 'YYYY-MM-DD';
  const fraction = times.some((time) => typeof time === 'number' && time % 1000 !== 0) ? '.SSS' : '';
  if (converted?.startsWith('TIME_') || logical?.type === 'TIME') return `HH:mm:ss${fraction}`;
  const utc = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC : converted !== undefined;
  return utc ? `YYYY-MM-DDTHH:mm:ss${fraction}Z` : `YYYY-MM-DD HH:mm:ss${fraction}`;
}
