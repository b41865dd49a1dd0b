/** What the learners learn from: columns of numbers and codes, and labels. */

import { pick } from '../numeric/pick.ts';

/** A number a row, NaN missing; or a code in [0, size) a row, -1 missing. */
export type MatrixColumn =
  | { readonly kind: 'number'; readonly values: Float64Array }
  | { readonly kind: 'category'; readonly codes: Int32Array; readonly size: number };

export interface Matrix {
  readonly rowCount: number;
  readonly columns: readonly MatrixColumn[];
}

/** What is to be predicted, one a row: a number, or one of `classes` codes. No label is missing. */
export type Labels =
  | { readonly kind: 'number'; readonly values: Float64Array }
  | { readonly kind: 'class'; readonly codes: Int32Array; readonly classes: number };

/**
 * What a learner learned. `predict` gives one array of `rowCount` numbers for each output: the predicted number, or for
 * classes the probability of each, which sum to 1 in every row.
 */
export interface Model {
  predict(matrix: Matrix): Float64Array[];
}

/** Learns from equally many rows and labels. The same arguments give the same model. */
export type Learner = (matrix: Matrix, labels: Labels) => Model;

/** The rows with these indices, in this order. */
export function takeMatrixRows({ columns }: Matrix, rows: ArrayLike<number>): Matrix {
  return {
    rowCount: rows.length,
    columns: columns.map((column) =>
      column.kind === 'number'
        ? { kind: 'number', values: pick(column.values, rows) }
        : { ...column, codes: pick(column.codes, rows) },
    ),
  };
}

export function takeLabels(labels: Labels, rows: ArrayLike<number>): Labels {
  return labels.kind === 'number'
    ? { kind: 'number', values: pick(labels.values, rows) }
    : { ...labels, codes: pick(labels.codes, rows) };
}
