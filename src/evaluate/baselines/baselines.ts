/** The baselines by the names reports use. */

import { neighbourIndex } from '../../learn/distance/neighbours.ts';
import type { Metric, Points } from '../../learn/distance/points.ts';
import type { Random } from '../../numeric/random.ts';
import { valueRange } from '../../numeric/value-range.ts';
import { roundTo } from '../../table/numbers/number-grid.ts';
import { isCoded, isNumeric, type NumericColumn } from '../../table/schema.ts';
import type { ColumnData, Table } from '../../table/table.ts';

// What a baseline is: a generator that needs no training time and that a real one must beat.

/** `rows` new rows of the training table's schema; `target` is the label's column, where there is one. */
type Baseline = (train: Table, rows: number, random: Random, target: number | null) => Table;

const datetimeSteps = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** Rounds a number to what the column can hold: its decimals, or the coarsest clock that its own times keep to. */
function rounding(column: NumericColumn, cells: Float64Array): (x: number) => number {
  if (column.kind === 'integer') return Math.round;
  if (column.kind === 'decimal') return (x) => roundTo(column, x);
  const step = datetimeSteps.find((size) => cells.every((x) => Number.isNaN(x) || x % size === 0)) ?? 1;
  return (x) => Math.round(x / step) * step;
}

// The baseline without any structure: each column drawn from training on its own.

/** Every cell is some training row's, each column's another's. Shapes are right, everything between columns is lost. */
export const independentColumns: Baseline = (train, rows, random): Table => ({
  schema: train.schema,
  rowCount: rows,
  columns: train.columns.map((cells) => {
    const drawn = () => cells[random.int(train.rowCount)]!;
    if (cells instanceof Float64Array) return Float64Array.from({ length: rows }, drawn as () => number);
    if (cells instanceof Int32Array) return Int32Array.from({ length: rows }, drawn as () => number);
    return Array.from({ length: rows }, drawn as () => string | null);
  }),
});

// The Gaussian copula: every column's own distribution, tied together by the correlations of normal scores. Source:
// Patki, Wedge & Veeramachaneni, The Synthetic Data Vault, DSAA 2016, here with empirical marginals.

type Cell = number | string | null;

const gaussianCopula: Baseline = (train, rows, random): Table => {
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

// The two steps of linear algebra that a copula needs.

/** Pearson's correlations of columns of equal length; a constant column has none with the others. */
function correlationMatrix(columns: readonly Float64Array[]): number[][] {
  const standard = columns.map((column) => {
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    const norm = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0));
    return column.map((x) => (norm === 0 ? 0 : (x - mean) / norm));
  });
  return standard.map((a, i) =>
    standard.map((b, j) => (i === j ? 1 : a.reduce((sum, x, row) => sum + x * b[row]!, 0))),
  );
}

/** L with L Lᵀ = the symmetric matrix; where rounding made a pivot negative, it is taken for 0. */
function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= lower[i]![k]! * lower[j]![k]!;
      if (i === j) lower[i]![i] = Math.sqrt(Math.max(0, rest));
      else lower[i]![j] = lower[j]![j]! > 1e-9 ? rest / lower[j]![j]! : 0;
    }
  });
  return lower;
}

// The standard normal distribution's function and its inverse.

/** Φ(x), by the continued fraction of W. J. Cody's class: error below 1e-12. */
export function normalCdf(x: number): number {
  return 0.5 * erfc(-x / Math.SQRT2);
}

/** erfc by its series near 0 and its continued fraction (Lentz) elsewhere. Source: Abramowitz & Stegun 7.1.6 and 7.1.14. */
function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

/** The x with Φ(x) = p for p in (0, 1), by Newton's steps from 0 kept between bounds. */
export function normalQuantile(p: number): number {
  let [low, high, x] = [-40, 40, 0];
  for (let step = 0; step < 100; step++) {
    const off = normalCdf(x) - p;
    if (off > 0) high = x;
    else low = x;
    const next = x - off / (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
    const moved = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - x) < 1e-12) return moved;
    x = moved;
  }
  return x;
}

// SMOTE-NC: new rows between a training row and a neighbour of its class. Source: Chawla et al., SMOTE, JAIR 2002,
// section 6.1. High utility, weak privacy: the sanity check of every generator.

const neighbours = 5;

/**
 * Classes come as often as in training; a numeric target, or none, is one class. Numbers lie a random share of the way
 * to one of the five nearest rows; anything else is what most of the five have. Distances are Euclidean between
 * standardised numbers, and a category that differs is one standard deviation away.
 */
export const smoteNc: Baseline = (train, rows, random, target): Table => {
  const bases = Int32Array.from({ length: rows }, () => random.int(train.rowCount));
  const classOf = classesOf(train, target);
  const near = new Int32Array(rows * neighbours).fill(-1);
  for (const members of groupByClass(classOf)) {
    const isMember = new Set(members);
    const own = Int32Array.from(bases.keys()).filter((i) => isMember.has(bases[i]!));
    fillNeighbours(train, members, own, bases, near);
  }
  // One neighbour and one share of the way for a whole row: so the row stays on one line.
  const toward = Int32Array.from(bases, (base, i) => {
    const row = near[i * neighbours + random.int(neighbours)]!;
    return row < 0 ? base : row;
  });
  const share = Float64Array.from(bases, () => random.uniform());
  const columns = train.schema.columns.map((column, index): ColumnData => {
    const cells = train.columns[index]!;
    if (isNumeric(column)) {
      const rounded = rounding(column, cells as Float64Array);
      return Float64Array.from(bases, (base, i) => {
        const [from, to] = [cells[base] as number, cells[toward[i]!] as number];
        return Number.isNaN(to) ? from : rounded(from + share[i]! * (to - from));
      });
    }
    const voted = Array.from(bases, (base, i) =>
      majority(cells, base, near.subarray(i * neighbours, (i + 1) * neighbours)),
    );
    return isCoded(column) ? Int32Array.from(voted as number[]) : (voted as (string | null)[]);
  });
  return { schema: train.schema, rowCount: rows, columns };
};

