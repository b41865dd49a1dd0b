/** Writes a model folder: of a fit that is over, or of one that may go on. It knows the files by name, not who needs them. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import type { TokenIds } from '../../models/checkpoint/hugging-face-config.ts';
import type { ModelConfig, Weights } from '../../models/config.ts';
import { type Checksums, type Contents, writeFolder } from '../files/atomic-folder.ts';
import type { TableCodec } from '../serialize/codec/grammar.ts';

import { createTokenizer, tokenIds, tokenizerConfig } from '../serialize/codec/hugging-face-tokenizer.ts';
import { keepNegativeZero } from '../serialize/numbers/bins.ts';
import { type ModelFile, modelFileName, trainingStateName } from './manifest.ts';
import { tokenizerJson } from './tokenizer-file.ts';

export interface ModelParts {
  readonly file: ModelFile;
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly language: Language;
}

/** The tokens that a model speaks in: their special ones, and the tokenizer's files by name. */
export interface Language {
  readonly tokens: TokenIds;
  readonly files: Readonly<Record<string, Contents>>;
}

/** Of a vocabulary made for the table. Its files need a temporary one, so they are made once, before there is work to lose. */
export async function ownLanguage(codec: TableCodec): Promise<Language> {
  const files = {
    'tokenizer.json': await tokenizerJson(createTokenizer(codec)),
    'tokenizer_config.json': `${JSON.stringify(tokenizerConfig(codec), null, 2)}\n`,
  };
  return { tokens: tokenIds, files };
}

/** The folder of a finished model: it holds nothing that only training needs. */
export async function writeModel(folder: string, model: ModelParts): Promise<void> {
  await writeAll(folder, model, {});
  // Only now: a fit that is killed before can go on, and ends here again.
  await rm(join(folder, trainingStateName), { force: true });
}

/**
 * The folder of a fit that is not over: the model so far, and `state`, from which the fit goes on. Without `state` an
 * earlier one stays. The weights are written again only where they changed.
 * @param written what this function returned when the weights were last written, undefined where they are new.
 */
export async function writeUnfinished(
  folder: string,
  model: ModelParts,
  state: Contents | undefined,
  written: Checksums | undefined,
): Promise<Checksums> {
  const files: Record<string, Contents> = state ? { [trainingStateName]: state } : {};
  if (!written) return writeAll(folder, model, files);
  await writeFolder(folder, { ...files, [modelFileName]: modelFileText(model.file, written) });
  return written;
}

/** @returns the checksums of the files that change with the weights only. */
async function writeAll(
  folder: string,
  { file, config, weights, language }: ModelParts,
  more: Readonly<Record<string, Contents>>,
): Promise<Checksums> {
  let lasting: Checksums = {};
  await saveCheckpoint(
    folder,
    { config, weights, tokens: language.tokens, files: { ...language.files, ...more } },
    ({ [trainingStateName]: _, ...checksums }) => {
      lasting = checksums;
      return { [modelFileName]: modelFileText(file, checksums) };
    },
  );
  return lasting;
}

/** Keys in the schema's order, so that saving what was loaded writes the same bytes. */
function modelFileText({ checksums: _, provenance, ...file }: ModelFile, checksums: Checksums): string {
  return `${JSON.stringify({ ...file, checksums, provenance }, keepNegativeZero, 1)}\n`;
}
