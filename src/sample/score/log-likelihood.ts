/**
 * How likely rows are under the model: the probability with which it would draw them, nothing of it spent on what the
 * grammar forbids. It knows codec and model, nothing of what the figures are used for.
 */
import { createCodec } from '../../serialize/codec/codec.ts';
import type { Value } from '../../table/cells.ts';
import type { SamplerModel } from '../decode/block.ts';
import { columnOrders, readingsOf } from './score-sequences.ts';
import { readAll } from './score-threads.ts';

export interface LikelihoodOptions {
  /** In how many orders of the columns each row is read (`columnOrders`). */
  readonly orders: number;
  /** The first of them, where the model knows one in which rows begin alike. */
  readonly first?: readonly number[] | undefined;
  /** Of the orders after the first. */
  readonly seed: number;
  /** Whether cells are judged too: each takes as much work as a row. */
  readonly cells: boolean;
  /** 0 is one a core. */
  readonly threads: number;
}

/** In nats; -Infinity where the model has no words for a cell. */
export interface Likelihoods {
  /** Log of the probability of each row, the probabilities' mean over the orders. */
  readonly rows: Float64Array;
  /** By column: log of the probability of each row's cell given the row's others. Empty unless asked for. */
  readonly cells: readonly Float64Array[];
}

/** @param columns the cells of all rows, column by column in the schema's order. */
export async function likelihoods(
  model: SamplerModel,
  columns: readonly (readonly (Value | null)[])[],
  { orders, first, seed, cells, threads }: LikelihoodOptions,
): Promise<Likelihoods> {
  const codec = createCodec(model.schema, model.grammar);
  const inOrders = columnOrders(codec, orders, seed, first);
  const rows = columns[0]!.length;
  const sentences = rows * orders * (cells ? 1 + codec.schema.columns.length : 1);
  const { readings, nats } = await readAll(model, sentences * codec.longest, threads, () =>
    readingsOf(codec, columns, inOrders, cells),
  );
  const sums = [-1, ...codec.schema.columns.keys()].map(() => logMeans(rows, orders));
  for (let i = 0; i < readings.count; i++) sums[readings.judged[i]! + 1]!.add(readings.rows[i]!, nats[i]!);
  const [whole, ...each] = sums.map((sum) => sum.result());
  return { rows: whole!, cells: cells ? each : [] };
}

interface LogMeans {
  add(row: number, nats: number): void;
  /** Log of the mean of the probabilities added for each row. */
  result(): Float64Array;
}

function logMeans(rows: number, count: number): LogMeans {
  const highest = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(rows);
  return {
    add(row, nats) {
      if (nats === Number.NEGATIVE_INFINITY) return;
      const top = Math.max(highest[row]!, nats);
      sums[row] = sums[row]! * Math.exp(highest[row]! - top) + Math.exp(nats - top);
      highest[row] = top;
    },
    result: () => highest.map((top, row) => (sums[row] === 0 ? top : top + Math.log(sums[row]! / count))),
  };
}
