/**
 * Finds where a node of a tree is best cut in two, from histograms of gradients. It knows bins, not rows.
 * Source: Chen & Guestrin, XGBoost, KDD 2016, eq. 7; categories are put in the order of their mean gradient first,
 * as LightGBM does (Ke et al., NeurIPS 2017), after Fisher 1958.
 */
import type { ColumnBins } from './bins.ts';

/** Sums over the rows of a node: gradients, Hessians, rows. Three numbers a bin, column after column. */
export type Histogram = Float64Array;

export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
  readonly rows: number;
}

export interface Split {
  readonly gain: number;
  readonly column: number;
  /** For each bin of the column, 1 when its rows go left. */
  readonly goesLeft: Uint8Array;
  readonly left: NodeSums;
}

export interface SplitLimits {
  readonly minRows: number;
  readonly l2: number;
}

const minHessian = 1e-3;
/** Categories are many ways to fit noise: each mean gradient is drawn towards 0, and every gain is damped. */
const categorySmoothing = 10;

/** The best cut of the node; null when none gains. */
export function bestSplit(
  histogram: Histogram,
  columns: readonly SplitColumn[],
  node: NodeSums,
  limits: SplitLimits,
): Split | null {
  let best: Scan = { ...noScan };
  let bestColumn = -1;
  let bestOrder: Int32Array | null = null;
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c]!;
    const base = column.first * 3;
    const l2 = limits.l2 + (column.orders === null && column.size > 5 ? categorySmoothing : 0);
    for (const order of column.orders ?? [leaningOrder(histogram, column)]) {
      const scan = scanOrder(histogram, base, order, node, l2, limits.minRows);
      if (scan.gain > best.gain + 1e-12) [best, bestColumn, bestOrder] = [scan, c, order];
    }
  }
  if (bestOrder === null) return null;
  const goesLeft = new Uint8Array(256);
  for (let i = 0; i < best.length; i++) goesLeft[bestOrder[i]!] = 1;
  // A bin that the node lacks goes where its rows would most likely be: with the larger side.
  if (columns[bestColumn]!.orders === null && best.rows * 2 > node.rows) goUnseenLeft(goesLeft, bestOrder);
  return {
    gain: best.gain,
    column: bestColumn,
    goesLeft,
    left: { gradient: best.gradient, hessian: best.hessian, rows: best.rows },
  };
}

function goUnseenLeft(goesLeft: Uint8Array, order: Int32Array): void {
  const seen = new Set(order);
  for (let bin = 0; bin < goesLeft.length; bin++) if (!seen.has(bin)) goesLeft[bin] = 1;
}

/** A column as the search sees it. `orders` are those in which its bins may be cut into a beginning and an end. */
export interface SplitColumn {
  /** The column's first bin in the histogram. */
  readonly first: number;
  readonly size: number;
  /** Numbers: ascending, with the missing last and, if there are any, first. Null for categories, ordered anew in each node. */
  readonly orders: readonly Int32Array[] | null;
}

/** Lays the columns' bins end to end. */
export function splitColumns(columns: readonly ColumnBins[]): SplitColumn[] {
  let next = 0;
  return columns.map(({ kind, size, anyMissing }) => {
    const first = next;
    next += size;
    const ascending = Int32Array.from({ length: size }, (_, bin) => bin);
    const missingFirst = ascending.map((bin) => (bin + size - 1) % size);
    return { first, size, orders: kind === 'category' ? null : anyMissing ? [ascending, missingFirst] : [ascending] };
  });
}

/** The bins that the node has, by their mean gradient. */
function leaningOrder(histogram: Histogram, { first, size }: SplitColumn): Int32Array {
  const lean = new Float64Array(size);
  const present: number[] = [];
  for (let bin = 0; bin < size; bin++) {
    const at = (first + bin) * 3;
    if (histogram[at + 2] === 0) continue;
    lean[bin] = histogram[at]! / (histogram[at + 1]! + categorySmoothing);
    present.push(bin);
  }
  return Int32Array.from(present.sort((a, b) => lean[a]! - lean[b]! || a - b));
}

/** The best beginning of an order: its sums, and how many bins it has. */
interface Scan {
  gain: number;
  length: number;
  gradient: number;
  hessian: number;
  rows: number;
}

const noScan: Readonly<Scan> = { gain: 0, length: 0, gradient: 0, hessian: 0, rows: 0 };

function scanOrder(
  histogram: Histogram,
  base: number,
  order: Int32Array,
  node: NodeSums,
  l2: number,
  minRows: number,
): Scan {
  const best: Scan = { ...noScan };
  const whole = node.gradient ** 2 / (node.hessian + l2);
  let [gradient, hessian, rows] = [0, 0, 0];
  for (let i = 0; i < order.length - 1; i++) {
    const at = base + order[i]! * 3;
    if (histogram[at + 2] === 0) continue;
    gradient += histogram[at]!;
    hessian += histogram[at + 1]!;
    rows += histogram[at + 2]!;
    if (rows < minRows || hessian < minHessian) continue;
    const [restHessian, restRows] = [node.hessian - hessian, node.rows - rows];
    if (restRows < minRows || restHessian < minHessian) break;
    const rest = node.gradient - gradient;
    const gain = (gradient * gradient) / (hessian + l2) + (rest * rest) / (restHessian + l2) - whole;
    if (gain > best.gain) {
      best.gain = gain;
      best.length = i + 1;
      best.gradient = gradient;
      best.hessian = hessian;
      best.rows = rows;
    }
  }
  return best;
}
