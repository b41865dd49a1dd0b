/** The table's tokenizer as the files Hugging Face libraries load. It knows pieces of text and their ids. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AddedToken, fuseDecoder, splitPreTokenizer, Tokenizer, templateProcessing, WordLevel } from 'tokenizers';
import { type Codec, isSpecial, special, specialPieces } from './codec.ts';

const [pad, bos, eos, unknown] = specialPieces as [string, string, string, string];

/** As a checkpoint's config.json names them. */
export const tokenIds = { bos: special.bos, eos: special.eos, pad: special.pad };

/**
 * A sentence is cut at the longest pieces first, what is left into characters; decoding joins pieces as they are.
 * Pieces without text (the range of a number, a leading zero) cannot be read off a sentence, so encoding text leaves
 * them out: `Codec.encode` is what knows them.
 */
export function createTokenizer({ pieces }: Codec): Tokenizer {
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

/** tokenizer.json and tokenizer_config.json by name. */
export async function tokenizerFiles(codec: Codec): Promise<Record<string, string>> {
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: bos,
    eos_token: eos,
    pad_token: pad,
    unk_token: unknown,
    clean_up_tokenization_spaces: false,
    model_max_length: codec.longest,
    padding_side: 'left',
  };
  return {
    'tokenizer.json': await tokenizerJson(createTokenizer(codec)),
    'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
  };
}

/** The library writes its JSON to a file only. */
async function tokenizerJson(tokenizer: Tokenizer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tabletalk-'));
  try {
    const path = join(folder, 'tokenizer.json');
    tokenizer.save(path, true);
    return await readFile(path, 'utf8');
  } finally {
    await rm(folder, { recursive: true });
  }
}
