/** One part of a table in a folder, and its manifest: of which run it is, which rows it has, and its checksum. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { TabletalkError } from '../errors/errors.ts';
import { sha256Of } from '../files/atomic-folder.ts';
import { rangeOf, type Shard, shardSchema } from '../numeric/shard.ts';
import type { Schema } from '../table/schema.ts';
import { createTableWriter, type TableWriter, type WriteOptions } from '../table/write.ts';

/** The kinds of file that a part may be, as a file's name ends. */
export const partFormats = ['parquet', 'csv', 'csv.gz', 'jsonl', 'jsonl.gz'] as const;

const checksum = z.string().regex(/^[0-9a-f]{64}$/);

/** What all parts of one table have in common: with it and its number, a part is determined. */
const runSchema = z.strictObject({
  command: z.enum(['sample', 'impute', 'score']),
  /** SHA-256 of the model's tabletalk.json, which holds the checksums of its other files. */
  model: checksum,
  seed: z.int().min(0),
  /** The version of tabletalk that wrote it: another may draw other rows. */
  writtenBy: z.string(),
  /** SHA-256 of the other options and the tables that rows depend on. */
  options: checksum,
  /** Rows of all parts. */
  rows: z.int().min(0),
  format: z.enum(partFormats),
});
export type Run = Readonly<z.infer<typeof runSchema>>;

const manifestSchema = z.strictObject({
  version: z.literal(1),
  run: runSchema,
  shard: shardSchema,
  /** The rows of the whole that it has: from one up to, and without, another. */
  from: z.int().min(0),
  to: z.int().min(0),
  bytes: z.int().min(0),
  sha256: checksum,
});
export type Manifest = Readonly<z.infer<typeof manifestSchema>>;

/** A part's number, or the number of parts, in a name. */
export const digits = (n: number) => String(n).padStart(5, '0');

export function partName({ index, of }: Shard, format: Run['format']): string {
  return `part-${digits(index)}-of-${digits(of)}.${format}`;
}

/** Readers of folders, such as Spark and Arrow, pass over names that begin with an underscore or a dot. */
export const manifestName = ({ index, of }: Shard): string => `_part-${digits(index)}-of-${digits(of)}.json`;

/** The name of a manifest's part. */
export const nameOf = ({ shard, run }: Pick<Manifest, 'shard' | 'run'>): string => partName(shard, run.format);

/** What a name says of a part: `part-00003-of-00016.csv`, or its manifest. Undefined for any other name. */
export function partOf(name: string): (Shard & { readonly isManifest: boolean }) | undefined {
  const found = /^(_?)part-(\d{5})-of-(\d{5})\.(.+)$/.exec(name);
  if (!found || (found[1] === '_') !== (found[4] === 'json')) return undefined;
  return { index: Number(found[2]), of: Number(found[3]), isManifest: found[1] === '_' };
}

function manifestOf(run: Run, shard: Shard, { bytes, sha256 }: Pick<Manifest, 'bytes' | 'sha256'>): Manifest {
  return { version: 1, run, shard, ...rangeOf(shard, run.rows), bytes, sha256 };
}

/** Undefined where there is none, or none that is whole. */
export async function readManifest(folder: string, { index, of }: Shard): Promise<Manifest | undefined> {
  const text = await readFile(join(folder, manifestName({ index, of })), 'utf8').catch(() => '');
  try {
    const manifest = manifestSchema.parse(JSON.parse(text));
    // One that was changed, or is another part's, is worth no more than one that was cut short.
    return isDeepStrictEqual(manifest, manifestOf(manifest.run, { index, of }, manifest)) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** The names in a folder; none of one that is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new TabletalkError(
      'option',
      `${folder}: ${code === 'ENOTDIR' ? 'is a file, not a folder' : `cannot be read (${code})`}`,
    );
  }
}

/** Whether the part is there with the bytes that its manifest tells of. */
export async function isWhole(folder: string, manifest: Manifest): Promise<boolean> {
  const { bytes, sha256 } = manifest;
  const path = join(folder, nameOf(manifest));
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size === bytes && (await sha256Of(path)) === sha256;
}

const told: { readonly [K in keyof Run]: (run: Run) => string } = {
  command: ({ command }) => `written by ${command}`,
  model: ({ model }) => `of model ${model.slice(0, 12)}`,
  seed: ({ seed }) => `of seed ${seed}`,
  writtenBy: ({ writtenBy }) => `written by version ${writtenBy}`,
  options: () => 'of other options or tables',
  rows: ({ rows }) => `of ${rows} rows`,
  format: ({ format }) => `in ${format}`,
};

/** In what two runs differ, as a clause: `of seed 1, not of seed 2`. Undefined where they are one. */
export function difference(found: Run, wanted: Run): string | undefined {
  for (const [key, say] of Object.entries(told) as [keyof Run, (run: Run) => string][]) {
    if (found[key] === wanted[key]) continue;
    return key === 'options' ? say(found) : `${say(found)}, not ${say(wanted)}`;
  }
  return undefined;
}

// A part is written whole or not at all. Any number of processes write parts of one folder, on any machines: none waits
// for another. Two that write the same part write the same bytes, and either may be the last.

interface Part {
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
  if (own) throw otherRun(folder, nameOf(own), difference(own.run, run)!);
  const others = names.map(partOf).filter((part) => part !== undefined);
  const uneven = others.find(({ of }) => of !== shard.of);
  if (uneven) throw otherRun(folder, 'a part', `one of ${uneven.of}, not of ${shard.of}`);
  // One neighbour is enough to see a slip in the call; merge looks at all.
  const neighbour = others.find(({ isManifest }) => isManifest);
  const found = neighbour && (await readManifest(folder, neighbour));
  const differs = found && difference(found.run, run);
  if (differs !== undefined) throw otherRun(folder, nameOf(found!), differs);
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
  const path = join(folder, nameOf(part));
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
