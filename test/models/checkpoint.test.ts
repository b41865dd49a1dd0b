import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { architectures } from '../../models/architectures.ts';
import { loadCheckpoint, saveCheckpoint } from '../../models/checkpoint/checkpoint.ts';
import { encodeSafetensors } from '../../models/checkpoint/safetensors.ts';
import type { ModelConfig, Weights } from '../../models/config.ts';
import { tinyConfigs, tinyWeights, torchReference } from './tiny.ts';

const tokens = { bos: 0, eos: 1, pad: 2 };
const llama = tinyConfigs.llama!;
let folder = '';

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tabletalk-checkpoint-')), 'model');
});
afterEach(() => rmSync(dirname(folder), { recursive: true }));

describe('saving then loading', () => {
  it.each(Object.entries(tinyConfigs))('is the identity for %s', async (_, config) => {
    const weights = tinyWeights(config, 1);
    await saveCheckpoint(folder, { config, weights, tokens, files: { 'tokenizer.json': '{}\n' } });
    expect(await loadCheckpoint(folder)).toEqual({ config, weights, tokens });
    expect(readFileSync(join(folder, 'tokenizer.json'), 'utf8')).toBe('{}\n');
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'onnx',
      'onnx/model.onnx',
      'tokenizer.json',
    ]);
  });

  it('keeps absent special tokens absent', async () => {
    const none = { bos: null, eos: null, pad: null };
    await saveCheckpoint(folder, { config: llama, weights: tinyWeights(llama, 1), tokens: none, files: {} });
    expect((await loadCheckpoint(folder)).tokens).toEqual(none);
  });

  it('replaces an older checkpoint and leaves other files alone', async () => {
    await saveTiny(llama);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const weights = tinyWeights(llama, 2);
    await saveCheckpoint(folder, { config: llama, weights, tokens, files: {} });
    expect((await loadCheckpoint(folder)).weights).toEqual(weights);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    expect(existsSync(`${folder}.partial`)).toBe(false);
  });

  it('leaves nothing behind when it fails', async () => {
    const files = { 'no\0name': '' };
    await expect(
      saveCheckpoint(folder, { config: llama, weights: tinyWeights(llama, 1), tokens, files }),
    ).rejects.toThrow();
    expect(existsSync(folder) || existsSync(`${folder}.partial`)).toBe(false);
  });
});

describe('loading', () => {
  it('reads shards', async () => {
    const weights = await saveTiny(llama);
    const names = [...weights.keys()];
    writeTensors('model-00001-of-00002.safetensors', llama, weights, (name) => names.indexOf(name) < 7);
    writeTensors('model-00002-of-00002.safetensors', llama, weights, (name) => names.indexOf(name) >= 7);
    const weight_map = Object.fromEntries(
      names.map((name, i) => [name, `model-0000${i < 7 ? 1 : 2}-of-00002.safetensors`]),
    );
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
    rmSync(join(folder, 'model.safetensors'));
    expect((await loadCheckpoint(folder)).weights).toEqual(weights);
  });

  it('reads checkpoints of the bare model, with the buffers that older ones carry', async () => {
    const gpt2 = tinyConfigs.gpt2!;
    const weights = await saveTiny(gpt2);
    const bare = tensorsOf(gpt2, weights).map((tensor) => ({
      ...tensor,
      name: tensor.name.replace('transformer.', ''),
    }));
    const buffer = { name: 'h.0.attn.bias', shape: [1], data: Float32Array.of(1) };
    writeFileSync(join(folder, 'model.safetensors'), encodeSafetensors([...bare, buffer]));
    expect((await loadCheckpoint(folder)).weights).toEqual(weights);
  });

  it('reads rope_theta from rope_parameters', async () => {
    const { config } = await loadCheckpoint(torchReference('llama-untied'));
    expect(config).toEqual({
      architecture: 'llama',
      vocabSize: 97,
      blockSize: 32,
      nLayer: 2,
      nHead: 4,
      nKvHead: 4,
      nEmbd: 32,
      nInner: 56,
      tieEmbeddings: false,
      normEpsilon: 1e-6,
      ropeTheta: 10000,
    });
  });

  it('fills in what old config files leave out', async () => {
    const config = { ...tinyConfigs.gpt2!, nInner: 128 };
    await saveTiny(config);
    changeConfig({ n_inner: null, activation_function: undefined, tie_word_embeddings: undefined });
    changeConfig({ layer_norm_epsilon: undefined, pad_token_id: undefined });
    expect(await loadCheckpoint(folder)).toMatchObject({ config, tokens: { ...tokens, pad: null } });
  });
});

