/** Puts the cells of a matrix into at most 255 bins a column, as trees read them. It knows no label and no tree. */
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

/** How many of the ascending thresholds are below `x`. */
export function countBelow(thresholds: Float64Array, x: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
