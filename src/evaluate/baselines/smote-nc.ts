/**
 * SMOTE-NC: new rows between a training row and a neighbour of its class. It knows tables.
 * Source: Chawla et al., SMOTE, JAIR 2002, section 6.1. High utility, weak privacy: the sanity check of every generator.
 */

import { neighbourIndex } from '../../learn/distance/neighbours.ts';
import type { Metric, Points } from '../../learn/distance/points.ts';
import { isCoded, isNumeric } from '../../table/schema.ts';
import type { ColumnData, Table } from '../../table/table.ts';
import { type Baseline, rounding } from './baseline.ts';

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
