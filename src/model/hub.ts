/**
 * Fetches a model by its name from the Hugging Face hub into the cache that Hugging Face's own libraries use. It knows the
 * hub's addresses and that cache's folders, nothing of what is in the files.
 */
import { createWriteStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { TabletalkError } from '../errors/errors.ts';
import { checkJson } from '../files/json-file.ts';

/** "gpt2" or "owner/name". */
export const isModelName = (name: string): boolean => /^\w[\w.-]*(\/\w[\w.-]*)?$/.test(name);

const hub = () => (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
const cache = () => join(process.env.HF_HOME || join(homedir(), '.cache', 'huggingface'), 'hub');

const revision = z.object({
  sha: z.string().regex(/^\w+$/, 'expected a commit'),
  siblings: z.array(z.object({ rfilename: z.string() })),
});

const weightFile = /^model(-\d+-of-\d+)?\.safetensors$/;
const weightIndex = 'model.safetensors.index.json';

/**
 * The folder that holds the model: $HF_HOME/hub/models--owner--name/snapshots/<commit>. Where it is there already, nothing
 * is asked of the network. Throws `option` errors where the hub does not give the model, `failed` ones where it breaks off.
 * @param extras files that are fetched where the model has them, besides its config and weights.
 */
export async function downloadModel(name: string, extras: readonly string[]): Promise<string> {
  const home = join(cache(), `models--${name.replace('/', '--')}`);
  const ref = join(home, 'refs', 'main');
  const known = await readFile(ref, 'utf8').catch(() => undefined);
  if (known !== undefined && (await isWhole(join(home, 'snapshots', known.trim())))) {
    return join(home, 'snapshots', known.trim());
  }
  const answer = await ask(name, `api/models/${name}/revision/main`);
  const { sha, siblings } = checkJson(revision, await answer.json(), answer.url);
  const snapshot = join(home, 'snapshots', sha);
  for (const file of wantedFiles(siblings, extras)) {
    if (!(await exists(join(snapshot, file))))
      await fetchFile(name, `${name}/resolve/${sha}/${file}`, join(snapshot, file));
  }
  await mkdir(dirname(ref), { recursive: true });
  await writeFile(ref, sha);
  return snapshot;
}

/** In the order in which they are fetched: what `isWhole` looks for comes last. */
function wantedFiles(siblings: readonly { rfilename: string }[], extras: readonly string[]): string[] {
  const names = siblings.map(({ rfilename }) => rfilename);
  const single = names.includes('model.safetensors');
  const weights = names.filter((file) => (single ? file === 'model.safetensors' : weightFile.test(file)));
  const index = !single && names.includes(weightIndex) ? [weightIndex] : [];
  return [
    ...names.filter((file) => extras.includes(file)),
    ...weights,
    ...index,
    ...names.filter((file) => file === 'config.json'),
  ];
}

async function isWhole(folder: string): Promise<boolean> {
  const [weights, index, ...others] = await Promise.all(
    ['model.safetensors', weightIndex, 'tokenizer.json', 'config.json'].map((file) => exists(join(folder, file))),
  );
  return (weights || index) === true && others.every(Boolean);
}

/** Writes beside the place and renames, so that a file that is there is whole. */
async function fetchFile(name: string, path: string, to: string): Promise<void> {
  const { body } = await ask(name, path);
  const partial = `${to}.${process.pid}.tmp`;
  await mkdir(dirname(to), { recursive: true });
  try {
    await pipeline(Readable.fromWeb(body!), createWriteStream(partial));
    await rename(partial, to);
  } catch (error) {
    throw new TabletalkError('failed', `base "${name}": ${hub()}/${path}: ${(error as Error).message}`);
  } finally {
    await rm(partial, { force: true });
  }
}

async function ask(name: string, path: string): Promise<Response> {
  const refuse = (reason: string) =>
    new TabletalkError('option', `base "${name}": no such folder, and ${hub()} ${reason}`);
  const answer = await fetch(`${hub()}/${path}`).catch((error: Error & { cause?: { code?: string } }) => {
    throw refuse(`cannot be reached (${error.cause?.code ?? error.message})`);
  });
  if (answer.ok) return answer;
  // The hub does not say which of the models it refuses are there.
  const unknown = [401, 403, 404].includes(answer.status);
  throw refuse(unknown ? `gives no public model of that name` : `answered ${answer.status} for ${path}`);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
