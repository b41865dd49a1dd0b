/**
 * The Gaussian copula: every column's own distribution, tied together by the correlations of normal scores. It knows
 * tables. Source: Patki, Wedge & Veeramachaneni, The Synthetic Data Vault, DSAA 2016, here with empirical marginals.
 */
import type { Random } from '../../numeric/random.ts';
import type { ColumnData, Table } from '../../table/table.ts';
import type { Baseline } from './baseline.ts';
import { cholesky, correlationMatrix } from './matrices.ts';
import { normalCdf, normalQuantile } from './normal.ts';

type Cell = number | string | null;

export const gaussianCopula: Baseline = (train, rows, random): Table => {
  const marginals = train.columns.map((cells) => marginalOf(cells));
  const scores = marginals.map(({ places }) => normalScores(places, train.rowCount, random));
  const lower = cholesky(correlationMatrix(scores));
  const drawn = marginals.map(() => new Array<Cell>(rows));
  const [own, tied] = [new Float64Array(marginals.length), new Float64Array(marginals.length)];
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < own.length; c++) own[c] = random.normal();
    for (let c = 0; c < own.length; c++) {
      tied[c] = 0;
      for (let k = 0; k <= c; k++) tied[c]! += lower[c]![k]! * own[k]!;
      const place = Math.min(train.rowCount - 1, Math.floor(normalCdf(tied[c]!) * train.rowCount));
      drawn[c]![row] = marginals[c]!.sorted[place]!;
    }
  }
  const columns = train.columns.map((cells, c): ColumnData => {
    if (cells instanceof Float64Array) return Float64Array.from(drawn[c] as number[]);
    return cells instanceof Int32Array ? Int32Array.from(drawn[c] as number[]) : (drawn[c] as (string | null)[]);
  });
  return { schema: train.schema, rowCount: rows, columns };
};

/** A column's cells in order, and where in it each row's value begins and ends. */
interface Marginal {
  readonly sorted: readonly Cell[];
  readonly places: readonly (readonly [number, number])[];
}

/** Numbers by size after the missing ones; categories and text by how often they occur, since they have no order. */
function marginalOf(cells: ColumnData): Marginal {
  const counts = new Map<Cell, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const bySize = (a: Cell, b: Cell) => rank(a) - rank(b);
  const byCount = (a: Cell, b: Cell) => counts.get(b)! - counts.get(a)!;
  const distinct = [...counts.keys()].sort(cells instanceof Float64Array ? bySize : byCount);
  const spans = new Map<Cell, readonly [number, number]>();
  const sorted: Cell[] = [];
  for (const cell of distinct) {
    const from = sorted.length;
    for (let i = 0; i < counts.get(cell)!; i++) sorted.push(cell);
    spans.set(cell, [from, sorted.length]);
  }
  return { sorted, places: Array.from(cells as ArrayLike<Cell>, (cell) => spans.get(cell)!) };
}

function rank(cell: Cell): number {
  return Number.isNaN(cell) ? Number.NEGATIVE_INFINITY : (cell as number);
}

/** Where equal cells share a span, each row gets a random place in it. */
function normalScores(places: Marginal['places'], rowCount: number, random: Random): Float64Array {
  return Float64Array.from(places, ([from, to]) => {
    const share = (from + (to - from) * random.uniform()) / rowCount;
    return normalQuantile(Math.min(1 - 0.5 / rowCount, Math.max(0.5 / rowCount, share)));
  });
}
