/** The model that a fit starts from: a Hugging Face folder, its weights checked against its tokenizer. It knows files, and joins stages. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { loadCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import type { TokenIds } from '../../models/checkpoint/hugging-face-config.ts';
import type { ModelConfig, Weights } from '../../models/config.ts';
import { TabletalkError } from '../errors/errors.ts';
import { fileOf } from '../files/atomic-folder.ts';
import { type BaseTokenizer, createBaseTokenizer } from '../serialize/base/base-tokenizer.ts';
import type { Language } from './folder.ts';
import { downloadModel, isModelName } from './hub.ts';

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
  readonly language: Language;
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
    language: { tokens: { ...tokens, eos }, files },
    name: isFolder ? basename(resolve(base)) : base,
    contentHash: hashOf(config, weights, tokenizer),
    grammar: { tokenizer, bos, eos },
  };
}

/** Throws an `input` error where tokenizer.json is missing. */
export async function readTokenizerFiles(folder: string): Promise<Language['files']> {
  const files: Record<string, Uint8Array> = {};
  for (const name of tokenizerFiles) {
    const path = await fileOf(folder, name);
    if (path) files[name] = await readFile(path);
  }
  if (!files['tokenizer.json']) throw new TabletalkError('input', `${join(folder, 'tokenizer.json')}: cannot be read`);
  return files;
}

/** The text of tokenizer.json among `files`. */
export const tokenizerText = (files: Language['files']): string =>
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
