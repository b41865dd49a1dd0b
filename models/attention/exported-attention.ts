/** Attention of an exported file: as decoding's, but the caches grow inside the graph and any position may be masked. */
import type { Dim, Graph, Value } from '../../src/onnx/graph.ts';
import type { ModelConfig } from '../config.ts';
import type { Attention, Projections } from '../forward.ts';
import { maskedScore, rotaryTables } from './attention.ts';

/** Sizes known only when the graph runs. transformers.js makes an empty cache by these names: one batch, length 0. */
export const batch = 'batch_size';
export const sequence = 'sequence_length';
const past = 'past_sequence_length';
export const total = `${past}+${sequence}`;

export interface SequenceInputs {
  readonly ids: Value;
  readonly mask: Value;
  readonly positions: Value;
}

/** Attention of new tokens to the cached ones before them and to each other; `keep` receives the longer cache. */
export function exportedAttention(
  g: Graph,
  config: ModelConfig,
  inputs: SequenceInputs,
  keep: (name: string, value: Value) => void,
): Attention {
  const { nHead: H, nKvHead: G, nEmbd: C } = config;
  const D = C / H;
  const rotate = config.architecture === 'llama' ? rotation(g, config, inputs.positions) : (x: Value) => x;
  const bias = attentionBias(g, inputs);
  const heads = (x: Value, count: number) =>
    g.op('Transpose', [perToken(g, inputs.ids, x, [count, D])], { perm: [0, 2, 1, 3] });
  const extended = (x: Value, layer: number, kind: 'key' | 'value') => {
    const before = g.input(`past_key_values.${layer}.${kind}`, 'float32', [batch, G, past, D]);
    const whole = g.op('Concat', [before, x], { axis: 2 });
    keep(`present.${layer}.${kind}`, whole);
    return whole;
  };
  const attend = (layer: number, { query, key, value }: Projections) => {
    // As in training, the query heads that share a key head are stacked along time: [B, G, (H/G) T, D].
    const q = g.op('Reshape', [rotate(heads(query, H)), g.integers([0, G, -1, D])]);
    const k = extended(rotate(heads(key, G)), layer, 'key');
    const v = extended(heads(value, G), layer, 'value');
    const scores = g.op('FusedMatMul', [q, k], { transB: 1, alpha: 1 / Math.sqrt(D) });
    const perHead = g.op('Add', [g.op('Reshape', [scores, g.integers([0, H, -1, 0])]), bias]);
    const weights = g.op('Reshape', [g.op('Softmax', [perHead], { axis: -1 }), g.integers([0, G, -1, 0])]);
    const mixed = g.op('Reshape', [g.op('MatMul', [weights, v]), g.integers([0, H, -1, D])]);
    return g.op('Reshape', [g.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), g.integers([-1, C])]);
  };
  return { positions: () => inputs.positions, attend, queryRows: (_, x) => x };
}

/** 0 where a token may look, a large negative number where it may not: [batch, 1, sequence, past + sequence]. */
function attentionBias(g: Graph, { ids, mask }: SequenceInputs): Value {
  const length = (x: Value) => g.op('Gather', [g.op('Shape', [x]), g.integers([1], [])]);
  const [T, S] = [length(ids), length(mask)];
  const range = (from: Value, size: Dim) => ({ ...g.op('Range', [from, S, g.integers([1], [])]), shape: [size] });
  const rows = g.op('Unsqueeze', [range(g.op('Sub', [S, T]), sequence), g.integers([1])]);
  const causal = g.op('LessOrEqual', [range(g.integers([0], []), total), rows]);
  const shown = g.op('Unsqueeze', [g.op('Cast', [mask], { to: 9 }), g.integers([1, 2])]);
  return g.op('Where', [g.op('And', [causal, shown]), g.constant(0), g.constant(maskedScore)]);
}

/** Turns the pairs (x[i], x[i + D/2]) of [B, heads, T, D] by the angles of their positions (Su et al. 2021, eq. 34). */
function rotation(g: Graph, config: ModelConfig, positions: Value): (x: Value) => Value {
  const { cos, sin, shape } = rotaryTables(config);
  const half = shape[1];
  const at = (table: Float32Array) =>
    g.op('Unsqueeze', [g.op('Gather', [g.constant(table, shape), positions]), g.integers([1])]);
  const [c, s] = [at(cos), at(sin)];
  const mul = (a: Value, b: Value) => g.op('Mul', [a, b]);
  const part = (x: Value, from: number) =>
    g.op('Slice', [x, g.integers([from]), g.integers([from + half]), g.integers([3])]);
  return (x) => {
    const [a, b] = [part(x, 0), part(x, half)];
    const turned = [g.op('Sub', [mul(a, c), mul(b, s)]), g.op('Add', [mul(b, c), mul(a, s)])];
    return g.op('Concat', turned, { axis: 3 });
  };
}

/** Rows [batch sequence, ...] as [batch, sequence, ...sizes]. */
export function perToken(g: Graph, ids: Value, rows: Value, sizes: readonly number[]): Value {
  const shape = g.op('Concat', [g.op('Shape', [ids]), g.integers(sizes)], { axis: 0 });
  return { ...g.op('Reshape', [rows, shape]), shape: [batch, sequence, ...sizes] };
}
