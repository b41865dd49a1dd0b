/**
 * Where the tokens of a tree of sentences stand. A model multiplies matrices with all of them, one below the other; only
 * attention sees runs of neighbours, each with what stands before it in its sentences. It knows parents, no model.
 */
import { type Feeds, floats, ints, wholes } from '../../src/onnx/session.ts';

export interface TokenTree {
  readonly ids: Int32Array;
  /** The place of the token before each in its sentence, -1 for a first; depth first, so a token's descendants follow it at once. */
  readonly parents: Int32Array;
  /** The places of the tokens after which something is asked, ascending; at least one. */
  readonly asked: Int32Array;
}

/** Tokens that look together: the longer, the more of each other's places they pass over in vain. */
export const runLength = 32;

/** What may not be looked at; finite, as in training. */
const hidden = -1e9;

/** Inputs of a graph with `treeAttention`. Tokens and questions are filled up to whole runs. */
export function treeLayout({ ids, parents, asked }: TokenTree): Feeds {
  const N = wholeRuns(ids.length);
  const P = wholeRuns(asked.length);
  const [allIds, allParents] = [new Int32Array(N), new Int32Array(N).fill(-1)];
  allIds.set(ids);
  allParents.set(parents);
  const depths = new Int32Array(N);
  for (let i = 0; i < ids.length; i++) depths[i] = parents[i]! < 0 ? 0 : depths[parents[i]!]! + 1;
  const allAsked = new Int32Array(P).fill(asked.at(-1)!);
  allAsked.set(asked);
  const every = new Int32Array(N);
  for (let i = 0; i < N; i++) every[i] = i;
  return {
    input_ids: ints(allIds, [N, 1]),
    positions: wholes(depths, [N, 1]),
    asked: ints(allAsked, [P]),
    asked_positions: wholes(
      allAsked.map((token) => depths[token]!),
      [P, 1],
    ),
    ...view('', every, allParents, depths),
    ...view('asked_', allAsked, allParents, depths),
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
  const mask = new Float32Array(tokens.length * width).fill(hidden);
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
