/**
 * Attention among the tokens of a prefix tree, for scoring: sentences that begin alike are computed once. Matrices are
 * multiplied with all tokens; only attention sees runs of neighbours, each with its tokens' ancestors.
 */
import type { Graph, Value } from '../../src/onnx/graph.ts';
import { type Feeds, floats, ints, wholes } from '../../src/onnx/session.ts';
import type { ModelConfig } from '../config.ts';
import type { Attention, Projections } from '../forward.ts';
import { maskedScore, rotation } from './attention.ts';

export interface TokenTree {
  readonly ids: Int32Array;
  /** The index of each token's parent, -1 for a first token. Depth first: a token's descendants follow it at once. */
  readonly parents: Int32Array;
  /** Indices of the tokens whose next-token logits are wanted, ascending; at least one. */
  readonly queries: Int32Array;
}

/** Tokens that share one row of keys: the more, the more masked scores each of them computes. */
const runLength = 32;

export interface TreeAttention extends Attention {
  /** The tokens [N, 1]. */
  readonly ids: Value;
}

/** The inputs are those of `treeLayout`. The last layer computes only the queries. */
export function treeAttention(g: Graph, config: ModelConfig): TreeAttention {
  const { nHead: H, nKvHead: G, nEmbd: C, nLayer } = config;
  const [D, R] = [C / H, H / G];
  /** Inputs of tokens in runs: their positions, and by run the keys that they see. */
  const runInputs = (name: string, runs: string, width: string) => ({
    positions: g.input(`${name}positions`, 'int64', [`${runs}*${runLength}`, 1]),
    slots: g.input(`${name}slots`, 'int32', [runs, width]),
    mask: g.input(`${name}mask`, 'float32', [runs, 1, runLength, 1, width]),
  });
  const ids = g.input('input_ids', 'int32', [`runs*${runLength}`, 1]);
  const all = runInputs('', 'runs', 'width');
  const queries = {
    ...runInputs('query_', 'query_runs', 'query_width'),
    tokens: g.input('queries', 'int32', [`query_runs*${runLength}`]),
  };
  const turn = rotation(g, config);
  // Every token is a sequence of its own, for a tree may be longer than a sentence.
  const rotate = (x: Value, positions: Value) => {
    if (config.architecture !== 'llama') return x;
    const turned = turn(g.op('Unsqueeze', [x, g.integers([1])]), positions);
    return g.op('Reshape', [turned, g.integers([-1, x.shape.at(-1) as number])]);
  };
  const isLast = (layer: number) => layer === nLayer - 1;

  const attend = (layer: number, { query, key, value }: Projections) => {
    const { positions, slots, mask } = isLast(layer) ? queries : all;
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
    queryRows: (layer, x) => (isLast(layer) ? g.op('Gather', [x, queries.tokens]) : x),
  };
}

/** Inputs of a graph with `treeAttention`. Tokens and queries are padded to whole runs. */
export function treeLayout({ ids, parents, queries }: TokenTree): Feeds {
  const N = wholeRuns(ids.length);
  const P = wholeRuns(queries.length);
  const [allIds, allParents] = [new Int32Array(N), new Int32Array(N).fill(-1)];
  allIds.set(ids);
  allParents.set(parents);
  const depths = new Int32Array(N);
  for (let i = 0; i < ids.length; i++) depths[i] = parents[i]! < 0 ? 0 : depths[parents[i]!]! + 1;
  const allQueries = new Int32Array(P).fill(queries.at(-1)!);
  allQueries.set(queries);
  const every = new Int32Array(N);
  for (let i = 0; i < N; i++) every[i] = i;
  return {
    input_ids: ints(allIds, [N, 1]),
    positions: wholes(depths, [N, 1]),
    queries: ints(allQueries, [P]),
    query_positions: wholes(
      allQueries.map((token) => depths[token]!),
      [P, 1],
    ),
    ...view('', every, allParents, depths),
    ...view('query_', allQueries, allParents, depths),
  };
}

const wholeRuns = (count: number) => Math.ceil(count / runLength) * runLength;

/**
 * What each run of `runLength` ascending tokens sees: the path to its first, by depth, and then all from the first to the
 * last. Nothing else can be before one of them, because descendants follow at once.
 */
function view(name: string, tokens: Int32Array, parents: Int32Array, depths: Int32Array): Feeds {
  const runs = tokens.length / runLength;
  let [path, span] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const [first, last] = [tokens[run * runLength]!, tokens[(run + 1) * runLength - 1]!];
    path = Math.max(path, depths[first]!);
    span = Math.max(span, last - first + 1);
  }
  const width = path + span;
  const slots = new Int32Array(runs * width);
  const mask = new Float32Array(tokens.length * width).fill(maskedScore);
  for (let run = 0; run < runs; run++) {
    const [first, last] = [tokens[run * runLength]!, tokens[(run + 1) * runLength - 1]!];
    for (let a = parents[first]!; a >= 0; a = parents[a]!) slots[run * width + depths[a]!] = a;
    for (let a = first; a <= last; a++) slots[run * width + path + a - first] = a;
    for (let i = run * runLength; i < (run + 1) * runLength; i++) {
      const row = i * width;
      let a = tokens[i]!;
      for (; a >= first; a = parents[a]!) mask[row + path + a - first] = 0;
      if (a >= 0) mask.fill(0, row, row + depths[a]! + 1);
    }
  }
  return {
    [`${name}slots`]: ints(slots, [runs, width]),
    [`${name}mask`]: floats(mask, [runs, 1, runLength, 1, width]),
  };
}
