/** Checks that the parts in a folder are one whole table, and writes it. Memory does not grow with the table. */

import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import {
  asyncBufferFromFile,
  type ColumnChunk,
  type FileMetaData,
  parquetMetadataAsync,
  type RowGroup,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { inputError, TabletalkError } from '../errors/errors.ts';
import { openOutput } from '../files/output-file.ts';
import { utf8Chunks } from '../files/text-input.ts';
import { headerLine } from '../table/csv/csv-write.ts';
import { headLength, plainDialect } from '../table/csv/dialect.ts';
import { fileKind } from '../table/file-kind.ts';
import { difference, digits, isWhole, type Manifest, nameOf, namesIn, partOf, readManifest } from './part.ts';

export interface Merged {
  readonly parts: number;
  readonly rows: number;
}

/**
 * @param out the table to write, of the parts' kind; undefined to check only.
 * @throws {TabletalkError} `input` where a part is missing, damaged or of another run; `option` for `out`.
 */
export async function mergeParts(folder: string, out?: string, force = false): Promise<Merged> {
  const parts = await partsIn(folder);
  const { run } = parts[0]!;
  const paths = parts.map((part) => join(folder, nameOf(part)));
  const [kind = ''] = run.format.split('.');
  if (out !== undefined && fileKind(out) !== kind) {
    throw new TabletalkError('option', `${out}: the parts are .${run.format}; name a .${kind} file`);
  }
  // Before anything is written: a hundred parts are read faster than one is drawn.
  for (const part of parts) await checkPart(folder, part);
  if (out !== undefined) {
    const output = await openOutput(out, force);
    const chunks = kind === 'parquet' ? joinParquet(paths) : kind === 'csv' ? csvText(paths) : plainText(paths);
    try {
      for await (const chunk of chunks) await output.write(chunk);
    } catch (error) {
      await output.abort();
      throw error;
    }
    await output.close();
  }
  return { parts: parts.length, rows: run.rows };
}

/** All parts of one run, in order, by their manifests. */
async function partsIn(folder: string): Promise<Manifest[]> {
  const names = await namesIn(folder);
  const found = names.map(partOf).filter((part) => part !== undefined);
  const [first] = found;
  if (!first) throw inputError(folder, 'has no parts, such as part-00001-of-00016.parquet');
  const { of } = first;
  const uneven = found.find((part) => part.of !== of);
  if (uneven) throw inputError(folder, `has parts of ${of} and parts of ${uneven.of}; keep those of one run`);
  const manifests: Manifest[] = [];
  const missing: number[] = [];
  for (let index = 1; index <= of; index++) {
    const manifest = await readManifest(folder, { index, of });
    if (manifest) manifests.push(manifest);
    else missing.push(index);
  }
  if (missing.length > 0) throw inputError(folder, missingParts(missing, of));
  for (const manifest of manifests) checkManifest(folder, manifest, manifests[0]!);
  const { format } = manifests[0]!.run;
  const stray = names.find(
    (name) => partOf(name)?.isManifest === false && !name.endsWith(`-of-${digits(of)}.${format}`),
  );
  if (stray !== undefined) throw inputError(folder, `${stray} is of another run; remove it`);
  return manifests;
}

/** As many missing parts are named. */
const namedParts = 10;

function missingParts(missing: readonly number[], of: number): string {
  const some = missing.slice(0, namedParts).join(', ') + (missing.length > namedParts ? ', ...' : '');
  const [what, is] = missing.length === 1 ? ['part', 'is'] : ['parts', 'are'];
  return `${missing.length} of ${of} parts: ${what} ${some} ${is} missing or not whole; run ${missing.length === 1 ? 'it' : 'them'} again, with --shard ${missing[0]}/${of}`;
}

function checkManifest(folder: string, manifest: Manifest, first: Manifest): void {
  const differs = difference(manifest.run, first.run);
  if (differs === undefined) return;
  throw inputError(folder, `${nameOf(manifest)} is ${differs}, as ${nameOf(first)} is; keep the parts of one run`);
}

async function checkPart(folder: string, manifest: Manifest): Promise<void> {
  if (await isWhole(folder, manifest)) return;
  const { shard } = manifest;
  throw inputError(
    folder,
    `${nameOf(manifest)} is missing, cut short or changed; run it again, with --shard ${shard.index}/${shard.of}`,
  );
}

// Parquet files of one schema as one: their row groups are copied as they are, and a new footer says where they now
// lie.

/** "PAR1", at both ends of a file. */
const magicBytes = 4;
/** The footer's length and the magic bytes, after the footer. */
const tailBytes = 8;

async function* joinParquet(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  const groups: RowGroup[] = [];
  let first: FileMetaData | undefined;
  let written = magicBytes;
  yield new TextEncoder().encode('PAR1');
  for (const path of paths) {
    const { metadata, size } = await read(path);
    first ??= metadata;
    if (schemaOf(metadata) !== schemaOf(first)) {
      throw inputError(path, `has other columns or types than ${paths[0]}, so they cannot be joined`);
    }
    const end = size - tailBytes - metadata.metadata_length;
    groups.push(...metadata.row_groups.map((group) => moved(group, written - magicBytes)));
    // A file without rows has nothing between its magic bytes and its footer.
    if (end > magicBytes) yield* createReadStream(path, { start: magicBytes, end: end - 1, highWaterMark: 1 << 20 });
    written += end - magicBytes;
  }
  yield footer(first!, groups);
}

async function read(path: string): Promise<{ metadata: FileMetaData; size: number }> {
  const file = await asyncBufferFromFile(path);
  return { metadata: await parquetMetadataAsync(file), size: file.byteLength };
}

const schemaOf = ({ schema }: FileMetaData) => JSON.stringify(schema);

/**
 * Offsets count from the beginning of the file. The indexes of pages, which readers can do without, are left out: they hold
 * such offsets themselves.
 */
function moved(group: RowGroup, by: number): RowGroup {
  const { file_offset, ...rest } = group;
  return {
    ...rest,
    ...(file_offset !== undefined && { file_offset: file_offset + BigInt(by) }),
    columns: group.columns.map((chunk) => movedChunk(chunk, BigInt(by))),
  };
}

function movedChunk({ file_offset, meta_data: meta }: ColumnChunk, by: bigint): ColumnChunk {
  const { dictionary_page_offset: dictionary } = meta!;
  return {
    file_offset: file_offset + by,
    meta_data: {
      ...meta!,
      data_page_offset: meta!.data_page_offset + by,
      ...(dictionary !== undefined && { dictionary_page_offset: dictionary + by }),
    },
  };
}

function footer({ schema, created_by }: FileMetaData, groups: readonly RowGroup[]): Uint8Array {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema, ...(created_by !== undefined && { createdBy: created_by }) });
  parquet.row_groups.push(...groups);
  parquet.num_rows = groups.reduce((sum, { num_rows }) => sum + num_rows, 0n);
  parquet.finish();
  // The writer begins a file of its own.
  return writer.getBytes().subarray(magicBytes);
}

