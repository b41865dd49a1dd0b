/** Cells as numbers that are equal exactly when the cells are. */

/** Numbers distinct cells in the order of appearance; a Map takes NaN for equal to NaN and 0 to -0. */
export function numberCells(columns: readonly ArrayLike<number | string | null>[]): Int32Array[] {
  const numberOf = new Map<number | string | null, number>();
  return columns.map((cells) => {
    const numbers = new Int32Array(cells.length);
    for (let row = 0; row < cells.length; row++) {
      const known = numberOf.get(cells[row]!);
      if (known === undefined) numberOf.set(cells[row]!, numberOf.size);
      numbers[row] = known ?? numberOf.size - 1;
    }
    return numbers;
  });
}
