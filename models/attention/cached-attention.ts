/**
 * Attention of new tokens to a KV cache, for decoding. The cache is an input that no graph writes: the graph returns the
 * new keys and values, which are appended here. ONNX Runtime's Node package copies every output, so a cache must not be one.
 */
import type { Dim, Graph, Value } from '../../src/onnx/graph.ts';
import { type Feeds, floats, ints, wholes } from '../../src/onnx/session.ts';
import type { ModelConfig } from '../config.ts';
import type { Attention, Projections } from '../forward.ts';
import { maskedScore, rotaryTables, rotation } from './attention.ts';

/** The new tokens of a batch of sequences. */
export interface NewTokens {
  /** Each sequence's new tokens, after those of the sequence before; the array may be longer. */
  readonly ids: Int32Array;
  /** New tokens of each sequence, at most the decoder's `longestRun`. */
  readonly counts: Int32Array;
  /** Cached tokens that each sequence keeps; those after them are forgotten. */
  readonly lengths: Int32Array;
}

const parts = ['key', 'value'] as const;
const cacheName = (layer: number, part: string) => `past_key_values.${layer}.${part}`;

interface CachedAttention extends Attention {
  /** Keys and values [2 nLayer B, T, nKvHead D] of the new tokens, layer by layer. */
  readonly fresh: () => Value;
}

/** The inputs beside the caches are those of `createLayout`. The last layer computes only each sequence's last token. */
export function cachedAttention(g: Graph, config: ModelConfig, B: number, capacity: number): CachedAttention {
  const { nHead: H, nKvHead: G, nEmbd: C, nLayer } = config;
  const [D, R] = [C / H, H / G];
  const positions = g.input('positions', 'int64', ['N', 1]);
  const slots = g.input('slots', 'int32', [B, 'T']);
  const places = g.input('places', 'int32', ['N']);
  const last = g.input('last', 'int32', [B]);
  const mask = g.input('mask', 'float32', [B, 1, R === 1 ? 'T' : `T*${R}`, `${capacity}+T`]);
  const lastRows = g.op('Slice', [mask, g.integers([-R]), g.integers([2 ** 31]), g.integers([2])]);
  const lastMask = { ...lastRows, shape: [B, 1, R, `${capacity}+T`] };
  const rotate = rotation(g, config);
  const [atSlots, atLast] = [slots, g.op('Reshape', [last, g.integers([B, 1])])].map((index) => ({
    index,
    positions: g.op('Reshape', [g.op('Gather', [positions, index]), g.integers([B, -1])]),
  }));
  const fresh: Value[] = [];

  /** [B, T, G each D] as [B, G, T each, D]; a single group stays where it is. */
  const grouped = (x: Value, each: number) => {
    if (G === 1) return g.op('Reshape', [x, g.integers([B, 1, -1, D])]);
    const apart = g.op('Transpose', [g.op('Reshape', [x, g.integers([B, -1, G, each, D])])], { perm: [0, 2, 1, 3, 4] });
    return g.op('Reshape', [apart, g.integers([B, G, -1, D])]);
  };
  /** [B, G, T R, D] as [B T, C]. */
  const joined = (x: Value) => {
    if (G === 1) return g.op('Reshape', [x, g.integers([-1, C])]);
    const together = g.op('Transpose', [g.op('Reshape', [x, g.integers([B, G, -1, R, D])])], { perm: [0, 2, 1, 3, 4] });
    return g.op('Reshape', [together, g.integers([-1, C])]);
  };
  const isLast = (layer: number) => layer === nLayer - 1;
  const attend = (layer: number, { query, key, value }: Projections) => {
    const [keys, values] = [
      rotate(g.op('Gather', [key, slots]), atSlots!.positions),
      g.op('Gather', [value, slots]),
    ].map((x, i) => {
      fresh.push(x);
      const past = g.input(cacheName(layer, parts[i]!), 'float32', [B, G, capacity, D]);
      return g.op('Concat', [past, grouped(x, 1)], { axis: 2 });
    }) as [Value, Value];
    const q = isLast(layer)
      ? rotate(g.op('Reshape', [query, g.integers([B, 1, C])]), atLast!.positions)
      : rotate(g.op('Gather', [query, slots]), atSlots!.positions);
    const scores = g.op('FusedMatMul', [grouped(q, R), keys], { transB: 1, alpha: 1 / Math.sqrt(D) });
    const weights = g.op('Softmax', [g.op('Add', [scores, isLast(layer) ? lastMask : mask])], { axis: -1 });
    const mixed = joined(g.op('MatMul', [weights, values]));
    return isLast(layer) ? mixed : g.op('Gather', [mixed, places]);
  };
  return {
    positions: () => positions,
    queryRows: (layer, x) => (isLast(layer) ? g.op('Gather', [x, last]) : x),
    attend,
    fresh: () => g.op('Concat', fresh, { axis: 0 }),
  };
}

