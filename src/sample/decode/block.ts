/** Rows in blocks. A block's rows depend only on the seed and the block's number, not on the thread that decodes it. */

import type { ModelConfig, Weights } from '../../../models/config.ts';
import { createDecoder, type Decoder } from '../../../models/decoder.ts';
import { createRandom } from '../../numeric/random.ts';
import type { RowRange } from '../../numeric/shard.ts';
import { createCodec } from '../../serialize/codec/codec.ts';
import type { Codec, SentenceGrammar } from '../../serialize/codec/grammar.ts';
import { wordsOf } from '../../serialize/sentence/quoting.ts';
import { phraseOf } from '../../serialize/sentence/sentence.ts';
import type { Schema } from '../../table/schema.ts';
import type { Lane } from '../../threads/pool.ts';
import { planner } from '../conditions/plan.ts';
import type { RowRequest } from '../requests/row-request.ts';
import { completeRows } from './decode.ts';
import { createTokenSampler, type SamplerOptions } from './token-sampler.ts';

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
  /** The rows of the block that are wanted; those before them are decoded too, for a row depends on its block. */
  readonly wanted: RowRange;
  readonly seed: number;
  /** Row r of the block meets `requests[r % requests.length]`. */
  readonly requests: readonly RowRequest[];
  readonly draw: SamplerOptions;
  /** Milliseconds since 1970 after which incomplete rows are left out. */
  readonly until?: number | undefined;
}

/** Rows in a block: many enough to keep a batch full, few enough to share out evenly. */
export const blockRows = 512;

/** Most sequences decoded together, and most tokens that all of them may hold: caches grow with both. */
const mostSequences = 64;
const mostTokens = 16_384;

/** Most tokens of one sequence that are fed to the model in one step. */
const longestRun = 8;

export interface Sampled {
  /** The wanted sentences in order; fewer where time ran out. */
  readonly sentences: readonly string[];
  /** How often a row, or its conditional prefix, was rejected and drawn again. */
  readonly redrawn: number;
  /** How many rows break a check, because their given cells leave no other way. */
  readonly unchecked: number;
}

export function createBlockSampler({ config, weights, schema, grammar, target }: SamplerModel): Lane<Block, Sampled> {
  const codec = createCodec(schema, grammar);
  const decoders = new Map<number, Promise<Decoder>>();
  const widest = Math.min(mostSequences, 2 ** Math.max(0, Math.floor(Math.log2(mostTokens / codec.longest))));
  const decoderFor = (rows: number) => {
    // A few rows do not need a wide batch; powers of two keep the graphs few.
    const size = Math.min(widest, 2 ** Math.ceil(Math.log2(rows)));
    let decoder = decoders.get(size);
    if (!decoder) {
      decoder = createDecoder(config, weights, { batchSize: size, capacity: codec.longest, longestRun, threads: 1 });
      decoders.set(size, decoder);
    }
    return decoder;
  };
  return {
    async run({ index, rows, wanted, seed, requests, draw: options, until }) {
      const draw = createTokenSampler(options);
      const plan = requests.map((request) => planner(codec, target, draw, request));
      const plans = Array.from({ length: rows }, (_, row) =>
        plan[row % plan.length]!(createRandom(seed, 3, index, row)),
      );
      const isLate = () => until !== undefined && Date.now() > until;
      const completed = await completeRows(codec, await decoderFor(rows), plans, draw, isLate, wanted.to);
      const sentences = completed.rows.slice(wanted.from, wanted.to).flatMap((tokens, i) => {
        const { aside } = requests[(wanted.from + i) % requests.length]!;
        return tokens ? [sentenceOf(codec, tokens, aside)] : [];
      });
      const unchecked = [...completed.replaced].filter((row) => row >= wanted.from && row < wanted.to).length;
      return { sentences, redrawn: completed.redrawn, unchecked };
    },
    async release() {
      for (const decoder of decoders.values()) await (await decoder).release();
    },
  };
}

function sentenceOf(codec: Codec, tokens: Int32Array, aside: RowRequest['aside']): string {
  const said = codec.text(tokens);
  const others = aside.map(({ column, text }, i) => {
    const isFirst = said === '' && i === 0;
    return phraseOf(codec.schema.columns[column]!, isFirst, wordsOf(codec.schema.template)) + text;
  });
  return said + others.join('');
}
