/** CSV text to text cells, and every way in which it can be wrong. */
import { TabletalkError } from '../../errors/errors.ts';
import { growingInts } from '../../numeric/growing-arrays.ts';
import { checkCellCount, checkColumnCount, longestRecord } from '../limits.ts';
import { problemList } from '../problems.ts';
import { createReservoir, type RowLimit } from '../reservoir.ts';
import { type TextCellsBuilder, type TextTable, textCellsBuilder } from '../text/text-table.ts';
import { type Dialect, headLength, sniffDialect } from './dialect.ts';

const neverClosed = 'a quote (") opened in this row is never closed';

const byteOrderMark = Buffer.from('\uFEFF');

/** UTF-8 has at most three bytes for each UTF-16 unit; one more, so that no character of the head is cut. */
const headBytes = headLength * 4;

interface ParsedCsv {
  readonly text: TextTable;
  readonly dialect: Dialect;
}

interface CsvReader {
  push(chunk: Buffer): void;
  /** Throws what is wrong with the text, all rows counted. */
  end(): ParsedCsv;
}

/**
 * `source` names the text in messages; `delimiter` spares the guess (a .tsv file). A blank line is a missing cell in
 * a table of one column; in any other table it is nothing, as for other readers.
 */
export function createCsvReader(source: string, delimiter?: Dialect['delimiter'], limit: RowLimit = {}): CsvReader {
  const problems = problemList((line) => `${source}:${line}`);
  let head: Buffer = Buffer.alloc(0);
  let lastByte = 0;
  let body: { readonly dialect: Dialect; readonly records: RecordReader } | undefined;
  let header: { readonly names: string[]; readonly unnamed: string[] } | undefined;
  let builders: TextCellsBuilder[] = [];
  const lines = growingInts();
  let current: RecordBlock;
  const rowOf = (row: number) => cellsOf(current, row * builders.length, builders.length);
  const reservoir = createReservoir<number, string[]>(limit, rowOf, addCells);

  function addCells(cells: readonly string[], line: number): void {
    for (let i = 0; i < cells.length; i++) builders[i]!.add(cells[i]!);
    lines.push(line);
  }

  const tooLong = (line: number, isQuoted: boolean) =>
    new TabletalkError('input', `${source}:${line}: ${isQuoted ? neverClosed : 'no end of this row within 16 MB'}`);

  const take = (block: RecordBlock) => {
    let first = 0;
    if (!header) {
      checkColumnCount(block.firsts[1]!, `${source}:1`);
      header = headerNames(cellsOf(block, 0, block.firsts[1]!), source);
      builders = header.names.map(textCellsBuilder);
      first = 1;
    }
    const rowCount = withoutMisfits(block, first);
    if (limit.maxRows === undefined) {
      const { bytes, bounds } = block;
      for (const [i, builder] of builders.entries()) {
        builder.addRun({ bytes, bounds, first: 2 * i, step: 2 * builders.length, count: rowCount });
      }
      for (let row = 0; row < rowCount; row++) lines.push(block.lines[row]!);
      checkCellCount(lines.size(), builders.length, source);
    } else {
      current = block;
      for (let row = 0; row < rowCount; row++) reservoir.add(row, block.lines[row]!);
    }
  };
  /** Moves the records from `first` on that are rows to the block's start; returns how many there are. */
  const withoutMisfits = ({ bounds, firsts, lines, count }: RecordBlock, first: number): number => {
    const width = builders.length;
    let rows = 0;
    for (let record = first; record < count; record++) {
      const from = firsts[record]!;
      const cells = firsts[record + 1]! - from;
      if (cells === width) {
        if (from > rows * width) bounds.copyWithin(2 * rows * width, 2 * from, 2 * (from + width));
        lines[rows++] = lines[record]!;
      } else if (cells > 1 || bounds[2 * from] !== bounds[2 * from + 1]) {
        const expected = `${width} ${width === 1 ? 'cell' : 'cells'}`;
        problems.add(lines[record]!, () => `expected ${expected} as in the header, got ${cells}`);
      }
    }
    return rows;
  };

  /** The dialect is guessed once there is enough to guess from. */
  const begin = () => {
    const bom = head.subarray(0, byteOrderMark.length).equals(byteOrderMark);
    const bytes = bom ? head.subarray(byteOrderMark.length) : head;
    if (bytes.length === 0) throw new TabletalkError('input', `${source}: the file is empty`);
    const dialect = { ...sniffDialect(bytes.toString('utf8', 0, headBytes), delimiter), bom };
    const records = createRecordReader(dialect.delimiter, take, tooLong);
    records.push(bytes);
    head = Buffer.alloc(0);
    return { dialect, records };
  };

  return {
    push(chunk) {
      lastByte = chunk.at(-1) ?? lastByte;
      if (body) body.records.push(chunk);
      else {
        head = Buffer.concat([head, chunk]);
        if (head.length > headBytes) body = begin();
      }
    },
    end() {
      const { dialect, records } = body ?? begin();
      const open = records.end();
      if (open !== undefined) {
        throw new TabletalkError('input', `${source}:${open}: ${neverClosed}`);
      }
      problems.throwIfAny();
      const sampled = reservoir.end();
      const lineOf = lines.done();
      const rowsSeen = limit.maxRows === undefined ? lineOf.length : sampled;
      if (rowsSeen === 0 && !limit.mayBeEmpty)
        throw new TabletalkError('input', `${source}: no data rows below the header`);
      return {
        text: {
          columns: builders.map((builder) => builder.build('text')),
          rowCount: lineOf.length,
          rowsSeen,
          source,
          place: (row) => `${source}:${lineOf[row]}`,
        },
        dialect: { ...dialect, unnamed: header?.unnamed ?? [], finalNewline: lastByte === 10 || lastByte === 13 },
      };
    },
  };
}

