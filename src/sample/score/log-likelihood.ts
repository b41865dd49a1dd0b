/** The log-likelihood of rows under the model, renormalised over what the grammar admits: the probability of drawing them. */
import { canonicalOrder } from '../../serialize/sentence/canonical-order.ts';
import type { Value } from '../../table/cells.ts';
import type { SamplerModel } from '../decode/block.ts';
import { columnOrders, sequencesOf } from './score-sequences.ts';
import { scoreSequences } from './score-threads.ts';

export interface LikelihoodOptions {
  /** Column orders averaged per row (`columnOrders`). */
  readonly orders: number;
  /** The first of them; by default the canonical one, where the model has learned it best. */
  readonly first?: readonly number[] | undefined;
  /** Of the orders after the first. */
  readonly seed: number;
  /** Whether each cell is scored too; each takes as much work as a row. */
  readonly cells: boolean;
  /** 0 is one a core. */
  readonly threads: number;
}

/** In nats; -Infinity where the model has no tokens for a cell. */
export interface Likelihoods {
  /** Log of each row's probability, which is averaged over the orders. */
  readonly rows: Float64Array;
  /** By column: log of the probability of each row's cell given the row's others. Empty unless `cells`. */
  readonly cells: readonly Float64Array[];
}

/** @param columns the cells of all rows, column by column in the schema's order. */
export async function likelihoods(
  model: SamplerModel,
  columns: readonly (readonly (Value | null)[])[],
  { orders, first, seed, cells, threads }: LikelihoodOptions,
): Promise<Likelihoods> {
  const { codec, target, isCanonical } = model;
  const best = isCanonical ? [...canonicalOrder(codec.schema, target)] : undefined;
  const inOrders = columnOrders(codec, orders, seed, first ?? best);
  const rows = columns[0]!.length;
  const count = rows * orders * (cells ? 1 + codec.schema.columns.length : 1);
  const { sequences, logProbs } = await scoreSequences(model, count * codec.longest, threads, () =>
    sequencesOf(codec, columns, inOrders, cells),
  );
  const sums = [-1, ...codec.schema.columns.keys()].map(() => logMeans(rows, orders));
  for (let i = 0; i < sequences.count; i++) sums[sequences.scored[i]! + 1]!.add(sequences.rows[i]!, logProbs[i]!);
  const [whole, ...each] = sums.map((sum) => sum.result());
  return { rows: whole!, cells: cells ? each : [] };
}

interface LogMeans {
  add(row: number, logProb: number): void;
  /** Log of the mean of the probabilities added for each row. */
  result(): Float64Array;
}

function logMeans(rows: number, count: number): LogMeans {
  const highest = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(rows);
  return {
    add(row, logProb) {
      if (logProb === Number.NEGATIVE_INFINITY) return;
      const top = Math.max(highest[row]!, logProb);
      sums[row] = sums[row]! * Math.exp(highest[row]! - top) + Math.exp(logProb - top);
      highest[row] = top;
    },
    result: () => highest.map((top, row) => (sums[row] === 0 ? top : top + Math.log(sums[row]! / count))),
  };
}
