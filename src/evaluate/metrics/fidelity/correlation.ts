/** Pearson's correlation of two numeric columns with missing cells. */
import { valueRange } from '../../../numeric/value-range.ts';
import { bulkRange, presentSorted } from '../distributions.ts';

/** rho over the rows where neither cell is NaN, in [-1, 1]; NaN when either column is constant there. */
export function pearson(x: Float64Array, y: Float64Array): number {
  let [count, sumX, sumY] = [0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    if (Number.isNaN(x[row]!) || Number.isNaN(y[row]!)) continue;
    count += 1;
    sumX += x[row]!;
    sumY += y[row]!;
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  let [xx, xy, yy] = [0, 0, 0];
  let [firstX, firstY, variesX, variesY] = [Number.NaN, Number.NaN, false, false];
  for (let row = 0; row < x.length; row++) {
    const [a, b] = [x[row]!, y[row]!];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    if (Number.isNaN(firstX)) [firstX, firstY] = [a, b];
    variesX ||= a !== firstX;
    variesY ||= b !== firstY;
    xx += (a - meanX) ** 2;
    yy += (b - meanY) ** 2;
    xy += (a - meanX) * (b - meanY);
  }
  if (!variesX || !variesY) return Number.NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}

// Contingency tables of two coded columns, and what is measured on them.

/** The two columns of one table: `codes` in [0, size), one a row. */
export type JointCodes = readonly [Coded, Coded];

interface Coded {
  readonly codes: Int32Array;
  readonly size: number;
}

/** How often each pair of codes occurs on either side; cell k is the pair (floor(keys[k] / width), keys[k] % width). */
interface JointCounts {
  readonly keys: readonly number[] | null;
  readonly width: number;
  readonly real: Int32Array;
  readonly judged: Int32Array;
}

/** Up to this many cells a dense array is counted in, four bytes each; beyond, only the pairs that occur. */
const maxDenseCells = 1 << 20;

/** Counts the pairs of codes of both tables over the same cells. `keys` is null when cell k is the pair k itself. */
export function jointCounts(real: JointCodes, judged: JointCodes): JointCounts {
  const width = Math.max(real[1].size, judged[1].size);
  const cells = width * Math.max(real[0].size, judged[0].size);
  return cells <= maxDenseCells ? denseCounts(real, judged, width, cells) : sparseCounts(real, judged, width);
}

function denseCounts(real: JointCodes, judged: JointCodes, width: number, cells: number): JointCounts {
  const count = ([a, b]: JointCodes) => {
    const counts = new Int32Array(cells);
    for (let row = 0; row < a.codes.length; row++) counts[a.codes[row]! * width + b.codes[row]!]! += 1;
    return counts;
  };
  return { keys: null, width, real: count(real), judged: count(judged) };
}

function sparseCounts(real: JointCodes, judged: JointCodes, width: number): JointCounts {
  const cellOf = new Map<number, number>();
  const cellsOf = ([a, b]: JointCodes) =>
    a.codes.map((code, row) => {
      const key = code * width + b.codes[row]!;
      const cell = cellOf.get(key) ?? cellOf.size;
      cellOf.set(key, cell);
      return cell;
    });
  const rows = [cellsOf(real), cellsOf(judged)] as const;
  const [realCounts, judgedCounts] = [new Int32Array(cellOf.size), new Int32Array(cellOf.size)];
  for (const cell of rows[0]) realCounts[cell]! += 1;
  for (const cell of rows[1]) judgedCounts[cell]! += 1;
  return { keys: [...cellOf.keys()], width, real: realCounts, judged: judgedCounts };
}

/** 1 - ½ Σ|P_real - P_judged| over the cells; NaN when a side has no rows. */
export function variationSimilarity({ real, judged }: JointCounts): number {
  const [realRows, judgedRows] = [total(real), total(judged)];
  let difference = 0;
  for (let cell = 0; cell < real.length; cell++) {
    difference += Math.abs(real[cell]! / realRows - judged[cell]! / judgedRows);
  }
  return Math.max(0, 1 - difference / 2);
}

/**
 * Cramér's V of the real side, uncorrected: √(χ² / n / min(r - 1, c - 1)), over codes that occur; NaN when fewer than
 * two do. Source: `scipy.stats.contingency.association(method="cramer")`, as SDMetrics calls it.
 */
export function cramersV({ keys, width, real }: JointCounts): number {
  const rows = new Map<number, number>();
  const columns = new Map<number, number>();
  const eachCell = (visit: (row: number, column: number, count: number) => void) => {
    for (let cell = 0; cell < real.length; cell++) {
      if (real[cell] === 0) continue;
      const key = keys ? keys[cell]! : cell;
      visit(Math.floor(key / width), key % width, real[cell]!);
    }
  };
  eachCell((row, column, count) => {
    rows.set(row, (rows.get(row) ?? 0) + count);
    columns.set(column, (columns.get(column) ?? 0) + count);
  });
  const freedom = Math.min(rows.size, columns.size) - 1;
  if (freedom < 1) return Number.NaN;
  let share = 0; // Σ o² / (row total · column total), which is 1 + χ² / n
  eachCell((row, column, count) => {
    share += (count / rows.get(row)!) * (count / columns.get(column)!);
  });
  return Math.sqrt(Math.max(0, share - 1) / freedom);
}

function total(counts: Int32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

// Equal-width bins with NumPy's conventions, on which SDMetrics' mixed pairs rest.

const bins = 10;

/**
 * The 11 edges of ten equal bins over the values that are not NaN, as `np.histogram_bin_edges`: a constant column gets
 * half a unit on either side, an empty one [0, 1].
 */
export function histogramBinEdges(cells: Float64Array): Float64Array {
  let [low, high] = valueRange(cells) ?? [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const step = (high - low) / bins;
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low));
}

/** For each cell the number of edges at or below it, as `np.digitize`; NaN is above them all. So the maximum gets 11, too. */
export function digitize(cells: Float64Array, edges: Float64Array): Int32Array {
  const codes = new Int32Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    let code = edges.length;
    while (code > 0 && edges[code - 1]! > cells[row]!) code -= 1;
    codes[row] = code;
  }
  return codes;
}

/**
 * Codes from 1 to 10, of `size` 12, by ten equal bins over training's range, or its middle 99 % where the tails are most
 * of it; what lies outside goes to the nearest bin, NaN is 11.
 */
export function trainingBinsOf(train: Float64Array): (cells: Float64Array) => { codes: Int32Array; size: number } {
  const [low, high] = bulkRange(presentSorted(train)) ?? [0, 1];
  const edges = histogramBinEdges(Float64Array.of(low, high));
  const inBins = (code: number) => Math.min(bins, Math.max(1, code));
  return (cells) => ({
    codes: digitize(cells, edges).map((code, row) => (Number.isNaN(cells[row]!) ? bins + 1 : inBins(code))),
    size: bins + 2,
  });
}
