/** The mean every score of this folder is averaged with. */

/** Mean of the values that are not NaN (an undefined score, such as the correlation of a constant column); NaN when none is. */
export function meanOfDefined(values: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}
