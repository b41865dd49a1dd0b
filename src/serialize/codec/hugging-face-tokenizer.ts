/** The table's tokenizer as Hugging Face libraries know one. It knows pieces of text and their ids, and no files. */

import { AddedToken, fuseDecoder, splitPreTokenizer, Tokenizer, templateProcessing, WordLevel } from 'tokenizers';
import { isSpecial, special, specialPieces } from './codec.ts';
import type { Codec, TableCodec } from './grammar.ts';

const [pad, bos, eos, unknown] = specialPieces as [string, string, string, string];

/** As a checkpoint's config.json names them. */
export const tokenIds = { bos: special.bos, eos: special.eos, pad: special.pad };

/**
 * A sentence is cut at the longest pieces first, what is left into characters; decoding joins pieces as they are.
 * Pieces without text (the range of a number, a leading zero) cannot be read off a sentence, so encoding text leaves
 * them out: `Codec.encode` is what knows them.
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
