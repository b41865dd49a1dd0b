/** The UTF-8 text of a file or of standard input, chunk by chunk, gunzipped where it is gzipped. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TabletalkError } from '../errors/errors.ts';
import { shownPath, standardStream } from './output-file.ts';

/** Large enough that work done once for each chunk costs nothing, small enough that a few of them do not count. */
const chunkBytes = 1 << 20;

/** Each chunk is whole characters. A byte order mark is kept. Gzip is known by its first two bytes, on standard input too. */
export async function* utf8Chunks(path: string): AsyncGenerator<Buffer> {
  const [first, bytes] = await peek(fileBytes(path));
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  const check = utf8Reader(path);
  for await (const chunk of isGzip ? unzip(bytes, path) : bytes) yield check.chars(chunk);
  yield check.end();
}

async function* fileBytes(path: string): AsyncGenerator<Buffer> {
  const source = path === standardStream ? process.stdin : createReadStream(path, { highWaterMark: chunkBytes });
  try {
    for await (const chunk of source) yield chunk as Buffer;
  } catch (error) {
    throw new TabletalkError('input', `${shownPath(path)}: ${readProblem(error)}`);
  }
}

export function readProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  return message;
}

/** The first two bytes, and all bytes with those: a pipe may give one at a time. */
async function peek(source: AsyncGenerator<Buffer>): Promise<[Buffer, AsyncIterable<Buffer>]> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const { value, done } = await source.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = async function* () {
    if (head.length > 0) yield head;
    yield* source;
  };
  return [head, all()];
}

async function* unzip(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  const feeding = pipeline(Readable.from(bytes), gunzip);
  // The loop below hears of it too; until then it is not unhandled.
  feeding.catch(() => {});
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    if (error instanceof TabletalkError) throw error;
    throw new TabletalkError('input', `${shownPath(path)}: damaged gzip data (${(error as Error).message})`);
  }
}

/** Bytes as they are; a character cut by the end of a chunk waits for its rest. Throws for the first line that is not UTF-8. */
function utf8Reader(path: string) {
  let waiting: Buffer = Buffer.alloc(0);
  /** The line that the next bytes begin in, for an error. */
  let line = 1;
  let started = false;
  const checked = (bytes: Buffer): Buffer => {
    if (!started) refuseUtf16(bytes, path);
    started = true;
    if (!isUtf8(bytes)) {
      throw new TabletalkError('input', `${shownPath(path)}:${badLine(bytes, line)}: not UTF-8 text; save it as UTF-8`);
    }
    line += countLines(bytes);
    return bytes;
  };
  return {
    chars(chunk: Buffer): Buffer {
      const bytes = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      const end = wholeCharacters(bytes);
      waiting = bytes.subarray(end);
      return checked(bytes.subarray(0, end));
    },
    end: () => checked(waiting),
  };
}

function refuseUtf16(bytes: Buffer, path: string): void {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark !== 0xfffe && mark !== 0xfeff) return;
  throw new TabletalkError('input', `${shownPath(path)}: UTF-16 text; save it as UTF-8`);
}

/** Where the last whole character ends: at most three bytes of a longer one are left over. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function badLine(bytes: Buffer, firstLine: number): number {
  let from = 0;
  for (let line = firstLine; ; line++) {
    const newline = bytes.indexOf(10, from);
    if (newline < 0 || !isUtf8(bytes.subarray(from, newline))) return line;
    from = newline + 1;
  }
}
