/**
 * Exact nearest neighbours among points, by a tree of cuts: a side that is further than what is found is not entered.
 * How far a side is changes in one dimension a cut (Arya & Mount, DCC 1993).
 */
import type { Metric, Points } from './points.ts';

/** `k` neighbours a query, nearest first: query q's i-th is `rows[q * k + i]` at `distances[q * k + i]`. */
interface Neighbours {
  readonly k: number;
  /** As the metric has them: for power 2 the squares. Infinite where there are fewer than k points near enough. */
  readonly distances: Float64Array;
  readonly rows: Int32Array;
}

interface NeighbourIndex {
  /** Only points nearer than `within` are looked for: the less, the faster. */
  nearest(queries: Points, k: number, within?: number): Neighbours;
}

/** Made once in n log n steps for many queries. */
export function neighbourIndex(points: Points, metric: Metric): NeighbourIndex {
  const { power } = metric;
  const dimensions = widestFirst(points, metric);
  const caps = Float64Array.from(dimensions, (d) => metric.caps[d]!);
  const own = rearrange(points, dimensions);
  const { width } = own;
  const { dimension, right, ends, from, to, order } = cutTree(own, { power, caps });
  const inOrder = new Float64Array(own.values.length);
  order.forEach((row, place) => {
    inOrder.set(own.values.subarray(row * width, (row + 1) * width), place * width);
  });
  const between = power === 1 ? absoluteBetween : squareBetween;
  const toSide = (d: number, x: number, at: number) => {
    const off = Math.max(ends[at]! - x, x - ends[at + 1]!, 0);
    return Math.min(power === 1 ? off : off * off, caps[d]!);
  };

  return {
    nearest(queries, k, within = Number.POSITIVE_INFINITY) {
      const distances = new Float64Array(queries.rowCount * k).fill(Number.POSITIVE_INFINITY);
      const rows = new Int32Array(queries.rowCount * k).fill(-1);
      const { values } = rearrange(queries, dimensions);
      const q = new Float64Array(width);
      /** By dimension, how much the cuts above put between the query and the node. */
      const apart = new Float64Array(width);
      let first = 0;
      let limit = within; // the furthest of the k so far

      const enter = (node: number, distance: number): void => {
        const d = dimension[node]!;
        if (d < 0) {
          look(node);
          return;
        }
        const before = apart[d]!;
        const [left, other] = [toSide(d, q[d]!, 4 * node), toSide(d, q[d]!, 4 * node + 2)];
        const leftFirst = left <= other;
        const [near, far] = leftFirst ? [left, other] : [other, left];
        apart[d] = near;
        if (distance - before + near < limit) enter(leftFirst ? node + 1 : right[node]!, distance - before + near);
        apart[d] = far;
        if (distance - before + far < limit) enter(leftFirst ? right[node]! : node + 1, distance - before + far);
        apart[d] = before;
      };
      const look = (leaf: number): void => {
        const start = from[leaf]!;
        // More points than a leaf may have are equal.
        const end = to[leaf]! - start > leafRows ? Math.min(to[leaf]!, start + k) : to[leaf]!;
        for (let i = start; i < end; i++) {
          const distance = between(q, inOrder, i * width, caps, limit);
          if (distance < limit) insert(order[i]!, distance);
        }
      };
      const insert = (row: number, distance: number): void => {
        let place = first + k - 1;
        for (; place > first && distances[place - 1]! > distance; place--) {
          distances[place] = distances[place - 1]!;
          rows[place] = rows[place - 1]!;
        }
        distances[place] = distance;
        rows[place] = row;
        limit = Math.min(within, distances[first + k - 1]!);
      };

      for (let query = 0; query < queries.rowCount; query++) {
        q.set(values.subarray(query * width, (query + 1) * width));
        first = query * k;
        limit = within;
        if (order.length > 0) enter(0, 0);
      }
      return { k, distances, rows };
    },
  };
}

/** Columns in which points differ most come first: then a sum soon shows that a point is too far. */
function widestFirst(points: Points, metric: Metric): Int32Array {
  const every = Int32Array.from({ length: points.rowCount }, (_, row) => row);
  const apart = spreads(points, metric, every);
  return Int32Array.from(apart.keys()).sort((a, b) => apart[b]! - apart[a]! || a - b);
}

function rearrange({ rowCount, width, values }: Points, dimensions: Int32Array): Points {
  const moved = new Float64Array(values.length);
  for (let row = 0; row < rowCount; row++) {
    for (let d = 0; d < width; d++) moved[row * width + d] = values[row * width + dimensions[d]!]!;
  }
  return { rowCount, width, values: moved };
}

// The innermost loops. Each gives up as soon as its sum reaches `limit`; two powers in one loop would be slower.

function absoluteBetween(q: Float64Array, points: Float64Array, at: number, caps: Float64Array, limit: number): number {
  let sum = 0;
  for (let d = 0; d < q.length; d++) {
    const part = Math.abs(q[d]! - points[at + d]!);
    sum += Math.min(part, caps[d]!);
    if (sum >= limit) return sum;
  }
  return sum;
}

function squareBetween(q: Float64Array, points: Float64Array, at: number, caps: Float64Array, limit: number): number {
  let sum = 0;
  for (let d = 0; d < q.length; d++) {
    const off = q[d]! - points[at + d]!;
    sum += Math.min(off * off, caps[d]!);
    if (sum >= limit) return sum;
  }
  return sum;
}

// Points cut in two again and again, each time between two values of the dimension in which they are furthest apart.

/** Nodes by number, the root 0; the left child of node n is n + 1. */
interface CutTree {
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

const leafRows = 8;

function cutTree(points: Points, metric: Metric): CutTree {
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
function spreads({ values, width }: Points, { caps, power }: Metric, rows: Int32Array): Float64Array {
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
