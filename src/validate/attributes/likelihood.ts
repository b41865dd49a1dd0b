/** How usual a row is in the model's eyes, beside real rows that it never saw. It knows log-probabilities, no model. */

import { rankAmong } from '../../numeric/ranks.ts';
import type { Table } from '../../table/table.ts';

/** Nats of each row under a model. */
export type LogProb = (table: Table) => Promise<Float64Array>;

/**
 * Likelihood, in [0, 1]: the share of real rows with a lower log-probability under the model, ties half; 0.5 in the mean for
 * rows like them, 0 for what the model has no words for. It tells the usual from the odd, not the good from the bad:
 * to keep the highest is to narrow. An empirical percentile (a conformal p-value, Vovk et al. 2005) of the probability that
 * GReaT samples from (Borisov et al., ICLR 2023), its mean over orders of the columns.
 * @param sayable the rows whose cells the schema can hold; the others have 0.
 * @param nats those of the sayable rows.
 * @param real nats of real rows that the model did not learn from, ascending.
 */
export function likelihood(
  rowCount: number,
  sayable: Int32Array,
  nats: Float64Array,
  real: ArrayLike<number>,
): Float64Array {
  const found = new Float64Array(rowCount);
  sayable.forEach((row, i) => {
    found[row] = nats[i] === Number.NEGATIVE_INFINITY ? 0 : rankAmong(real, nats[i]!);
  });
  return found;
}
