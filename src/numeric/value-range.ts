/** The range of a numeric column. */

/** [least, greatest] of the cells that are not NaN; null when there are none. */
export function valueRange(cells: Float64Array): [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of cells) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low > high ? null : [low, high];
}

/** Not `Math.min(...values)`: a million arguments overflow the stack. NaN is left out. */
export function rangeOf(values: ArrayLike<number>): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // Adding 0 turns -0 into 0: which of the two came first must not show.
  return { min: min + 0, max: max + 0 };
}
