/** Pearson's correlation of two numeric columns with missing cells. It knows numbers only. */

/** rho over the rows where neither cell is NaN, in [-1, 1]; NaN when either column is constant there. */
export function pearson(x: Float64Array, y: Float64Array): number {
  let [count, sumX, sumY] = [0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    if (Number.isNaN(x[row]!) || Number.isNaN(y[row]!)) continue;
    count += 1;
    sumX += x[row]!;
    sumY += y[row]!;
  }
  const [meanX, meanY] = [sumX / count, sumY / count];
  let [xx, xy, yy] = [0, 0, 0];
  let [firstX, firstY, variesX, variesY] = [Number.NaN, Number.NaN, false, false];
  for (let row = 0; row < x.length; row++) {
    const [a, b] = [x[row]!, y[row]!];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    if (Number.isNaN(firstX)) [firstX, firstY] = [a, b];
    variesX ||= a !== firstX;
    variesY ||= b !== firstY;
    xx += (a - meanX) ** 2;
    yy += (b - meanY) ** 2;
    xy += (a - meanX) * (b - meanY);
  }
  if (!variesX || !variesY) return Number.NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}
