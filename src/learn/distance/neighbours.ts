/**
 * Exact nearest neighbours among points, by a tree of boxes: a box that is further than what is found is not opened.
 * It knows points and their metric, no table.
 */
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

const leafRows = 12;

/** Children of node n are 2n + 1 and 2n + 2; node n has the points `order[from[n]..to[n])`. */
interface Boxes {
  readonly order: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** For each node the least, then the greatest value of each dimension. */
  readonly bounds: Float64Array;
  readonly firstLeaf: number;
}

/** Made once in n log n steps for many queries. */
export function neighbourIndex(points: Points, metric: Metric): NeighbourIndex {
  const dimensions = widestFirst(points, metric);
  const own = rearrange(points, dimensions);
  const caps = Float64Array.from(dimensions, (d) => metric.caps[d]!);
  const boxes = buildBoxes(own, caps, metric.power);
  const inOrder = new Float64Array(own.values.length);
  boxes.order.forEach((row, place) => {
    inOrder.set(own.values.subarray(row * own.width, (row + 1) * own.width), place * own.width);
  });
  return {
    nearest: (queries, k, within = Number.POSITIVE_INFINITY) =>
      search(boxes, inOrder, caps, metric.power, rearrange(queries, dimensions), k, within),
  };
}

/** Columns in which points differ most come first: then a sum soon shows that a point is too far. */
function widestFirst(points: Points, { power, caps }: Metric): Int32Array {
  const spread = Float64Array.from(caps, (cap, d) => meanDeviation(points, null, 0, points.rowCount, d, cap, power));
  return Int32Array.from(caps.keys()).sort((a, b) => spread[b]! - spread[a]! || a - b);
}

function rearrange({ rowCount, width, values }: Points, dimensions: Int32Array): Points {
  const moved = new Float64Array(values.length);
  for (let row = 0; row < rowCount; row++) {
    for (let d = 0; d < width; d++) moved[row * width + d] = values[row * width + dimensions[d]!]!;
  }
  return { rowCount, width, values: moved };
}

/** How far the rows are from their mean in one dimension, each as the metric counts it. */
function meanDeviation(
  { values, width }: Points,
  order: Int32Array | null,
  from: number,
  to: number,
  d: number,
  cap: number,
  power: 1 | 2,
): number {
  const at = (i: number) => values[(order ? order[i]! : i) * width + d]!;
  let mean = 0;
  for (let i = from; i < to; i++) mean += at(i) / (to - from);
  let sum = 0;
  for (let i = from; i < to; i++) {
    const off = Math.abs(at(i) - mean);
    sum += Math.min(power === 1 ? off : off * off, cap);
  }
  return sum / (to - from);
}

function buildBoxes(points: Points, caps: Float64Array, power: 1 | 2): Boxes {
  const { rowCount, width } = points;
  const depth = Math.max(0, Math.ceil(Math.log2(rowCount / leafRows)));
  const firstLeaf = 2 ** depth - 1;
  const nodes = 2 * firstLeaf + 1;
  const order = Int32Array.from({ length: rowCount }, (_, row) => row);
  const [from, to] = [new Int32Array(nodes), new Int32Array(nodes)];
  const bounds = new Float64Array(nodes * width * 2);
  to[0] = rowCount;
  for (let node = 0; node < nodes; node++) {
    measureBox(points, order, from[node]!, to[node]!, bounds, node * width * 2);
    if (node >= firstLeaf) continue;
    const d = widest(points, order, from[node]!, to[node]!, caps, power);
    order
      .subarray(from[node]!, to[node]!)
      .sort((a, b) => points.values[a * width + d]! - points.values[b * width + d]!);
    const middle = (from[node]! + to[node]! + 1) >> 1;
    [from[2 * node + 1], to[2 * node + 1], from[2 * node + 2], to[2 * node + 2]] = [
      from[node]!,
      middle,
      middle,
      to[node]!,
    ];
  }
  return { order, from, to, bounds, firstLeaf };
}

/** An empty box is infinitely far: its least value is above its greatest. */
function measureBox(
  points: Points,
  order: Int32Array,
  from: number,
  to: number,
  bounds: Float64Array,
  at: number,
): void {
  const { values, width } = points;
  for (let d = 0; d < width; d++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = from; i < to; i++) {
      const x = values[order[i]! * width + d]!;
      if (x < low) low = x;
      if (x > high) high = x;
    }
    bounds[at + d] = low;
    bounds[at + width + d] = high;
  }
}