function classesOf(train: Table, target: number | null): ArrayLike<number> {
  if (target === null || !isCoded(train.schema.columns[target]!)) return new Int32Array(train.rowCount);
  return train.columns[target] as Int32Array;
}

function groupByClass(classOf: ArrayLike<number>): Int32Array[] {
  const rows = Int32Array.from({ length: classOf.length }, (_, row) => row);
  return [...new Set(Array.from(classOf))].map((each) => rows.filter((row) => classOf[row] === each));
}

/** For each new row i of `own`, up to five training rows near its base, in `near[5 i ..]`. */
function fillNeighbours(train: Table, members: Int32Array, own: Int32Array, bases: Int32Array, near: Int32Array): void {
  const [points, metric] = standardised(train);
  const take = (rows: Int32Array): Points => {
    const { width } = points;
    const values = new Float64Array(rows.length * width);
    rows.forEach((row, i) => {
      values.set(points.values.subarray(row * width, (row + 1) * width), i * width);
    });
    return { rowCount: rows.length, width, values };
  };
  const distinct = [...new Set(own.map((i) => bases[i]!))];
  const place = new Map(distinct.map((base, i) => [base, i]));
  const found = neighbourIndex(take(members), metric).nearest(take(Int32Array.from(distinct)), neighbours + 1).rows;
  for (const i of own) {
    const at = place.get(bases[i]!)! * (neighbours + 1);
    const others = Array.from(found.subarray(at, at + neighbours + 1), (m) => (m < 0 ? -1 : members[m]!));
    const rest = others.filter((row) => row >= 0 && row !== bases[i]);
    rest.slice(0, neighbours).forEach((row, k) => {
      near[i * neighbours + k] = row;
    });
  }
}

function standardised(train: Table): [Points, Metric] {
  const dimensions = train.schema.columns.map((column, index) => {
    const cells = train.columns[index]!;
    if (!isNumeric(column))
      return { cap: 1, cells: isCoded(column) ? (cells as Int32Array) : new Int32Array(cells.length) };
    const present = (cells as Float64Array).filter((x) => !Number.isNaN(x));
    const mean = present.reduce((sum, x) => sum + x, 0) / present.length;
    const deviation = Math.sqrt(present.reduce((sum, x) => sum + (x - mean) ** 2, 0) / present.length) || 1;
    const values = (cells as Float64Array).map((x) => (Number.isNaN(x) ? 0 : (x - mean) / deviation));
    return { cap: Number.POSITIVE_INFINITY, cells: values };
  });
  const width = dimensions.length;
  const values = new Float64Array(train.rowCount * width);
  dimensions.forEach(({ cells }, d) => {
    for (let row = 0; row < train.rowCount; row++) values[row * width + d] = cells[row]!;
  });
  return [
    { rowCount: train.rowCount, width, values },
    { power: 2, caps: Float64Array.from(dimensions, ({ cap }) => cap) },
  ];
}

/** The cell that most of the neighbours have, the row's own when there are none. */
function majority(cells: ColumnData, base: number, rows: Int32Array): number | string | null {
  const counts = new Map<number | string | null, number>();
  let best: number | string | null = cells[base]!;
  for (const row of rows) {
    if (row < 0) continue;
    const cell = cells[row]!;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
    if (counts.get(cell)! > (counts.get(best) ?? 0)) best = cell;
  }
  return best;
}

// The baseline that knows only what cells are possible.

/** Numbers evenly over training's range, categories with equal chances, text that some row has; no cell is missing. */
export const noise: Baseline = (train, rows, random): Table => ({
  schema: train.schema,
  rowCount: rows,
  columns: train.columns.map((cells, index) => {
    const column = train.schema.columns[index]!;
    if (isCoded(column)) {
      const present = [...new Set(cells as Int32Array)].filter((code) => code >= 0);
      return Int32Array.from({ length: rows }, () => present[random.int(Math.max(1, present.length))] ?? -1);
    }
    if (isNumeric(column)) {
      const [low, high] = valueRange(cells as Float64Array) ?? [Number.NaN, Number.NaN];
      const rounded = rounding(column, cells as Float64Array);
      return Float64Array.from({ length: rows }, () => rounded(low + random.uniform() * (high - low)));
    }
    return Array.from({ length: rows }, () => cells[random.int(train.rowCount)] as string | null);
  }),
});

export const baselines = {
  'independent columns': independentColumns,
  'Gaussian copula': gaussianCopula,
  'SMOTE-NC': smoteNc,
  noise,
} satisfies Record<string, Baseline>;

export type BaselineName = keyof typeof baselines;
