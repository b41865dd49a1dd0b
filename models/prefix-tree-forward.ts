/** The forward pass over given sentences as a prefix tree: a beginning that sentences share is computed once. */
import { Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, free } from '../src/onnx/session.ts';
import { architectures, logitsOf } from './architectures.ts';
import { type TokenTree, treeAttention, treeLayout } from './attention/tree-attention.ts';
import type { ModelConfig, Weights } from './config.ts';
import { plainParameters } from './parameters.ts';

export interface Reader {
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
