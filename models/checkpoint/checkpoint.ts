/** Saves and loads a model as a Hugging Face folder. It knows files and weights by name, not what a forward pass computes. */
import { join } from 'node:path';
import { z } from 'zod';
import { TabletalkError } from '../../src/errors/errors.ts';
import { type Contents, fileOf, writeFolder } from '../../src/files/atomic-folder.ts';
import { readJson } from '../../src/files/json-file.ts';
import { Graph, type Value } from '../../src/onnx/graph.ts';
import { standardOperators } from '../../src/onnx/lowering.ts';
import { architectures, logitsOf } from '../architectures.ts';
import { batch, exportedAttention, perToken, sequence, total } from '../attention/cached-attention.ts';
import { type ModelConfig, sizeOf, type WeightSpec, type Weights } from '../config.ts';
import { plainParameters } from '../parameters.ts';
import { fromHuggingFace, type TokenIds, toHuggingFace, toTokens } from './hugging-face-config.ts';
import { readSafetensors, type StoredTensor, safetensorsPieces, toFloats } from './safetensors.ts';

export interface Checkpoint {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly tokens: TokenIds;
}

/**
 * Writes config.json, generation_config.json, model.safetensors and onnx/model.onnx, and beside them `files`: contents by
 * file name, such as tokenizer.json. A new folder appears whole or not at all; in an existing one the files are replaced
 * all together, and files that are not named here stay. `seal` makes files that hold the checksums of the others.
 */
export async function saveCheckpoint(
  folder: string,
  { config, weights, tokens, files }: Checkpoint & { readonly files: Readonly<Record<string, Contents>> },
  seal?: Parameters<typeof writeFolder>[2],
): Promise<void> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const tensors = architectures[config.architecture].weights(config).map(({ name, shape }) => {
    const data = weights.get(name);
    if (data?.length !== sizeOf(shape))
      throw new Error(`weight ${name}: expected ${sizeOf(shape)} numbers, got ${data?.length}`);
    return { name, shape, data };
  });
  const all = {
    ...files,
    'config.json': json(toHuggingFace(config, tokens)),
    'generation_config.json': json(toTokens(tokens)),
    'model.safetensors': safetensorsPieces(tensors),
    'onnx/model.onnx': exportedPieces(config, weights),
  };
  await writeFolder(folder, all, seal);
}

/** The export is made when it is written, and not held while the other files are. */
function* exportedPieces(config: ModelConfig, weights: Weights): Generator<Uint8Array> {
  yield exportModel(config, weights);
}

/**
 * Reads config.json and model.safetensors, or the shards that model.safetensors.index.json lists, in F32, F16 or BF16.
 * Throws `input` errors that name the file, and the key or tensor that is wrong.
 */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const place = join(folder, 'config.json');
  const { config, tokens } = fromHuggingFace(await readJson((await fileOf(folder, 'config.json')) ?? place), place);
  const { weights: specs, prefix } = architectures[config.architecture];
  const shapes = new Map(specs(config).map((spec) => [spec.name, spec]));
  const weights = new Map<string, Float32Array>();
  const paths = await weightFiles(folder);
  for (const path of paths) {
    const known = (stored: string) => [stored, prefix + stored].find((name) => shapes.has(name));
    const wanted = (stored: string) => known(stored) !== undefined || refuse(stored, path, config);
    for (const [stored, tensor] of await readSafetensors(path, wanted)) {
      const spec = shapes.get(known(stored)!)!;
      weights.set(spec.name, floatsOf(tensor, spec, stored, path));
    }
  }
  const missing = [...shapes.keys()].filter((name) => !weights.has(name));
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
    throw new TabletalkError('input', `${paths.join(', ')}: tensor "${missing[0]}" is missing${more}`);
  }
  return { config, weights, tokens };
}

