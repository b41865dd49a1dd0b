/** Text in and out of files, standard input and output, gzipped or not. It knows nothing of what the text means. */
import { constants, isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip, gunzip } from 'node:zlib';
import { TabletalkError } from '../errors.ts';

/** The path that means standard input or output. */
export const standardStream = '-';

/** How messages name a path. */
export function shownPath(path: string): string {
  return path === standardStream ? 'standard input' : path;
}

/** The whole text; a byte order mark is kept. Gzip is known by its first two bytes, so it works on standard input too. */
export async function readText(path: string): Promise<string> {
  const raw = path === standardStream ? await readStandardInput() : await readBytes(path);
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? await unzip(raw, path) : raw;
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new TabletalkError(
      'input',
      `${shownPath(path)}: too large; at most ${constants.MAX_STRING_LENGTH} bytes can be read`,
    );
  }
  if (!isUtf8(bytes)) throw new TabletalkError('input', `${shownPath(path)}${notUtf8(bytes)}; save it as UTF-8`);
  return bytes.toString('utf8');
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TabletalkError('input', `${path}: ${readProblem(error)}`);
  }
}

function readProblem(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  return message;
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function unzip(bytes: Buffer, path: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes);
  } catch (error) {
    throw new TabletalkError('input', `${shownPath(path)}: damaged gzip data (${(error as Error).message})`);
  }
}

/** Where the first line is that is not UTF-8, as a continuation of the path. */
function notUtf8(bytes: Buffer): string {
  const mark = bytes.readUInt16BE(0);
  if (mark === 0xfffe || mark === 0xfeff) return ': UTF-16 text';
  let from = 0;
  for (let line = 1; ; line++) {
    const newline = bytes.indexOf(10, from);
    if (newline < 0 || !isUtf8(bytes.subarray(from, newline))) return `:${line}: not UTF-8 text`;
    from = newline + 1;
  }
}

/** Refuses what `writeText` would refuse, so that a caller can ask before hours of work. */
export async function checkWritable(path: string, force: boolean): Promise<void> {
  if (path === standardStream) return;
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (!folder?.isDirectory()) throw new TabletalkError('option', `${path}: no such folder "${dirname(path)}"`);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new TabletalkError('option', `${path}: is a folder, not a file`);
  if (existing?.isFile() && !force) {
    throw new TabletalkError('option', `${path}: exists already; give --force to replace it`);
  }
}

/** The file appears whole or not at all: written beside its place, then renamed. Gzipped when its name ends in .gz. */
export async function writeText(path: string, chunks: Iterable<string>, force: boolean): Promise<void> {
  await checkWritable(path, force);
  const source = Readable.from(chunks);
  if (path === standardStream) return await writeStandardOutput(source);
  // A device or a pipe cannot be replaced, and must not be.
  const special = await stat(path).then(
    (found) => !found.isFile(),
    () => false,
  );
  const place = special ? path : `${path}.${process.pid}.tmp`;
  try {
    const target = createWriteStream(place, special ? {} : { flags: 'wx' });
    await (path.endsWith('.gz') ? pipeline(source, createGzip(), target) : pipeline(source, target));
    if (!special) await rename(place, path);
  } catch (error) {
    if (!special) await rm(place, { force: true });
    throw new TabletalkError('failed', `${path}: cannot write ${basename(path)} (${(error as Error).message})`);
  }
}

async function writeStandardOutput(source: Readable): Promise<void> {
  try {
    await pipeline(source, process.stdout, { end: false });
  } catch (error) {
    throw new TabletalkError(
      'failed',
      `standard output: closed before all rows were written (${(error as Error).message})`,
    );
  }
}
