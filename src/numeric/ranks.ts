/** Where a number stands among others. It knows numbers only. */

/**
 * The share of `sorted` below `x`, ties counted half: 0 below all, 1 above all; 0.5 in the mean for numbers like those.
 * @param sorted ascending, not empty.
 */
export function rankAmong(sorted: ArrayLike<number>, x: number): number {
  return (countBefore(sorted, (y) => y < x) + countBefore(sorted, (y) => y <= x)) / 2 / sorted.length;
}

/** How many come before the first that does not hold. */
function countBefore(sorted: ArrayLike<number>, isBefore: (y: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