/** Buffers that older transformers stored, and a tied head stored once more, say nothing new; anything else would be ignored silently. */
function refuse(stored: string, path: string, { architecture, tieEmbeddings }: ModelConfig): false {
  if (/(^|\.)(attn\.(masked_)?bias|rotary_emb\.inv_freq)$/.test(stored)) return false;
  if (tieEmbeddings && stored === 'lm_head.weight') return false;
  throw new TabletalkError(
    'input',
    `${path}: tensor "${stored}" has no place in a ${architecture} model of this config.json`,
  );
}

function floatsOf(tensor: StoredTensor, { shape }: WeightSpec, stored: string, path: string): Float32Array {
  const fail = (expected: string, got: string) =>
    new TabletalkError('input', `${path}: tensor "${stored}": expected ${expected}, got ${got}`);
  const show = (sizes: readonly number[]) => `[${sizes.join(', ')}]`;
  if (show(tensor.shape) !== show(shape)) throw fail(`shape ${show(shape)}`, show(tensor.shape));
  const data = toFloats(tensor);
  if (!data) throw fail('type F32, F16 or BF16', tensor.dtype);
  const odd = data.find((x) => !Number.isFinite(x));
  if (odd !== undefined) throw fail('finite numbers', String(odd));
  return data;
}

async function weightFiles(folder: string): Promise<string[]> {
  const single = await fileOf(folder, 'model.safetensors');
  if (single) return [single];
  const index = await fileOf(folder, 'model.safetensors.index.json');
  if (!index)
    throw new TabletalkError('input', `${folder}: neither model.safetensors nor model.safetensors.index.json is there`);
  const parsed = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(await readJson(index));
  if (!parsed.success) throw new TabletalkError('input', `${index}: expected a "weight_map" from tensors to files`);
  const names = [...new Set(Object.values(parsed.data.weight_map))].sort();
  const paths: string[] = [];
  for (const name of names) paths.push((await fileOf(folder, name)) ?? join(folder, name));
  return paths;
}

// Writes a model as the onnx/model.onnx that Hugging Face's tools load: inputs and outputs have optimum's names,
// operators are standard ones.

/** Protobuf cannot hold more (onnx.proto). */
const maxBytes = 2 ** 31 - 1;

/**
 * The bytes of a graph from `input_ids` and `position_ids` [batch, sequence], `attention_mask` [batch, past + sequence]
 * (all int64) and `past_key_values.N.key` / `.value` [batch, nKvHead, past, D] to `logits` [batch, sequence, vocabSize]
 * and `present.N.key` / `.value` [batch, nKvHead, past + sequence, D]. Masked places may stand anywhere, so batches may
 * be padded on the left. Throws `failed` for weights of 2 GiB and more.
 */
export function exportModel(config: ModelConfig, weights: Weights): Uint8Array {
  const { weights: specs } = architectures[config.architecture];
  const g = new Graph();
  const ids = g.input('input_ids', 'int64', [batch, sequence]);
  const mask = g.input('attention_mask', 'int64', [batch, total]);
  const positions = g.input('position_ids', 'int64', [batch, sequence]);
  const initializers = new Map(
    specs(config).map(({ name, shape }) => [name, g.initializer(name, weights.get(name)!, shape)]),
  );
  const presents: [name: string, value: Value][] = [];
  const attention = exportedAttention(g, config, { ids, mask, positions }, (name, value) =>
    presents.push([name, value]),
  );
  const parameters = plainParameters(g, config, (name) => initializers.get(name)!);
  const logits = logitsOf(g, config, parameters, ids, attention);
  g.output('logits', perToken(g, ids, logits, [config.vocabSize]));
  for (const [name, value] of presents) g.output(name, value);
  const bytes = specs(config).reduce((sum, { name }) => sum + weights.get(name)!.byteLength, 0);
  if (bytes > maxBytes) {
    throw new TabletalkError(
      'failed',
      `onnx/model.onnx: ${bytes} bytes of weights do not fit in one file of ${maxBytes}`,
    );
  }
  return g.lower(standardOperators).encode();
}
