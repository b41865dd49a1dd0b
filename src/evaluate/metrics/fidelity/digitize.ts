/** Equal-width bins with NumPy's conventions, on which SDMetrics' mixed pairs rest. It knows numbers only. */
import { valueRange } from '../../../numeric/value-range.ts';
import { bulkRange, presentSorted } from '../distributions.ts';

const bins = 10;

/**
 * The 11 edges of ten equal bins over the values that are not NaN, as `np.histogram_bin_edges`: a constant column gets
 * half a unit on either side, an empty one [0, 1].
 */
export function histogramBinEdges(cells: Float64Array): Float64Array {
  let [low, high] = valueRange(cells) ?? [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const step = (high - low) / bins;
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : i * step + low));
}

/** For each cell the number of edges at or below it, as `np.digitize`; NaN is above them all. So the maximum gets 11, too. */
export function digitize(cells: Float64Array, edges: Float64Array): Int32Array {
  const codes = new Int32Array(cells.length);
  for (let row = 0; row < cells.length; row++) {
    let code = edges.length;
    while (code > 0 && edges[code - 1]! > cells[row]!) code -= 1;
    codes[row] = code;
  }
  return codes;
}

/**
 * Codes from 1 to 10, of `size` 12, by ten equal bins over training's range, or its middle 99 % where the tails are most
 * of it; what lies outside goes to the nearest bin, NaN is 11.
 */
export function trainingBinsOf(train: Float64Array): (cells: Float64Array) => { codes: Int32Array; size: number } {
  const [low, high] = bulkRange(presentSorted(train)) ?? [0, 1];
  const edges = histogramBinEdges(Float64Array.of(low, high));
  const inBins = (code: number) => Math.min(bins, Math.max(1, code));
  return (cells) => ({
    codes: digitize(cells, edges).map((code, row) => (Number.isNaN(cells[row]!) ? bins + 1 : inBins(code))),
    size: bins + 2,
  });
}
