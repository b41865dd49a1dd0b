/** Runs a model over whole sequences at once, to judge tokens that are already there. It knows no tables and draws nothing. */
import { Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, wholes } from '../src/onnx/session.ts';
import { architectures, logitsOf } from './architectures.ts';
import { causalAttention } from './attention.ts';
import type { ModelConfig, Weights } from './config.ts';
import { plainParameters } from './parameters.ts';

export interface Reader {
  /** Logits [batchSize, length, vocabSize] for the token after each of `ids` [batchSize, length]. */
  read(ids: Int32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface ReaderOptions {
  readonly batchSize: number;
  /** Tokens of each sequence, at most the model's blockSize. */
  readonly length: number;
  /** 0 leaves the choice to ONNX Runtime. */
  readonly threads: number;
}

export async function createReader(config: ModelConfig, weights: Weights, options: ReaderOptions): Promise<Reader> {
  const { batchSize: B, length: T, threads } = options;
  const g = new Graph();
  const made = new Map<string, Value>(
    architectures[config.architecture]
      .weights(config)
      .map(({ name, shape }) => [name, g.initializer(name, weights.get(name)!, shape)]),
  );
  const ids = g.input('input_ids', 'int64', [B, T]);
  g.output(
    'logits',
    logitsOf(
      g,
      config,
      plainParameters(g, config, (name) => made.get(name)!),
      ids,
      causalAttention(g, config, B, T),
    ),
  );
  const session = await createSession(g.encode(), { threads });
  return {
    async read(tokens) {
      const { logits } = await session.run({ input_ids: wholes(tokens, [B, T]) });
      return logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