describe('an error names the file and what is wrong in it', () => {
  const wrongConfigs: [change: Record<string, unknown>, message: string][] = [
    [{ model_type: 'mamba' }, 'model_type "mamba" is not supported; supported: "llama", "gpt2"'],
    [{ hidden_act: 'gelu' }, 'hidden_act "gelu" is not supported; supported: "silu", "swish"'],
    [{ rope_scaling: { rope_type: 'yarn', factor: 4 } }, 'rope type "yarn" is not supported; supported: "default"'],
    [
      { rope_parameters: { rope_type: 'llama3', rope_theta: 5e5 } },
      'rope type "llama3" is not supported; supported: "default"',
    ],
    [{ head_dim: 16 }, 'head_dim 16 is not supported; supported: 8'],
    [{ attention_bias: true }, 'attention_bias true is not supported; supported: false'],
    [{ hidden_size: 'wide' }, 'hidden_size: Invalid input: expected number, received string'],
    [{ num_key_value_heads: 3 }, 'nHead: must be a multiple of nKvHead'],
  ];

  it.each(wrongConfigs)('config.json with %j', async (change, message) => {
    await saveTiny(llama);
    changeConfig(change);
    await expectInputError(`${join(folder, 'config.json')}: ${message}`);
  });

  it('config.json of a gpt2 with another activation', async () => {
    await saveTiny(tinyConfigs.gpt2!);
    changeConfig({ activation_function: 'relu' });
    const supported = 'supported: "gelu_new", "gelu_pytorch_tanh"';
    await expectInputError(`${join(folder, 'config.json')}: activation_function "relu" is not supported; ${supported}`);
  });

  it('config.json that is absent, or not JSON', async () => {
    const path = join(folder, 'config.json');
    await expectInputError(`${path}: cannot be read`);
    await saveTiny(llama);
    writeFileSync(path, '{');
    await expect(loadCheckpoint(folder)).rejects.toThrow(`${path}: not JSON: `);
  });

  it('no weights', async () => {
    await saveTiny(llama);
    renameSync(join(folder, 'model.safetensors'), join(folder, 'elsewhere'));
    await expectInputError(`${folder}: neither model.safetensors nor model.safetensors.index.json is there`);
  });

  const weightsPath = () => join(folder, 'model.safetensors');
  const norm = 'model.norm.weight';

  it('a truncated file', async () => {
    await saveTiny(llama);
    writeFileSync(weightsPath(), readFileSync(weightsPath()).subarray(0, -10));
    const message = `${weightsPath()}: tensor "${norm}": the file is truncated: the tensor ends at byte `;
    await expect(loadCheckpoint(folder)).rejects.toThrow(message);
  });

  it('a missing tensor', async () => {
    const weights = await saveTiny(llama);
    writeTensors('model.safetensors', llama, weights, (name) => name !== norm);
    await expectInputError(`${weightsPath()}: tensor "${norm}" is missing`);
    writeTensors('model.safetensors', llama, weights, (name) => !name.includes('norm'));
    await expectInputError(`${weightsPath()}: tensor "model.layers.0.input_layernorm.weight" is missing (and 4 more)`);
  });

  it('a tensor of the wrong shape', async () => {
    const weights = new Map([...(await saveTiny(llama)), [norm, new Float32Array(8)]]);
    const tensors = tensorsOf(llama, weights).map((tensor) =>
      tensor.name === norm ? { ...tensor, shape: [8] } : tensor,
    );
    writeFileSync(weightsPath(), encodeSafetensors(tensors));
    await expectInputError(`${weightsPath()}: tensor "${norm}": expected shape [32], got [8]`);
  });

  it('a tensor of the wrong type', async () => {
    await saveTiny(llama);
    const bytes = readFileSync(weightsPath());
    // The last entry of the header; the name of the type is as long.
    bytes.write('I32', bytes.lastIndexOf('F32', bytes.readUInt32LE(0) + 8));
    writeFileSync(weightsPath(), bytes);
    await expectInputError(`${weightsPath()}: tensor "${norm}": expected type F32, F16 or BF16, got I32`);
  });

  it('a tensor that would be ignored', async () => {
    const weights = await saveTiny(llama);
    const extra = { name: 'model.layers.2.mlp.up_proj.weight', shape: [1], data: Float32Array.of(1) };
    writeFileSync(weightsPath(), encodeSafetensors([...tensorsOf(llama, weights), extra]));
    await expectInputError(
      `${weightsPath()}: tensor "${extra.name}" has no place in a llama model of this config.json`,
    );
  });
});

async function saveTiny(config: ModelConfig): Promise<Weights> {
  const weights = tinyWeights(config, 1);
  await saveCheckpoint(folder, { config, weights, tokens, files: {} });
  return weights;
}

function tensorsOf(config: ModelConfig, weights: Weights) {
  const specs = architectures[config.architecture].weights(config);
  return specs.map(({ name, shape }) => ({ name, shape, data: weights.get(name)! }));
}

function writeTensors(file: string, config: ModelConfig, weights: Weights, keep: (name: string) => boolean): void {
  writeFileSync(join(folder, file), encodeSafetensors(tensorsOf(config, weights).filter(({ name }) => keep(name))));
}

function changeConfig(change: Record<string, unknown>): void {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

async function expectInputError(message: string): Promise<void> {
  await expect(loadCheckpoint(folder)).rejects.toMatchObject({ code: 'input', message });
}
