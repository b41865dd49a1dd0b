/**
 * Replaces files of a folder all together: a crash at any moment leaves all of the old ones or all of the new ones. It
 * knows nothing of what is in them.
 *
 * The new files are written to `.partial` inside the folder and flushed to the disk; renaming that to `.complete` is the
 * moment from which they count; then each is moved to its place. Whoever opens the folder after a crash first finishes
 * the moves, which only needs renames and may itself be cut short anywhere.
 */
import { access, mkdir, open, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { TabletalkError } from '../errors/errors.ts';

/** What a file is to hold. The pieces of an iterable are asked for when the file is written, and need not exist before. */
export type Contents = string | Uint8Array | Iterable<Uint8Array>;

/** Files that were being written; after a crash they are worth nothing. */
export const partialName = '.partial';

/** Files that were written in full, and not yet all moved to their places. */
const completeName = '.complete';

/** Writes `files`, contents by path inside the folder; files that are not named stay. A new folder appears whole. */
export async function writeFolder(folder: string, files: Readonly<Record<string, Contents>>): Promise<void> {
  const target = resolve(folder);
  const isNew = !(await exists(target));
  const partial = isNew ? `${target}${partialName}` : join(target, partialName);
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true });
    for (const [name, contents] of Object.entries(files)) await writeFlushed(join(partial, name), contents);
    if (isNew) {
      await rename(partial, target);
    } else {
      const complete = join(target, completeName);
      await moveAll(complete, target);
      await rename(partial, complete);
      await moveAll(complete, target);
    }
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Finishes what a crash cut short in `writeFolder`; to be called before a file is read. Does nothing to other folders. */
export async function settleFolder(folder: string): Promise<void> {
  try {
    await moveAll(join(folder, completeName), folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TabletalkError(
      'input',
      `${folder}: the replacement of its files was cut short, and cannot end (${code})`,
    );
  }
}

/** Moves what is in `from` into `to`. Two processes may do so at once, so what is gone already is no error. */
async function moveAll(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(unless('ENOENT', 'ENOTDIR'));
  if (!entries) return;
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(target, { recursive: true });
      await moveAll(source, target);
    } else {
      await rename(source, target).catch(unless('ENOENT'));
    }
  }
  // Not empty: another process has begun the next replacement.
  await rmdir(from).catch(unless('ENOENT', 'ENOTEMPTY', 'EEXIST'));
}

function unless(...codes: readonly string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}

async function writeFlushed(path: string, contents: Contents): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    await writeFile(file, contents);
    await file.sync();
  } finally {
    await file.close();
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
