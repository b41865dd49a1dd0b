/**
 * Cuts a numeric column into ranges of about equal weight, so that a sentence can first place a number and then spell
 * it.
 */
import { z } from 'zod';
import type { Interval } from '../../numeric/intervals.ts';
import { isNegative, sortedNumbers } from '../../numeric/sorted-numbers.ts';
import { ceilTime, floorTime, previousTime } from '../../table/datetime/calendar.ts';
import { granularityOf } from '../../table/datetime/datetime-formats.ts';
import { previousOf, roundTo } from '../../table/numbers/number-grid.ts';
import type { NumericColumn } from '../../table/schema.ts';

/** JSON.stringify writes -0 as 0, and the two are different values of a column that holds "-0.0". */
const negativeZero = '-0';
const end = z.union([z.number(), z.literal(negativeZero).transform(() => -0)]);

/** The replacer for JSON.stringify with which `bin` reads back the same range. */
export const keepNegativeZero = (_key: string, value: unknown) => (Object.is(value, -0) ? negativeZero : value);

/** A closed range; `lo` equal to `hi` is a single value that needs no spelling. */
export const bin = z.tuple([end, end]);
export type Bin = z.infer<typeof bin>;

export const isSingle = ([lo, hi]: Bin): boolean => Object.is(lo, hi);

/**
 * Disjoint ranges in ascending order that cover every value in [min, max], but for gaps that no range of their own sign
 * adjoins, only single values. About `count` ranges of equal weight, in which these are otherwise: a column with at most `count`
 * distinct values has only single ones. A value as frequent as a whole range is a range of its own, and what is left beside such values is
 * cut as a smaller column would be, so that a column of zeros with some numbers tells these apart. A range whose values thin out is cut
 * where they do (`cutUneven`). No range holds both signs. A `count` of 1 is one range for each sign.
 * @param previous the largest representable number below x, at the column's precision.
 */
export function quantileBins(values: Float64Array, count: number, previous: (x: number) => number): Bin[] {
  const counted = countsOf(values);
  const { distinct, times } = counted;
  const { share, isAlone } = heavyValues(counted, count);
  const ranges: { from: number; to: number; weight: number }[] = [];
  for (let i = 0; i < distinct.length; i++) {
    const weight = times[i]!;
    const last = ranges.at(-1);
    const isSameSign = last && isNegative(distinct[last.from]!) === isNegative(distinct[i]!);
    if (last && isSameSign && !isAlone(i) && !isAlone(last.to) && last.weight < share) {
      last.to = i;
      last.weight += weight;
    } else ranges.push({ from: i, to: i, weight });
  }
  const cut = count === 1 ? ranges : ranges.flatMap((range) => cutUneven(range, counted));
  return closeGaps(
    cut.map(({ from, to }): Bin => [distinct[from]!, distinct[to]!]),
    previous,
  );
}

type Counts = ReturnType<typeof countsOf>;

/**
 * The values that are ranges of their own, and the weight of a range of others: of these there are as many fewer as their rows' cube
 * root is smaller. Once more than `count` values are found it looks for no more.
 */
function heavyValues({ distinct, times, total }: Counts, count: number) {
  if (distinct.length <= count) return { share: 0, isAlone: () => true };
  const heavyFrom = (least: number) => times.filter((weight) => weight >= least);
  let share = total / count;
  for (let heavy = heavyFrom(share); heavy.length <= count; heavy = heavyFrom(share)) {
    const rest = total - heavy.reduce((sum, weight) => sum + weight, 0);
    const smaller = rest / (count * Math.cbrt(rest / total));
    if (!(smaller < share)) break;
    share = smaller;
  }
  return { share, isAlone: (i: number) => times[i]! >= share };
}

/** A part of the distinct values, and how many cells it has. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/** Fewer cells than this in a range do not teach a token. */
const fewestCells = 8;
/** The halves of a range are uneven where one spans so many times what the other does. */
const unevenness = 3;

