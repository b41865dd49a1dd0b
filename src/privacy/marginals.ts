/**
 * Noisy counts of a table: of every column's values, and of each column's together with the target's. They make the ranges of its
 * numbers and, drawn from, rows to begin learning with. All noise is added here, by the Gaussian mechanism; what comes out is public.
 */

import type { Random } from '../numeric/random.ts';
import type { TableGrammar } from '../serialize/codec/grammar.ts';

import { type Bin, isSingle } from '../serialize/numbers/bins.ts';
import { valueAt } from '../table/cells.ts';
import { tableFromValues } from '../table/from-values.ts';
import { type Column, isCoded, isNumeric, type NumericColumn } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { type ColumnCells, codedCells, finestCells, mergedRanges, publicRanges, rangeCells } from './column-cells.ts';
import { addNoise } from './noise.ts';

export interface Marginals {
  readonly cells: TableGrammar['cells'];
  /** Rows drawn from the counts: each column's values as often as there, and with the target's, and otherwise independent. */
  draw(rows: number, random: Random): Table;
}

/** Rounds of counting, each with its noise: columns alone, then by the target's classes. */
export const roundsFor = (target: number): number => (target < 0 ? 1 : 2);

interface CountedColumn {
  readonly column: Column;
  readonly finest: ColumnCells;
  /** Of the finest cells. */
  readonly counts: Float64Array;
  readonly bins: readonly Bin[];
  /** Coarser: the ranges that are tokens, or the categories. */
  readonly coarse: ColumnCells;
}

/**
 * @param target the index of the column whose classes the others are counted by, -1 for none.
 * @param rows how many the table has, which is public; it may hold fewer, where some were left out.
 * @param sigma noise of each round, as a multiple of what one row can change.
 */
export function measureMarginals(table: Table, target: number, rows: number, sigma: number): Marginals {
  const { schema } = table;
  const noise = sigma * Math.sqrt(schema.columns.length);
  const most = Math.round(Math.min(mostRanges, Math.max(fewestRanges, rows / (rangeNoises * noise))));
  const finest = schema.columns.map((column) => finestCells(column, most));
  const alone = noisyCounts(
    finest.map((cells, c) => ({ cells: cellsOf(cells, table, c), count: cells.count })),
    rows,
    sigma,
  );
  const least = Math.max(rows / mostBins, rangeNoises * noise);
  const counted = schema.columns.map((column, c) => countedColumn(column, finest[c]!, alone[c]!, most, least));
  const byClass = target < 0 ? independent(counted) : countedByClass(table, counted, target, rows, sigma);
  const classDraw = cumulated(byClass.shares);
  const draws = byClass.weights.map((ofClasses) => ofClasses.map(cumulated));
  return {
    cells: counted.map(({ column, bins }) => (isNumeric(column) ? { bins: [...bins] } : {})),
    draw(count, random) {
      const row = () => {
        const drawn = drawFrom(classDraw, random);
        return finest.map((cells, c) => cells.draw(drawFrom(draws[c]![drawn]!, random), random));
      };
      return tableFromValues(schema, Array.from({ length: count }, row));
    },
  };
}

/** Each class's share of the rows; by column and class, how often each of the finest cells comes. */
interface ByClass {
  readonly shares: Float64Array;
  readonly weights: readonly (readonly Float64Array[])[];
}

const independent = (counted: readonly CountedColumn[]): ByClass => ({
  shares: Float64Array.of(1),
  weights: counted.map(({ counts }) => [counts]),
});

function countedByClass(
  table: Table,
  counted: readonly CountedColumn[],
  target: number,
  rows: number,
  sigma: number,
): ByClass {
  const classes = classesOf(counted[target]!);
  const classAt = cellsOf(classes, table, target);
  const others = [...counted.keys()].filter((c) => c !== target);
  const joint = noisyCounts(
    others.map((c) => {
      const { coarse } = counted[c]!;
      const cells = cellsOf(coarse, table, c).map((cell, row) => classAt[row]! * coarse.count + cell);
      return { cells, count: classes.count * coarse.count };
    }),
    rows,
    sigma,
  );
  const shares = classShares(joint, classes.count);
  const weights = counted.map((column, c) => {
    const { finest, counts, coarse } = column;
    const cells = c === target ? classes : coarse;
    const sums = coarserCounts(column, cells);
    const size = cells.count;
    const known = c === target ? diagonal(sums) : raked(joint[others.indexOf(c)]!, sums, shares);
    // Within a coarse cell the finest ones have their own proportions, in every class.
    return Array.from(shares, (_, k) =>
      counts.map((count, cell) => {
        const at = cells.indexOf(finest.first(cell));
        return sums[at]! > 0 ? (known[k * size + at]! * count) / sums[at]! : 0;
      }),
    );
  });
  return { shares, weights };
}

