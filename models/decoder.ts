/**
 * Runs a model for many sequences at once, each at a length of its own and going on by as many tokens as it has. It
 * knows no tables and draws nothing.
 */
import { Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, free, type Tensor } from '../src/onnx/session.ts';
import { architectures, logitsOf } from './architectures.ts';
import { cachedAttention, createCaches } from './attention/cached-attention.ts';
import { createLayout } from './attention/run-layout.ts';
import type { ModelConfig, Weights } from './config.ts';
import { plainParameters } from './parameters.ts';

/** What the sequences of a batch go on with. */
export interface Runs {
  /** The new tokens, each sequence's after those of the sequence before; there may be more room behind them. */
  readonly ids: Int32Array;
  /** How many of them each sequence has, at most the decoder's `longestRun`. */
  readonly counts: Int32Array;
  /** How many tokens each sequence keeps of those it holds; what it held after them is forgotten. */
  readonly lengths: Int32Array;
}

export interface Decoder {
  /** Sequences decoded together. */
  readonly batchSize: number;
  /** Most tokens that a sequence may go on with in one step. */
  readonly longestRun: number;
  /**
   * Appends the new tokens to their sequences.
   * @returns logits [batchSize, vocabSize] for the token after each sequence; they mean nothing where it has no new one,
   * and are gone with the next step.
   */
  step(runs: Runs): Promise<Float32Array>;
  /** Lets the sequence `to` begin with the first `length` tokens of `from`; what it held is forgotten. */
  copy(from: number, to: number, length: number): void;
  release(): Promise<void>;
}

export interface DecoderOptions {
  readonly batchSize: number;
  /** Tokens kept of each sequence, at most the model's blockSize. */
  readonly capacity: number;
  readonly longestRun: number;
  readonly threads: number;
}

export async function createDecoder(config: ModelConfig, weights: Weights, options: DecoderOptions): Promise<Decoder> {
  const { batchSize, capacity, longestRun, threads } = options;
  const session = await createSession(decoderGraph(config, weights, batchSize, capacity).encode(), { threads });
  const layout = createLayout(batchSize, capacity, longestRun, config.nHead / config.nKvHead);
  const caches = createCaches(config, batchSize, capacity);
  let before: Tensor | undefined;
  return {
    batchSize,
    longestRun,
    async step(runs) {
      const { logits, fresh } = await session.run({ ...caches.feeds, ...layout(runs) });
      caches.append(fresh!.data as Float32Array, runs);
      free(fresh!);
      if (before) free(before);
      before = logits!;
      return before.data as Float32Array;
    },
    copy: caches.copy,
    release: () => session.release(),
  };
}

function decoderGraph(config: ModelConfig, weights: Weights, B: number, capacity: number): Graph {
  const g = new Graph();
  const specs = new Map(architectures[config.architecture].weights(config).map(({ name, shape }) => [name, shape]));
  const made = new Map<string, Value>();
  const weight = (name: string) => {
    let value = made.get(name);
    if (!value) {
      value = g.initializer(name, weights.get(name)!, specs.get(name)!);
      made.set(name, value);
    }
    return value;
  };
  const ids = g.input('input_ids', 'int32', ['N', 1]);
  const attention = cachedAttention(g, config, B, capacity);
  g.output('logits', logitsOf(g, config, plainParameters(g, config, weight), ids, attention));
  g.output('fresh', attention.fresh());
  return g;
}
