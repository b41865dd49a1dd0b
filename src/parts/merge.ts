/** Checks that the parts in a folder are one whole table, and writes it. Memory does not grow with the table. */
import { join } from 'node:path';
import { inputError, TabletalkError } from '../errors/errors.ts';
import { openOutput } from '../files/output-file.ts';
import { fileKind } from '../table/file-kind.ts';
import { difference, digits, isWhole, type Manifest, namesIn, partName, partOf, readManifest } from './manifest.ts';
import { joinParquet } from './merge-parquet.ts';
import { csvText, plainText } from './merge-text.ts';

export interface Merged {
  readonly parts: number;
  readonly rows: number;
}

/**
 * @param out the table to write, of the parts' kind; undefined to check only.
 * @throws {TabletalkError} `input` where a part is missing, damaged or of another run; `option` for `out`.
 */
export async function mergeParts(folder: string, out?: string, force = false): Promise<Merged> {
  const parts = await partsIn(folder);
  const { run } = parts[0]!;
  const paths = parts.map(({ shard }) => join(folder, partName(shard, run.format)));
  const [kind = ''] = run.format.split('.');
  if (out !== undefined && fileKind(out) !== kind) {
    throw new TabletalkError('option', `${out}: the parts are .${run.format}; name a .${kind} file`);
  }
  // Before anything is written: a hundred parts are read faster than one is drawn.
  for (const part of parts) await checkPart(folder, part);
  if (out !== undefined) {
    const output = await openOutput(out, force);
    const chunks = kind === 'parquet' ? joinParquet(paths) : kind === 'csv' ? csvText(paths) : plainText(paths);
    try {
      for await (const chunk of chunks) await output.write(chunk);
    } catch (error) {
      await output.abort();
      throw error;
    }
    await output.close();
  }
  return { parts: parts.length, rows: run.rows };
}

/** All parts of one run, in order, by their manifests. */
async function partsIn(folder: string): Promise<Manifest[]> {
  const names = await namesIn(folder);
  const found = names.map(partOf).filter((part) => part !== undefined);
  const [first] = found;
  if (!first) throw inputError(folder, 'has no parts, such as part-00001-of-00016.parquet');
  const { of } = first;
  const uneven = found.find((part) => part.of !== of);
  if (uneven) throw inputError(folder, `has parts of ${of} and parts of ${uneven.of}; keep those of one run`);
  const manifests: Manifest[] = [];
  const missing: number[] = [];
  for (let index = 1; index <= of; index++) {
    const manifest = await readManifest(folder, { index, of });
    if (manifest) manifests.push(manifest);
    else missing.push(index);
  }
  if (missing.length > 0) throw inputError(folder, missingParts(missing, of));
  for (const [i, manifest] of manifests.entries()) checkManifest(folder, manifest, i + 1, manifests[0]!);
  const { format } = manifests[0]!.run;
  const stray = names.find(
    (name) => partOf(name)?.isManifest === false && !name.endsWith(`-of-${digits(of)}.${format}`),
  );
  if (stray !== undefined) throw inputError(folder, `${stray} is of another run; remove it`);
  return manifests;
}

/** As many missing parts are named. */
const namedParts = 10;

function missingParts(missing: readonly number[], of: number): string {
  const some = missing.slice(0, namedParts).join(', ') + (missing.length > namedParts ? ', ...' : '');
  const [what, is] = missing.length === 1 ? ['part', 'is'] : ['parts', 'are'];
  return `${missing.length} of ${of} parts: ${what} ${some} ${is} missing or not whole; run ${missing.length === 1 ? 'it' : 'them'} again, with --shard ${missing[0]}/${of}`;
}

function checkManifest(folder: string, manifest: Manifest, index: number, { run, shard: { of } }: Manifest): void {
  const name = partName({ index, of }, manifest.run.format);
  const differs = difference(manifest.run, run);
  if (differs !== undefined)
    throw inputError(
      folder,
      `${name} is ${differs}, as ${partName({ index: 1, of }, run.format)} is; keep the parts of one run`,
    );
}

async function checkPart(folder: string, manifest: Manifest): Promise<void> {
  if (await isWhole(folder, manifest)) return;
  const { shard, run } = manifest;
  const name = partName(shard, run.format);
  throw inputError(
    folder,
    `${name} is missing, cut short or changed; run it again, with --shard ${shard.index}/${shard.of}`,
  );
}