/** The same for a text that is all there. */
export function parseCsv(content: string, source: string, delimiter?: Dialect['delimiter']): ParsedCsv {
  const reader = createCsvReader(source, delimiter);
  reader.push(Buffer.from(content));
  return reader.end();
}

/** Empty names become column_3 by their place; the dialect remembers them, so the header too comes back as it was. */
function headerNames(header: readonly string[], source: string): { names: string[]; unnamed: string[] } {
  if (header.every((name) => name === '')) {
    throw new TabletalkError('input', `${source}:1: the header line has no column names`);
  }
  const names = header.map((name, i) => name || `column_${i + 1}`);
  const seen = new Map<string, number>();
  names.forEach((name, i) => {
    const before = seen.get(name);
    if (before !== undefined) {
      throw new TabletalkError('input', `${source}:1: columns ${before + 1} and ${i + 1} are both named "${name}"`);
    }
    seen.set(name, i);
  });
  return { names, unnamed: names.filter((_, i) => header[i] === '') };
}

// CSV bytes to records, block by block, without a string. What it reads is what csv-parse reads under the options of
// dialect.ts (a test says so), many times faster.

interface RecordReader {
  /** Hands over all records that are whole. Throws the taker's `tooLong` for one that cannot be a row. */
  push(chunk: Uint8Array): void;
  /** Hands over the last record; returns the line on which a quote was opened and never closed, if one was. */
  end(): number | undefined;
}

/** Records in order. All of it is only lent, and the taker may change it. */
interface RecordBlock {
  /** Cell i is the UTF-8 text from `bounds[2 * i]` to `bounds[2 * i + 1]`. */
  readonly bytes: Buffer;
  readonly bounds: Int32Array;
  readonly count: number;
  /** Record r has the cells from `firsts[r]` to before `firsts[r + 1]`. */
  readonly firsts: Int32Array;
  /** The line, counted from 1, on which each record starts. */
  readonly lines: Int32Array;
}

/** `count` cells from the one numbered `first` on, as strings. */
export function cellsOf(
  { bytes, bounds }: Pick<RecordBlock, 'bytes' | 'bounds'>,
  first: number,
  count: number,
): string[] {
  return Array.from({ length: count }, (_, i) => {
    const cell = 2 * (first + i);
    return bytes.toString('utf8', bounds[cell], bounds[cell + 1]);
  });
}

const [quote, newline, carriageReturn] = [34, 10, 13];

