/** Causal attention over whole sequences, for training, and what all layouts share: rotary tables and the mask's value. */
import type { Graph, Value } from '../../src/onnx/graph.ts';
import type { ModelConfig } from '../config.ts';
import type { Attention, Projections } from '../forward.ts';

/** What a masked position adds to its score; finite, so that a row with every position masked is no NaN. */
export const maskedScore = -1e9;

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
export function causalAttention(g: Graph, config: ModelConfig, B: number, T: number, isJoined = false): Attention {
  const { nHead: H, nKvHead: G, nEmbd: C } = config;
  const D = C / H;
  // Queries and keys side by side are scaled where they are rotated, each by D^(-1/4): that spares a pass over their products.
  const scale = isJoined && config.architecture === 'llama' ? D ** -0.25 : 1;
  const turn = rotation(g, config, scale);
  const rotate = (x: Value) => turn(x, g.integers([0]));
  const mask = g.constant(causalMask(T, H / G), [(H / G) * T, T]);
  const heads = (x: Value, count: number) =>
    g.op('Transpose', [g.op('Reshape', [x, g.integers([B, T, count, D])])], { perm: [0, 2, 1, 3] });

  const attend = (_layer: number, { query, key, value }: Projections) =>
    mix(rotate(heads(query, H)), rotate(heads(key, G)), heads(value, G));
  const mix = (query: Value, k: Value, v: Value) => {
    // Query heads that share a key head are stacked along time, so that one product serves them all: [B, G, (H/G) T, D].
    const q = g.op('Reshape', [query, g.integers([B, G, (H / G) * T, D])]);
    const scores = g.op('FusedMatMul', [q, k], { transB: 1, ...(scale === 1 && { alpha: 1 / Math.sqrt(D) }) });
    const weights = g.op('Softmax', [g.op('Add', [scores, mask])], { axis: -1 });
    const mixed = g.op('Reshape', [g.op('FusedMatMul', [weights, v]), g.integers([B, H, T, D])]);
    return g.op('Reshape', [g.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), g.integers([B * T, C])]);
  };
  const attendJoined = (projections: Value) => {
    const all = heads(projections, H + 2 * G);
    const [pair, v] = g.ops('Split', [all, g.integers([H + G, G])], { axis: 1 }) as [Value, Value];
    const [q, k] = g.ops('Split', [rotate(pair), g.integers([H, G])], { axis: 1 }) as [Value, Value];
    return mix(q, k, v);
  };
  return {
    positions: () => g.integers(Array.from({ length: T }, (_, t) => t)),
    attend,
    ...(isJoined && { attendJoined }),
    queryRows: (_, x) => x,
  };
}

/** Rotates and scales [B, heads, T, D] or [B, T, heads D] by positions [B, T], or from one on; gpt2, whose positions are learned, has none. */
export function rotation(g: Graph, config: ModelConfig, scale = 1): (x: Value, positions: Value) => Value {
  if (config.architecture !== 'llama') return (x) => x;
  const { cos, sin, shape } = rotaryTables(config);
  const tables = [cos, sin].map((table) => g.constant(scale === 1 ? table : table.map((x) => scale * x), shape));
  return (x, positions) => g.op('RotaryEmbedding', [x, positions, ...tables], { interleaved: 0 });
}

/** `groups` stacked copies of [T, T]: 0 up to the diagonal, `maskedScore` above it. */
function causalMask(T: number, groups: number): Float32Array {
  const mask = new Float32Array(groups * T * T);
  for (let row = 0; row < groups * T; row++) mask.fill(maskedScore, row * T + (row % T) + 1, (row + 1) * T);
  return mask;
}
