/** The cells into which the values of a column fall to be counted: made of its schema alone, so that they tell nothing of a row. */
import type { Random } from '../numeric/random.ts';
import { isNegative } from '../numeric/sorted-numbers.ts';
import { type Bin, binFinder, gridEnds, isSingle, previousIn } from '../serialize/numbers/bins.ts';
import type { Value } from '../table/cells.ts';
import { type Column, isCoded, type NumericColumn } from '../table/schema.ts';

export interface ColumnCells {
  readonly count: number;
  /** The cell of a value that the column can hold; a missing one has the last cell. */
  indexOf(value: Value | null): number;
  /** A value of the cell, each equally likely. */
  draw(cell: number, random: Random): Value | null;
}

function codedCells(column: Extract<Column, { values: readonly string[] }>): ColumnCells {
  const { length } = column.values;
  return {
    count: length + (column.missing === null ? 0 : 1),
    indexOf: (value) => (value as number | null) ?? length,
    draw: (cell) => (cell < length ? cell : null),
  };
}

export function rangeCells(column: NumericColumn, ranges: readonly Bin[]): ColumnCells {
  const find = binFinder(ranges);
  return {
    count: ranges.length + (column.missing === null ? 0 : 1),
    indexOf: (value) => (value === null ? ranges.length : find(value as number)),
    draw(cell, random) {
      const range = ranges[cell];
      if (!range || isSingle(range)) return range?.[0] ?? null;
      const [lo, hi] = range;
      const at = lo + random.uniform() * (hi - lo);
      return (gridEnds(column, [at, hi]) ?? [hi])[0] + 0;
    },
  };
}

/** The finest cells of a column; of numbers about `most`. */
export const finestCells = (column: Column, most: number): ColumnCells =>
  isCoded(column)
    ? codedCells(column)
    : rangeCells(column as NumericColumn, publicRanges(column as NumericColumn, most));

/**
 * Ranges of equal width from the least to the largest number; both ends, and zero, are ranges of their own, because values
 * that were cut off or stand for nothing are there. All of the column's numbers are covered.
 */
export function publicRanges(column: NumericColumn, most: number): Bin[] {
  const [min, max] = gridEnds(column, [column.min, column.max]) ?? [column.min, column.max];
  const points = [...new Set([min, ...(min < 0 && max > 0 ? [0] : []), max])];
  const next = nextIn(column);
  return points.flatMap((point, i): Bin[] => {
    const end = points[i + 1];
    const alone: Bin = [point + 0, point + 0];
    return end === undefined ? [alone] : [alone, ...rangesBetween(column, next(point), previousIn(column)(end), most)];
  });
}

/** Of times, in milliseconds: a microsecond is their finest step, and a year and more longer than any. */
const [shortestStep, longestStep] = [1e-3, 400 * 86_400_000];

/** The least number of the column beyond one of its numbers. */
function nextIn(column: NumericColumn): (x: number) => number {
  const previous = previousIn(column);
  if (column.kind !== 'datetime') return (x) => -previous(-x) + 0;
  return (x) => gridEnds(column, [x + shortestStep, x + longestStep])![0];
}

function rangesBetween(column: NumericColumn, lo: number, hi: number, most: number): Bin[] {
  const ranges: Bin[] = [];
  const width = (hi - lo) / most;
  const next = nextIn(column);
  for (let from = lo; from <= hi; from = next(ranges.at(-1)![1])) {
    ranges.push([from, (gridEnds(column, [from, Math.min(hi, from + width)]) ?? [from, from])[1] + 0]);
  }
  return ranges;
}

/** Neighbouring ranges put together until each has `least` rows, by these counts; none holds both signs. */
export function mergedRanges(ranges: readonly Bin[], counts: ArrayLike<number>, least: number): Bin[] {
  const merged: { lo: number; hi: number; rows: number }[] = [];
  for (const [i, [lo, hi]] of ranges.entries()) {
    const last = merged.at(-1);
    const rows = counts[i]!;
    const isHeavy = rows >= least;
    if (last && last.rows < least && !isHeavy && isNegative(last.lo) === isNegative(lo)) {
      last.hi = hi;
      last.rows += rows;
    } else merged.push({ lo, hi, rows });
  }
  return merged.map(({ lo, hi }): Bin => [lo, hi]);
}
