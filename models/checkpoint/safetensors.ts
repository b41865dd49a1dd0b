/**
 * Reads and writes tensors in the safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of
 * header length, a JSON header, then the numbers. It knows no model and no architecture.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { TabletalkError } from '../../src/errors/errors.ts';
import { sizeOf } from '../config.ts';

/** A tensor as it lies in a file: `bytes` are little-endian numbers of type `dtype`, row-major. */
export interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Texts by name, which a file may hold beside its tensors. */
export type Metadata = Readonly<Record<string, string>>;

const header = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().nonnegative()).max(16),
    /** First byte and one past the last, counted from the end of the header. */
    data_offsets: z.tuple([z.int().nonnegative(), z.int()]),
  }),
);
type Entry = z.infer<typeof header>[string];

/** The format's own limit: a header is read whole. */
const longestHeader = 100_000_000;

const bytesPer: Record<string, number> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/** The tensors of one file by name, only those `wanted`. Throws `input` errors that name the file and the tensor. */
export async function readSafetensors(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<Map<string, StoredTensor>> {
  const file = await openToRead(path);
  try {
    const { entries, start, length } = await readHeader(file, path);
    for (const [name, entry] of entries) checkEntry(entry, name, path, length - start);
    checkApart(entries, path);
    const tensors = new Map<string, StoredTensor>();
    for (const [name, entry] of entries) {
      if (!wanted(name)) continue;
      const [from, to] = entry.data_offsets;
      tensors.set(name, {
        dtype: entry.dtype,
        shape: entry.shape,
        bytes: await readBytes(file, start + from, to - from),
      });
    }
    return tensors;
  } finally {
    await file.close();
  }
}

/** The texts of one file. Throws `input` errors that name the file. */
export async function readMetadata(path: string): Promise<Metadata> {
  const file = await openToRead(path);
  try {
    return (await readHeader(file, path)).metadata;
  } finally {
    await file.close();
  }
}

function openToRead(path: string): Promise<FileHandle> {
  return open(path).catch(() => {
    throw new TabletalkError('input', `${path}: cannot be read`);
  });
}

async function readHeader(file: FileHandle, path: string) {
  const { size: length } = await file.stat();
  const size = length < 8 ? 0 : Number(new DataView((await readBytes(file, 0, 8)).buffer).getBigUint64(0, true));
  if (size === 0 || size > longestHeader || 8 + size > length) {
    throw new TabletalkError(
      'input',
      `${path}: not a whole safetensors file: its header does not fit in its ${length} bytes`,
    );
  }
  const text = new TextDecoder().decode(await readBytes(file, 8, size));
  const { metadata, entries } = parseHeader(text, path);
  return { metadata, entries: Object.entries(entries), start: 8 + size, length };
}

function parseHeader(text: string, path: string): { metadata: Metadata; entries: Record<string, Entry> } {
  try {
    const { __metadata__: metadata = {}, ...entries } = JSON.parse(text);
    return { metadata: z.record(z.string(), z.string()).parse(metadata), entries: header.parse(entries) };
  } catch {
    throw new TabletalkError('input', `${path}: not a safetensors file: its header is not a table of tensors`);
  }
}

function checkEntry({ dtype, shape, data_offsets: [from, to] }: Entry, name: string, path: string, available: number) {
  const bytes = bytesPer[dtype];
  if (bytes === undefined) throw new TabletalkError('input', `${path}: tensor "${name}": unknown type ${dtype}`);
  if (to - from !== sizeOf(shape) * bytes) {
    const expected = `${sizeOf(shape) * bytes} bytes for ${dtype} [${shape.join(', ')}]`;
    throw new TabletalkError('input', `${path}: tensor "${name}": expected ${expected}, got ${to - from}`);
  }
  if (to > available) {
    const message = `the file is truncated: the tensor ends at byte ${to} of the data, which has ${available}`;
    throw new TabletalkError('input', `${path}: tensor "${name}": ${message}`);
  }
}

/** Each number is one tensor's: then the tensors need no more memory than the file has bytes. */
function checkApart(entries: readonly [string, Entry][], path: string): void {
  const sorted = entries.toSorted(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
  let end = 0;
  for (const [name, { data_offsets }] of sorted) {
    if (data_offsets[0] < end) {
      throw new TabletalkError('input', `${path}: tensor "${name}": overlaps another tensor of the file`);
    }
    end = Math.max(end, data_offsets[1]);
  }
}

/** A buffer of its own, so that typed arrays over it are aligned. */
async function readBytes(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw new TabletalkError('input', 'a file ended while it was read');
    done += bytesRead;
  }
  return bytes;
}

/** The numbers of a tensor in single precision; undefined for a type that is not F32, F16 or BF16. */
export function toFloats({ dtype, bytes }: StoredTensor): Float32Array | undefined {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  if (dtype !== 'F16' && dtype !== 'BF16') return undefined;
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(words, (word) => word << 16).buffer);
  return Float32Array.from(words, halfToFloat);
}

/** IEEE 754 binary16: a sign bit, five of exponent, ten of fraction. */
function halfToFloat(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A tensor to be written, its numbers row-major. */
export interface FloatTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * A file with these tensors as F32, in order of their names, piece by piece: the numbers are not copied, so a file needs
 * no memory beside the tensors themselves.
 */
export function* safetensorsPieces(tensors: readonly FloatTensor[], metadata: Metadata = {}): Generator<Uint8Array> {
  const sorted = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // Python's transformers wants the format named.
  const table: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let length = 0;
  for (const { name, shape, data } of sorted) {
    table[name] = { dtype: 'F32', shape, data_offsets: [length, length + data.byteLength] };
    length += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(table));
  const padded = Math.ceil(text.length / 8) * 8;
  const start = new Uint8Array(8 + padded).fill(0x20, 8);
  new DataView(start.buffer).setBigUint64(0, BigInt(padded), true);
  start.set(text, 8);
  yield start;
  for (const { data } of sorted) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The same in one piece. */
export function encodeSafetensors(tensors: readonly FloatTensor[]): Uint8Array {
  return Buffer.concat([...safetensorsPieces(tensors)]);
}
