/** CSV text to text cells, and every way in which it can be wrong. It knows nothing of kinds, files or gzip. */
import { TabletalkError } from '../../errors/errors.ts';
import { growingInts } from '../../numeric/growing-arrays.ts';
import { checkCellCount, checkColumnCount } from '../limits.ts';
import { problemList } from '../problems.ts';
import { createRowKeeper, type RowLimit } from '../reservoir.ts';
import { type TextCellsBuilder, type TextTable, textCellsBuilder } from '../text/text-table.ts';
import { cellsOf, createRecordReader, type RecordBlock, type RecordReader } from './csv-records.ts';
import { type Dialect, headLength, sniffDialect } from './dialect.ts';

const neverClosed = 'a quote (") opened in this row is never closed';

const byteOrderMark = Buffer.from('\uFEFF');

/** UTF-8 has at most three bytes for each UTF-16 unit; one more, so that no character of the head is cut. */
const headBytes = headLength * 4;

export interface ParsedCsv {
  readonly text: TextTable;
  readonly dialect: Dialect;
}

export interface CsvReader {
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
  const keeper = createRowKeeper<number, string[]>(limit, rowOf, addCells);

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
      for (let row = 0; row < rowCount; row++) keeper.add(row, block.lines[row]!);
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
      const sampled = keeper.end();
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
