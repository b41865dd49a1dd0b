/** Writes a folder of files so that a crash never leaves half a file behind. It knows nothing of what is in them. */
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * Writes `files` (contents by path inside the folder) to `<folder>.partial` and flushes them to the disk; then the whole
 * folder is renamed, or, where `folder` exists already, each file into its place in the order given.
 */
export async function writeFolder(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const target = resolve(folder);
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  try {
    await mkdir(partial, { recursive: true });
    for (const [name, contents] of Object.entries(files)) await writeFlushed(join(partial, name), contents);
    if (await exists(target)) {
      for (const name of Object.keys(files)) {
        await mkdir(dirname(join(target, name)), { recursive: true });
        await rename(join(partial, name), join(target, name));
      }
    } else {
      await rename(partial, target);
    }
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function writeFlushed(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    await file.writeFile(contents);
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
