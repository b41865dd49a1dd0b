/**
 * Gradient-boosted trees on histograms: fits numbers or classes, with missing cells and categories as they come.
 * Source: Friedman 2001; Ke et al., LightGBM, NeurIPS 2017, whose defaults these are.
 */
import { createRandom } from '../../numeric/random.ts';
import { lossOf } from '../losses.ts';
import type { Labels, Learner, Matrix, Model } from '../matrix.ts';
import {
  applyBins,
  type Binned,
  bestSplit,
  type ColumnBins,
  fitBins,
  type Histogram,
  type NodeSums,
  type Split,
  type SplitColumn,
  type SplitLimits,
  splitColumns,
} from './bins.ts';

interface TreeOptions {
  /** Trees for each output. */
  readonly rounds?: number;
  readonly learningRate?: number;
  readonly maxLeaves?: number;
  readonly minRows?: number;
  readonly l2?: number;
  /** Share of the rows that each tree sees, drawn with `seed`. */
  readonly rowShare?: number;
  readonly seed?: number;
  /** Of each row in the loss; by default 1. */
  readonly weights?: Float64Array;
}

type Settings = Required<Omit<TreeOptions, 'weights'>> & Pick<TreeOptions, 'weights'>;

const defaults = { rounds: 100, learningRate: 0.1, maxLeaves: 31, minRows: 20, l2: 0, rowShare: 1, seed: 0 };

export function boostedTrees(options: TreeOptions = {}): Learner {
  return (matrix, labels) => fit(matrix, labels, { ...defaults, ...options });
}

function fit(matrix: Matrix, labels: Labels, options: Settings): Model {
  const columns = fitBins(matrix);
  const binned = applyBins(columns, matrix);
  const space = treeSpace(columns, binned);
  const loss = lossOf(labels);
  const n = matrix.rowCount;
  const scores = loss.start.map((start) => new Float64Array(n).fill(start));
  const [gradient, hessian] = [new Float64Array(n), new Float64Array(n)];
  const random = createRandom(options.seed);
  const order = everyRow(n);
  const seen = Math.max(1, Math.round(n * options.rowShare));
  const rounds: Tree[][] = [];
  for (let round = 0; round < options.rounds; round++) {
    const taught = seen < n ? random.shuffle(order).slice(0, seen).sort() : order;
    const rest = order.subarray(seen);
    const grown = scores.map((_, k) => {
      loss.derivatives(scores, k, gradient, hessian);
      if (options.weights) weigh(options.weights, [gradient, hessian]);
      const rows = taught.slice();
      return { rows, ...growTree(space, rows, gradient, hessian, options) };
    });
    grown.forEach(({ tree, leaves, rows }, k) => {
      addLeaves(tree, leaves, options.learningRate, rows, scores[k]!);
      addTree(tree, binned, options.learningRate, rest, scores[k]!);
    });
    rounds.push(grown.map(({ tree }) => tree));
  }
  return {
    predict(other) {
      const cells = applyBins(columns, other);
      const rows = everyRow(other.rowCount);
      const sums = loss.start.map((start) => new Float64Array(other.rowCount).fill(start));
      for (const trees of rounds) {
        trees.forEach((tree, k) => {
          addTree(tree, cells, options.learningRate, rows, sums[k]!);
        });
      }
      return loss.predictions(sums);
    },
  };
}

function weigh(weights: Float64Array, derivatives: readonly Float64Array[]): void {
  for (const each of derivatives) for (let row = 0; row < each.length; row++) each[row]! *= weights[row]!;
}

const everyRow = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

// Grows one regression tree leaf by leaf on the gradients of any loss, the leaf with the largest gain first.

interface TreeLimits extends SplitLimits {
  readonly maxLeaves: number;
}

/** Nodes by number, the root 0. A node with `column` -1 is a leaf that predicts `value`. */
interface Tree {
  readonly column: Int32Array;
  /** The node that bin b of node n goes to: `next[n * 256 + b]`; a table, because a branch would be guessed wrong half the time. */
  readonly next: Uint16Array;
  readonly value: Float64Array;
}

/** The rows of a leaf are `rows[from..to)` of those that the tree was grown on. */
interface Leaf {
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
interface TreeSpace {
  readonly columns: readonly SplitColumn[];
  readonly binned: Binned;
  /** The histogram place of each cell, row by row. */
  readonly places: Int32Array;
  readonly histogramSize: number;
  readonly free: Histogram[];
  readonly spare: Int32Array;
}

function treeSpace(bins: readonly ColumnBins[], binned: Binned): TreeSpace {
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
function growTree(
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
function addTree(
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
function addLeaves({ value }: Tree, leaves: readonly Leaf[], rate: number, rows: Int32Array, sums: Float64Array): void {
  for (const { node, from, to } of leaves) {
    const step = rate * value[node]!;
    for (let i = from; i < to; i++) sums[rows[i]!]! += step;
  }
}
