/** Attention among the tokens of trees, each to those before it in its sentence: run by run, as tree-layout.ts lays them out. */
import type { Graph, Value } from '../../src/onnx/graph.ts';
import type { ModelConfig } from '../config.ts';
import { type Attention, type Projections, rotaryTables } from './attention.ts';
import { runLength } from './tree-layout.ts';

export interface TreeAttention extends Attention {
  /** The tokens [N, 1]. */
  readonly ids: Value;
}

/** Inputs are as `treeLayout` makes them. The last layer is asked only at the tokens after which something is asked. */
export function treeAttention(g: Graph, config: ModelConfig): TreeAttention {
  const { nHead: H, nKvHead: G, nEmbd: C, nLayer } = config;
  const [D, R] = [C / H, H / G];
  /** Tokens that look, in so many runs; slots and mask say at what. */
  const lookers = (name: string, runs: string, width: string) => ({
    positions: g.input(`${name}positions`, 'int64', [`${runs}*${runLength}`, 1]),
    slots: g.input(`${name}slots`, 'int32', [runs, width]),
    mask: g.input(`${name}mask`, 'float32', [runs, 1, runLength, 1, width]),
  });
  const ids = g.input('input_ids', 'int32', [`runs*${runLength}`, 1]);
  const all = lookers('', 'runs', 'width');
  const asked = { ...lookers('asked_', 'asked', 'reach'), tokens: g.input('asked', 'int32', [`asked*${runLength}`]) };
  const rotate = config.architecture === 'llama' ? rotation(g, config) : (x: Value) => x;
  const isLast = (layer: number) => layer === nLayer - 1;

  const attend = (layer: number, { query, key, value }: Projections) => {
    const { positions, slots, mask } = isLast(layer) ? asked : all;
    const [k, v] = [rotate(key, all.positions), value].map((x) => grouped(g.op('Gather', [x, slots]))) as [
      Value,
      Value,
    ];
    const q = stacked(rotate(query, positions));
    const scores = g.op('FusedMatMul', [q, k], { transB: 1, alpha: 1 / Math.sqrt(D) });
    const perHead = g.op('Add', [g.op('Reshape', [scores, g.integers([0, G, runLength, R, -1])]), mask]);
    const weights = g.op('Reshape', [g.op('Softmax', [perHead], { axis: -1 }), g.integers([0, G, runLength * R, -1])]);
    return unstacked(g.op('MatMul', [weights, v]));
  };
  /** Keys or values [runs, width, G D] as [runs, G, width, D]. */
  const grouped = (x: Value) => {
    if (G === 1) return g.op('Unsqueeze', [x, g.integers([1])]);
    return g.op('Transpose', [g.op('Reshape', [x, g.integers([0, 0, G, D])])], { perm: [0, 2, 1, 3] });
  };
  /** Queries [N, H D] with those of the heads that share a key head below each other: [runs, G, runLength R, D]. */
  const stacked = (x: Value) => {
    if (G === 1) return g.op('Reshape', [x, g.integers([-1, 1, runLength * R, D])]);
    const apart = g.op('Reshape', [x, g.integers([-1, runLength, G, R, D])]);
    return g.op('Reshape', [
      g.op('Transpose', [apart], { perm: [0, 2, 1, 3, 4] }),
      g.integers([0, 0, runLength * R, D]),
    ]);
  };
  const unstacked = (x: Value) => {
    if (G === 1) return g.op('Reshape', [x, g.integers([-1, C])]);
    const apart = g.op('Reshape', [x, g.integers([0, 0, runLength, R, D])]);
    return g.op('Reshape', [g.op('Transpose', [apart], { perm: [0, 2, 1, 3, 4] }), g.integers([-1, C])]);
  };
  return {
    ids,
    positions: () => all.positions,
    attend,
    asked: (layer, x) => (isLast(layer) ? g.op('Gather', [x, asked.tokens]) : x),
  };
}

/** Of [N, heads D] by positions [N, 1]: every token is a sequence of its own, for a tree may be longer than a sentence. */
function rotation(g: Graph, config: ModelConfig): (x: Value, positions: Value) => Value {
  const { cos, sin, shape } = rotaryTables(config);
  const tables = [g.constant(cos, shape), g.constant(sin, shape)] as const;
  return (x, positions) => {
    const apart = g.op('Unsqueeze', [x, g.integers([1])]);
    const turned = g.op('RotaryEmbedding', [apart, positions, ...tables], { interleaved: 0 });
    return g.op('Reshape', [turned, g.integers([-1, x.shape.at(-1) as number])]);
  };
}