// The text of parts one after the other, as one run would have written it.

/** Parts that have nothing before their rows. */
async function* plainText(paths: readonly string[]): AsyncGenerator<Buffer> {
  for (const path of paths) yield* utf8Chunks(path);
}

/** Parts with a line of column names each; the first rows decide how one run would have spelled it. */
async function* csvText(paths: readonly string[]): AsyncGenerator<Buffer> {
  let names: string[] | undefined;
  /** The beginning of the rows, until there is enough of it to know the header. */
  let head: Buffer | undefined = Buffer.alloc(0);
  const withHeader = (rows: Buffer) =>
    Buffer.concat([Buffer.from(headerLine(names!, plainDialect, rows.toString())), rows]);
  for (const path of paths) {
    const part = utf8Chunks(path);
    const { header, rest } = await cutHeader(part);
    names ??= namesOf(header);
    for await (const chunk of chained(rest, part)) {
      if (!head) {
        yield chunk;
        continue;
      }
      head = Buffer.concat([head, chunk]);
      // A character has at most four bytes.
      if (head.length <= 4 * headLength) continue;
      yield withHeader(head);
      head = undefined;
    }
  }
  if (head) yield withHeader(head);
}

const namesOf = (header: Buffer): string[] => (parse(header) as string[][])[0]!;

async function* chained(first: Buffer, others: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* others;
}

const [quote, newline] = [34, 10];

/** The first line, which ends outside quotes, and what follows it of what was read. */
async function cutHeader(chunks: AsyncGenerator<Buffer>): Promise<{ header: Buffer; rest: Buffer }> {
  let read: Buffer = Buffer.alloc(0);
  let isQuoted = false;
  let at = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    read = Buffer.concat([read, next.value]);
    for (; at < read.length; at++) {
      if (read[at] === quote) isQuoted = !isQuoted;
      if (read[at] === newline && !isQuoted) return { header: read.subarray(0, at + 1), rest: read.subarray(at + 1) };
    }
  }
  return { header: read, rest: Buffer.alloc(0) };
}
