/**
 * A matrix as a linear model reads it: numbers standardised, missing ones 0 with a mark of their own, categories one-hot.
 * It knows matrices; it does not know what the weights are for.
 */

import type { Matrix } from '../matrix.ts';
import { binColumn, type ColumnBins, fitBins } from '../trees/bins.ts';

/** One feature with a number a row, or a block of features of which at most one is 1 in a row (-1: none is). */
type Part =
  | { readonly first: number; readonly values: Float64Array }
  | { readonly first: number; readonly codes: Int32Array };

export interface Design {
  readonly rowCount: number;
  readonly size: number;
  readonly parts: readonly Part[];
}

interface Scaling {
  readonly mean: number;
  readonly deviation: number;
  readonly marksMissing: boolean;
}

/** What was learned of the training columns, to lay out other rows alike. */
export type Layout = (matrix: Matrix) => Design;

export function fitLayout(matrix: Matrix): Layout {
  const bins = fitBins(matrix);
  const scalings = matrix.columns.map((column) => (column.kind === 'number' ? scalingOf(column.values) : null));
  return (other) => layOut(other, bins, scalings);
}

function scalingOf(values: Float64Array): Scaling {
  let [count, sum] = [0, 0];
  for (const x of values) {
    if (Number.isNaN(x)) continue;
    count += 1;
    sum += x;
  }
  const mean = count === 0 ? 0 : sum / count;
  let squares = 0;
  for (const x of values) if (!Number.isNaN(x)) squares += (x - mean) ** 2;
  const deviation = count === 0 ? 0 : Math.sqrt(squares / count);
  return { mean, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 1, marksMissing: count < values.length };
}

function layOut(matrix: Matrix, bins: readonly ColumnBins[], scalings: readonly (Scaling | null)[]): Design {
  const parts: Part[] = [];
  let size = 0;
  matrix.columns.forEach((column, c) => {
    const scaling = scalings[c];
    if (column.kind === 'category' || !scaling) {
      parts.push({ first: size, codes: Int32Array.from(binColumn(bins[c]!, column)) });
      size += bins[c]!.size;
      return;
    }
    const { mean, deviation, marksMissing } = scaling;
    parts.push({ first: size, values: column.values.map((x) => (Number.isNaN(x) ? 0 : (x - mean) / deviation)) });
    size += 1;
    if (!marksMissing) return;
    parts.push({ first: size, codes: Int32Array.from(column.values, (x) => (Number.isNaN(x) ? 0 : -1)) });
    size += 1;
  });
  return { rowCount: matrix.rowCount, size, parts };
}

/** Fills the sums of features times weights, plus the constant, which is the last weight. `at` is the first weight's place. */
export function weightedSums(design: Design, weights: Float64Array, at: number, sums: Float64Array): void {
  sums.fill(weights[at + design.size]!);
  for (const part of design.parts) {
    if ('values' in part) {
      const weight = weights[at + part.first]!;
      for (let row = 0; row < sums.length; row++) sums[row]! += weight * part.values[row]!;
    } else {
      const first = at + part.first;
      for (let row = 0; row < sums.length; row++) {
        const code = part.codes[row]!;
        if (code >= 0) sums[row]! += weights[first + code]!;
      }
    }
  }
}

/** The transpose of `weightedSums`: adds each row's pull to the features it has, and to the constant. */
export function addPulls(design: Design, pulls: Float64Array, at: number, gradient: Float64Array): void {
  for (const part of design.parts) {
    if ('values' in part) {
      let sum = 0;
      for (let row = 0; row < pulls.length; row++) sum += pulls[row]! * part.values[row]!;
      gradient[at + part.first]! += sum;
    } else {
      const first = at + part.first;
      for (let row = 0; row < pulls.length; row++) {
        const code = part.codes[row]!;
        if (code >= 0) gradient[first + code]! += pulls[row]!;
      }
    }
  }
  let total = 0;
  for (const pull of pulls) total += pull;
  gradient[at + design.size]! += total;
}
