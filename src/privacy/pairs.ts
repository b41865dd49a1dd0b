/**
 * Trees of columns that depend on each other beyond what the classes say (Friedman et al. 1997, tree-augmented naive Bayes), chosen by
 * noisy scores and counted with noise. All noise is the Gaussian mechanism's; whatever else is used was noisy before.
 */
import type { Random } from '../numeric/random.ts';
import { cumulated, drawFrom, noisyCounts, raked, total } from './counts.ts';
import { addNoise } from './noise.ts';

export interface CountedColumn {
  /** Whether neighbouring cells are alike. */
  readonly isOrdered: boolean;
  /** The cell of missing values, -1 for none. */
  readonly missing: number;
  /** The finest cell of each row: private. */
  readonly cellAt: Int32Array;
  /** How often each of them comes, by class, from noisy counts. */
  readonly byClass: readonly Float64Array[];
}

interface Counting {
  /** How many the table has, which is public. */
  readonly rows: number;
  /** Noise of each round, as a multiple of what one row can change. */
  readonly sigma: number;
  /** Whether pairs are counted, in two rounds; else columns depend on the class alone. */
  readonly isPaired: boolean;
}

/** Draws the finest cell of each column, for a row of a class. */
type DrawCells = (classOf: number, random: Random) => Int32Array;

export function measurePairs(given: readonly CountedColumn[], { rows, sigma, isPaired }: Counting): DrawCells {
  // Pairs of groups then have as many rows as noise, on average.
  const noise = sigma * Math.sqrt(given.length);
  const columns = given.map((column) => grouped(column, Math.sqrt(noise * rows)));
  const pairs = isPaired ? columns.flatMap((a, i) => columns.slice(i + 1).map((b): Pair => [a, b])) : [];
  const scores = Float64Array.from(pairs, dependence);
  addNoise(scores, sigma * Math.sqrt(pairs.length));
  const gains = pairs.map((pair, i) => ({ pair, gain: scores[i]! - chance(pair, noise) }));
  const order = heaviestTrees(columns, gains);
  const edges = order.flatMap(({ column, parent }) => (parent ? [[parent, column] as const] : []));
  const counts = noisyCounts(edges.map(jointCells), rows, sigma);
  const joint = new Map(edges.map((edge, i) => [edge[1], countsOf(edge, counts[i]!)]));
  const steps = order.map(({ column, parent }) => {
    const draws = (joint.get(column) ?? column.byClass.map((sums) => [sums])).map((byGroup) => byGroup.map(cumulated));
    return { draws, at: columns.indexOf(column), from: parent ? columns.indexOf(parent) : 0, groupOf: parent?.groupOf };
  });
  return (classOf, random) => {
    const cells = new Int32Array(columns.length);
    for (const { draws, groupOf, at, from } of steps) {
      cells[at] = drawFrom(draws[classOf]![groupOf?.[cells[from]!] ?? 0]!, random);
    }
    return cells;
  };
}

export type Pair = readonly [GroupedColumn, GroupedColumn];

/** Cells are put together to groups, because most pairs of cells have few rows. */
export interface GroupedColumn extends CountedColumn {
  readonly groupOf: Int32Array;
  /** How often each group comes, by class. */
  readonly sums: readonly Float64Array[];
  readonly size: number;
}

/** Neighbours, or the rarest cells where there is no order, go together until a group has `least` rows. */
export function grouped(column: CountedColumn, least: number): GroupedColumn {
  const counts = column.byClass.reduce((sums, ofClass) => sums.map((sum, cell) => sum + ofClass[cell]!));
  const order = [...counts.keys()];
  if (!column.isOrdered) order.sort((a, b) => counts[b]! - counts[a]!);
  const groupOf = new Int32Array(counts.length);
  let [last, rows] = [-1, least];
  for (const cell of order) {
    if (rows >= least || counts[cell]! >= least || cell === column.missing) [last, rows] = [last + 1, 0];
    groupOf[cell] = last;
    rows += counts[cell]!;
  }
  const sums = column.byClass.map((ofClass) => {
    const sum = new Float64Array(last + 1);
    for (const [cell, count] of ofClass.entries()) sum[groupOf[cell]!]! += count;
    return sum;
  });
  return { ...column, groupOf, sums, size: last + 1 };
}

