/**
 * Exact nearest neighbours among points, by a tree of cuts: a side that is further than what is found is not entered. It
 * knows points and their metric, no table. How far a side is changes in one dimension a cut (Arya & Mount, DCC 1993).
 */
import { cutTree, leafRows, spreads } from './kd-tree.ts';
import type { Metric, Points } from './points.ts';

/** `k` neighbours a query, nearest first: query q's i-th is `rows[q * k + i]` at `distances[q * k + i]`. */
interface Neighbours {
  readonly k: number;
  /** As the metric has them: for power 2 the squares. Infinite where there are fewer than k points near enough. */
  readonly distances: Float64Array;
  readonly rows: Int32Array;
}

export interface NeighbourIndex {
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
