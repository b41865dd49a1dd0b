/** The Llama architecture as a forward graph: RMSNorm, rotary positions, grouped-query attention, SwiGLU. */
import type { Value } from '../src/onnx/graph.ts';
import type { ModelConfig, WeightSpec } from './config.ts';
import type { Forward } from './forward.ts';

/** Every weight under the name it has in Hugging Face `LlamaForCausalLM` checkpoints; matrices are [out, in]. */
export function llamaWeights(config: ModelConfig): WeightSpec[] {
  const { nEmbd: C, nInner: F, vocabSize: V, nLayer, nHead, nKvHead } = config;
  const keyValue = (C / nHead) * nKvHead;
  const normal = { std: 0.02 };
  // GPT-2's scaling: each layer adds two residual branches, so their variance is divided by 2 nLayer.
  const residual = { std: 0.02 / Math.sqrt(2 * nLayer) };
  const ones = { constant: 1 };
  const layer = (i: number): WeightSpec[] => {
    const at = (name: string) => `model.layers.${i}.${name}.weight`;
    return [
      { name: at('input_layernorm'), shape: [C], init: ones },
      { name: at('self_attn.q_proj'), shape: [C, C], init: normal },
      { name: at('self_attn.k_proj'), shape: [keyValue, C], init: normal },
      { name: at('self_attn.v_proj'), shape: [keyValue, C], init: normal },
      { name: at('self_attn.o_proj'), shape: [C, C], init: residual },
      { name: at('post_attention_layernorm'), shape: [C], init: ones },
      { name: at('mlp.gate_proj'), shape: [F, C], init: normal },
      { name: at('mlp.up_proj'), shape: [F, C], init: normal },
      { name: at('mlp.down_proj'), shape: [C, F], init: residual },
    ];
  };
  return [
    { name: 'model.embed_tokens.weight', shape: [V, C], init: normal },
    ...Array.from({ length: nLayer }, (_, i) => layer(i)).flat(),
    { name: 'model.norm.weight', shape: [C], init: ones },
    ...(config.tieEmbeddings ? [] : [{ name: 'lm_head.weight', shape: [V, C], init: normal }]),
  ];
}

/** The hidden states [B T, C] that the head reads, one row a token. `attention` rotates queries and keys, as it knows their positions. */
export const llamaHidden: Forward = (g, config, { weight, linear }, ids, attention) => {
  const { nEmbd: C, normEpsilon: epsilon } = config;
  const norm = (x: Value, scale: Value) => g.op('SimplifiedLayerNormalization', [x, scale], { axis: -1, epsilon });
  // A norm inside a layer has scale 1: the matrices after it are multiplied by the learned scale (parameters.ts), a smaller pass.
  const unit = g.constant(new Float32Array(C).fill(1), [C]);
  const add = (a: Value, b: Value) => g.op('Add', [a, b]);

  let x = g.op('Reshape', [g.op('Gather', [weight('model.embed_tokens.weight'), ids]), g.integers([-1, C])]);
  for (let i = 0; i < config.nLayer; i++) {
    const at = (name: string) => `model.layers.${i}.${name}.weight`;
    const h = norm(x, unit);
    const projected = (from: Value, name: string) =>
      linear(from, at(`self_attn.${name}`), weight(at('input_layernorm')));
    const mixed = attention.attend(i, {
      query: projected(attention.queryRows(i, h), 'q_proj'),
      key: projected(h, 'k_proj'),
      value: projected(h, 'v_proj'),
    });
    x = add(attention.queryRows(i, x), linear(mixed, at('self_attn.o_proj')));
    const m = norm(x, unit);
    const wide = (name: string) => linear(m, at(`mlp.${name}`), weight(at('post_attention_layernorm')));
    const gate = g.op('QuickGelu', [wide('gate_proj')], { alpha: 1 });
    x = add(x, linear(g.op('Mul', [gate, wide('up_proj')]), at('mlp.down_proj')));
  }
  return norm(x, weight('model.norm.weight'));
};
