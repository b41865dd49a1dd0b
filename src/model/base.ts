/** The model that a fit starts from: a Hugging Face folder, its weights checked against its tokenizer. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { loadCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import type { TokenIds } from '../../models/checkpoint/hugging-face-config.ts';
import type { ModelConfig, Weights } from '../../models/config.ts';
import { TabletalkError } from '../errors/errors.ts';
import { fileOf } from '../files/atomic-folder.ts';
import { checkJson } from '../files/json-file.ts';
import { type BaseTokenizer, createBaseTokenizer } from '../serialize/base/base-tokenizer.ts';
import type { TokenizerFiles } from './folder.ts';

/** The files of a tokenizer, which a model folder keeps byte for byte: only the first must be there. */
const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
] as const;

export interface Base {
  /** What the fitted model speaks. */
  readonly tokenizer: TokenizerFiles;
  readonly config: ModelConfig;
  readonly weights: Weights;
  /** The folder's name, or the name on the hub. */
  readonly name: string;
  /** SHA-256 of sizes, weights and tokenizer. */
  readonly contentHash: string;
  /** What the sentence grammar is made of, besides the table. */
  readonly grammar: { readonly tokenizer: string; readonly bos: number; readonly eos: number };
}

/** Loads `base`, a folder or a model's name on the hub. Throws `option` errors: what is wrong with it is wrong with what was asked for. */
export async function loadBase(base: string): Promise<Base> {
  try {
    return await readBase(base);
  } catch (error) {
    if (!(error instanceof TabletalkError) || error.code !== 'input') throw error;
    throw new TabletalkError('option', `base "${base}": ${error.message}`);
  }
}

async function readBase(base: string): Promise<Base> {
  const isFolder = await stat(base).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder && !isModelName(base)) throw new TabletalkError('option', `base "${base}": no such folder`);
  const folder = isFolder ? base : await downloadModel(base, tokenizerFiles);
  const { config, weights, tokens } = await loadCheckpoint(folder);
  const files = await readTokenizerFiles(folder);
  const tokenizer = tokenizerText(files);
  const place = join(folder, 'tokenizer.json');
  const { bos, eos } = sentenceEnds(tokens, createBaseTokenizer(tokenizer, [], place), config, place);
  return {
    config,
    weights,
    // Without a token for the end, generation would never stop where our sentences do.
    tokenizer: { tokens: { ...tokens, eos }, files },
    name: isFolder ? basename(resolve(base)) : base,
    contentHash: hashOf(config, weights, tokenizer),
    grammar: { tokenizer, bos, eos },
  };
}

/** Throws an `input` error where tokenizer.json is missing. */
export async function readTokenizerFiles(folder: string): Promise<TokenizerFiles['files']> {
  const files: Record<string, Uint8Array> = {};
  for (const name of tokenizerFiles) {
    const path = await fileOf(folder, name);
    if (path) files[name] = await readFile(path);
  }
  if (!files['tokenizer.json']) throw new TabletalkError('input', `${join(folder, 'tokenizer.json')}: cannot be read`);
  return files;
}

/** The text of tokenizer.json among `files`. */
export const tokenizerText = (files: TokenizerFiles['files']): string =>
  new TextDecoder().decode(files['tokenizer.json'] as Uint8Array);

/**
 * Where the config names no token for a sentence's end, it ends with a newline, which no sentence holds; where it names
 * none for its begin, a sentence begins with the token that ends one, as GPT-2's texts do.
 */
function sentenceEnds(tokens: TokenIds, tokenizer: BaseTokenizer, { vocabSize }: ModelConfig, place: string) {
  const eos = tokens.eos ?? tokenizer.encode('\n')[0]!;
  const ends = { bos: tokens.bos ?? eos, eos };
  const highest = Math.max(tokenizer.vocabSize - 1, ends.bos, ends.eos);
  if (highest < vocabSize) return ends;
  throw new TabletalkError(
    'input',
    `${place}: does not fit the model: it has a token ${highest}, the model has ${vocabSize} tokens`,
  );
}

function hashOf(config: ModelConfig, weights: Weights, tokenizer: string): string {
  const hash = createHash('sha256').update(JSON.stringify(config)).update(tokenizer);
  for (const name of [...weights.keys()].sort()) {
    const data = weights.get(name)!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

// Fetches a model by its name from the Hugging Face hub into the cache that Hugging Face's own libraries use.

/** "gpt2" or "owner/name". */
const isModelName = (name: string): boolean => /^\w[\w.-]*(\/\w[\w.-]*)?$/.test(name);

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
async function downloadModel(name: string, extras: readonly string[]): Promise<string> {
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
