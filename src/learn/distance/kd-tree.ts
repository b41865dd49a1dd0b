/**
 * Points cut in two again and again, each time between two values of the dimension in which they are furthest apart. It
 * knows points and their metric; it does not search.
 */
import type { Metric, Points } from './points.ts';

/** Nodes by number, the root 0; the left child of node n is n + 1. */
export interface CutTree {
  /** The dimension in which a node is cut, -1 for a leaf. */
  readonly dimension: Int32Array;
  readonly right: Int32Array;
  /** The least and the greatest value of the cut dimension on the left, then those on the right: four numbers a node. */
  readonly ends: Float64Array;
  /** A leaf's points are `order[from..to)`: few, or all equal. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly order: Int32Array;
}

export const leafRows = 8;

export function cutTree(points: Points, metric: Metric): CutTree {
  const order = Int32Array.from({ length: points.rowCount }, (_, row) => row);
  const spare = new Int32Array(points.rowCount);
  const [dimension, right, ends, from, to]: number[][] = [[], [], [], [], []];
  const grow = (first: number, end: number): void => {
    const node = dimension!.length;
    const d = end - first > leafRows ? furthestApart(points, metric, order.subarray(first, end)) : -1;
    dimension!.push(d);
    right!.push(-1);
    from!.push(first);
    to!.push(end);
    const { middle, ends: found } = d < 0 ? noCut : cut(points, d, order, first, end, spare);
    ends!.push(...found);
    if (d < 0) return;
    grow(first, middle);
    right![node] = dimension!.length;
    grow(middle, end);
  };
  grow(0, points.rowCount);
  return {
    dimension: Int32Array.from(dimension!),
    right: Int32Array.from(right!),
    ends: Float64Array.from(ends!),
    from: Int32Array.from(from!),
    to: Int32Array.from(to!),
    order,
  };
}

interface Cut {
  readonly middle: number;
  readonly ends: readonly [number, number, number, number];
}

const noCut: Cut = { middle: 0, ends: [0, 0, 0, 0] };

/** A few pairs of rows tell how far rows are apart. */
const mostPairs = 64;

/** By dimension how far two rows are apart, summed over some pairs. */
export function spreads({ values, width }: Points, { caps, power }: Metric, rows: Int32Array): Float64Array {
  const sums = new Float64Array(width);
  const count = rows.length;
  for (let pair = 0; pair < Math.min(mostPairs, count); pair++) {
    // Neighbours are alike by the cuts before: both rows come from all over.
    const [a, b] = [rows[(pair * 7919) % count]! * width, rows[(pair * 104_729 + 1) % count]! * width];
    for (let d = 0; d < width; d++) {
      const off = Math.abs(values[a + d]! - values[b + d]!);
      sums[d]! += Math.min(power === 1 ? off : off * off, caps[d]!);
    }
  }
  return sums;
}

/** -1 where all rows are equal. */
function furthestApart(points: Points, metric: Metric, rows: Int32Array): number {
  const sums = spreads(points, metric, rows);
  let best = 0;
  for (let d = 1; d < sums.length; d++) if (sums[d]! > sums[best]!) best = d;
  return sums[best]! > 0 ? best : anyUnequal(points, rows);
}

function anyUnequal({ values, width }: Points, rows: Int32Array): number {
  const first = rows[0]! * width;
  for (let d = 0; d < width; d++) {
    if (rows.some((row) => values[row * width + d] !== values[first + d])) return d;
  }
  return -1;
}

const mostSampled = 33;

/** Cuts `order[first..end)` before or after all rows of a value near the middle one, where the halves are more equal. */
function cut(
  { values, width }: Points,
  d: number,
  order: Int32Array,
  first: number,
  end: number,
  spare: Int32Array,
): Cut {
  const count = end - first;
  const sampled = Math.min(mostSampled, count);
  const sample = Float64Array.from(
    { length: sampled },
    (_, i) => values[order[first + Math.floor((i * count) / sampled)]! * width + d]!,
  ).sort();
  const pivot = sample[sampled >> 1]!;
  let [below, equal] = [0, 0];
  for (let i = first; i < end; i++) {
    const x = values[order[i]! * width + d]!;
    if (x < pivot) below++;
    else if (x === pivot) equal++;
  }
  const withPivot =
    below === 0 || (below + equal < count && Math.abs(2 * (below + equal) - count) < Math.abs(2 * below - count));
  const ends: [number, number, number, number] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  let [middle, right] = [first, 0];
  for (let i = first; i < end; i++) {
    const row = order[i]!;
    const x = values[row * width + d]!;
    const isLeft = x < pivot || (withPivot && x === pivot);
    if (isLeft) order[middle++] = row;
    else spare[right++] = row;
    const at = isLeft ? 0 : 2;
    if (x < ends[at]!) ends[at] = x;
    if (x > ends[at + 1]!) ends[at + 1] = x;
  }
  order.set(spare.subarray(0, right), middle);
  return { middle, ends };
}
