/**
 * Runs a model one token at a time for many sequences at once, each at a length of its own. Keys and values stay in
 * memory that the graph appends to in place. It knows no tables and draws nothing.
 */
import { TabletalkError } from '../src/errors.ts';
import { absent, Graph, type Value } from '../src/onnx/graph.ts';
import { createSession, type Feeds, floats, ints, wholes } from '../src/onnx/session.ts';
import { architectures, logitsOf } from './architectures.ts';
import { type Attention, rotaryTables } from './attention.ts';
import { type ModelConfig, sizeOf, type Weights } from './config.ts';
import { plainParameters } from './parameters.ts';

export interface Decoder {
  /** Sequences decoded together. */
  readonly batchSize: number;
  /**
   * Appends `ids[b]` to the first `lengths[b]` tokens that sequence b holds; what it held after them is forgotten.
   * @returns logits [batchSize, vocabSize] for the token after it; the array is overwritten by the next call.
   */
  step(ids: Int32Array, lengths: Int32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface DecoderOptions {
  readonly batchSize: number;
  /** Tokens kept of each sequence, at most the model's blockSize. */
  readonly capacity: number;
  readonly threads: number;
}

export async function createDecoder(config: ModelConfig, weights: Weights, options: DecoderOptions): Promise<Decoder> {
  const { batchSize: B, capacity, threads } = options;
  checkHeadWidth(config);
  const session = await createSession(decoderGraph(config, weights, B, capacity).encode(), { threads });
  const caches = cacheFeeds(config, B, capacity);
  const logits = floats(new Float32Array(B * config.vocabSize), [B, config.vocabSize]);
  const into = { ...caches.outputs, logits };
  const total = ints(Int32Array.of(capacity), [1]);
  return {
    batchSize: B,
    async step(ids, lengths) {
      const feeds: Feeds = {
        ...caches.inputs,
        input_ids: wholes(ids, [B, 1]),
        past_lengths: ints(lengths, [B]),
        total,
      };
      await session.run(feeds, into);
      return logits.data as Float32Array;
    },
    release: () => session.release(),
  };
}

/** What ONNX Runtime's GroupQueryAttention asks for. Throws an `input` error where a model does not have it. */
export function checkHeadWidth({ nEmbd, nHead }: ModelConfig): void {
  if ((nEmbd / nHead) % 8 === 0) return;
  const message = `sampling needs heads whose width is a multiple of 8, got ${nEmbd / nHead} (nEmbd ${nEmbd}, nHead ${nHead})`;
  throw new TabletalkError('input', message);
}

const cacheNames = (layer: number) =>
  ['key', 'value'].map((part) => ({ past: `past_key_values.${layer}.${part}`, present: `present.${layer}.${part}` }));

function cacheShape({ nKvHead, nEmbd, nHead }: ModelConfig, B: number, capacity: number): number[] {
  return [B, nKvHead, capacity, nEmbd / nHead];
}

/** Each cache is both input and output, in the same memory. */
function cacheFeeds(config: ModelConfig, B: number, capacity: number): { inputs: Feeds; outputs: Feeds } {
  const shape = cacheShape(config, B, capacity);
  const inputs: Feeds = {};
  const outputs: Feeds = {};
  for (let layer = 0; layer < config.nLayer; layer++) {
    for (const { past, present } of cacheNames(layer)) {
      const tensor = floats(new Float32Array(sizeOf(shape)), shape);
      inputs[past] = tensor;
      outputs[present] = tensor;
    }
  }
  return { inputs, outputs };
}

function decoderGraph(config: ModelConfig, weights: Weights, B: number, capacity: number): Graph {
  const g = new Graph();
  const specs = new Map(architectures[config.architecture].weights(config).map(({ name, shape }) => [name, shape]));
  const made = new Map<string, Value>();
  const weight = (name: string) => {
    let value = made.get(name);
    if (!value) {
      value = g.initializer(name, weights.get(name)!, specs.get(name)!);
      made.set(name, value);
    }
    return value;
  };
  const ids = g.input('input_ids', 'int64', [B, 1]);
  g.output(
    'logits',
    logitsOf(g, config, plainParameters(g, config, weight), ids, cachedAttention(g, config, B, capacity)),
  );
  return g;
}

/**
 * ONNX Runtime's GroupQueryAttention appends to the cache in place and attends to the first tokens of each row. It also
 * rotates, but only heads whose width is a multiple of 16; others are rotated before it.
 */
function cachedAttention(g: Graph, config: ModelConfig, B: number, capacity: number): Attention {
  const shape = cacheShape(config, B, capacity);
  const lengths = g.input('past_lengths', 'int32', [B]);
  const total = g.input('total', 'int32', [1]);
  const positions = () => g.op('Reshape', [g.op('Cast', [lengths], { to: 7 }), g.integers([B, 1])]);
  const tables = config.architecture === 'llama' ? rotaryConstants(g, config) : undefined;
  const rotatesInside = tables !== undefined && (config.nEmbd / config.nHead) % 16 === 0;
  const rotate = (x: Value) =>
    tables && !rotatesInside ? g.op('RotaryEmbedding', [x, positions(), ...tables], { interleaved: 0 }) : x;
  const inside = rotatesInside ? tables : [absent, absent];
  return {
    positions,
    attend(layer, { query, key, value }) {
      const names = cacheNames(layer);
      const past = names.map((name) => g.input(name.past, 'float32', shape));
      const single = (x: Value) => g.op('Reshape', [x, g.integers([B, 1, -1])]);
      const inputs = [rotate(single(query)), rotate(single(key)), single(value), ...past, lengths, total, ...inside];
      const attributes = { num_heads: config.nHead, kv_num_heads: config.nKvHead, do_rotary: rotatesInside ? 1 : 0 };
      const [mixed, ...present] = g.ops('GroupQueryAttention', inputs, attributes);
      for (const [i, { present: name }] of names.entries()) g.output(name, present[i]!);
      return g.op('Reshape', [mixed!, g.integers([B, -1])]);
    },
  };
}

function rotaryConstants(g: Graph, config: ModelConfig): Value[] {
  const { cos, sin, shape } = rotaryTables(config);
  return [g.constant(cos, shape), g.constant(sin, shape)];
}
