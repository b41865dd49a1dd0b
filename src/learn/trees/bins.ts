/** Puts the cells of a matrix into at most 255 bins a column, as trees read them. */
import { countBelow } from '../../numeric/ranks.ts';
import type { Matrix, MatrixColumn } from '../matrix.ts';

/** The bins of one column; cells become bin numbers below `size`, and `missing` is the last of them. */
export interface ColumnBins {
  readonly kind: MatrixColumn['kind'];
  readonly size: number;
  readonly missing: number;
  /** Whether training had a missing cell. */
  readonly anyMissing: boolean;
  /** For numbers: bin b holds the values in (thresholds[b - 1], thresholds[b]]. */
  readonly thresholds: Float64Array;
  /** For categories: the bin of each code. Codes too rare for a bin of their own share one. */
  readonly binOfCode: Uint8Array;
}

/** Bin numbers row by row: the cell of row r and column c is `bins[r * width + c]`. */
export interface Binned {
  readonly rowCount: number;
  readonly width: number;
  readonly bins: Uint8Array;
}

const maxBins = 254;
/** Of a category with fewer training rows nothing can be learned but its noise; scikit-learn draws the line there, too. */
const minCategoryRows = 10;

export function fitBins({ columns }: Matrix): ColumnBins[] {
  return columns.map((column) => (column.kind === 'number' ? numberBins(column.values) : categoryBins(column)));
}

export function applyBins(bins: readonly ColumnBins[], { rowCount, columns }: Matrix): Binned {
  const width = columns.length;
  const cells = new Uint8Array(rowCount * width);
  columns.forEach((column, c) => {
    const own = binColumn(bins[c]!, column);
    for (let row = 0; row < rowCount; row++) cells[row * width + c] = own[row]!;
  });
  return { rowCount, width, bins: cells };
}

/** Halfway between neighbouring distinct values when they are few, else between values at evenly spread ranks. */
function numberBins(values: Float64Array): ColumnBins {
  const sorted = values.filter((x) => !Number.isNaN(x)).sort();
  const distinct = sorted.filter((x, i) => i === 0 || x !== sorted[i - 1]);
  const middle = (low: number, high: number) => low + (high - low) / 2;
  let thresholds: Float64Array;
  if (distinct.length <= maxBins) {
    thresholds = Float64Array.from({ length: Math.max(0, distinct.length - 1) }, (_, i) =>
      middle(distinct[i]!, distinct[i + 1]!),
    );
  } else {
    const cuts = new Set<number>();
    for (let b = 1; b < maxBins; b++) {
      const rank = (b / maxBins) * (sorted.length - 1);
      const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
      cuts.add(middle(low, high));
    }
    thresholds = Float64Array.from(cuts);
  }
  const missing = thresholds.length + 1;
  const anyMissing = sorted.length < values.length;
  return { kind: 'number', size: missing + 1, missing, anyMissing, thresholds, binOfCode: new Uint8Array() };
}

function categoryBins({ codes, size }: Extract<MatrixColumn, { kind: 'category' }>): ColumnBins {
  const counts = new Float64Array(size);
  for (const code of codes) if (code >= 0) counts[code]! += 1;
  const common = [...counts.keys()].filter((code) => counts[code]! >= minCategoryRows);
  const own = common.sort((a, b) => counts[b]! - counts[a]!).slice(0, maxBins - 1);
  const binOfCode = new Uint8Array(size).fill(own.length);
  own.forEach((code, bin) => {
    binOfCode[code] = bin;
  });
  const missing = own.length + 1;
  const anyMissing = codes.includes(-1);
  return { kind: 'category', size: missing + 1, missing, anyMissing, thresholds: new Float64Array(), binOfCode };
}

/** The bin of each cell; a cell beyond the training range is in the first or last bin. */
export function binColumn({ missing, thresholds, binOfCode }: ColumnBins, column: MatrixColumn): Uint8Array {
  const cells = column.kind === 'category' ? column.codes : column.values;
  const bins = new Uint8Array(cells.length);
  if (column.kind === 'category') {
    for (let row = 0; row < bins.length; row++) bins[row] = cells[row]! < 0 ? missing : binOfCode[cells[row]!]!;
  } else {
    for (let row = 0; row < bins.length; row++) {
      bins[row] = Number.isNaN(cells[row]!) ? missing : countBelow(thresholds, cells[row]!);
    }
  }
  return bins;
}

// Finds where a node of a tree is best cut in two, from histograms of gradients. Source: Chen & Guestrin, XGBoost,
// KDD 2016, eq. 7; categories are put in the order of their mean gradient first, as LightGBM does (Ke et al., NeurIPS
// 2017), after Fisher 1958.

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