/** Ranges of a column that are counted: the more, the fewer rows in each, which should be some times its noise. */
const [fewestRanges, mostRanges] = [8, 128];
const rangeNoises = 3;

/** About so many ranges of a number are tokens. */
const mostBins = 48;

const cellsOf = (cells: ColumnCells, { columns }: Table, c: number): Int32Array =>
  Int32Array.from({ length: columns[c]!.length }, (_, row) => cells.indexOf(valueAt(columns[c]!, row)));

/** Each row is in one cell of each of the tables: their counts together change by the root of their number where a row comes. */
function noisyCounts(
  tables: readonly { readonly cells: Int32Array; readonly count: number }[],
  total: number,
  sigma: number,
): Float64Array[] {
  return tables.map(({ cells, count }) => {
    const counts = new Float64Array(count);
    for (const cell of cells) counts[cell]!++;
    addNoise(counts, sigma * Math.sqrt(tables.length));
    return onSimplex(counts, total);
  });
}

/** The nearest counts that are none below zero and have this sum (Duchi et al. 2008). */
function onSimplex(counts: Float64Array, total: number): Float64Array {
  const sorted = counts.toSorted((a, b) => b - a);
  let [sum, shift] = [0, 0];
  for (const [i, count] of sorted.entries()) {
    sum += count;
    const candidate = (sum - total) / (i + 1);
    if (count > candidate) shift = candidate;
  }
  return counts.map((count) => Math.max(0, count - shift));
}

function countedColumn(
  column: Column,
  finest: ColumnCells,
  counts: Float64Array,
  most: number,
  least: number,
): CountedColumn {
  if (isCoded(column)) return { column, finest, counts, bins: [], coarse: codedCells(column) };
  const ranges = publicRanges(column as NumericColumn, most);
  const isShort = ranges.length <= mostBins && ranges.every(isSingle);
  const bins = isShort ? ranges : mergedRanges(ranges, counts, least);
  return { column, finest, counts, bins, coarse: rangeCells(column as NumericColumn, bins) };
}

/** Classes of a target of numbers, of about as many rows each. */
const mostClasses = 6;

/** The values of a coded target; of one of numbers, a few ranges. */
function classesOf(target: CountedColumn): ColumnCells {
  const { column, bins, coarse } = target;
  if (!isNumeric(column)) return coarse;
  const rows = coarserCounts(target, coarse);
  const total = rows.reduce((a, b) => a + b, 0);
  return rangeCells(column, mergedRanges(bins, rows, total / mostClasses));
}

/** The counts of the finest cells as those of the coarser ones that hold them. */
function coarserCounts({ finest, counts }: CountedColumn, coarse: ColumnCells): Float64Array {
  const sums = new Float64Array(coarse.count);
  for (const [cell, count] of counts.entries()) sums[coarse.indexOf(finest.first(cell))]! += count;
  return sums;
}

/** By all tables that have the classes. */
function classShares(joint: readonly Float64Array[], classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const counts of joint) {
    const size = counts.length / classes;
    for (const [i, count] of counts.entries()) shares[Math.floor(i / size)]! += count;
  }
  const total = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / total);
}

/** Counts by class and cell where each class is a cell. */
function diagonal(counts: Float64Array): Float64Array {
  const square = new Float64Array(counts.length ** 2);
  for (const [k, count] of counts.entries()) square[k * counts.length + k] = count;
  return square;
}

/** Turns of raking; the sums hardly change after a few. */
const rakes = 10;

/** Counts by class and cell with the cells' better known counts, and the classes', as their sums (Deming & Stephan 1940). */
function raked(joint: Float64Array, cells: Float64Array, shares: Float64Array): Float64Array {
  const total = cells.reduce((a, b) => a + b, 0);
  const size = cells.length;
  // A trace everywhere, so that every sum can be had.
  const counts = joint.map((count) => count + 1e-3);
  const scale = (of: (i: number) => number, sums: ArrayLike<number>) => {
    const now = new Float64Array(sums.length);
    for (const [i, count] of counts.entries()) now[of(i)]! += count;
    for (let i = 0; i < counts.length; i++) counts[i]! *= sums[of(i)]! / Math.max(1e-12, now[of(i)]!);
  };
  for (let turn = 0; turn < rakes; turn++) {
    scale(
      (i) => Math.floor(i / size),
      shares.map((share) => share * total),
    );
    scale((i) => i % size, cells);
  }
  return counts;
}

function cumulated(weights: Float64Array): Float64Array {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/** An index, each as often as its weight says. */
function drawFrom(cumulated: Float64Array, random: Random): number {
  const at = random.uniform() * cumulated.at(-1)!;
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
