/** Translates between ModelConfig and Hugging Face's config.json. It knows that file's keys and nothing of folders and weights. */
import { z } from 'zod';
import { TabletalkError } from '../../src/errors/errors.ts';
import { checkJson } from '../../src/files/json-file.ts';
import { type ModelConfig, modelConfig } from '../config.ts';

/** Special token ids; null where the tokenizer has none. */
export interface TokenIds {
  readonly bos: number | null;
  readonly eos: number | null;
  readonly pad: number | null;
}

const { vocabSize, blockSize, nLayer, nHead, nKvHead, nEmbd, nInner } = modelConfig.shape;
/** Some models say -1 for none. */
const oneId = z
  .int()
  .min(-1)
  .max(2 ** 20);
const tokenId = z.union([oneId, z.array(oneId).nonempty()]).nullish();
const ropeParameters = z.looseObject({
  rope_theta: z.number().positive().optional(),
  rope_type: z.string().optional(),
  type: z.string().optional(),
});

/** The keys that matter to us, with the defaults that transformers gives them when they are left out. */
const common = { vocab_size: vocabSize, bos_token_id: tokenId, eos_token_id: tokenId, pad_token_id: tokenId };
const llamaFile = z.looseObject({
  ...common,
  hidden_size: nEmbd,
  intermediate_size: nInner,
  num_hidden_layers: nLayer,
  num_attention_heads: nHead,
  num_key_value_heads: nKvHead.nullish(),
  head_dim: nEmbd.nullish(),
  max_position_embeddings: blockSize,
  hidden_act: z.string().default('silu'),
  rms_norm_eps: z.number().default(1e-6),
  rope_theta: z.number().optional(),
  rope_parameters: ropeParameters.nullish(),
  rope_scaling: ropeParameters.nullish(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
});
const gpt2File = z.looseObject({
  ...common,
  n_embd: nEmbd,
  n_layer: nLayer,
  n_head: nHead,
  n_inner: nInner.nullish(),
  n_positions: blockSize,
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  add_cross_attention: z.boolean().default(false),
});

/** The model that a parsed config.json describes; `place` is the file's name for `input` errors, which list what is supported. */
export function fromHuggingFace(json: unknown, place: string): { config: ModelConfig; tokens: TokenIds } {
  const { model_type } = checkJson(z.looseObject({ model_type: z.string() }), json, place);
  support(place, 'model_type', model_type, Object.keys(readers));
  const file = checkJson(z.looseObject(common), json, place);
  const config = readers[model_type as keyof typeof readers](json, place);
  const first = (id: z.infer<typeof tokenId>) => (Array.isArray(id) ? id[0]! : (id ?? null));
  const tokens = { bos: first(file.bos_token_id), eos: first(file.eos_token_id), pad: first(file.pad_token_id) };
  return { config: checkJson(modelConfig, config, place), tokens };
}

const readers: Record<ModelConfig['architecture'], (json: unknown, place: string) => ModelConfig> = {
  llama: fromLlama,
  gpt2: fromGpt2,
};

function fromLlama(json: unknown, place: string): ModelConfig {
  const file = checkJson(llamaFile, json, place);
  const rope = file.rope_scaling ?? file.rope_parameters ?? {};
  const headDim = file.hidden_size / file.num_attention_heads;
  support(place, 'hidden_act', file.hidden_act, ['silu', 'swish']);
  support(place, 'rope type', rope.rope_type ?? rope.type ?? 'default', ['default']);
  support(place, 'head_dim', file.head_dim ?? headDim, [headDim]);
  support(place, 'attention_bias', file.attention_bias, [false]);
  support(place, 'mlp_bias', file.mlp_bias, [false]);
  return {
    architecture: 'llama',
    vocabSize: file.vocab_size,
    blockSize: file.max_position_embeddings,
    nLayer: file.num_hidden_layers,
    nHead: file.num_attention_heads,
    nKvHead: file.num_key_value_heads ?? file.num_attention_heads,
    nEmbd: file.hidden_size,
    nInner: file.intermediate_size,
    tieEmbeddings: file.tie_word_embeddings,
    normEpsilon: file.rms_norm_eps,
    ropeTheta: file.rope_parameters?.rope_theta ?? file.rope_theta ?? 10_000,
  };
}

function fromGpt2(json: unknown, place: string): ModelConfig {
  const file = checkJson(gpt2File, json, place);
  // Two names of one formula.
  support(place, 'activation_function', file.activation_function, ['gelu_new', 'gelu_pytorch_tanh']);
  support(place, 'scale_attn_weights', file.scale_attn_weights, [true]);
  support(place, 'scale_attn_by_inverse_layer_idx', file.scale_attn_by_inverse_layer_idx, [false]);
  support(place, 'add_cross_attention', file.add_cross_attention, [false]);
  return {
    architecture: 'gpt2',
    vocabSize: file.vocab_size,
    blockSize: file.n_positions,
    nLayer: file.n_layer,
    nHead: file.n_head,
    nKvHead: file.n_head,
    nEmbd: file.n_embd,
    nInner: file.n_inner ?? 4 * file.n_embd,
    tieEmbeddings: file.tie_word_embeddings,
    normEpsilon: file.layer_norm_epsilon,
    ropeTheta: 10_000,
  };
}

/** The contents of config.json, for transformers 4 and 5 and transformers.js. */
export function toHuggingFace(config: ModelConfig, tokens: TokenIds): Record<string, unknown> {
  return {
    ...(config.architecture === 'llama' ? toLlama(config) : toGpt2(config)),
    vocab_size: config.vocabSize,
    tie_word_embeddings: config.tieEmbeddings,
    ...toTokens(tokens),
    initializer_range: 0.02,
    dtype: 'float32',
    torch_dtype: 'float32',
    use_cache: true,
  };
}

/** The special tokens as config.json and generation_config.json have them. */
export function toTokens({ bos, eos, pad }: TokenIds) {
  return { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad };
}

function toLlama(config: ModelConfig) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: config.nEmbd,
    intermediate_size: config.nInner,
    num_hidden_layers: config.nLayer,
    num_attention_heads: config.nHead,
    num_key_value_heads: config.nKvHead,
    head_dim: config.nEmbd / config.nHead,
    hidden_act: 'silu',
    max_position_embeddings: config.blockSize,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_theta: config.ropeTheta, rope_type: 'default' },
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
  };
}

function toGpt2(config: ModelConfig) {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_embd: config.nEmbd,
    n_inner: config.nInner,
    n_layer: config.nLayer,
    n_head: config.nHead,
    n_positions: config.blockSize,
    activation_function: 'gelu_new',
    layer_norm_epsilon: config.normEpsilon,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
  };
}

function support(place: string, key: string, value: unknown, supported: readonly unknown[]): void {
  if (supported.includes(value)) return;
  const list = supported.map((item) => JSON.stringify(item)).join(', ');
  throw new TabletalkError('input', `${place}: ${key} ${JSON.stringify(value)} is not supported; supported: ${list}`);
}
