/** The Llama architecture as a forward graph: RMSNorm, rotary positions, grouped-query attention, SwiGLU. It knows no gradients. */
import type { Graph, Value } from '../src/onnx/graph.ts';
import type { Attention } from './attention.ts';
import type { ModelConfig, WeightSpec } from './config.ts';

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

/**
 * Logits [B, T, V] of token ids [B, T].
 * Rotary embedding belongs to `attention`, because only it knows where in the sequence a token stands.
 */
export function llamaForward(
  g: Graph,
  config: ModelConfig,
  weight: (name: string) => Value,
  ids: Value,
  attention: Attention,
): Value {
  const linear = (x: Value, name: string) => g.op('FusedMatMul', [x, weight(`${name}.weight`)], { transB: 1 });
  const norm = (x: Value, name: string) =>
    g.op('SimplifiedLayerNormalization', [x, weight(`${name}.weight`)], { axis: -1, epsilon: config.normEpsilon });

  let x = g.op('Gather', [weight('model.embed_tokens.weight'), ids]);
  for (let i = 0; i < config.nLayer; i++) {
    const at = `model.layers.${i}`;
    const h = norm(x, `${at}.input_layernorm`);
    const mixed = attention.attend(i, {
      query: linear(h, `${at}.self_attn.q_proj`),
      key: linear(h, `${at}.self_attn.k_proj`),
      value: linear(h, `${at}.self_attn.v_proj`),
    });
    x = g.op('Add', [x, linear(mixed, `${at}.self_attn.o_proj`)]);
    const m = norm(x, `${at}.post_attention_layernorm`);
    const gate = g.op('QuickGelu', [linear(m, `${at}.mlp.gate_proj`)], { alpha: 1 });
    x = g.op('Add', [x, linear(g.op('Mul', [gate, linear(m, `${at}.mlp.up_proj`)]), `${at}.mlp.down_proj`)]);
  }
  const head = config.tieEmbeddings ? 'model.embed_tokens' : 'lm_head';
  return linear(norm(x, 'model.norm'), head);
}
