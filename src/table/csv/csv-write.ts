/** A table to CSV text, in a given dialect and batch by batch. */
import { formatValue, valueAt } from '../cells.ts';
import { hasWords } from '../datetime/datetime-formats.ts';
import type { RowEncoder } from '../row-encoder.ts';
import { type Column, isCoded, isNumeric, type Schema, styleOf } from '../schema.ts';
import type { ColumnData, Table } from '../table.ts';
import { type Dialect, headLength, sniffDialect } from './dialect.ts';

/** Rows made into one text at once: enough to amortise the call, few enough to keep memory flat. */
const rowsPerChunk = 4096;

/**
 * Reading what was written gives the same cells, and the same bytes when `dialect` came with them.
 * @param safe text that a spreadsheet would take for a formula gets a ' before it, and is read back with it.
 * @param header whether the first line has the column names.
 */
export function createCsvEncoder(schema: Schema, given: Dialect, safe = false, header = true): RowEncoder {
  // Nothing delimits one column, so a reader could learn no other delimiter than the default.
  const dialect: Dialect = schema.columns.length === 1 ? { ...given, delimiter: ',' } : given;
  const quote: QuoteCell = safe ? (text, ...how) => quoteCell(unlikeFormula(text), ...how) : quoteCell;
  const line = lineWriter(schema, dialect, quote);
  /** Until there is enough text to know what a reader will guess, it waits here; later, the last chunk does. */
  let waiting = '';
  let headerIsOut = !header;
  let lastRowIsEmpty = false;

  const head = () => {
    headerIsOut = true;
    const names = schema.columns.map(({ name }) => (dialect.unnamed.includes(name) ? '' : name));
    return headerLine(names, dialect, waiting, quote);
  };

  return {
    *rows(table) {
      for (let from = 0; from < table.rowCount; from += rowsPerChunk) {
        const text = line(table, from, Math.min(from + rowsPerChunk, table.rowCount));
        if (headerIsOut) {
          yield waiting;
          waiting = text;
        } else {
          waiting += text;
          if (waiting.length > headLength) yield head();
        }
      }
      if (table.rowCount > 0) lastRowIsEmpty = endsEmpty(table);
    },
    *end() {
      if (!headerIsOut) yield head();
      const cut = !dialect.finalNewline && !lastRowIsEmpty && waiting.endsWith(dialect.newline);
      yield cut ? waiting.slice(0, -dialect.newline.length) : waiting;
    },
  };
}

/** The line of the column names before `rows`, the beginning of the rows' text: quoted where it would mislead a reader. */
export function headerLine(names: readonly string[], dialect: Dialect, rows: string, quote = quoteCell): string {
  const [plain, quoted] = [dialect.quote === 'always', true].map((always) =>
    quoteRow(names, dialect, always, quote),
  ) as [string, string];
  return (dialect.bom ? '\uFEFF' : '') + (misleads(plain, rows, dialect) ? quoted : plain);
}

/** The whole table's text at once, in chunks. */
export function* csvChunks(table: Table, dialect: Dialect): Generator<string> {
  const encoder = createCsvEncoder(table.schema, dialect);
  yield* encoder.rows(table) as Iterable<string>;
  yield* encoder.end() as Iterable<string>;
}

/** Whether the last line is empty: then the newline behind it is what makes it a row. */
function endsEmpty({ schema, columns, rowCount }: Table): boolean {
  if (schema.columns.length > 1) return false;
  const value = valueAt(columns[0]!, rowCount - 1);
  return (value === null ? (schema.columns[0]!.missing ?? '') : formatValue(schema.columns[0]!, value)) === '';
}

/** Whether a reader would guess another delimiter, or take the header's first character for a byte order mark. */
function misleads(header: string, rows: string, dialect: Dialect): boolean {
  if (header.startsWith('\uFEFF') && !dialect.bom) return true;
  return sniffDialect(header + rows).delimiter !== dialect.delimiter;
}

/** The text of a table's rows from one to another. */
function lineWriter({ columns }: Schema, dialect: Dialect, quote: QuoteCell) {
  const cells = columns.map((column) => cellWriter(column, dialect, quote));
  const last = columns.length - 1;
  const cell = (table: Table, i: number, row: number) => {
    const own = table.spelled?.[i]?.get(row);
    return own === undefined ? cells[i]!(table.columns[i]!, row) : quote(own, dialect, ownStyle(columns[i]!, dialect));
  };
  return (table: Table, from: number, to: number): string => {
    let text = '';
    for (let row = from; row < to; row++) {
      for (let i = 0; i < last; i++) text += cell(table, i, row) + dialect.delimiter;
      text += cell(table, last, row) + dialect.newline;
    }
    return text;
  };
}

/** How a cell of a numeric column is quoted that is written as its file had it. */
function ownStyle(column: Column, { quote }: Dialect): Dialect['quote'] {
  return quote === 'strings' && isBare(column) ? 'needed' : quote;
}

/** One cell as it stands in the file. What closed lists and missing cells look like is known beforehand. */
function cellWriter(column: Column, dialect: Dialect, quote: QuoteCell): (data: ColumnData, row: number) => string {
  const style = isBare(column) && dialect.quote === 'strings' ? 'needed' : dialect.quote;
  // No delimiter is part of a plain number, and of a time only where its format has one.
  const mayHold =
    column.kind === 'datetime' ? column.format.includes(dialect.delimiter) : styleOf(column) !== undefined;
  const isPlain = isNumeric(column) && style === 'needed' && !mayHold;
  const quoted = (text: string) => (isPlain ? text : quote(text, dialect, style));
  const missing = quote(column.missing ?? '', dialect, dialect.quote === 'always' ? 'always' : 'needed');
  if (isCoded(column)) {
    const texts = column.values.map(quoted);
    return (data, row) => texts[data[row] as number] ?? missing;
  }
  return (data, row) => {
    const value = valueAt(data, row);
    return value === null ? missing : quoted(formatValue(column, value));
  };
}

/** Where a dialect quotes strings, plain numbers and times in digits are not strings. */
function isBare(column: Column): boolean {
  if (column.kind === 'datetime') return !hasWords(column.format);
  if (column.kind === 'boolean') return column.values[0] === '0';
  return column.kind !== 'category' && column.kind !== 'text' && !styleOf(column);
}

function quoteRow(cells: readonly string[], dialect: Dialect, always: boolean, quote: QuoteCell): string {
  const style = always ? 'always' : dialect.quote;
  return cells.map((cell) => quote(cell, dialect, style)).join(dialect.delimiter) + dialect.newline;
}

type QuoteCell = typeof quoteCell;

function quoteCell(text: string, { delimiter }: Dialect, style: Dialect['quote']): string {
  const quotes = style === 'always' || (style === 'strings' && text !== '') || mustQuote(text, delimiter.charCodeAt(0));
  return quotes ? `"${text.replaceAll('"', '""')}"` : text;
}

function mustQuote(text: string, delimiterCode: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === delimiterCode || code === 34 || code === 10 || code === 13) return true;
  }
  return false;
}

/** What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection"). */
const formula = /^[=+\-@\t\r]/;
/** -5, +1.5 % and (-3): a spreadsheet calculates nothing with these. */
const numeral = /^[+-]?[\d.,\s]*\d(?:[eE][+-]?\d{1,4})?\s?%?$/;

/** Whether a spreadsheet that opens the file might calculate or run the cell. */
export function isFormula(text: string): boolean {
  return formula.test(text) && !(text.length <= 40 && numeral.test(text));
}

const unlikeFormula = (text: string): string => (isFormula(text) ? `'${text}` : text);
