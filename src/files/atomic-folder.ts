/**
 * Replaces files of a folder all together: a crash at any moment leaves all of the old ones or all of the new ones.
 *
 * The new files are written to a staging folder and flushed to the disk; renaming that to `.complete` is the moment from
 * which they count; then each is moved to its place. After a crash the next writer finishes the moves, which only needs
 * renames and may itself be cut short anywhere. A reader changes nothing: it takes a file from `.complete` if it is there.
 *
 * A folder may come from a stranger: nothing is read or written through a link out of it, and only plain files are read.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { TabletalkError } from '../errors/errors.ts';
import { holdsLock, lockPath } from './lock.ts';

/** What a file is to hold. The pieces of an iterable are asked for when the file is written, and need not exist before. */
export type Contents = string | Uint8Array | Iterable<Uint8Array>;

/** SHA-256 in hexadecimal, by path inside the folder. */
export type Checksums = Readonly<Record<string, string>>;

/** Files that were being written, in an existing folder; after a crash they are worth nothing. */
export const partialName = '.partial';

/** Files that were written in full, and not yet all moved to their places. */
const completeName = '.complete';

/** Where a new folder is written before it appears: beside it, under a name that nobody else uses. */
const stagingOf = (target: string) => join(dirname(target), `.${basename(target)}.tabletalk-partial`);

/**
 * Writes `files`, contents by path inside the folder; files that are not named stay. A new folder appears whole.
 * @param seal files that are written last and may hold the checksums of the others.
 * @throws {TabletalkError} `option` when another process writes the folder, `input` for an unfinished replacement that
 * is not ours to finish.
 */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, Contents>>,
  seal: (checksums: Checksums) => Readonly<Record<string, Contents>> = () => ({}),
): Promise<void> {
  const target = resolve(folder);
  const release = holdsLock(target) ? () => {} : lockPath(target, 'another program');
  const isNew = (await kindOf(target)) === 'absent';
  const partial = isNew ? stagingOf(target) : join(target, partialName);
  try {
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    const checksums: Record<string, string> = {};
    for (const [name, contents] of Object.entries(files)) {
      checksums[name] = await writeFlushed(join(partial, name), contents);
    }
    for (const [name, contents] of Object.entries(seal(checksums))) await writeFlushed(join(partial, name), contents);
    if (isNew) {
      await rename(partial, target);
    } else {
      const complete = join(target, completeName);
      await settleFolder(target);
      await rename(partial, complete);
      await moveAll(complete, target);
    }
  } finally {
    await rm(partial, { recursive: true, force: true }).finally(release);
  }
}

/** Finishes what a crash cut short in `writeFolder`; for a writer, under the folder's lock. Does nothing to other folders. */
export async function settleFolder(folder: string): Promise<void> {
  try {
    await moveAll(join(folder, completeName), folder);
  } catch (error) {
    if (error instanceof TabletalkError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new TabletalkError(
      'input',
      `${folder}: the replacement of its files was cut short, and cannot end (${code})`,
    );
  }
}

/** Moves the files in `from` into `to`. What is gone already is no error. */
async function moveAll(from: string, to: string): Promise<void> {
  const found = await kindOf(from);
  if (found === 'absent') return;
  if (found !== 'folder') throw foreign(from, 'is no folder of ours');
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    const kind = await kindOf(source);
    if (kind === 'folder') {
      const place = await kindOf(target);
      if (place === 'other') throw foreign(target, 'is a link or no folder');
      await mkdir(target, { recursive: true });
      await moveAll(source, target);
    } else if (kind === 'file') {
      await rename(source, target);
    } else if (kind === 'other') {
      throw foreign(source, 'is a link or no plain file');
    }
  }
  await rmdir(from);
}

const foreign = (path: string, what: string) =>
  new TabletalkError('input', `${path}: ${what}; tabletalk did not write it, so nothing was moved`);

type Kind = 'absent' | 'file' | 'folder' | 'other';

/** What a path itself is: a link is `other`, whatever it leads to. */
async function kindOf(path: string): Promise<Kind> {
  try {
    const found = await lstat(path);
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return 'absent';
    throw error;
  }
}

/**
 * The path from which a file of the folder is to be read, undefined where there is none. A link may only lead to a file of
 * the folder, or to the blobs beside a snapshot in Hugging Face's cache.
 * @throws {TabletalkError} `input` for what is no plain file, a link that leads elsewhere, or a name that does.
 */
export async function fileOf(folder: string, name: string): Promise<string | undefined> {
  const root = resolve(folder);
  if (relative(root, resolve(root, name)).split(sep)[0] === '..' || resolve(root, name) === root) {
    throw new TabletalkError('input', `${folder}: "${name}" is no name of a file in it`);
  }
  for (const place of [completeName, '']) {
    if (place && (await kindOf(join(root, place))) !== 'folder') continue;
    const path = join(folder, place, name);
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) continue;
    const [own, blobs] = [await realpath(root), resolve(await realpath(root), '../../blobs')];
    const isOwn =
      real.startsWith(own + sep) || (basename(dirname(own)) === 'snapshots' && real.startsWith(blobs + sep));
    if (!isOwn) throw new TabletalkError('input', `${path}: leads out of the folder, to ${real}`);
    const kind = await kindOf(real);
    // A writer has just moved it to its place.
    if (kind === 'absent') continue;
    if (kind !== 'file') throw new TabletalkError('input', `${path}: is no plain file`);
    return path;
  }
  return undefined;
}

/** Writes a file to the disk and returns the SHA-256 of its contents, in hexadecimal. */
async function writeFlushed(path: string, contents: Contents): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  try {
    await writeFile(file, hashed(contents, hash));
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

function hashed(contents: Contents, hash: Hash): Contents {
  if (typeof contents !== 'string' && !(contents instanceof Uint8Array)) return hashedPieces(contents, hash);
  hash.update(contents);
  return contents;
}

function* hashedPieces(pieces: Iterable<Uint8Array>, hash: Hash): Generator<Uint8Array> {
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
}

/**
 * Throws an `input` error that names the first file whose contents are not those that were written. A file that is not there
 * is not looked at: who needs it will say so.
 */
export async function checkSums(folder: string, checksums: Checksums): Promise<void> {
  for (const [name, expected] of Object.entries(checksums)) {
    const path = await fileOf(folder, name);
    if (path === undefined) continue;
    if ((await sha256Of(path)) !== expected) {
      throw new TabletalkError('input', `${path}: damaged or changed: it is not the file that tabletalk wrote`);
    }
  }
}

/** SHA-256 of a file's contents, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
