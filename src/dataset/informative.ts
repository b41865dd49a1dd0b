/** Which of the things that rows could be told say something of them. Each costs two tokens a row, and chance teaches nothing. */
import { pick } from '../numeric/pick.ts';
import { createRandom } from '../numeric/random.ts';
import { countUpTo, quantileCuts } from '../numeric/ranks.ts';
import { isCoded, isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';

/** As many are kept, the most telling; of them so many of the rows above, where there are as many. */
const [mostFeatures, mostAbove] = [24, 10];
/** Ranges that a number is cut into for counting. */
const ranges = 8;

/** What is told of every row, and where it says most. */
export interface Told {
  /** By row, its code, -1 missing. */
  readonly codes: Int32Array;
  /** `always`: kept. `above`: of a row above; without places of their own these would give way to the rows before, which a first row does not have. */
  readonly kind: 'always' | 'above' | 'before';
}

/** @param first the first row of each family. @returns the indices of those to keep, in their order. */
export function informative(told: readonly Told[], own: Table, first: Int32Array): number[] {
  const targets = own.schema.columns.flatMap((column, i) => {
    const data = own.columns[i]!;
    if (isCoded(column)) return [data as Int32Array];
    return isNumeric(column) ? [rangeCodes(data as Float64Array, ranges)] : [];
  });
  const random = createRandom(0, 23);
  const pairs = targets.map((target) => ({ target, shuffled: random.shuffle(Int32Array.from(target)) }));
  const firsts = targets.map((all) => {
    const target = pick(all, first);
    return { target, shuffled: random.shuffle(Int32Array.from(target)) };
  });
  const scores = told.map(
    ({ codes, kind }) =>
      informationOn(pairs, codes) + (kind === 'above' ? informationOn(firsts, pick(codes, first)) : 0),
  );
  const best = (kind: Told['kind'], most: number) =>
    [...told.keys()]
      .filter((i) => told[i]!.kind === kind && scores[i]! > 0)
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .slice(0, most);
  const always = [...told.keys()].filter((i) => told[i]!.kind === 'always');
  const above = best('above', mostAbove);
  const before = best('before', mostFeatures - always.length - above.length);
  return [...always, ...above, ...before].sort((a, b) => a - b);
}

const informationOn = (targets: readonly { target: Int32Array; shuffled: Int32Array }[], codes: Int32Array): number =>
  targets.reduce((sum, { target, shuffled }) => sum + information(codes, target, shuffled), 0);

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
export function rangeCodes(data: Float64Array, ranges: number): Int32Array {
  const sorted = data.filter((x) => !Number.isNaN(x)).sort();
  const cuts = quantileCuts(sorted, ranges);
  return Int32Array.from(data, (x) => (Number.isNaN(x) ? -1 : countUpTo(cuts, x)));
}
