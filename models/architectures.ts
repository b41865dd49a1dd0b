/** The table of architectures: the weights of each and its forward graph. */
import type { ModelConfig, WeightSpec } from './config.ts';
import type { Forward } from './forward.ts';
import { gpt2Hidden, gpt2Weights } from './gpt2.ts';
import { llamaHidden, llamaWeights } from './llama.ts';

export interface Architecture {
  /** Prefix of the weights' names; checkpoints of the bare model, without its head, leave it out. */
  readonly prefix: string;
  /** The name of the token embeddings [V, C], which are also the head if the two are tied. */
  readonly embeddings: string;
  readonly weights: (config: ModelConfig) => WeightSpec[];
  /** The hidden states [B T, C] of token ids [B, T], one row a token, normalised for the head. */
  readonly hidden: Forward;
}

export const architectures: Record<ModelConfig['architecture'], Architecture> = {
  gpt2: { prefix: 'transformer.', embeddings: 'transformer.wte.weight', weights: gpt2Weights, hidden: gpt2Hidden },
  llama: { prefix: 'model.', embeddings: 'model.embed_tokens.weight', weights: llamaWeights, hidden: llamaHidden },
};

/** The name of the matrix [V, C] that turns hidden states into logits. */
export function headName({ architecture, tieEmbeddings }: ModelConfig): string {
  return tieEmbeddings ? architectures[architecture].embeddings : 'lm_head.weight';
}

/** Logits [B T, V] of token ids [B, T]. */
export const logitsOf: Forward = (g, config, parameters, ids, attention) => {
  const hidden = architectures[config.architecture].hidden(g, config, parameters, ids, attention);
  return g.op('FusedMatMul', [hidden, parameters.weight(headName(config))], { transB: 1 });
};
