/**
 * Grows one regression tree leaf by leaf on the gradients of any loss, the leaf with the largest gain first.
 * It knows bins and gradients; which loss they come from it does not.
 */
import type { Binned, ColumnBins } from './bins.ts';
import {
  bestSplit,
  type Histogram,
  type NodeSums,
  type Split,
  type SplitColumn,
  type SplitLimits,
  splitColumns,
} from './splits.ts';

export interface TreeLimits extends SplitLimits {
  readonly maxLeaves: number;
}

/** Nodes by number, the root 0. A node with `column` -1 is a leaf that predicts `value`. */
export interface Tree {
  readonly column: Int32Array;
  /** The node that bin b of node n goes to: `next[n * 256 + b]`; a table, because a branch would be guessed wrong half the time. */
  readonly next: Uint16Array;
  readonly value: Float64Array;
}

/** The rows of a leaf are `rows[from..to)` of those that the tree was grown on. */
export interface Leaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
}

/** A leaf that may be cut. */
interface OpenLeaf extends Leaf {
  readonly sums: NodeSums;
  readonly histogram: Histogram;
  readonly split: Split | null;
}

/** What all trees on one training matrix share, and the room they work in. */
export interface TreeSpace {
  readonly columns: readonly SplitColumn[];
  readonly binned: Binned;
  /** The histogram place of each cell, row by row. */
  readonly places: Int32Array;
  readonly histogramSize: number;
  readonly free: Histogram[];
  readonly spare: Int32Array;
}

export function treeSpace(bins: readonly ColumnBins[], binned: Binned): TreeSpace {
  const columns = splitColumns(bins);
  const places = new Int32Array(binned.bins.length);
  for (let c = 0; c < binned.width; c++) {
    const { first } = columns[c]!;
    for (let i = c; i < places.length; i += binned.width) places[i] = (first + binned.bins[i]!) * 3;
  }
  const histogramSize = columns.reduce((sum, { size }) => sum + size, 0) * 3;
  return { columns, binned, places, histogramSize, free: [], spare: new Int32Array(binned.rowCount) };
}

/** A tree on `rows` (which is reordered leaf by leaf), its values Newton steps: -gradient / Hessian of each leaf. */
export function growTree(
  space: TreeSpace,
  rows: Int32Array,
  gradient: Float64Array,
  hessian: Float64Array,
  limits: TreeLimits,
): { tree: Tree; leaves: readonly Leaf[] } {
  const nodes = 2 * limits.maxLeaves - 1;
  const tree = {
    column: new Int32Array(nodes).fill(-1),
    next: new Uint16Array(nodes * 256),
    value: new Float64Array(nodes),
  };
  const makeLeaf = (node: number, from: number, to: number, sums: NodeSums, histogram: Histogram): OpenLeaf => {
    tree.value[node] = -sums.gradient / (sums.hessian + limits.l2 + 1e-300);
    const split = mayBeCut(to - from) ? bestSplit(histogram, space.columns, sums, limits) : null;
    return { node, from, to, sums, histogram, split };
  };
  const mayBeCut = (count: number) => count >= 2 * limits.minRows && used + 2 < nodes;
  const build = (from: number, to: number) => buildHistogram(space, rows, from, to, gradient, hessian);
  let used = 1;
  const leaves = [makeLeaf(0, 0, rows.length, sumsOf(rows, gradient, hessian), build(0, rows.length))];
  while (used < nodes) {
    const index = bestLeaf(leaves);
    if (index < 0) break;
    const { node, from, to, sums, histogram, split } = leaves[index]!;
    const { column, goesLeft, left } = split!;
    const middle = partition(rows, from, to, space, column, goesLeft);
    const right = {
      gradient: sums.gradient - left.gradient,
      hessian: sums.hessian - left.hessian,
      rows: sums.rows - left.rows,
    };
    // The smaller side is counted, the larger is what the parent has beyond it; two sides that stay leaves need neither.
    const leftSmaller = middle - from <= to - middle;
    const larger = leftSmaller ? to - middle : middle - from;
    const [first, last] = leftSmaller ? [from, middle] : [middle, to];
    const counted = build(first, mayBeCut(larger) ? last : first);
    if (mayBeCut(larger)) for (let i = 0; i < histogram.length; i++) histogram[i]! -= counted[i]!;
    tree.column[node] = column;
    for (let bin = 0; bin < 256; bin++) tree.next[node * 256 + bin] = used + 1 - goesLeft[bin]!;
    leaves[index] = makeLeaf(used, from, middle, left, leftSmaller ? counted : histogram);
    leaves.push(makeLeaf(used + 1, middle, to, right, leftSmaller ? histogram : counted));
    used += 2;
  }
  for (const leaf of leaves) space.free.push(leaf.histogram);
  return { tree, leaves };
}

function bestLeaf(leaves: readonly OpenLeaf[]): number {
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
  const { places } = space;
  const { width } = space.binned;
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    const [g, h] = [gradient[row]!, hessian[row]!];
    const end = (row + 1) * width;
    for (let cell = row * width; cell < end; cell++) {
      const place = places[cell]!;
      histogram[place]! += g;
      histogram[place + 1]! += h;
      histogram[place + 2]! += 1;
    }
  }
  return histogram;
}

/** Moves the rows that go left before the others, each side in its order; returns where the right side begins. */
function partition(
  rows: Int32Array,
  from: number,
  to: number,
  { binned: { bins, width }, spare }: TreeSpace,
  column: number,
  goesLeft: Uint8Array,
): number {
  let [left, right] = [from, 0];
  for (let i = from; i < to; i++) {
    const row = rows[i]!;
    const isLeft = goesLeft[bins[row * width + column]!]!;
    // Written on both sides, and counted on one: there is nothing to guess.
    rows[left] = row;
    spare[right] = row;
    left += isLeft;
    right += 1 - isLeft;
  }
  rows.set(spare.subarray(0, right), left);
  return left;
}

/** Adds `rate` times what the tree predicts to the sum of each of `rows`. */
export function addTree(
  { column, next, value }: Tree,
  { width, bins }: Binned,
  rate: number,
  rows: Int32Array,
  sums: Float64Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const cells = row * width;
    let node = 0;
    for (let c = column[0]!; c >= 0; c = column[node]!) node = next[node * 256 + bins[cells + c]!]!;
    sums[row]! += rate * value[node]!;
  }
}

/** The same for the rows that the tree was grown on, which need not be led through it. */
export function addLeaves(
  { value }: Tree,
  leaves: readonly Leaf[],
  rate: number,
  rows: Int32Array,
  sums: Float64Array,
): void {
  for (const { node, from, to } of leaves) {
    const step = rate * value[node]!;
    for (let i = from; i < to; i++) sums[rows[i]!]! += step;
  }
}
