/**
 * Rows in blocks: a block is decoded as a whole from its own part of the seed, so that who decodes it does not matter.
 * It knows codec and decoder, nothing of threads.
 */

import type { ModelConfig, Weights } from '../../models/config.ts';
import { createDecoder, type Decoder } from '../../models/decoder.ts';
import { createRandom } from '../random.ts';
import { type Codec, createCodec, type SentenceGrammar } from '../serialize/codec.ts';
import type { Schema } from '../table/schema.ts';
import { createDraw, type DrawOptions } from './draw.ts';
import { completeRows, type RowPlan } from './rows.ts';

/** All that decoding needs; it can be sent to another thread. */
export interface SamplerModel {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly schema: Schema;
  readonly grammar: SentenceGrammar;
  /** Index of the label, which is written last; -1 for none. */
  readonly target: number;
}

export interface Block {
  /** Number of the block; with the seed it determines the block's rows. */
  readonly index: number;
  readonly rows: number;
  readonly seed: number;
  /** Tokens of the cells that are given, by column. */
  readonly given: readonly (Int32Array | undefined)[];
  readonly draw: DrawOptions;
}

/** Rows in a block: many enough to keep a batch full, few enough to share out evenly. */
export const blockRows = 512;

/** Most sequences decoded together, and most tokens that all of them may hold: caches grow with both. */
const mostSequences = 64;
const mostTokens = 16_384;

export interface BlockSampler {
  /** The block's sentences. */
  sample(block: Block): Promise<string[]>;
  release(): Promise<void>;
}

export function createBlockSampler({ config, weights, schema, grammar, target }: SamplerModel): BlockSampler {
  const codec = createCodec(schema, grammar);
  const decoders = new Map<number, Promise<Decoder>>();
  const widest = Math.min(mostSequences, 2 ** Math.max(0, Math.floor(Math.log2(mostTokens / codec.longest))));
  const decoderFor = (rows: number) => {
    // A few rows do not need a wide batch; powers of two keep the graphs few.
    const size = Math.min(widest, 2 ** Math.ceil(Math.log2(rows)));
    let decoder = decoders.get(size);
    if (!decoder) {
      decoder = createDecoder(config, weights, { batchSize: size, capacity: codec.longest, threads: 1 });
      decoders.set(size, decoder);
    }
    return decoder;
  };
  return {
    async sample(block) {
      const plans = Array.from({ length: block.rows }, (_, row) => planRow(codec, block, target, row));
      const rows = await completeRows(codec, await decoderFor(block.rows), plans, createDraw(block.draw));
      return rows.map((tokens) => codec.text(tokens));
    },
    async release() {
      for (const decoder of decoders.values()) await (await decoder).release();
    },
  };
}

/** Given columns first, so that the others are drawn knowing them; the others in random order; the label last. */
function planRow(codec: Codec, { given, seed, index }: Block, target: number, row: number): RowPlan {
  const random = createRandom(seed, 3, index, row);
  const columns = codec.schema.columns.map((_, column) => column);
  const drawn = random.shuffle(columns.filter((column) => !given[column] && column !== target));
  const last = target >= 0 && !given[target] ? [target] : [];
  const order = [...random.shuffle(columns.filter((column) => given[column])), ...drawn, ...last];
  return { order: Int32Array.from(order), given, random };
}
