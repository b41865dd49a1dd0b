/** Rows into the batches of a step: which rows, in which column order, padded to which length. */

import type { Batch, StepBatches } from '../../training/trainer.ts';
import type { Random } from '../numeric/random.ts';
import { type EncodedTable, role, writeRow } from '../serialize/codec/encoded-table.ts';
import type { Codec } from '../serialize/codec/grammar.ts';
import { type ColumnOrders, drawOrder, labelLastShare } from './column-orders.ts';

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
  readonly orders: ColumnOrders;
  readonly weights: TargetWeights;
  /** Columns that are always known: first in every row, in this order, and no target. */
  readonly given?: readonly number[];
}

/** An empty place of a step. */
const none = -1;

/**
 * An epoch's steps, each with `batchSize` places. Rows are sorted by length and cut into as many strata; every step takes one
 * row of each, at random, so that all steps have rows of all lengths in the table's proportions and about the same number
 * of tokens. Place i of a step holds a row of stratum i, the shortest first; it is empty (-1) where a stratum is a row short.
 */
export function stratifiedSteps(
  rows: Int32Array,
  batchSize: number,
  lengthOf: (row: number) => number,
  random: Random,
): Int32Array[] {
  // Shuffled first, because rows of one length keep their order when sorted.
  const sorted = random.shuffle(Int32Array.from(rows)).sort((a, b) => lengthOf(a) - lengthOf(b));
  const steps = Array.from({ length: Math.ceil(rows.length / batchSize) }, () => new Int32Array(batchSize).fill(none));
  const short = steps.length * batchSize - rows.length;
  const isShort = random.shuffle(Uint8Array.from({ length: batchSize }, (_, place) => (place < short ? 1 : 0)));
  const order = Int32Array.from(steps.keys());
  for (let place = 0, from = 0; place < batchSize; place++) {
    random.shuffle(order);
    const size = steps.length - isShort[place]!;
    for (let i = 0; i < size; i++) steps[order[i]!]![place] = sorted[from + i]!;
    from += size;
  }
  return steps;
}

/** Neighbouring places of every step, padded to one length T; `size` sequences, a multiple of `parts`. */
export interface LengthGroup {
  readonly from: number;
  readonly to: number;
  readonly size: number;
  readonly parts: number;
  readonly T: number;
}

/**
 * Cuts the places of a step into groups, so that padding and the number of groups together cost least. What the longest row
 * of a group may be follows from the strata, so the groups hold for every step of every epoch.
 * @param lengths of all rows, ascending.
 * @param atOnce sequences of so many tokens that may be in memory at once.
 * @param tokensOfGroup what one more group or part costs, as tokens computed in that time.
 */
export function lengthGroups(
  lengths: Int32Array,
  batchSize: number,
  longest: number,
  atOnce: (T: number) => number,
  tokensOfGroup: number,
): LengthGroup[] {
  const steps = Math.ceil(lengths.length / batchSize);
  // The first e strata hold at most e rows a step; the last token of a sentence is only a target.
  const widthAt = (end: number) =>
    Math.min(longest, Math.max(1, lengths[Math.min(lengths.length, end * steps) - 1]! - 1));
  const ends = boundaries(batchSize);
  const best: { cost: number; groups: LengthGroup[] }[] = [{ cost: 0, groups: [] }];
  for (const to of ends.slice(1)) {
    const T = widthAt(to);
    const options = best.map(({ cost, groups }, i) => {
      const from = ends[i]!;
      const parts = Math.ceil((to - from) / atOnce(T));
      const size = parts * Math.ceil((to - from) / parts);
      return { cost: cost + size * T + parts * tokensOfGroup, groups, group: { from, to, size, parts, T } };
    });
    const { cost, groups, group } = options.reduce((a, b) => (b.cost < a.cost ? b : a));
    best.push({ cost, groups: [...groups, group] });
  }
  return best.at(-1)!.groups;
}

/** Where a group may begin or end: at most 64 places, whatever the batch size. */
function boundaries(batchSize: number): number[] {
  const count = Math.min(64, batchSize);
  return Array.from({ length: count + 1 }, (_, i) => Math.round((i * batchSize) / count));
}

