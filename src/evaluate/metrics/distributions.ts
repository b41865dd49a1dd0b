/** Sums each column up as shares over bins that the tables share, which is all a chart needs. No row passes through. */
import { isCoded, isNumeric, type NumericColumn } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { type Distribution, distributionSchema, list, type PerTable } from '../report/figure-schema.ts';
import type { Metric } from './metric.ts';

const histogramBins = 24;
const categoriesShown = 8;

type Tables = PerTable<Table>;

export const distributionsMetric: Metric<readonly Distribution[]> = {
  pillar: 'fidelity',
  schema: list(distributionSchema),
  measure: distributions,
};

/** One entry a column, in the schema's order. */
function distributions(tables: Tables): Distribution[] {
  return tables.train.schema.columns.map((column, index): Distribution => {
    const { name, kind } = column;
    if (isCoded(column)) {
      const cells = cellsOf<Int32Array>(tables, index);
      const { codes, shares } = categoryShares(cells, column.values.length, categoriesShown);
      return { column: name, kind, type: 'categories', values: codes.map((code) => column.values[code]!), shares };
    }
    if (isNumeric(column)) {
      const cells = cellsOf<Float64Array>(tables, index);
      const found = histogramEdges(column, presentSorted(cells.train));
      if (found === null) return { column: name, kind, type: 'none' };
      // -0 + 0 is 0: JSON has no -0, and a report must read back as it was.
      const edges = found.map((edge) => edge + 0);
      return { column: name, kind, type: 'histogram', edges, shares: eachTable(cells, (x) => binShares(x, edges)) };
    }
    return { column: name, kind, type: 'none' };
  });
}

/** The cells of one column in each table. */
export function cellsOf<Cells>(tables: Tables, index: number): PerTable<Cells> {
  return eachTable(tables, (table) => table.columns[index] as Cells);
}

export function eachTable<A, B>({ train, synthetic, test }: PerTable<A>, make: (one: A) => B): PerTable<B> {
  return { train: make(train), synthetic: make(synthetic), test: test === null ? null : make(test) };
}

/** The cells that are not NaN, ascending. */
export function presentSorted(cells: Float64Array): Float64Array {
  return cells.filter((x) => !Number.isNaN(x)).sort();
}

/** The value below which the share `q` of `sorted` lies, without interpolation. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/**
 * `codes` are training's `limit` most frequent codes; the shares of each follow, then of training's others, then of
 * codes that training lacks. Shares are of the cells present; all 0 when none is.
 */
export function categoryShares(
  cells: PerTable<Int32Array>,
  size: number,
  limit: number,
): { codes: number[]; shares: PerTable<number[]> } {
  const counts = eachTable(cells, (codes) => {
    const count = new Float64Array(size);
    for (const code of codes) if (code >= 0) count[code]! += 1;
    return count;
  });
  const known = [...counts.train.keys()].filter((code) => counts.train[code]! > 0);
  const codes = known.sort((a, b) => counts.train[b]! - counts.train[a]!).slice(0, limit);
  const slots = Int32Array.from(counts.train, (count) => (count > 0 ? codes.length : codes.length + 1));
  codes.forEach((code, slot) => {
    slots[code] = slot;
  });
  const shares = eachTable(counts, (count) => {
    const sums = new Array<number>(codes.length + 2).fill(0);
    count.forEach((n, code) => {
      sums[slots[code]!]! += n;
    });
    return asShares(sums);
  });
  return { codes, shares };
}

/** The range of ascending numbers, or, where its tails are more than half of it, of the middle 99 %; null for none. */
export function bulkRange(sorted: Float64Array): readonly [number, number] | null {
  if (sorted.length === 0) return null;
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const middle = [quantile(sorted, 0.005), quantile(sorted, 0.995)] as const;
  return middle[1] > middle[0] && high - low > 2 * (middle[1] - middle[0]) ? middle : [low, high];
}

/**
 * Equal bins over training's range, or over its bulk.
 * Whole numbers get bins of a whole width that sit around them, so that no bin catches more of them than its neighbour.
 */
function histogramEdges(column: NumericColumn, train: Float64Array): number[] | null {
  const range = bulkRange(train);
  if (range === null) return null;
  const [low, high] = range;
  if (column.kind === 'integer') {
    const width = Math.ceil((high - low + 1) / histogramBins);
    const bins = Math.ceil((high - low + 1) / width);
    return Array.from({ length: bins + 1 }, (_, i) => low - 0.5 + i * width);
  }
  if (low === high) return [low - 0.5, high + 0.5];
  const width = (high - low) / histogramBins;
  return Array.from({ length: histogramBins + 1 }, (_, i) => (i === histogramBins ? high : low + i * width));
}

/** Below, the bins, above. A value on the last edge belongs to the last bin. */
function binShares(cells: Float64Array, edges: readonly number[]): number[] {
  const bins = edges.length - 1;
  const [low, high] = [edges[0]!, edges[bins]!];
  const sums = new Array<number>(bins + 2).fill(0);
  for (const x of cells) {
    if (Number.isNaN(x)) continue;
    if (x < low) sums[0]! += 1;
    else if (x > high) sums[bins + 1]! += 1;
    else sums[1 + Math.min(bins - 1, Math.floor(((x - low) / (high - low)) * bins))]! += 1;
  }
  return asShares(sums);
}

function asShares(sums: readonly number[]): number[] {
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.map((n) => (total === 0 ? 0 : n / total));
}
