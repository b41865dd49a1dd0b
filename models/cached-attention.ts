/**
 * Attention of new tokens to the keys and values of those before them, which lie in memory that no graph writes: what
 * is new comes out and is appended here. ONNX Runtime's Node package copies every output, so a cache must not be one.
 */
import type { Graph, Value } from '../src/onnx/graph.ts';
import { type Feeds, floats } from '../src/onnx/session.ts';
import { type Attention, type Projections, rotaryTables } from './attention.ts';
import type { ModelConfig } from './config.ts';
import type { Runs } from './decoder.ts';

const parts = ['key', 'value'] as const;
const cacheName = (layer: number, part: string) => `past_key_values.${layer}.${part}`;

export interface CachedAttention extends Attention {
  /** Keys and values [N, 2 nLayer nKvHead D] of the new tokens, layer by layer. */
  readonly fresh: () => Value;
}

/** Inputs beside the caches are as `createLayout` makes them. The last layer asks only for each sequence's last token. */
export function cachedAttention(g: Graph, config: ModelConfig, B: number, capacity: number): CachedAttention {
  const { nHead: H, nKvHead: G, nEmbd: C, nLayer } = config;
  const [D, R] = [C / H, H / G];
  const positions = g.input('positions', 'int64', ['N', 1]);
  const places = g.input('places', 'int32', ['N']);
  const slots = g.input('slots', 'int32', [B, 'T']);
  const last = g.input('last', 'int32', [B]);
  const rows = R === 1 ? 'T' : `T*${R}`;
  const mask = g.input('mask', 'float32', [B, 1, rows, `${capacity}+T`]);
  const lastMask = {
    ...g.op('Slice', [mask, g.integers([-R]), g.integers([2 ** 31]), g.integers([2])]),
    shape: [B, 1, R, `${capacity}+T`],
  };
  const lastPositions = g.op('Gather', [positions, last]);
  const rotate = config.architecture === 'llama' ? rotation(g, config) : (x: Value) => x;
  const kept: Value[] = [];

  /** Rows [N, heads D] of all tokens as [B, heads, T x each, D]. */
  const bySequence = (x: Value, each: number) => {
    const padded = g.op('Reshape', [g.op('Gather', [x, slots]), g.integers([B, -1, G, each, D])]);
    return g.op('Reshape', [g.op('Transpose', [padded], { perm: [0, 2, 1, 3, 4] }), g.integers([B, G, -1, D])]);
  };
  const byToken = (x: Value) => {
    const apart = g.op('Transpose', [g.op('Reshape', [x, g.integers([B, G, -1, R, D])])], { perm: [0, 2, 1, 3, 4] });
    return g.op('Gather', [g.op('Reshape', [apart, g.integers([-1, C])]), places]);
  };
  const part = (x: Value, from: number, to: number, size: number | string): Value => ({
    ...g.op('Slice', [x, g.integers([from]), g.integers([to]), g.integers([3])]),
    shape: [...x.shape.slice(0, 3), size],
  });
  const isLast = (layer: number) => layer === nLayer - 1;
  const attend = (layer: number, { query, key, value }: Projections) => {
    const [pastKeys, pastValues] = parts.map((name) =>
      g.input(cacheName(layer, name), 'float32', [B, G, capacity, D]),
    ) as [Value, Value];
    const turned = rotate(key, positions);
    kept.push(turned, value);
    const [k, v] = [bySequence(turned, 1), bySequence(value, 1)];
    const q = isLast(layer)
      ? g.op('Reshape', [rotate(query, lastPositions), g.integers([B, G, R, D])])
      : bySequence(rotate(query, positions), R);
    const product = (keys: Value) => g.op('FusedMatMul', [q, keys], { transB: 1, alpha: 1 / Math.sqrt(D) });
    const scores = g.op('Concat', [product(pastKeys), product(k)], { axis: 3 });
    const weights = g.op('Softmax', [g.op('Add', [scores, isLast(layer) ? lastMask : mask])], { axis: -1 });
    const before = g.op('MatMul', [part(weights, 0, capacity, capacity), pastValues]);
    const beside = g.op('MatMul', [part(weights, capacity, 2 ** 31, 'T'), v]);
    const mixed = g.op('Add', [before, beside]);
    return isLast(layer) ? g.op('Reshape', [mixed, g.integers([B, C])]) : byToken(mixed);
  };
  return {
    positions: () => positions,
    asked: (layer, x) => (isLast(layer) ? g.op('Gather', [x, last]) : x),
    attend,
    fresh: () => g.op('Concat', kept, { axis: 1 }),
  };
}

/** Of rows [N, heads D] that stand at positions [N, 1]. */
function rotation(g: Graph, config: ModelConfig): (x: Value, positions: Value) => Value {
  const { cos, sin, shape } = rotaryTables(config);
  const tables = [g.constant(cos, shape), g.constant(sin, shape)] as const;
  return (x, positions) => {
    const width = x.shape[1] as number;
    const sequence = g.op('Reshape', [x, g.integers([-1, 1, width])]);
    const turned = g.op('RotaryEmbedding', [sequence, positions, ...tables], { interleaved: 0 });
    return g.op('Reshape', [turned, g.integers([-1, width])]);
  };
}

interface Caches {
  readonly feeds: Feeds;
  /** Puts the keys and values of new tokens behind those before them. */
  append(fresh: Float32Array, runs: Runs): void;
}

export function createCaches({ nLayer, nHead, nKvHead: G, nEmbd }: ModelConfig, B: number, capacity: number): Caches {
  const D = nEmbd / nHead;
  const names = Array.from({ length: nLayer }, (_, layer) => parts.map((part) => cacheName(layer, part))).flat();
  const caches = names.map(() => new Float32Array(B * G * capacity * D));
  return {
    feeds: Object.fromEntries(names.map((name, i) => [name, floats(caches[i]!, [B, G, capacity, D])])),
    append(fresh, { counts, lengths }) {
      let from = 0;
      for (let b = 0; b < B; b++) {
        const [start, end] = [lengths[b]!, lengths[b]! + counts[b]!];
        for (let at = start; at < end; at++) {
          for (const cache of caches) {
            for (let group = 0; group < G; group++) {
              const to = ((b * G + group) * capacity + at) * D;
              for (let d = 0; d < D; d++) cache[to + d] = fresh[from++]!;
            }
          }
        }
      }
    },
  };
}
