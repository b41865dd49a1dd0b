/** Files and standard output, written whole or not at all, gzipped or not. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TabletalkError } from '../errors/errors.ts';
import { lockPath } from './lock.ts';

/** The path that means standard input or output. */
export const standardStream = '-';

/** How messages name a path. */
export function shownPath(path: string): string {
  return path === standardStream ? 'standard input' : path;
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

/** A file under way. After an error only `abort` may be called. */
export interface Output {
  write(chunk: string | Uint8Array): Promise<void>;
  /** The file appears, whole; under another name when `as` gives one. */
  close(as?: string): Promise<void>;
  /** Nothing is left of it. */
  abort(): Promise<void>;
}

/**
 * Written beside its place, then renamed: the file appears whole or not at all, with the permissions of the one it replaces.
 * Gzipped when its name ends in .gz. Locked until it is closed; what a killed process left under the lock is removed.
 */
export async function openOutput(path: string, force: boolean): Promise<Output> {
  await checkWritable(path, force);
  const isStandard = path === standardStream;
  // A device or a pipe cannot be replaced, and must not be.
  const inPlace = isStandard || (await isSpecial(path));
  const place = inPlace ? path : join(dirname(path), `.${basename(path)}.tabletalk-partial`);
  const release = inPlace ? () => {} : lockPath(path, 'another program');
  if (!inPlace) await rm(place, { force: true });
  const target = isStandard ? process.stdout : createWriteStream(place, inPlace ? {} : { flags: 'wx' });
  const source = new PassThrough();
  const stages = path.endsWith('.gz') ? [source, createGzip(), target] : [source, target];
  const ended = pipeline(stages, { end: !isStandard });
  // Whoever writes or closes next hears of it; until then it is not unhandled.
  ended.catch(() => {});
  const remove = async () => {
    if (!inPlace) await rm(place, { force: true }).finally(release);
  };
  const failed = async (error: unknown) => {
    source.destroy();
    await ended.catch(() => {});
    await remove();
    return new TabletalkError('failed', writeProblem(path, error));
  };
  return {
    async write(chunk) {
      try {
        if (chunk.length > 0 && !source.write(chunk)) await Promise.race([once(source, 'drain'), ended]);
      } catch (error) {
        throw await failed(error);
      }
    },
    async close(as = path) {
      try {
        source.end();
        await ended;
        if (!inPlace) {
          const replaced = await stat(as).catch(() => undefined);
          if (replaced) await chmod(place, replaced.mode & 0o777);
          await rename(place, as);
          release();
        }
      } catch (error) {
        throw await failed(error);
      }
    },
    async abort() {
      source.destroy();
      await ended.catch(() => {});
      await remove();
    },
  };
}

function isSpecial(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile(),
    () => false,
  );
}

function writeProblem(path: string, error: unknown): string {
  const reason = (error as Error).message;
  if (path === standardStream) return `standard output: closed before all rows were written (${reason})`;
  return `${path}: cannot write ${basename(path)} (${reason})`;
}

/** A whole text at once. */
export async function writeText(path: string, chunks: Iterable<string>, force: boolean): Promise<void> {
  const output = await openOutput(path, force);
  await writeAll(output, chunks);
  await output.close();
}

/** Leaves nothing behind when the chunks themselves cannot be made. */
export async function writeAll(output: Output, chunks: Iterable<string | Uint8Array>): Promise<void> {
  try {
    for (const chunk of chunks) await output.write(chunk);
  } catch (error) {
    await output.abort();
    throw error;
  }
}
