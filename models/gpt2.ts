/** The GPT-2 architecture as a forward graph: LayerNorm, learned positions, biases, tanh GELU. */
import type { Value } from '../src/onnx/graph.ts';
import type { ModelConfig, WeightSpec } from './config.ts';
import type { Forward } from './forward.ts';

/** Every weight under the name it has in Hugging Face `GPT2LMHeadModel` checkpoints; matrices are [in, out] (`Conv1D`). */
export function gpt2Weights(config: ModelConfig): WeightSpec[] {
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
export const gpt2Hidden: Forward = (g, config, { weight, linear: product }, ids, attention) => {
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