/** The cell of each row among both columns' groups. */
export const jointCells = ([a, b]: Pair) => ({
  cells: a.cellAt.map((cell, row) => a.groupOf[cell]! * b.size + b.groupOf[b.cellAt[row]!]!),
  count: a.size * b.size,
});

/** Counts of the joint cells if, in each class, one column said nothing of the other. */
function independent([a, b]: Pair): Float64Array {
  const rows = a.sums.map((sums) => Math.max(1e-9, total(sums)));
  const inClass = (k: number, i: number) => (a.sums[k]![Math.floor(i / b.size)]! * b.sums[k]![i % b.size]!) / rows[k]!;
  return Float64Array.from({ length: a.size * b.size }, (_, i) => rows.reduce((sum, _, k) => sum + inClass(k, i), 0));
}

/** By how many rows the joint cells differ from those. One row is in one cell: it changes this by at most one. */
export function dependence(pair: Pair): number {
  const differences = independent(pair);
  for (const cell of jointCells(pair).cells) differences[cell]!--;
  return total(differences.map(Math.abs));
}

/** By about how many they would differ by chance and noise: the mean of a normal number without its sign, or twice a small count. */
const chance = (pair: Pair, noise: number): number =>
  total(independent(pair).map((count) => Math.min(2 * count, Math.sqrt((2 / Math.PI) * (count + noise * noise)))));

/** All columns, each after its parent, in the trees of the largest gains (Prim 1957). A pair that gains nothing is in none. */
function heaviestTrees(columns: readonly GroupedColumn[], gains: readonly { pair: Pair; gain: number }[]) {
  const sorted = gains.filter(({ gain }) => gain > 0).sort((a, b) => b.gain - a.gain);
  const order: { column: GroupedColumn; parent: GroupedColumn | undefined }[] = [];
  const isIn = new Set<GroupedColumn>();
  while (order.length < columns.length) {
    const next = sorted.find(({ pair: [a, b] }) => isIn.has(a) !== isIn.has(b))?.pair;
    const column = next?.find((end) => !isIn.has(end)) ?? columns.find((each) => !isIn.has(each))!;
    const parent = next?.find((end) => isIn.has(end));
    order.push({ column, parent });
    isIn.add(column);
  }
  return order;
}

/**
 * How often each cell of the second column comes, by class and the first one's group, by the pair's counts. Both depend on the class as
 * they are known to, and on each other alike in every class.
 */
export function countsOf([parent, child]: Pair, counts: Float64Array): Float64Array[][] {
  const flat = (sums: readonly Float64Array[]) => sums.flatMap((ofClass) => [...ofClass]);
  const ofChild = (i: number) => i % child.size;
  const ofParent = (i: number) => Math.floor(i / child.size);
  const whole = (sums: readonly Float64Array[]) => sums.reduce((a, b) => a.map((x, i) => x + b[i]!));
  const pair = raked(counts, [
    { of: ofParent, sums: whole(parent.sums) },
    { of: ofChild, sums: whole(child.sums) },
  ]);
  const known = raked(Float64Array.from(child.sums.flatMap(() => [...pair])), [
    { of: (i) => i % pair.length, sums: pair },
    { of: ofParent, sums: flat(parent.sums) },
    { of: (i) => Math.floor(i / pair.length) * child.size + ofChild(i), sums: flat(child.sums) },
  ]);
  return child.byClass.map((cells, k) =>
    Array.from(parent.sums[k]!, (_, group) => {
      const from = k * pair.length + group * child.size;
      const share = child.sums[k]!.map((sum, at) => (sum > 0 ? known[from + at]! / sum : 0));
      // In a group its cells keep their proportions.
      return cells.map((count, cell) => count * share[child.groupOf[cell]!]!);
    }),
  );
}
