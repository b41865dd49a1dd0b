/** Numbers in ascending order: where one stands among them, and where they are cut into parts of equal length. */

/**
 * The share of `sorted` below `x`, ties counted half: 0 below all, 1 above all; 0.5 in the mean for numbers like those.
 * @param sorted ascending, not empty.
 */
export function rankAmong(sorted: ArrayLike<number>, x: number): number {
  return (countBelow(sorted, x) + countUpTo(sorted, x)) / 2 / sorted.length;
}

/** How many of `sorted` are less than `x`. */
export function countBelow(sorted: ArrayLike<number>, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of `sorted` are at most `x`. */
export function countUpTo(sorted: ArrayLike<number>, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first number of each of so many parts of about equal length, but of the first part; equal ones where many are alike. */
export function quantileCuts(sorted: ArrayLike<number>, parts: number): number[] {
  return Array.from({ length: parts - 1 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / parts)]!);
}