/** Lengths rounded up by at most an eighth: every length has a graph with memory of its own, so there must be few. */
export function bucketLength(length: number): number {
  const step = 2 ** Math.max(1, Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}

/** Rows into batches of like length, for evaluation: there the order is nothing to learn from. */
export function batchesByLength({ codec, encoded }: BatchSource, rows: Int32Array, batchSize: number) {
  const sorted = Int32Array.from(rows).sort((a, b) => encoded.length(a) - encoded.length(b));
  return Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, i) => {
    const some = sorted.subarray(i * batchSize, (i + 1) * batchSize);
    const T = Math.min(bucketLength(Math.max(2, encoded.length(some.at(-1)!)) - 1), codec.longest);
    return { rows: some, shape: { size: batchSize, T } };
  });
}

/** The batches of one step, a batch for each group. */
export function stepBatches(
  source: BatchSource,
  rows: Int32Array,
  groups: readonly LengthGroup[],
  random: Random,
): StepBatches {
  return groups.map((group) => makeBatch(source, rows.subarray(group.from, group.to), group, random));
}

/** `size` sequences of T tokens; places without a row are padding. Each row gets a fresh column order. */
export function makeBatch(
  source: BatchSource,
  rows: Int32Array,
  { size, T, parts = 1 }: { readonly size: number; readonly T: number; readonly parts?: number },
  random: Random,
): Batch {
  const { codec, encoded, orders, weights } = source;
  const { target } = orders;
  const ids = new Int32Array(size * T);
  const targets = new Int32Array(size * T);
  const targetWeights = new Float32Array(size * T);
  const tokens = new Int32Array(T + 1);
  const roles = new Uint8Array(T + 1);
  for (const [i, row] of rows.entries()) {
    if (row === none) continue;
    const order = withGivenFirst(drawOrder(orders, random), source.given);
    const length = writeRow(codec, encoded, row, order, target, { tokens, roles, at: 0 });
    const weightOf = weightsByRole(weights, order.at(-1) === target);
    ids.set(tokens.subarray(0, length - 1), i * T);
    targets.set(tokens.subarray(1, length), i * T);
    for (let t = givenLength(source, row); t < length; t++) targetWeights[i * T + t - 1] = weightOf[roles[t]!]!;
  }
  return { B: size, T, ids, targets, targetWeights, parts };
}

/** The target weight of a row, the mean over these rows and all orders of the columns. */
export function meanTargetWeight(source: BatchSource, rows: Int32Array): number {
  const { codec, encoded, orders, weights } = source;
  const { target } = orders;
  const order = withGivenFirst(orders.canonical, source.given);
  const chance = labelLastShare(orders);
  const [elsewhere, last] = [weightsByRole(weights, false), weightsByRole(weights, true)];
  const weightOf = elsewhere.map((weight, role) => weight + chance * (last[role]! - weight));
  const tokens = new Int32Array(codec.longest + 1);
  const roles = new Uint8Array(codec.longest + 1);
  let sum = 0;
  for (const row of rows) {
    const length = writeRow(codec, encoded, row, order, target, { tokens, roles, at: 0 });
    for (let t = givenLength(source, row); t < length; t++) sum += weightOf[roles[t]!]!;
  }
  return sum / rows.length;
}

function withGivenFirst(order: Int32Array, given: readonly number[] = []): Int32Array {
  return given.length === 0 ? order : Int32Array.from([...given, ...order.filter((column) => !given.includes(column))]);
}

/** Tokens of a row up to the end of its given columns, with the one that begins it. */
function givenLength({ codec, encoded, given = [] }: BatchSource, row: number): number {
  return given.reduce(
    (sum, column, i) => sum + codec.phrase(column, i === 0).length + encoded.cell(column, row).length,
    1,
  );
}

/** Indexed by role. */
function weightsByRole({ phrase, value, digit, lastTarget }: TargetWeights, labelLast: boolean): Float32Array {
  const target = labelLast ? lastTarget : value;
  const named: Record<keyof typeof role, number> = { padding: 0, phrase, value, target, digit, end: phrase };
  const weights = new Float32Array(Object.keys(role).length);
  for (const [name, index] of Object.entries(role)) weights[index] = named[name as keyof typeof role];
  return weights;
}
