/** CSV text to text cells, and every way in which it can be wrong. It knows nothing of kinds, files or gzip. */
import { TabletalkError } from '../errors.ts';
import { cellsOf, createRecordReader, type RecordReader } from './csv-records.ts';
import { type Dialect, headLength, sniffDialect } from './dialect.ts';
import { problemList } from './problems.ts';
import { createRowKeeper, detached, type RowLimit } from './row-keeper.ts';
import { growingInts, type TextCellsBuilder, type TextTable, textCellsBuilder } from './text-table.ts';

const byteOrderMark = '\uFEFF';

export interface ParsedCsv {
  readonly text: TextTable;
  readonly dialect: Dialect;
}

export interface CsvReader {
  push(text: string): void;
  /** Throws what is wrong with the text, all rows counted. */
  end(): ParsedCsv;
}

/**
 * `source` names the text in messages; `delimiter` spares the guess (a .tsv file). A blank line is a missing cell in
 * a table of one column; in any other table it is nothing, as for other readers.
 */
export function createCsvReader(source: string, delimiter?: Dialect['delimiter'], limit: RowLimit = {}): CsvReader {
  const problems = problemList((line) => `${source}:${line}`);
  let head = '';
  let lastCharacter = '';
  let body: { readonly dialect: Dialect; readonly records: RecordReader } | undefined;
  let header: { readonly names: string[]; readonly unnamed: string[] } | undefined;
  let builders: TextCellsBuilder[] = [];
  const lines = growingInts();
  const keeper = createRowKeeper<string[]>(limit, (cells) => cells.map(detached), addRow);

  function addRow(cells: string[], line: number): void {
    for (let i = 0; i < cells.length; i++) builders[i]!.add(cells[i]!);
    lines.push(line);
  }

  const quoted = (cells: string[], line: number) => {
    if (!header) {
      header = headerNames(cells.map(detached), source);
      builders = header.names.map(textCellsBuilder);
    } else if (hasWidth(cells.length, cells[0] === '', line)) keeper.add(cells, line);
  };
  const plain = (text: string, bounds: Int32Array, count: number, line: number) => {
    if (!header || limit.maxRows !== undefined) {
      quoted(cellsOf(text, bounds, count), line);
    } else if (hasWidth(count, bounds[0] === bounds[1], line)) {
      for (let i = 0; i < count; i++) builders[i]!.addPart(text, bounds[2 * i]!, bounds[2 * i + 1]!);
      lines.push(line);
    }
  };
  /** Whether a record is a row; a blank line is neither that nor a problem. */
  const hasWidth = (count: number, isBlank: boolean, line: number): boolean => {
    const { length } = header!.names;
    if (count === length) return true;
    if (count > 1 || !isBlank) {
      const expected = `${length} ${length === 1 ? 'cell' : 'cells'}`;
      problems.add(line, () => `expected ${expected} as in the header, got ${count}`);
    }
    return false;
  };

  /** The dialect is guessed once there is enough to guess from. */
  const begin = () => {
    const bom = head.startsWith(byteOrderMark);
    const text = bom ? head.slice(1) : head;
    if (text === '') throw new TabletalkError('input', `${source}: the file is empty`);
    const dialect = { ...sniffDialect(text, delimiter), bom };
    const records = createRecordReader(dialect.delimiter, { quoted, plain });
    records.push(text);
    head = '';
    return { dialect, records };
  };

  return {
    push(text) {
      lastCharacter = text.at(-1) ?? lastCharacter;
      if (body) body.records.push(text);
      else {
        head += text;
        if (head.length > headLength) body = begin();
      }
    },
    end() {
      const { dialect, records } = body ?? begin();
      const open = records.end();
      if (open !== undefined) {
        throw new TabletalkError('input', `${source}:${open}: a quote (") opened in this row is never closed`);
      }
      problems.throwIfAny();
      const sampled = keeper.end();
      const lineOf = lines.done();
      const rowsSeen = limit.maxRows === undefined ? lineOf.length : sampled;
      if (rowsSeen === 0) throw new TabletalkError('input', `${source}: no data rows below the header`);
      return {
        text: {
          columns: builders.map((builder) => builder.build('text')),
          rowCount: lineOf.length,
          rowsSeen,
          source,
          place: (row) => `${source}:${lineOf[row]}`,
        },
        dialect: { ...dialect, unnamed: header?.unnamed ?? [], finalNewline: /[\r\n]/.test(lastCharacter) },
      };
    },
  };
}

/** The same for a text that is all there. */
export function parseCsv(content: string, source: string, delimiter?: Dialect['delimiter']): ParsedCsv {
  const reader = createCsvReader(source, delimiter);
  reader.push(content);
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
