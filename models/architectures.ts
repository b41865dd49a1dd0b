/** The table of architectures: the weights each has and its forward graph. It knows no training. */
import type { Graph, Value } from '../src/onnx/graph.ts';
import type { Attention } from './attention.ts';
import type { ModelConfig, WeightSpec } from './config.ts';
import { gpt2Forward, gpt2Weights } from './gpt2.ts';
import { llamaForward, llamaWeights } from './llama.ts';

export interface Architecture {
  /** What names of weights begin with; checkpoints of the bare model, without its head, leave it out. */
  readonly prefix: string;
  readonly weights: (config: ModelConfig) => WeightSpec[];
  /** Logits [B, T, V] of token ids [B, T]. */
  readonly forward: (
    g: Graph,
    config: ModelConfig,
    weight: (name: string) => Value,
    ids: Value,
    attention: Attention,
  ) => Value;
}

export const architectures: Record<ModelConfig['architecture'], Architecture> = {
  gpt2: { prefix: 'transformer.', weights: gpt2Weights, forward: gpt2Forward },
  llama: { prefix: 'model.', weights: llamaWeights, forward: llamaForward },
};