/** Halves a range, and its thinner half again, while one half spans far more than the other: the end of a tail, a gap. */
function cutUneven(part: Part, counts: Counts): Part[] {
  const { distinct, times } = counts;
  if (part.weight < 2 * fewestCells || part.from === part.to) return [part];
  let [middle, before] = [part.from, 0];
  while (middle < part.to && before + times[middle]! <= part.weight / 2) before += times[middle++]!;
  const [low, high] = [
    { from: part.from, to: middle - 1, weight: before },
    { from: middle, to: part.to, weight: part.weight - before },
  ];
  if (Math.min(low.weight, high.weight) < fewestCells) return [part];
  const edge = distinct[middle]!;
  const [below, above] = [edge - distinct[part.from]!, distinct[part.to]! - edge];
  if (above >= unevenness * below) return [low, ...cutUneven(high, counts)];
  if (below >= unevenness * above) return [...cutUneven(low, counts), high];
  return [part];
}

/** The index of the range that holds x, or -1. */
export function binOf(bins: readonly Bin[], x: number): number {
  let low = 0;
  let high = bins.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isBelow(x, bins[middle]![0])) high = middle - 1;
    else low = middle;
  }
  const found = bins[low];
  return found && !isBelow(x, found[0]) && !isBelow(found[1], x) ? low : -1;
}

/** `binOf` for many numbers. */
export function binFinder(bins: readonly Bin[]): (x: number) => number {
  const los = Float64Array.from(bins, ([lo]) => lo);
  const his = Float64Array.from(bins, ([, hi]) => hi);
  return (x) => {
    if (x === 0) return binOf(bins, x);
    let low = 0;
    for (let count = los.length; count > 1; ) {
      const half = count >> 1;
      // No branch: which way it goes is as good as random.
      low += half & -Number(los[low + half]! <= x);
      count -= half;
    }
    return x >= los[low]! && x <= his[low]! ? low : -1;
  };
}

/** The order of Float64Array.sort, where -0 stands before 0. */
function isBelow(a: number, b: number): boolean {
  return a < b || (Object.is(a, -0) && Object.is(b, 0));
}

/** The different values in ascending order, -0 before 0, and how often each comes. */
function countsOf(values: Float64Array): { distinct: Float64Array; times: Int32Array; total: number } {
  const sorted = sortedNumbers(values);
  const times = new Int32Array(sorted.length);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i]!;
    if (count === 0 || sorted[count - 1] !== value || (value === 0 && isBelow(sorted[count - 1]!, value))) {
      sorted[count++] = value;
    }
    times[count - 1]!++;
  }
  return { distinct: sorted.subarray(0, count), times, total: sorted.length };
}

/** Stretches ranges over the unobserved values beside them, so that a condition may name those too. */
function closeGaps(bins: readonly Bin[], previous: (x: number) => number): Bin[] {
  const next = (x: number) => -previous(-x);
  return bins.map((range, i): Bin => {
    if (isSingle(range)) return range;
    const [lo, hi] = range;
    const [before, after] = [bins[i - 1], bins[i + 1]];
    // Towards a range of the other sign the gap ends at zero.
    const crossesZero = before && isNegative(before[0]) !== isNegative(lo);
    const from = crossesZero ? 0 : before && isSingle(before) ? next(before[0]) : lo;
    const to = after ? previous(isNegative(after[0]) === isNegative(hi) ? after[0] : 0) : hi;
    return [Math.min(from, lo), Math.max(to, hi)];
  });
}

// The numbers a column can hold: its values lie on a grid as fine as its spelling.

/** The largest number of the grid below x, itself a number of the grid. */
export function previousIn(column: NumericColumn): (x: number) => number {
  if (column.kind === 'decimal') return (x) => previousOf(column, x);
  if (column.kind === 'integer') return (x) => x - 1;
  const granularity = granularityOf(column.format);
  return (x) => previousTime(x, granularity);
}

/** The least and the largest number of the grid in an interval of finite ends, or undefined where it holds none. */
export function gridEnds(column: NumericColumn, [lo, hi]: Interval): Interval | undefined {
  const [from, to] = gridEndsOf(column, lo, hi);
  return from <= to ? [from, to] : undefined;
}

function gridEndsOf(column: NumericColumn, lo: number, hi: number): [number, number] {
  if (column.kind === 'integer') return [Math.ceil(lo), Math.floor(hi)];
  if (column.kind === 'decimal') return [roundUp(column, lo), -roundUp(column, -hi)];
  const granularity = granularityOf(column.format);
  return [ceilTime(lo, granularity), floorTime(hi, granularity)];
}

/** The least number of the grid that is not below x. */
function roundUp(column: Extract<NumericColumn, { kind: 'decimal' }>, x: number): number {
  const nearest = roundTo(column, x);
  return nearest < x ? -previousOf(column, -nearest) : nearest;
}