/** A few rows tell which dimension is widest. */
const rowsLookedAt = 200;

function widest(points: Points, order: Int32Array, from: number, to: number, caps: Float64Array, power: 1 | 2): number {
  const step = Math.max(1, Math.floor((to - from) / rowsLookedAt));
  const looked = Int32Array.from({ length: Math.floor((to - from) / step) }, (_, i) => order[from + i * step]!);
  let [best, most] = [0, -1];
  for (let d = 0; d < caps.length; d++) {
    const spread = meanDeviation(points, looked, 0, looked.length, d, caps[d]!, power);
    if (spread > most) [best, most] = [d, spread];
  }
  return best;
}

function search(
  boxes: Boxes,
  points: Float64Array,
  caps: Float64Array,
  power: 1 | 2,
  queries: Points,
  k: number,
  within: number,
): Neighbours {
  const { order, from, to, bounds, firstLeaf } = boxes;
  const width = caps.length;
  const [between, toBox] = power === 1 ? [absoluteBetween, absoluteToBox] : [squareBetween, squareToBox];
  const distances = new Float64Array(queries.rowCount * k).fill(Number.POSITIVE_INFINITY);
  const rows = new Int32Array(queries.rowCount * k).fill(-1);
  const q = new Float64Array(width);
  // Boxes yet to be opened and how far they are at least; a path down the tree leaves one at each level.
  const waiting = new Int32Array(64);
  const atLeast = new Float64Array(64);
  for (let query = 0; query < queries.rowCount; query++) {
    q.set(queries.values.subarray(query * width, (query + 1) * width));
    const last = query * k + k - 1;
    let limit = within; // the furthest of the k so far
    let count = 1;
    waiting[0] = 0;
    atLeast[0] = 0;
    while (count > 0) {
      count -= 1;
      if (atLeast[count]! >= limit) continue;
      let node = waiting[count]!;
      while (node < firstLeaf) {
        const left = 2 * node + 1;
        const toLeft = toBox(q, bounds, left * width * 2, caps, limit);
        const toRight = toBox(q, bounds, (left + 1) * width * 2, caps, limit);
        const nearLeft = toLeft <= toRight;
        waiting[count] = nearLeft ? left + 1 : left;
        atLeast[count] = nearLeft ? toRight : toLeft;
        count += 1;
        if ((nearLeft ? toLeft : toRight) >= limit) break;
        node = nearLeft ? left : left + 1;
      }
      if (node < firstLeaf) continue;
      for (let i = from[node]!; i < to[node]!; i++) {
        const distance = between(q, points, i * width, caps, limit);
        if (distance >= limit) continue;
        let place = last;
        for (; place > last - k + 1 && distances[place - 1]! > distance; place--) {
          distances[place] = distances[place - 1]!;
          rows[place] = rows[place - 1]!;
        }
        distances[place] = distance;
        rows[place] = order[i]!;
        limit = Math.min(within, distances[last]!);
      }
    }
  }
  return { k, distances, rows };
}

// The four innermost loops. Each gives up as soon as its sum reaches `limit`; two powers in one loop would be slower.

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

/** The least distance that a point within the bounds can have. */
function absoluteToBox(q: Float64Array, bounds: Float64Array, at: number, caps: Float64Array, limit: number): number {
  let sum = 0;
  for (let d = 0; d < q.length; d++) {
    const off = Math.max(bounds[at + d]! - q[d]!, q[d]! - bounds[at + q.length + d]!, 0);
    sum += Math.min(off, caps[d]!);
    if (sum >= limit) return sum;
  }
  return sum;
}

function squareToBox(q: Float64Array, bounds: Float64Array, at: number, caps: Float64Array, limit: number): number {
  let sum = 0;
  for (let d = 0; d < q.length; d++) {
    const off = Math.max(bounds[at + d]! - q[d]!, q[d]! - bounds[at + q.length + d]!, 0);
    sum += Math.min(off * off, caps[d]!);
    if (sum >= limit) return sum;
  }
  return sum;
}
