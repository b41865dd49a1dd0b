/** Ways for positions to look at each other: whole sequences at once (training), or one step against a cache (decoding). */
import type { Graph, Value } from '../../src/onnx/graph.ts';
import type { ModelConfig } from '../config.ts';

/** Queries [B T, nHead D], keys and values [B T, nKvHead D], one row a token, before rotation. */
export interface Projections {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** What an architecture is told about the sequence its tokens stand in; only the caller knows whether it is whole or cached. */
export interface Attention {
  /** Where each token stands in its sequence, counted from 0: int64 that broadcasts to [B, T]. */
  readonly positions: () => Value;
  /** The mixed values [B T, nHead D] of one layer. */
  readonly attend: (layer: number, projections: Projections) => Value;
  /** Of rows [B T, C] those that are read after a layer has made its keys and values: the queries' and all that follows. */
  readonly asked: (layer: number, x: Value) => Value;
}

/** Cosines and sines [blockSize, D / 2] of the angles p / theta^(2i / D) (Su et al. 2021, RoFormer, eq. 15). */
export function rotaryTables({ blockSize, nEmbd, nHead, ropeTheta }: ModelConfig) {
  const half = nEmbd / nHead / 2;
  const cos = new Float32Array(blockSize * half);
  const sin = new Float32Array(blockSize * half);
  for (let position = 0; position < blockSize; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position / ropeTheta ** (i / half);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin, shape: [blockSize, half] as const };
}

/** Causal attention over whole sequences of a fixed length T; positions count from 0. */
export function causalAttention(g: Graph, config: ModelConfig, B: number, T: number): Attention {
  const { nHead: H, nKvHead: G, nEmbd: C } = config;
  const D = C / H;
  const rotate = config.architecture === 'llama' ? rotation(g, config) : (x: Value) => x;
  const mask = g.constant(causalMask(T, H / G), [(H / G) * T, T]);
  const heads = (x: Value, count: number) =>
    g.op('Transpose', [g.op('Reshape', [x, g.integers([B, T, count, D])])], { perm: [0, 2, 1, 3] });

  const attend = (_layer: number, { query, key, value }: Projections) => {
    // The query heads that share a key head are stacked along time, so that one product serves them: [B, G, (H/G) T, D].
    const q = g.op('Reshape', [rotate(heads(query, H)), g.integers([B, G, (H / G) * T, D])]);
    const k = rotate(heads(key, G));
    const v = heads(value, G);
    const scores = g.op('FusedMatMul', [q, k], { transB: 1, alpha: 1 / Math.sqrt(D) });
    const weights = g.op('Softmax', [g.op('Add', [scores, mask])], { axis: -1 });
    const mixed = g.op('Reshape', [g.op('FusedMatMul', [weights, v]), g.integers([B, H, T, D])]);
    return g.op('Reshape', [g.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), g.integers([B * T, C])]);
  };
  return { positions: () => g.integers(Array.from({ length: T }, (_, t) => t)), attend, asked: (_, x) => x };
}

/** Of heads [B, heads, T, D], by their place in T. */
function rotation(g: Graph, config: ModelConfig): (x: Value) => Value {
  const { cos, sin, shape } = rotaryTables(config);
  const tables = [g.constant(cos, shape), g.constant(sin, shape)] as const;
  const start = g.integers([0]);
  return (x) => g.op('RotaryEmbedding', [x, start, ...tables], { interleaved: 0 });
}

/** 0 where position t may look, a large negative number where it may not; `groups` copies of [T, T] below each other. */
function causalMask(T: number, groups: number): Float32Array {
  const mask = new Float32Array(groups * T * T);
  for (let row = 0; row < groups * T; row++) mask.fill(-1e9, row * T + (row % T) + 1, (row + 1) * T);
  return mask;
}
