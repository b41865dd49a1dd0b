/** Tables to files, whole or batch by batch. */
import { z } from 'zod';
import { parseOptions } from '../errors/check-options.ts';
import { optionError, TabletalkError } from '../errors/errors.ts';
import { checkWritable, openOutput, writeAll } from '../files/output-file.ts';
import { createCsvEncoder } from './csv/csv-write.ts';
import { type Dialect, dialectSchema, plainDialect } from './csv/dialect.ts';
import { type FileKind, fileKind } from './file-kind.ts';
import { createJsonLinesEncoder } from './json/json-lines.ts';
import { createParquetEncoder } from './parquet/parquet-write.ts';
import type { RowEncoder } from './row-encoder.ts';
import type { Schema } from './schema.ts';
import type { Table } from './table.ts';

const writeOptions = z.strictObject({
  force: z.boolean().optional(),
  dialect: dialectSchema.optional(),
  safeCsv: z.boolean().optional(),
  header: z.boolean().optional(),
});

export interface WriteOptions {
  /** Whether an existing file may be replaced. */
  readonly force?: boolean | undefined;
  /** How another CSV file spelled its rows, to spell these so; a .tsv file keeps its tabs. */
  readonly dialect?: Dialect | undefined;
  /** For CSV: text that a spreadsheet would take for a formula (=, +, -, @ first) gets a ' before it. */
  readonly safeCsv?: boolean | undefined;
  /** For CSV: whether the first line has the column names; without them a file is the rest of another. True by default. */
  readonly header?: boolean | undefined;
}

/** A file that is written batch by batch, in memory that does not grow with it. */
export interface TableWriter {
  /** Rows of the writer's schema. */
  write(batch: Table): Promise<void>;
  /** The file appears, whole; as another one when `as` gives a path. */
  close(as?: string): Promise<void>;
  /** Nothing is left of it. */
  abort(): Promise<void>;
}

/** The same kinds of file as `readTable`; `-` is CSV on standard output. A file appears whole or not at all. */
export async function writeTable(table: Table, path: string, options: WriteOptions = {}): Promise<void> {
  const writer = await openWriter('writeTable', path, table.schema, options);
  await writer.write(table);
  await writer.close();
}

/** `writeTable` for rows that come in batches. */
export function createTableWriter(path: string, schema: Schema, options: WriteOptions = {}): Promise<TableWriter> {
  return openWriter('createTableWriter', path, schema, options);
}

async function openWriter(verb: string, path: string, schema: Schema, options: WriteOptions): Promise<TableWriter> {
  parseOptions(verb, writeOptions, options);
  const kind = fileKind(path);
  if (options.dialect && kind !== 'csv' && kind !== 'tsv') {
    throw new TabletalkError('option', `${verb}: "dialect" is for CSV, and ${path} is not`);
  }
  if (options.safeCsv && kind !== 'csv' && kind !== 'tsv') {
    throw optionError(verb, 'safeCsv', `is for CSV, and ${path} is not`);
  }
  const { dialect = plainDialect, safeCsv = false, header = true } = options;
  const encoder = encoders[kind](schema, dialect, safeCsv, header);
  const output = await openOutput(path, options.force ?? false);
  return {
    write: (batch) => writeAll(output, encoder.rows(batch)),
    async close(as) {
      await writeAll(output, encoder.end());
      await output.close(as);
    },
    abort: () => output.abort(),
  };
}

const encoders: Record<FileKind, (schema: Schema, dialect: Dialect, safe: boolean, header: boolean) => RowEncoder> = {
  csv: createCsvEncoder,
  tsv: (schema, dialect, ...how) => createCsvEncoder(schema, { ...dialect, delimiter: '\t' }, ...how),
  jsonl: createJsonLinesEncoder,
  parquet: createParquetEncoder,
};

/** Refuses what `writeTable` would refuse of a path, so that a caller can ask before hours of work. */
export async function checkTableOutput(path: string, force: boolean): Promise<void> {
  fileKind(path);
  await checkWritable(path, force);
}
