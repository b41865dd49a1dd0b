/** The range of a numeric column. It knows numbers only. */

/** [least, greatest] of the cells that are not NaN; null when there are none. */
export function valueRange(cells: Float64Array): [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of cells) {
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low > high ? null : [low, high];
}