interface Caches {
  readonly feeds: Feeds;
  /** Appends the keys and values of new tokens [2 nLayer B, T, nKvHead D]. */
  append(fresh: Float32Array, tokens: NewTokens): void;
  /** Overwrites the first `length` keys and values of sequence `to` by those of `from`. */
  copy(from: number, to: number, length: number): void;
}

export function createCaches({ nLayer, nHead, nKvHead: G, nEmbd }: ModelConfig, B: number, capacity: number): Caches {
  const D = nEmbd / nHead;
  const names = Array.from({ length: nLayer }, (_, layer) => parts.map((part) => cacheName(layer, part))).flat();
  const caches = names.map(() => new Float32Array(B * G * capacity * D));
  return {
    feeds: Object.fromEntries(names.map((name, i) => [name, floats(caches[i]!, [B, G, capacity, D])])),
    append(fresh, { counts, lengths }) {
      const width = G * D;
      const T = fresh.length / (caches.length * B * width);
      for (let c = 0; c < caches.length; c++) {
        const cache = caches[c]!;
        for (let b = 0; b < B; b++) {
          const count = counts[b]!;
          let from = ((c * B + b + 1) * T - count) * width;
          for (let at = lengths[b]!; at < lengths[b]! + count; at++) {
            for (let group = 0; group < G; group++) {
              const to = ((b * G + group) * capacity + at) * D;
              for (let d = 0; d < D; d++) cache[to + d] = fresh[from++]!;
            }
          }
        }
      }
    },
    copy(from, to, length) {
      if (from === to) return;
      for (const cache of caches) {
        for (let group = 0; group < G; group++) {
          const [source, target] = [from, to].map((b) => (b * G + group) * capacity * D) as [number, number];
          cache.copyWithin(target, source, source + length * D);
        }
      }
    },
  };
}

/**
 * The inputs that say where N new tokens of B sequences stand, none with more than T. Matrices are multiplied with all
 * tokens [N]; only attention sees sequences [B, T], each token at the right end of its own.
 * @param heads query heads that share a key head; the mask has a row for each.
 */
export function createLayout(
  B: number,
  capacity: number,
  longestRun: number,
  heads: number,
): (tokens: NewTokens) => Feeds {
  const positions = new Int32Array(B * longestRun);
  const places = new Int32Array(B * longestRun);
  const slots = new Int32Array(B * longestRun);
  const last = new Int32Array(B);
  const mask = new Float32Array(B * longestRun * heads * (capacity + longestRun));
  /** Unmasks what one row sees of the cache, and of the new tokens. */
  const show = (row: number, before: number, from: number, to: number) => {
    // Spans are short: a loop is faster than `fill`.
    for (let i = row; i < row + before; i++) mask[i] = 0;
    for (let i = row + from; i < row + to; i++) mask[i] = 0;
  };
  return ({ ids, counts, lengths }) => {
    const T = Math.max(1, ...counts);
    const width = capacity + T;
    slots.fill(0, 0, B * T);
    mask.fill(maskedScore, 0, B * T * heads * width);
    let n = 0;
    for (let b = 0; b < B; b++) {
      const length = lengths[b]!;
      const first = T - counts[b]!;
      for (let t = first; t < T; t++, n++) {
        const slot = b * T + t;
        positions[n] = length + t - first;
        places[n] = slot;
        slots[slot] = n;
        for (let row = slot * heads; row < (slot + 1) * heads; row++) {
          show(row * width, length, capacity + first, capacity + t + 1);
        }
      }
      last[b] = Math.max(0, n - 1);
    }
    return {
      input_ids: ints(ids.subarray(0, n), [n, 1]),
      positions: wholes(positions.subarray(0, n), [n, 1]),
      places: ints(places.subarray(0, n), [n]),
      slots: ints(slots.subarray(0, B * T), [B, T]),
      last: ints(last, [B]),
      mask: floats(mask.subarray(0, B * T * heads * width), [B, 1, T * heads, width]),
    };
  };
}

// Attention of an exported file: as decoding's, but the caches grow inside the graph and any position may be masked.

/** Sizes known only when the graph runs. transformers.js makes an empty cache by these names: one batch, length 0. */
export const batch = 'batch_size';
export const sequence = 'sequence_length';
const past = 'past_sequence_length';
export const total = `${past}+${sequence}`;

interface SequenceInputs {
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
  const rotate = config.architecture === 'llama' ? headRotation(g, config, inputs.positions) : (x: Value) => x;
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
function headRotation(g: Graph, config: ModelConfig, positions: Value): (x: Value) => Value {
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
