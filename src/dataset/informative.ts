/** Which of the things that rows could be told say something of them. Each costs two tokens a row, and chance teaches nothing. */
import { createRandom } from '../numeric/random.ts';
import { isCoded, isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';

/** As many are kept, the most telling. */
const mostFeatures = 24;
/** Ranges that a number is cut into for counting. */
const ranges = 8;

/** @param told by feature, its code in each row, -1 missing. @returns the indices of those to keep, in their order. */
export function informative(told: readonly Int32Array[], own: Table, always: readonly number[]): number[] {
  const targets = own.schema.columns.flatMap((column, i) => {
    const data = own.columns[i]!;
    if (isCoded(column)) return [data as Int32Array];
    return isNumeric(column) ? [binned(data as Float64Array)] : [];
  });
  const random = createRandom(0, 23);
  const shuffled = targets.map((target) => random.shuffle(Int32Array.from(target)));
  const scores = told.map((codes) =>
    targets.reduce((sum, target, i) => sum + information(codes, target, shuffled[i]!), 0),
  );
  const ranked = [...told.keys()]
    .filter((i) => !always.includes(i) && scores[i]! > 0)
    .sort((a, b) => scores[b]! - scores[a]! || a - b);
  return [...always, ...ranked.slice(0, mostFeatures - always.length)].sort((a, b) => a - b);
}

/** What a feature says beyond chance: more than a tenth above what it says of the same cells shuffled. */
const aboveChance = 1.1;

/** Mutual information of two columns in nats, less that of shuffled cells; 0 where it is hardly more. */
function information(a: Int32Array, b: Int32Array, shuffled: Int32Array): number {
  const chance = mutual(a, shuffled);
  const found = mutual(a, b);
  return found > aboveChance * chance ? found - chance : 0;
}

function mutual(a: Int32Array, b: Int32Array): number {
  const [rows, columns] = [new Map<number, number>(), new Map<number, number>()];
  const joint = new Map<number, number>();
  const width = b.reduce((most, code) => Math.max(most, code), 0) + 2;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! + 1, b[i]! + 1];
    count(rows, x);
    count(columns, y);
    count(joint, x * width + y);
  }
  const n = a.length;
  let sum = 0;
  for (const [cell, both] of joint) {
    sum += (both / n) * Math.log((both * n) / (rows.get(Math.floor(cell / width))! * columns.get(cell % width)!));
  }
  return sum;
}

const count = (counts: Map<number, number>, key: number) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** Ranges of about equally many numbers, -1 missing. */
function binned(data: Float64Array): Int32Array {
  const sorted = data.filter((x) => !Number.isNaN(x)).sort();
  const edges = Array.from({ length: ranges - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / ranges)]!);
  return Int32Array.from(data, (x) => (Number.isNaN(x) ? -1 : edges.filter((edge) => x >= edge).length));
}
