/** Tables in and out of files. It knows which reader and writer a file's name calls for, nothing of their insides. */
import { z } from 'zod';
import { TabletalkError } from '../errors.ts';
import { parseOptions } from '../options.ts';
import { parseCsv } from './csv.ts';
import { csvChunks } from './csv-write.ts';
import { type Dialect, dialectSchema, plainDialect } from './dialect.ts';
import { checkWritable, readText, shownPath, standardStream, writeText } from './files.ts';
import { tableFromText } from './fit.ts';
import { jsonLinesChunks, parseJsonLines } from './json-lines.ts';
import { tableFromCells } from './rows.ts';
import { type Schema, tableSchema } from './schema.ts';
import type { Table } from './table.ts';

const readOptions = z.strictObject({ schema: tableSchema.optional(), like: tableSchema.optional() });
const writeOptions = z.strictObject({ force: z.boolean().optional(), dialect: dialectSchema.optional() });

export interface ReadOptions {
  /** Every cell must fit this schema; the table has it unchanged, whatever the order of the file's columns. */
  readonly schema?: Schema | undefined;
  /** The table has these columns, kinds, formats and spellings of missing, but its own categories, ranges and decimals. */
  readonly like?: Schema | undefined;
}

export interface WriteOptions {
  /** Whether an existing file may be replaced. */
  readonly force?: boolean | undefined;
  /** How another CSV file spelled its rows, to spell these so; a .tsv file keeps its tabs. */
  readonly dialect?: Dialect | undefined;
}

/** `.csv`, `.tsv`, `.jsonl` or `.ndjson`, gzipped or not; `-` is CSV on standard input. */
export async function readTable(path: string, options: ReadOptions = {}): Promise<Table> {
  return (await readTableAndDialect(path, options)).table;
}

/** Also how the file spells its rows, for `writeTable` to spell them so again; undefined for JSON Lines. */
export async function readTableAndDialect(
  path: string,
  options: ReadOptions = {},
): Promise<{ table: Table; dialect: Dialect | undefined }> {
  parseOptions('readTable', readOptions, options);
  if (options.schema && options.like) {
    throw new TabletalkError('option', 'readTable: give "schema" or "like", not both');
  }
  const kind = fileKind(path);
  const content = await readText(path);
  const source = shownPath(path);
  if (kind === 'jsonl') {
    const { rows, place } = parseJsonLines(content, source);
    return { table: tableFromCells(rows, options, { source, place }), dialect: undefined };
  }
  const { text, dialect } = parseCsv(content, source, kind === 'tsv' ? '\t' : undefined);
  return { table: tableFromText(text, options), dialect };
}

/** The same kinds of file as `readTable`; `-` is CSV on standard output. A file appears whole or not at all. */
export async function writeTable(table: Table, path: string, options: WriteOptions = {}): Promise<void> {
  parseOptions('writeTable', writeOptions, options);
  const kind = fileKind(path);
  if (kind === 'jsonl' && options.dialect) {
    throw new TabletalkError('option', `writeTable: "dialect" is for CSV, and ${path} is not`);
  }
  const dialect = options.dialect ?? plainDialect;
  const chunks =
    kind === 'jsonl'
      ? jsonLinesChunks(table)
      : csvChunks(table, kind === 'tsv' ? { ...dialect, delimiter: '\t' } : dialect);
  await writeText(path, chunks, options.force ?? false);
}

/** Refuses what `writeTable` would refuse of a path, so that a caller can ask before hours of work. */
export async function checkTableOutput(path: string, force: boolean): Promise<void> {
  fileKind(path);
  await checkWritable(path, force);
}

type FileKind = 'csv' | 'tsv' | 'jsonl';

function fileKind(path: string): FileKind {
  if (path === standardStream) return 'csv';
  const ending = /\.([^./\\]+?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  if (ending === 'csv' || ending === 'tsv' || ending === 'jsonl') return ending;
  if (ending === 'ndjson') return 'jsonl';
  const came = ending === 'parquet' ? 'Parquet is not supported yet' : 'cannot tell the kind of table from the name';
  throw new TabletalkError(
    'input',
    `${path}: ${came}; it must end in .csv, .tsv, .jsonl or .ndjson, or one of these and .gz`,
  );
}
