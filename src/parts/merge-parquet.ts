/** Parquet files of one schema as one: their row groups are copied as they are, and a new footer says where they now lie. */
import { createReadStream } from 'node:fs';
import {
  asyncBufferFromFile,
  type ColumnChunk,
  type FileMetaData,
  parquetMetadataAsync,
  type RowGroup,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { inputError } from '../errors/errors.ts';

/** "PAR1", at both ends of a file. */
const magicBytes = 4;
/** The footer's length and the magic bytes, after the footer. */
const tailBytes = 8;

export async function* joinParquet(paths: readonly string[]): AsyncGenerator<Uint8Array> {
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