/** @param tooLong the error for a record of more bytes than `longestRecord`; `line` is where it starts, or its open quote. */
export function createRecordReader(
  delimiter: string,
  take: (block: RecordBlock) => void,
  tooLong: (line: number, isQuoted: boolean) => Error,
): RecordReader {
  const delimiterCode = delimiter.charCodeAt(0);
  /** By byte, whether it ends a cell. */
  const endsCell = new Uint8Array(256);
  for (const code of [delimiterCode, newline, carriageReturn]) endsCell[code] = 1;

  /** What is not read yet, `length` bytes; behind it, up to `free`, cells that had to be put together. */
  let bytes = Buffer.alloc(0);
  let [length, free] = [0, 0];
  let bounds = new Int32Array(0);
  let cells = 0;
  let firsts = new Int32Array(0);
  let lines = new Int32Array(0);
  let records = 0;
  let line = 1;
  /** Of the record under way, with its own end. */
  let lineBreaks = 1;
  /** The line of a quote that the bytes read so far leave open, 0 where they leave none. */
  let openQuote = 0;
  /** How many bytes there must be before reading is worth another try: a long record is not read anew for each chunk. */
  let enough = 0;

  /** Reads the record at `from`; returns where the next one begins, or -1 when the bytes end before it is known to. */
  const readRecord = (from: number, isLast: boolean): number => {
    const [source, end, into] = [bytes, length, bounds];
    let cell = cells;
    let at = from;
    lineBreaks = 1;
    for (;;) {
      if (source[at] === quote && at < end) {
        at = quotedCell(at, cell);
        if (at < 0) return -1;
      } else {
        into[2 * cell] = at;
        while (at < end && endsCell[source[at]!] === 0) at++;
        into[2 * cell + 1] = at;
      }
      cell++;
      if (at >= end || source[at] !== delimiterCode) break;
      at++;
    }
    // A quote at the very end may be half of a pair, and so may a carriage return.
    if (!isLast && (at >= end || (source[at] === carriageReturn && at + 1 === end))) return -1;
    if (source[at] === carriageReturn && at + 1 < end && source[at + 1] === newline) at++;
    lines[records] = line;
    line += lineBreaks;
    firsts[++records] = cell;
    cells = cell;
    return Math.min(at + 1, end);
  };

  /** Notes the bounds of the cell that opens with the quote at `open`; returns where it ends, -1 when it is not closed. */
  const quotedCell = (open: number, cell: number): number => {
    const opened = line + lineBreaks - 1;
    let pairs = 0;
    let close = open + 1;
    for (; close < length; close++) {
      const byte = bytes[close];
      if (byte === quote) {
        if (close + 1 === length || bytes[close + 1] !== quote) break;
        pairs++;
        close++;
      } else if (byte === newline || (byte === carriageReturn && bytes[close + 1] !== newline)) lineBreaks++;
    }
    if (close >= length) {
      openQuote = opened;
      return -1;
    }
    let end = close + 1;
    while (end < length && endsCell[bytes[end]!] === 0) end++;
    // Where anything else follows, the quotes were ordinary characters.
    let [from, to] = end === close + 1 ? [open + 1, close] : [open, end];
    if (pairs > 0) [from, to] = unpaired(from, to, open, close);
    bounds[2 * cell] = from;
    bounds[2 * cell + 1] = to;
    return end;
  };

  /** Puts a cell together in which each pair of quotes between `open` and `close` is one. */
  const unpaired = (from: number, to: number, open: number, close: number): [number, number] => {
    const start = free;
    for (let i = from; i < to; i++) {
      bytes[free++] = bytes[i]!;
      if (bytes[i] === quote && i > open && i < close) i++;
    }
    return [start, free];
  };

  /** Hands over what can be read; returns whether anything is left. */
  const read = (isLast: boolean): boolean => {
    [cells, records, free, openQuote] = [0, 0, length, 0];
    let at = 0;
    while (at < length) {
      const next = readRecord(at, isLast);
      if (next < 0) break;
      at = next;
    }
    if (records > 0) take({ bytes, bounds, count: records, firsts, lines });
    bytes.copyWithin(0, at, length);
    length -= at;
    return length > 0;
  };

  return {
    push(chunk) {
      // What is put together is never longer than what it is made of.
      const room = 2 * (length + chunk.length);
      if (room > bytes.length) bytes = Buffer.concat([bytes], Math.max(room, 2 * bytes.length));
      bytes.set(chunk, length);
      length += chunk.length;
      // Memory that is never written to costs nothing: there may be a cell for every byte and one more, or a record.
      if (2 * length + 2 > bounds.length) bounds = new Int32Array(2 * room);
      if (length + 2 > lines.length) [firsts, lines] = [new Int32Array(room), new Int32Array(room)];
      if (length < enough) return;
      read(false);
      if (length > longestRecord) throw tooLong(openQuote || line, openQuote > 0);
      enough = 2 * length;
    },
    end: () => (read(true) ? openQuote || line : undefined),
  };
}
