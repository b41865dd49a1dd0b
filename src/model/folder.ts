/** Writes a model folder: of a fit that is over, or of one that may go on. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddedToken, fuseDecoder, splitPreTokenizer, Tokenizer, templateProcessing, WordLevel } from 'tokenizers';
import { saveCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import type { TokenIds } from '../../models/checkpoint/hugging-face-config.ts';
import type { ModelConfig, Weights } from '../../models/config.ts';
import { TabletalkError } from '../errors/errors.ts';
import { type Checksums, type Contents, writeFolder } from '../files/atomic-folder.ts';
import { isSpecial, special, specialPieces } from '../serialize/codec/codec.ts';
import type { Codec, TableCodec } from '../serialize/codec/grammar.ts';
import { keepNegativeZero } from '../serialize/numbers/bins.ts';
import { type ModelFile, modelFileName, trainingStateName } from './manifest.ts';

export interface ModelParts {
  readonly file: ModelFile;
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly language: Language;
}

/** A tokenizer as Hugging Face's libraries know it: its special tokens, and its files by name. */
export interface TokenizerFiles {
  readonly tokens: TokenIds;
  readonly files: Readonly<Record<string, Contents>>;
}

/** All of how a model says rows. Its codec is made once, when the table is learned or the folder is loaded, and is asked by all that follows. */
export interface Language extends TokenizerFiles {
  readonly codec: Codec;
}

/** Of a vocabulary made for the table. Its files need a temporary one, so they are made once, before there is work to lose. */
export async function ownLanguage(codec: TableCodec): Promise<Language> {
  const files = {
    'tokenizer.json': await tokenizerJson(createTokenizer(codec)),
    'tokenizer_config.json': `${JSON.stringify(tokenizerConfig(codec), null, 2)}\n`,
  };
  return { codec, tokens: tokenIds, files };
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

// The JSON of a tokenizer, which its library writes to files only.

async function tokenizerJson(tokenizer: Tokenizer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tabletalk-')).catch(({ code }: NodeJS.ErrnoException) => {
    throw new TabletalkError('failed', `${tmpdir()}: temporary files cannot be written there (${code}); set TMPDIR`);
  });
  try {
    const path = join(folder, 'tokenizer.json');
    save(tokenizer, path);
    return await readFile(path, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}

function save(tokenizer: Tokenizer, path: string): void {
  try {
    tokenizer.save(path, true);
  } catch (error) {
    throw new TabletalkError('failed', `${path}: cannot be written: ${(error as Error).message}`);
  }
}

// The table's tokenizer as Hugging Face libraries know one.

const [pad, bos, eos, unknown] = specialPieces as [string, string, string, string];

/** As a checkpoint's config.json names them. */
const tokenIds = { bos: special.bos, eos: special.eos, pad: special.pad };

/**
 * A sentence is cut at the longest pieces first, what is left into characters; decoding joins pieces as they are.
 * Pieces without text (the range of a number, a leading zero) cannot be read off a sentence, so encoding text leaves
 * them out: `Codec.encode` is what knows them.
 * @internal The types of its library hold for nobody who checks them.
 */
export function createTokenizer({ pieces }: TableCodec): Tokenizer {
  const vocabulary = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const tokenizer = new Tokenizer(WordLevel.init(vocabulary, { unkToken: unknown }));
  tokenizer.setPreTokenizer(splitPreTokenizer('', 'isolated'));
  tokenizer.setPostProcessor(templateProcessing(`${bos} $A`, undefined, [[bos, special.bos]]));
  tokenizer.setDecoder(fuseDecoder());
  tokenizer.addSpecialTokens(pieces.filter(isSpecial));
  const shown = pieces.filter((piece) => !isSpecial(piece) && piece.length > 1);
  tokenizer.addAddedTokens(shown.map((piece) => new AddedToken(piece, false, { normalized: false })));
  return tokenizer;
}

/** What tokenizer_config.json holds. */
export function tokenizerConfig({ longest }: Codec) {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: bos,
    eos_token: eos,
    pad_token: pad,
    unk_token: unknown,
    clean_up_tokenization_spaces: false,
    model_max_length: longest,
    padding_side: 'left',
  };
}
