/**
 * One part of a table in a folder, whole or not at all, with its manifest. Any number of processes write parts of one folder,
 * on any machines: none waits for another. Two that write the same part write the same bytes, and either may be the last.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TabletalkError } from '../errors/errors.ts';
import { sha256Of } from '../files/atomic-folder.ts';
import type { Shard } from '../numeric/shard.ts';
import type { Schema } from '../table/schema.ts';
import { createTableWriter, type TableWriter, type WriteOptions } from '../table/write.ts';
import {
  difference,
  isWhole,
  manifestName,
  manifestOf,
  namesIn,
  partName,
  partOf,
  type Run,
  readManifest,
} from './manifest.ts';

export interface Part {
  readonly run: Run;
  readonly shard: Shard;
}

/**
 * Whether the part is there already, and whole.
 * @param force whether parts of another run may be there; they are replaced one by one.
 * @throws {TabletalkError} `option` for a folder with parts of another run, or another number of them.
 */
export async function isPartDone(folder: string, { run, shard }: Part, force = false): Promise<boolean> {
  const names = await namesIn(folder);
  const own = await readManifest(folder, shard);
  if (own && difference(own.run, run) === undefined) return isWhole(folder, own);
  if (force) return false;
  if (own) throw otherRun(folder, partName(shard, own.run.format), difference(own.run, run)!);
  const others = names.map(partOf).filter((part) => part !== undefined);
  const uneven = others.find(({ of }) => of !== shard.of);
  if (uneven) throw otherRun(folder, 'a part', `one of ${uneven.of}, not of ${shard.of}`);
  // One neighbour is enough to see a slip in the call; merge looks at all.
  const neighbour = others.find(({ isManifest }) => isManifest);
  const found = neighbour && (await readManifest(folder, neighbour));
  const differs = found && difference(found.run, run);
  if (differs !== undefined) throw otherRun(folder, partName(found!.shard, found!.run.format), differs);
  return false;
}

function otherRun(folder: string, what: string, differs: string): TabletalkError {
  return new TabletalkError(
    'option',
    `${folder}: ${what} there is ${differs}; name another folder, or give --force to replace it`,
  );
}

/** `close` makes the part and then its manifest appear. */
export async function createPartWriter(
  folder: string,
  schema: Schema,
  part: Part,
  options: Pick<WriteOptions, 'safeCsv'> = {},
): Promise<TableWriter> {
  const { run, shard } = part;
  const path = join(folder, partName(shard, run.format));
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new TabletalkError('option', `${folder}: cannot be written (${error.code})`);
  });
  // Nobody else writes under this name: two pods of one index of a Kubernetes job have one host name, and are process 1 each.
  const draft = join(
    folder,
    `${draftPrefix(shard)}${hostname()}-${randomBytes(8).toString('hex')}-${process.pid}.${run.format}`,
  );
  const writer = await createTableWriter(draft, schema, { ...options, force: true });
  return {
    write: (batch) => writer.write(batch),
    async close() {
      try {
        await writer.close(path);
      } catch (error) {
        // Another process wrote the same part meanwhile, and cleaned up.
        if (await isPartDone(folder, part, true)) return;
        throw error;
      }
      const file = { bytes: (await stat(path)).size, sha256: await sha256Of(path) };
      const text = `${JSON.stringify(manifestOf(run, shard, file), null, 1)}\n`;
      await putManifest(folder, shard, text, `${draft}.json`);
      await removeDrafts(folder, shard);
    },
    abort: () => writer.abort(),
  };
}

const draftPrefix = (shard: Shard) => `.${partName(shard, 'csv').replace(/csv$/, '')}`;

async function putManifest(folder: string, shard: Shard, text: string, draft: string): Promise<void> {
  const place = join(folder, manifestName(shard));
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && (await readManifest(folder, shard))) return;
    throw new TabletalkError('failed', `${place}: cannot be written (${(error as Error).message})`);
  }
}

/** What processes left that were killed while they wrote the part; one that still writes it will find it done. */
async function removeDrafts(folder: string, shard: Shard): Promise<void> {
  const prefix = draftPrefix(shard);
  for (const name of await namesIn(folder)) {
    // A file that is being written, and its lock, have one dot more before them.
    if (name.startsWith(prefix) || name.startsWith(`.${prefix}`)) await rm(join(folder, name), { force: true });
  }
}
