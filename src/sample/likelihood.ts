/**
 * How likely rows are under the model: the probability with which it would draw them, nothing of it spent on what the
 * grammar forbids. It knows codec and model, nothing of what the figures are used for.
 */
import { createReader, type Reader } from '../../models/reader.ts';
import { createRandom } from '../random.ts';
import { isEnding } from '../serialize/automaton.ts';
import { type Codec, createCodec } from '../serialize/codec.ts';
import type { Value } from '../table/cells.ts';
import type { SamplerModel } from './block.ts';

export interface LikelihoodOptions {
  /** In how many random orders of the columns each row is read. */
  readonly orders: number;
  readonly seed: number;
  /** Whether cells are judged too: each takes as much work as a row. */
  readonly cells: boolean;
  readonly threads: number;
}

/** In nats; -Infinity where the model has no words for a cell. */
export interface Likelihoods {
  /** Log of the probability of each row, the probabilities' mean over the orders. */
  readonly rows: Float64Array;
  /** By column: log of the probability of each row's cell given the row's others. Empty unless asked for. */
  readonly cells: readonly Float64Array[];
}

/** A sentence to be read: one row in one order. */
interface Reading {
  readonly row: number;
  readonly order: Int32Array;
  /** The only column that is judged, -1 for the whole row. */
  readonly judged: number;
  readonly length: number;
}

/** Logits of one call to the model hold at most this many numbers. */
const mostLogits = 4_000_000;
/** Sequences share one of few lengths: for each a graph is made, which must be worth it. */
const lengthStep = (readings: number) => (readings < 2000 ? 16 : 4);

/** @param rows the cells of each row, in the schema's order. */
export async function likelihoods(
  model: SamplerModel,
  rows: readonly (readonly (Value | null)[])[],
  options: LikelihoodOptions,
): Promise<Likelihoods> {
  const codec = createCodec(model.schema, model.grammar);
  const encoded = rows.map((cells) =>
    cells.map((cell, column) => (codec.canSay(column, cell) ? codec.encode(column, cell) : undefined)),
  );
  const sums = [-1, ...codec.schema.columns.keys()].map(() => logMeans(rows.length, options.orders));
  const readings = planReadings(codec, encoded, options).sort((a, b) => a.length - b.length);
  const step = lengthStep(readings.length);
  for (let at = 0; at < readings.length; ) {
    const T = Math.min(model.config.blockSize, Math.ceil(readings[at]!.length / step) * step);
    const B = Math.max(1, Math.min(64, Math.floor(mostLogits / T / model.config.vocabSize)));
    let end = at;
    while (end < readings.length && readings[end]!.length <= T) end++;
    const reader = await createReader(model.config, model.weights, {
      batchSize: B,
      length: T,
      threads: options.threads,
    });
    for (; at < end; at += B)
      await readBatch(codec, reader, encoded, readings.slice(at, Math.min(end, at + B)), [B, T], sums);
    at = end;
    await reader.release();
  }
  const [whole, ...cells] = sums.map((sum) => sum.result());
  return { rows: whole!, cells: options.cells ? cells : [] };
}

type EncodedRow = readonly (Int32Array | undefined)[];

/** Each row in so many orders; where cells are judged, the same orders with each column in turn moved to the end. */
function planReadings(
  codec: Codec,
  rows: readonly EncodedRow[],
  { orders, seed, cells }: LikelihoodOptions,
): Reading[] {
  const columns = codec.schema.columns.length;
  const phrases = codec.schema.columns.map((_, column) =>
    Math.max(codec.phrase(column, true).length, codec.phrase(column, false).length),
  );
  return rows.flatMap((row, index) => {
    if (row.includes(undefined)) return [];
    const length = row.reduce((sum, cell, column) => sum + phrases[column]! + cell!.length, 1);
    return Array.from({ length: orders }, (_, k) => {
      const order = createRandom(seed, 4, index, k).shuffle(Int32Array.from({ length: columns }, (_, i) => i));
      const last = (column: number) => Int32Array.of(...order.filter((other) => other !== column), column);
      const judged = cells
        ? Array.from(order, (column) => ({ row: index, order: last(column), judged: column, length }))
        : [];
      return [{ row: index, order, judged: -1, length }, ...judged];
    }).flat();
  });
}

async function readBatch(
  codec: Codec,
  reader: Reader,
  rows: readonly EncodedRow[],
  readings: readonly Reading[],
  [B, T]: readonly [number, number],
  sums: readonly LogMeans[],
): Promise<void> {
  const ids = new Int32Array(B * T);
  for (const [b, { row, order }] of readings.entries())
    ids.set(sentenceOf(codec, rows[row]!, order).slice(0, T), b * T);
  const logits = await reader.read(ids);
  const V = logits.length / B / T;
  for (const [b, { row, order, judged }] of readings.entries()) {
    let at = b * T;
    let nats = 0;
    for (const [i, column] of order.entries()) {
      at += codec.phrase(column, i === 0).length;
      const cell = rows[row]![column]!;
      if (judged < 0 || judged === column) nats += cellNats(codec, column, cell, logits, at * V, V);
      at += cell.length;
    }
    sums[judged + 1]!.add(row, nats);
  }
}

function sentenceOf(codec: Codec, cells: EncodedRow, order: Int32Array): Int32Array {
  return Int32Array.from([
    codec.bos,
    ...Array.from(order, (column, i) => [...codec.phrase(column, i === 0), ...cells[column]!]).flat(),
  ]);
}

/**
 * Log of the probability of a cell's tokens among those the grammar admits, and that it is over after them; the logits of
 * the first begin at `from`.
 */
function cellNats(
  codec: Codec,
  column: number,
  cell: Int32Array,
  logits: Float32Array,
  from: number,
  V: number,
): number {
  let nats = 0;
  let state = codec.start(column);
  for (const [i, token] of cell.entries()) {
    const index = state.tokens.indexOf(token);
    if (index < 0) return Number.NEGATIVE_INFINITY;
    nats += logShare(logits, from + i * V, Int32Array.of(token), state.tokens);
    state = state.next(index);
  }
  if (state.tokens.length === 0) return nats;
  const endings = state.tokens.filter((token, i) => isEnding(token, state.next(i), codec.endings));
  if (endings.length === 0) return Number.NEGATIVE_INFINITY;
  return nats + logShare(logits, from + cell.length * V, endings, state.tokens);
}

/** Log of the probability of `some` among `all`. */
function logShare(logits: Float32Array, from: number, some: Int32Array, all: Int32Array): number {
  const highest = logits[from + some[0]!]!;
  const oddsOf = (tokens: Int32Array) =>
    tokens.reduce((sum, token) => sum + Math.exp(logits[from + token]! - highest), 0);
  return Math.log(oddsOf(some)) - Math.log(oddsOf(all));
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
