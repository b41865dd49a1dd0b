/**
 * Grows one regression tree leaf by leaf on the gradients of any loss, the leaf with the largest gain first.
 * It knows bins and gradients; which loss they come from it does not.
 */
import type { Binned, ColumnBins } from './bins.ts';
import { bestSplit, type Histogram, type NodeSums, type Split, type SplitLimits } from './splits.ts';

export interface TreeLimits extends SplitLimits {
  readonly maxLeaves: number;
}

/** Nodes by number, the root 0. A node with `column` -1 is a leaf that predicts `value`. */
export interface Tree {
  readonly column: Int32Array;
  readonly goesLeft: readonly Uint8Array[];
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly value: Float64Array;
}

/** A leaf that may be cut: its rows are `rows[from..to)`. */
interface Leaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly sums: NodeSums;
  readonly histogram: Histogram;
  readonly split: Split | null;
}

/** What all trees on one training matrix share, and the room they work in. */
export interface TreeSpace {
  readonly columns: readonly ColumnBins[];
  readonly binned: Binned;
  readonly offsets: Int32Array;
  readonly histogramSize: number;
  readonly free: Histogram[];
  readonly ordered: { readonly gradient: Float64Array; readonly hessian: Float64Array; readonly rows: Int32Array };
}

export function treeSpace(columns: readonly ColumnBins[], binned: Binned): TreeSpace {
  const offsets = new Int32Array(columns.length);
  let bins = 0;
  columns.forEach(({ size }, c) => {
    offsets[c] = bins;
    bins += size;
  });
  const n = binned.rowCount;
  const ordered = { gradient: new Float64Array(n), hessian: new Float64Array(n), rows: new Int32Array(n) };
  return { columns, binned, offsets, histogramSize: bins * 3, free: [], ordered };
}

/** A tree on `rows` (which is reordered), its values Newton steps: -gradient / Hessian of each leaf. */
export function growTree(
  space: TreeSpace,
  rows: Int32Array,
  gradient: Float64Array,
  hessian: Float64Array,
  limits: TreeLimits,
): Tree {
  const nodes = 2 * limits.maxLeaves - 1;
  const tree = {
    column: new Int32Array(nodes).fill(-1),
    goesLeft: new Array<Uint8Array>(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    value: new Float64Array(nodes),
  };
  const makeLeaf = (node: number, from: number, to: number, sums: NodeSums, histogram: Histogram): Leaf => {
    tree.value[node] = -sums.gradient / (sums.hessian + limits.l2 + 1e-300);
    return { node, from, to, sums, histogram, split: bestSplit(histogram, space.columns, space.offsets, sums, limits) };
  };
  const build = (from: number, to: number) => buildHistogram(space, rows, from, to, gradient, hessian);
  const leaves = [makeLeaf(0, 0, rows.length, sumsOf(rows, gradient, hessian), build(0, rows.length))];
  let used = 1;
  while (used < nodes) {
    const index = bestLeaf(leaves);
    if (index < 0) break;
    const { node, from, to, sums, histogram, split } = leaves[index]!;
    const { column, goesLeft, left } = split!;
    const middle = partition(rows, from, to, space.binned.bins[column]!, goesLeft, space.ordered.rows);
    const right = {
      gradient: sums.gradient - left.gradient,
      hessian: sums.hessian - left.hessian,
      rows: sums.rows - left.rows,
    };
    // The smaller side is counted, the larger is what the parent has beyond it.
    const leftSmaller = middle - from <= to - middle;
    const counted = leftSmaller ? build(from, middle) : build(middle, to);
    for (let i = 0; i < histogram.length; i++) histogram[i]! -= counted[i]!;
    tree.column[node] = column;
    tree.goesLeft[node] = goesLeft;
    tree.left[node] = used;
    tree.right[node] = used + 1;
    leaves[index] = makeLeaf(used, from, middle, left, leftSmaller ? counted : histogram);
    leaves.push(makeLeaf(used + 1, middle, to, right, leftSmaller ? histogram : counted));
    used += 2;
  }
  for (const leaf of leaves) space.free.push(leaf.histogram);
  return tree;
}

function bestLeaf(leaves: readonly Leaf[]): number {
  let best = -1;
  let gain = 0;
  leaves.forEach(({ split }, i) => {
    if (split !== null && split.gain > gain) [best, gain] = [i, split.gain];
  });
  return best;
}

function sumsOf(rows: Int32Array, gradient: Float64Array, hessian: Float64Array): NodeSums {
  let [g, h] = [0, 0];
  for (const row of rows) {
    g += gradient[row]!;
    h += hessian[row]!;
  }
  return { gradient: g, hessian: h, rows: rows.length };
}

function buildHistogram(
  space: TreeSpace,
  rows: Int32Array,
  from: number,
  to: number,
  gradient: Float64Array,
  hessian: Float64Array,
): Histogram {
  const histogram = space.free.pop()?.fill(0) ?? new Float64Array(space.histogramSize);
  const { gradient: g, hessian: h } = space.ordered;
  const n = to - from;
  for (let i = 0; i < n; i++) {
    const row = rows[from + i]!;
    g[i] = gradient[row]!;
    h[i] = hessian[row]!;
  }
  for (let c = 0; c < space.columns.length; c++) {
    const bins = space.binned.bins[c]!;
    const base = space.offsets[c]! * 3;
    for (let i = 0; i < n; i++) {
      const at = base + bins[rows[from + i]!]! * 3;
      histogram[at]! += g[i]!;
      histogram[at + 1]! += h[i]!;
      histogram[at + 2]! += 1;
    }
  }
  return histogram;
}

/** Moves the rows that go left before the others, each side in its order; returns where the right side begins. */
function partition(
  rows: Int32Array,
  from: number,
  to: number,
  bins: Uint8Array,
  goesLeft: Uint8Array,
  spare: Int32Array,
): number {
  let [left, right] = [from, 0];
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    if (goesLeft[bins[row]!] === 1) rows[left++] = row;
    else spare[right++] = row;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}

/** Adds `rate` times what the tree predicts to each row's sum. */
export function addTree(
  { column, goesLeft, left, right, value }: Tree,
  { rowCount, bins }: Binned,
  rate: number,
  sums: Float64Array,
): void {
  for (let row = 0; row < rowCount; row++) {
    let node = 0;
    for (let c = column[0]!; c >= 0; c = column[node]!) {
      node = goesLeft[node]![bins[c]![row]!] === 1 ? left[node]! : right[node]!;
    }
    sums[row]! += rate * value[node]!;
  }
}
