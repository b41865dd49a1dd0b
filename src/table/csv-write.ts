/** A table to CSV text, in a given dialect and in chunks. It knows nothing of files. */
import { stringify } from 'csv-stringify/sync';
import { formatCell } from './cells.ts';
import { type Dialect, sniffDialect } from './dialect.ts';
import type { Column } from './schema.ts';
import type { Table } from './table.ts';

/** Rows handed to csv-stringify at once: enough to amortise the call, few enough to keep memory flat. */
const rowsPerChunk = 4096;

/** A cell without quotes where the dialect quotes strings; csv-stringify tells the two apart by their type. */
interface Bare {
  readonly bare: string;
}

/** Reading the chunks, joined, gives the same cells, and the same bytes when `dialect` came with them. */
export function* csvChunks(table: Table, dialect: Dialect): Generator<string> {
  const write = writer(table, dialect);
  const names = table.schema.columns.map(({ name }) => (dialect.unnamed.includes(name) ? '' : name));
  const always = dialect.quote === 'always';
  const header = write([names], always);
  const first = write(rowsOf(table, dialect, 0), always);
  yield dialect.bom ? '\uFEFF' : '';
  yield misleads(header, first, table, dialect) ? write([names], true) : header;
  let chunk = first;
  for (let from = rowsPerChunk; from < table.rowCount; from += rowsPerChunk) {
    yield chunk;
    chunk = write(rowsOf(table, dialect, from), always);
  }
  yield dialect.finalNewline || endsEmpty(table) ? chunk : chunk.slice(0, -dialect.newline.length);
}

function writer(table: Table, dialect: Dialect): (rows: (string | Bare)[][], quoted: boolean) => string {
  return (rows, quoted) =>
    stringify(rows, {
      delimiter: delimiterOf(table, dialect),
      record_delimiter: dialect.newline,
      quote_record_delimiter: true,
      quoted,
      quoted_empty: quoted,
      quoted_string: dialect.quote === 'strings',
      cast: { object: (cell) => (cell as unknown as Bare).bare },
    });
}

/** Whether the last line is empty: then the newline behind it is what makes it a row. */
function endsEmpty({ schema, columns, rowCount }: Table): boolean {
  if (schema.columns.length > 1 || rowCount === 0) return false;
  return (formatCell(schema.columns[0]!, columns[0]!, rowCount - 1) ?? schema.columns[0]!.missing ?? '') === '';
}

/** Nothing delimits one column, so a reader could learn no other delimiter than the default. */
function delimiterOf(table: Table, dialect: Dialect): string {
  return table.schema.columns.length === 1 ? ',' : dialect.delimiter;
}

/** Whether a reader would guess another delimiter, or take the header's first character for a byte order mark. */
function misleads(header: string, rows: string, table: Table, dialect: Dialect): boolean {
  if (header.startsWith('\uFEFF') && !dialect.bom) return true;
  return sniffDialect(header + rows).delimiter !== delimiterOf(table, dialect);
}

function rowsOf(table: Table, dialect: Dialect, from: number): (string | Bare)[][] {
  const columns = table.schema.columns.map((column, i) => ({
    column,
    data: table.columns[i]!,
    bare: dialect.quote === 'strings' && isBare(column),
  }));
  const rows: (string | Bare)[][] = [];
  for (let row = from; row < Math.min(from + rowsPerChunk, table.rowCount); row++) {
    rows.push(
      columns.map(({ column, data, bare }) => {
        const text = formatCell(column, data, row);
        if (text === null && dialect.quote === 'strings') return { bare: column.missing ?? '' };
        const cell = text ?? column.missing ?? '';
        return bare ? { bare: cell } : cell;
      }),
    );
  }
  return rows;
}

function isBare(column: Column): boolean {
  if (column.kind === 'boolean') return column.values[0] === '0';
  return column.kind !== 'category' && column.kind !== 'text';
}
