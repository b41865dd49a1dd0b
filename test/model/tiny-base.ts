/** Model folders as others make them: small, untrained, each with a tokenizer of its own kind. */
import { join } from 'node:path';
import { architectures } from '../../models/architectures.ts';
import { saveCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import type { TokenIds } from '../../models/checkpoint/hugging-face-config.ts';
import { initialWeights, type ModelConfig } from '../../models/config.ts';
import { baseTokenizers } from '../serialize/base-tokenizers.ts';

const sizes = { blockSize: 128, nLayer: 2, nHead: 4, nEmbd: 32, nInner: 64, normEpsilon: 1e-5, ropeTheta: 1e4 };

interface TinyBase {
  readonly tokenizer: keyof typeof baseTokenizers;
  readonly config: Omit<ModelConfig, 'vocabSize'>;
  readonly tokens: TokenIds;
}

export const tinyBases: Record<string, TinyBase> = {
  gpt2: {
    tokenizer: 'byte-level BPE',
    config: { architecture: 'gpt2', ...sizes, nKvHead: 4, tieEmbeddings: true },
    tokens: { bos: baseTokenizers['byte-level BPE']!.bos, eos: baseTokenizers['byte-level BPE']!.eos, pad: null },
  },
  llama: {
    tokenizer: 'SentencePiece BPE',
    config: { architecture: 'llama', ...sizes, nKvHead: 2, tieEmbeddings: true },
    tokens: { bos: 1, eos: 2, pad: null },
  },
  'llama without special tokens': {
    tokenizer: 'byte-level BPE',
    config: { architecture: 'llama', ...sizes, nKvHead: 2, tieEmbeddings: false },
    tokens: { bos: null, eos: null, pad: null },
  },
};

/** @param change of its sizes. */
export async function saveTinyBase(folder: string, name: string, change: Partial<ModelConfig> = {}): Promise<string> {
  const { tokenizer, config: sizes, tokens } = tinyBases[name]!;
  const json = baseTokenizers[tokenizer]!.tokenizer;
  const { model, added_tokens } = JSON.parse(json);
  const ids = [...Object.values<number>(model.vocab), ...added_tokens.map(({ id }: { id: number }) => id)];
  // As many models have, a few rows of weights more than tokens.
  const config: ModelConfig = { ...sizes, vocabSize: Math.max(...ids) + 8, ...change };
  const weights = initialWeights(architectures[config.architecture].weights(config), 11);
  const path = join(folder, name.replaceAll(' ', '-'));
  await saveCheckpoint(path, {
    config,
    weights,
    tokens,
    files: {
      'tokenizer.json': json,
      'tokenizer_config.json': `{"tokenizer_class":  "PreTrainedTokenizerFast",\n"clean_up_tokenization_spaces": false}`,
      'special_tokens_map.json': '{ }',
    },
  });
  return path;
}
