/** The two steps of linear algebra that a copula needs. It knows numbers only. */

/** Pearson's correlations of columns of equal length; a constant column has none with the others. */
export function correlationMatrix(columns: readonly Float64Array[]): number[][] {
  const standard = columns.map((column) => {
    const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
    const norm = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0));
    return column.map((x) => (norm === 0 ? 0 : (x - mean) / norm));
  });
  return standard.map((a, i) =>
    standard.map((b, j) => (i === j ? 1 : a.reduce((sum, x, row) => sum + x * b[row]!, 0))),
  );
}

/** L with L Lᵀ = the symmetric matrix; where rounding made a pivot negative, it is taken for 0. */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  matrix.forEach((row, i) => {
    for (let j = 0; j <= i; j++) {
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= lower[i]![k]! * lower[j]![k]!;
      if (i === j) lower[i]![i] = Math.sqrt(Math.max(0, rest));
      else lower[i]![j] = lower[j]![j]! > 1e-9 ? rest / lower[j]![j]! : 0;
    }
  });
  return lower;
}
