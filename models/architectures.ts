/** The table of architectures: the weights of each and its forward graph. */
import type { Value } from '../src/onnx/graph.ts';
import type { ModelConfig, WeightSpec } from './config.ts';
import type { Forward } from './forward.ts';

// The Llama architecture as a forward graph: RMSNorm, rotary positions, grouped-query attention, SwiGLU.

/** Every weight under the name it has in Hugging Face `LlamaForCausalLM` checkpoints; matrices are [out, in]. */
function llamaWeights(config: ModelConfig): WeightSpec[] {
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
const llamaHidden: Forward = (g, config, { weight, linear, joined }, ids, attention) => {
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
    const all = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'].map(at);
    const mixed =
      joined && attention.attendJoined
        ? attention.attendJoined(joined(h, all, at('input_layernorm')))
        : attention.attend(i, {
            query: projected(attention.queryRows(i, h), 'q_proj'),
            key: projected(h, 'k_proj'),
            value: projected(h, 'v_proj'),
          });
    x = add(attention.queryRows(i, x), linear(mixed, at('self_attn.o_proj')));
    const m = norm(x, unit);
    const wide = (name: string) => linear(m, at(`mlp.${name}`), weight(at('post_attention_layernorm')));
    const both = joined?.(m, ['mlp.gate_proj', 'mlp.up_proj'].map(at), at('post_attention_layernorm'));
    const [gate, up] = both ? g.ops('Split', [both], { axis: -1, num_outputs: 2 }) : [wide('gate_proj')];
    const open = g.op('QuickGelu', [gate!], { alpha: 1 });
    x = add(x, linear(g.op('Mul', [open, up ?? wide('up_proj')]), at('mlp.down_proj')));
  }
  return norm(x, weight('model.norm.weight'));
};

// The GPT-2 architecture as a forward graph: LayerNorm, learned positions, biases, tanh GELU.

/** Every weight under the name it has in Hugging Face `GPT2LMHeadModel` checkpoints; matrices are [in, out] (`Conv1D`). */
function gpt2Weights(config: ModelConfig): WeightSpec[] {
  const { nEmbd: C, nInner: F, vocabSize: V, blockSize, nLayer } = config;
  const normal = { std: 0.02 };
  // Radford et al. 2019, section 2.3: each layer adds two residual branches, so their variance is divided by 2 nLayer.
  const residual = { std: 0.02 / Math.sqrt(2 * nLayer) };
  const norm = (name: string): WeightSpec[] => [
    { name: `${name}.weight`, shape: [C], init: { constant: 1 } },
    { name: `${name}.bias`, shape: [C], init: { constant: 0 } },
  ];
  const linear = (name: string, from: number, to: number, init: WeightSpec['init']): WeightSpec[] => [
    { name: `${name}.weight`, shape: [from, to], init },
    { name: `${name}.bias`, shape: [to], init: { constant: 0 } },
  ];
  const layer = (i: number): WeightSpec[] => {
    const at = `transformer.h.${i}`;
    return [
      ...norm(`${at}.ln_1`),
      ...linear(`${at}.attn.c_attn`, C, 3 * C, normal),
      ...linear(`${at}.attn.c_proj`, C, C, residual),
      ...norm(`${at}.ln_2`),
      ...linear(`${at}.mlp.c_fc`, C, F, normal),
      ...linear(`${at}.mlp.c_proj`, F, C, residual),
    ];
  };
  return [
    { name: 'transformer.wte.weight', shape: [V, C], init: normal },
    { name: 'transformer.wpe.weight', shape: [blockSize, C], init: normal },
    ...Array.from({ length: nLayer }, (_, i) => layer(i)).flat(),
    ...norm('transformer.ln_f'),
    ...(config.tieEmbeddings ? [] : [{ name: 'lm_head.weight', shape: [V, C], init: normal }]),
  ];
}

/** The hidden states [B T, C] that the head reads, one row a token. */
const gpt2Hidden: Forward = (g, config, { weight, linear: product }, ids, attention) => {
  const add = (a: Value, b: Value) => g.op('Add', [a, b]);
  const linear = (x: Value, name: string) => add(product(x, `${name}.weight`), weight(`${name}.bias`));
  const norm = (x: Value, name: string) =>
    g.op('LayerNormalization', [x, weight(`${name}.weight`), weight(`${name}.bias`)], {
      axis: -1,
      epsilon: config.normEpsilon,
    });
  const row = (table: string, indices: Value) => g.op('Gather', [weight(table), indices]);

  const embedded = add(row('transformer.wte.weight', ids), row('transformer.wpe.weight', attention.positions()));
  let x = g.op('Reshape', [embedded, g.integers([-1, config.nEmbd])]);
  for (let i = 0; i < config.nLayer; i++) {
    const at = `transformer.h.${i}`;
    const projected = linear(norm(x, `${at}.ln_1`), `${at}.attn.c_attn`);
    const [query, key, value] = g.ops('Split', [projected], { axis: -1, num_outputs: 3 }) as [Value, Value, Value];
    const mixed = attention.attend(i, { query: attention.queryRows(i, query), key, value });
    x = add(attention.queryRows(i, x), linear(mixed, `${at}.attn.c_proj`));
    const inner = g.op('FastGelu', [linear(norm(x, `${at}.ln_2`), `${at}.mlp.c_fc`)]);
    x = add(x, linear(inner, `${at}.mlp.c_proj`));
  }
  return norm(x, 'transformer.ln_f');
};

interface Architecture {
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

/** Whether a weight is a matrix inside a layer: not the embeddings, positions or head, whose rows stand for tokens or places. */
export const isLayerMatrix = ({ name, shape }: Pick<WeightSpec, 'name' | 'shape'>): boolean =>
  shape.length === 2 && /\.\d+\./.test(name);

/** The name of the matrix [V, C] that turns hidden states into logits. */
export function headName({ architecture, tieEmbeddings }: ModelConfig): string {
  return tieEmbeddings ? architectures[architecture].embeddings : 'lm_head.weight';
}

/** Logits [B T, V] of token ids [B, T]. */
export const logitsOf: Forward = (g, config, parameters, ids, attention) => {
  const hidden = architectures[config.architecture].hidden(g, config, parameters, ids, attention);
  return g.op('FusedMatMul', [hidden, parameters.weight(headName(config))], { transB: 1 });
};
