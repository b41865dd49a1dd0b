/** Sets of numbers as closed intervals. */

/** A closed interval; its ends may be infinite. */
export type Interval = readonly [lo: number, hi: number];

/** Every number. Sets are intervals in ascending order that do not meet. */
export const everyNumber: readonly Interval[] = [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]];

export const atLeast = (x: number): readonly Interval[] => [[x, Number.POSITIVE_INFINITY]];
export const atMost = (x: number): readonly Interval[] => [[Number.NEGATIVE_INFINITY, x]];
export const above = (x: number): readonly Interval[] => atLeast(nextUp(x));
export const below = (x: number): readonly Interval[] => atMost(-nextUp(-x));
export const otherThan = (x: number): readonly Interval[] => [...below(x), ...above(x)];

/** The numbers themselves, each an interval of its own. */
export function points(numbers: Iterable<number>): readonly Interval[] {
  return [...new Set(numbers)].sort((a, b) => a - b).map((x) => [x, x]);
}

export function intersection(a: readonly Interval[], b: readonly Interval[]): readonly Interval[] {
  const common: Interval[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const lo = Math.max(a[i]![0], b[j]![0]);
    const hi = Math.min(a[i]![1], b[j]![1]);
    if (lo <= hi) common.push([lo, hi]);
    if (a[i]![1] < b[j]![1]) i++;
    else j++;
  }
  return common;
}

export const holds = (set: readonly Interval[], x: number): boolean => set.some(([lo, hi]) => x >= lo && x <= hi);

const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);

/** The least double above x. */
function nextUp(x: number): number {
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x === 0) return Number.MIN_VALUE;
  double[0] = x;
  bits[0]! += x > 0 ? 1n : -1n;
  return double[0];
}
