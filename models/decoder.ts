/** Decodes a batch of sequences with a KV cache; each sequence has its own length, and may get several tokens a step. */
import { Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, free, type Tensor } from '../src/onnx/session.ts';
import { architectures, logitsOf } from './architectures.ts';
import { cachedAttention, createCaches, createLayout, type NewTokens } from './attention/cached-attention.ts';
import { type TokenTree, treeAttention, treeLayout } from './attention/tree-attention.ts';
import type { ModelConfig, Weights } from './config.ts';
import { plainParameters } from './parameters.ts';

export interface Decoder {
  /** Sequences decoded together. */
  readonly batchSize: number;
  /** Most new tokens of a sequence in one step. */
  readonly longestRun: number;
  /**
   * Appends the new tokens to their sequences.
   * @returns logits [batchSize, vocabSize] for the token after each sequence. They are undefined for a sequence without new
   * tokens, and their memory is freed by the next step.
   */
  step(tokens: NewTokens): Promise<Float32Array>;
  /** Replaces the sequence `to` by the first `length` tokens of `from`. */
  copy(from: number, to: number, length: number): void;
  release(): Promise<void>;
}

interface DecoderOptions {
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
    async step(tokens) {
      const { logits, fresh } = await session.run({ ...caches.feeds, ...layout(tokens) });
      caches.append(fresh!.data as Float32Array, tokens);
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

// The forward pass over given sentences as a prefix tree: a beginning that sentences share is computed once.

interface Reader {
  /** Calls `use` with the logits [queries, vocabSize] for the token after each query; they are freed when it returns. */
  read<Result>(tree: TokenTree, use: (logits: Float32Array) => Result): Promise<Result>;
  release(): Promise<void>;
}

/** @param threads 0 leaves the choice to ONNX Runtime. */
export async function createReader(config: ModelConfig, weights: Weights, threads: number): Promise<Reader> {
  const session = await createSession(readerGraph(config, weights).encode(), { threads });
  return {
    async read(tree, use) {
      const { logits } = await session.run(treeLayout(tree));
      try {
        return use(logits!.data as Float32Array);
      } finally {
        free(logits!);
      }
    },
    release: () => session.release(),
  };
}

function readerGraph(config: ModelConfig, weights: Weights): Graph {
  const g = new Graph();
  const made = new Map<string, Value>(
    architectures[config.architecture]
      .weights(config)
      .map(({ name, shape }) => [name, g.initializer(name, weights.get(name)!, shape)]),
  );
  const parameters = plainParameters(g, config, (name) => made.get(name)!);
  const { ids, ...attention } = treeAttention(g, config);
  g.output('logits', logitsOf(g, config, parameters, ids, attention));
  return g;
}
