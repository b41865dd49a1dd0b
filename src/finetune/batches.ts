/** Rows into batches: which rows, in which column order, padded to which length. It knows encoded rows and no gradients. */
import type { Batch } from '../../training/trainer.ts';
import type { Random } from '../numeric/random.ts';
import type { Codec } from '../serialize/codec/codec.ts';
import { type EncodedTable, role, writeRow } from '../serialize/codec/encoded-table.ts';
import { shuffleGrouped } from './bound-columns.ts';

/** How much a target token counts, by what it is there for. */
interface TargetWeights {
  /** Which column comes next is chance: it only matters to those who let the model run freely. */
  readonly phrase: number;
  readonly value: number;
  /** A digit of a number, whose range came before it. */
  readonly digit: number;
  /** The label's value, or its range, where the label comes last. */
  readonly lastTarget: number;
}

export interface BatchSource {
  readonly codec: Codec;
  readonly encoded: EncodedTable;
  /** Index of the label column, -1 for none. */
  readonly target: number;
  readonly weights: TargetWeights;
  /** Columns that checks bind (bound-columns.ts). */
  readonly groups?: readonly (readonly number[])[];
}

/** Batches are sorted by length within pools of this many, so that rows of like length share one. */
const batchesInPool = 50;

/** Rows in random order, cut into batches of rows of about equal length, the batches again in random order. */
export function batchRows(rows: Int32Array, batchSize: number, lengthOf: (row: number) => number, random: Random) {
  const shuffled = random.shuffle(Int32Array.from(rows));
  const batches: Int32Array[] = [];
  const pool = batchSize * batchesInPool;
  for (let from = 0; from < shuffled.length; from += pool) {
    const sorted = shuffled.slice(from, from + pool).sort((a, b) => lengthOf(a) - lengthOf(b));
    for (let at = 0; at < sorted.length; at += batchSize) batches.push(sorted.subarray(at, at + batchSize));
  }
  return random.shuffle(batches);
}

/** Lengths are rounded up by at most an eighth: every length has a graph with memory of its own, so there must be few. */
export function bucketLength(length: number): number {
  const step = 2 ** Math.max(1, Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}

/** Tokens in each sequence of a batch of these rows; the last token of a sentence is only a target. */
export function sequenceLength({ codec, encoded }: BatchSource, rows: Int32Array): number {
  const longest = rows.reduce((most, row) => Math.max(most, encoded.length(row)), 2);
  // The model has no positions beyond its longest sentence.
  return Math.min(bucketLength(longest - 1), codec.longest);
}

/** Neighbours of one length put together, up to `most`, so that one run of a graph can take them. */
export function runsOf(source: BatchSource, batches: readonly Int32Array[], most: number): Int32Array[][] {
  const runs: { length: number; batches: Int32Array[] }[] = [];
  for (const rows of batches) {
    const length = sequenceLength(source, rows);
    const last = runs.at(-1);
    if (last?.length === length && last.batches.length < most) last.batches.push(rows);
    else runs.push({ length, batches: [rows] });
  }
  return runs.map((run) => run.batches);
}

/** One batch of `size` sequences; where there are fewer rows the rest is padding. Each row gets a fresh column order. */
export function makeBatch(source: BatchSource, rows: Int32Array, size: number, random: Random): Batch {
  const { codec, encoded, target, weights, groups } = source;
  const T = sequenceLength(source, rows);
  const ids = new Int32Array(size * T);
  const targets = new Int32Array(size * T);
  const targetWeights = new Float32Array(size * T);
  const tokens = new Int32Array(T + 1);
  const roles = new Uint8Array(T + 1);
  for (const [i, row] of rows.entries()) {
    const order = drawOrder(codec.schema.columns.length, target, random, groups);
    const length = writeRow(codec, encoded, row, order, target, { tokens, roles, at: 0 });
    const weightOf = weightsByRole(weights, order.at(-1) === target);
    ids.set(tokens.subarray(0, length - 1), i * T);
    targets.set(tokens.subarray(1, length), i * T);
    for (let t = 1; t < length; t++) targetWeights[i * T + t - 1] = weightOf[roles[t]!]!;
  }
  return { B: size, T, ids, targets, targetWeights };
}

/** Indexed by role. */
function weightsByRole({ phrase, value, digit, lastTarget }: TargetWeights, labelLast: boolean): Float32Array {
  const target = labelLast ? lastTarget : value;
  const named: Record<keyof typeof role, number> = { padding: 0, phrase, value, target, digit, end: phrase };
  const weights = new Float32Array(Object.keys(role).length);
  for (const [name, index] of Object.entries(role)) weights[index] = named[name as keyof typeof role];
  return weights;
}

/** A random order of the columns; groups are together in half of them, and the label comes last in half. */
export function drawOrder(
  columns: number,
  target: number,
  random: Random,
  groups: BatchSource['groups'] = [],
): Int32Array {
  const isGrouped = groups.length > 0 && random.uniform() < 0.5;
  const order = shuffleGrouped(columns, isGrouped ? groups : [], random);
  if (target < 0 || random.uniform() < 0.5) return order;
  const at = order.indexOf(target);
  order.copyWithin(at, at + 1);
  order[columns - 1] = target;
  return order;
}
