/** Tables in and out of files. */
import { z } from 'zod';
import { parseOptions } from '../errors/check-options.ts';
import { TabletalkError } from '../errors/errors.ts';
import { shownPath } from '../files/output-file.ts';
import { utf8Chunks } from '../files/text-input.ts';
import { droppedNames, type SchemaChoice, tableFromText } from './apply-schema.ts';
import { createCsvReader } from './csv/csv.ts';
import type { Dialect } from './csv/dialect.ts';
import { duckdbScheme, readDuckdb } from './duckdb.ts';
import { fileKind } from './file-kind.ts';
import { type SchemaOverrides, schemaOverrides } from './infer/schema-overrides.ts';
import { createJsonLinesReader } from './json/json-lines.ts';
import { readParquet } from './parquet/parquet-read.ts';
import type { RowLimit } from './reservoir.ts';
import { type Schema, tableSchema } from './schema.ts';
import type { Table } from './table.ts';
import type { TextTable } from './text/text-table.ts';

const readOptions = z.strictObject({
  schema: tableSchema.optional(),
  like: tableSchema.optional(),
  lenient: z.boolean().optional(),
  overrides: schemaOverrides.optional(),
  maxRows: z.int().positive().optional(),
  seed: z.int().min(0).optional(),
});

export interface ReadOptions extends RowLimit {
  /** Every cell must fit this schema; the table has it unchanged, whatever the order of the file's columns. */
  readonly schema?: Schema | undefined;
  /** The table has these columns, kinds, formats and spellings of missing, but its own categories, ranges and decimals. */
  readonly like?: Schema | undefined;
  /**
   * With `like`: a cell that fits no better is missing, not an error, and counted in its column's `unreadable`; whole
   * numbers may have decimals, and booleans any spelling, for `evaluate` to judge.
   */
  readonly lenient?: boolean | undefined;
  /** What of the schema is not to be as it was inferred; a column needs its name only. */
  readonly overrides?: SchemaOverrides | undefined;
  /** At most this many rows, chosen at random with `seed` while reading; the schema is that of the rows kept. */
  readonly maxRows?: number | undefined;
  readonly seed?: number | undefined;
}

/** What was read, and what of the file is not in the table. */
export interface ReadTable {
  readonly table: Table;
  /** For `writeTable` to spell rows so again; undefined where a file's kind leaves no choice. */
  readonly dialect: Dialect | undefined;
  /** Rows in the file; more than the table has where `maxRows` kept a sample. */
  readonly rowsSeen: number;
  /** Where a row stands, for messages: `adult.csv:17`. */
  readonly place: (row: number) => string;
}

/** `.csv`, `.tsv`, `.jsonl` or `.ndjson`, gzipped or not, or `.parquet`; `-` is CSV on standard input; `duckdb:` a query. */
export async function readTable(path: string, options: ReadOptions = {}): Promise<Table> {
  return (await readTableAndDialect(path, options)).table;
}

/** Also how the file spells its rows, and how many there were. */
export async function readTableAndDialect(
  path: string,
  options: ReadOptions = {},
  mayBeEmpty = false,
): Promise<ReadTable> {
  const { maxRows, seed } = parseOptions('readTable', readOptions, options);
  const { schema, like, lenient, overrides } = options;
  if ((schema ? 1 : 0) + (like ? 1 : 0) + (overrides ? 1 : 0) > 1) {
    throw new TabletalkError('option', 'readTable: give one of "schema", "like" and "overrides"');
  }
  if (lenient && !like) throw new TabletalkError('option', 'readTable: "lenient" needs "like"');
  const choice = { schema, like, lenient, overrides };
  const { text, dialect } = await readText(path, choice, { maxRows, seed, mayBeEmpty });
  return { table: tableFromText(text, choice), dialect, rowsSeen: text.rowsSeen, place: text.place };
}

async function readText(
  path: string,
  choice: SchemaChoice,
  limit: RowLimit,
): Promise<{ text: TextTable; dialect?: Dialect }> {
  const given = choice.schema ?? choice.like;
  if (path.startsWith(duckdbScheme)) return { text: await readDuckdb(path, given, limit) };
  const kind = fileKind(path);
  if (kind === 'parquet')
    return { text: await readParquet(path, given, limit, (names) => droppedNames(choice, names, path)) };
  const source = shownPath(path);
  if (kind === 'jsonl') return { text: await readAll(path, createJsonLinesReader(source, given, limit)) };
  return readAll(path, createCsvReader(source, kind === 'tsv' ? '\t' : undefined, limit));
}

async function readAll<T>(path: string, reader: { push(chunk: Buffer): void; end(): T }): Promise<T> {
  for await (const chunk of utf8Chunks(path)) reader.push(chunk);
  return reader.end();
}
