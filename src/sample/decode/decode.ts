/**
 * Decodes rows token by token under the table's grammar: a batch at once, each row in its own column order. When a row is
 * complete, the next takes its slot (continuous batching).
 */
import type { Decoder } from '../../../models/decoder.ts';
import { TabletalkError } from '../../errors/errors.ts';
import type { Random } from '../../numeric/random.ts';
import { isEnding, type State } from '../../serialize/codec/automaton.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';
import type { ConditionalPrefix, Walk } from '../conditions/conditional-prefix.ts';
import type { RowCells } from '../requests/row-request.ts';
import type { Strata } from './strata.ts';
import type { TokenSampler } from './token-sampler.ts';

/** A row to be written: its columns in order, and the tokens of those whose cell is given. */
export interface RowPlan {
  readonly order: Int32Array;
  /** The cells that are not to be drawn. */
  readonly given: RowCells;
  readonly random: Random;
  /** Draws the first columns of the order, if conditions or checks bind them. */
  readonly prefix?: ConditionalPrefix | undefined;
  /** The tokens of a cell that follows from the cells before it; undefined where it is to be drawn. */
  readonly cell?: ((column: number, before: RowCells) => Int32Array | undefined) | undefined;
  /** Whether a complete row is kept; one that is not is drawn again from its beginning. */
  readonly accepts?: ((cells: RowCells) => boolean) | undefined;
  /** The plan by which it is drawn again; this one if undefined. */
  readonly again?: (() => RowPlan) | undefined;
  /** The plan that replaces this one where no row can be drawn by it; without one, that is an error. */
  readonly otherwise?: (() => RowPlan) | undefined;
}

/** A row under way. */
interface Row {
  readonly index: number;
  readonly plan: RowPlan;
  /** Set while the conditional prefix is being drawn. */
  walk: Walk | undefined;
  /** Position in the plan's order of the column being written. */
  position: number;
  /** That column, which a conditional prefix may write in another order, and where in the slot's tokens its cell begins. */
  column: number;
  from: number;
  /** What may follow in its cell; undefined where that is given. */
  state: State | undefined;
  /** The complete cells. */
  cells: (Int32Array | undefined)[];
  /** Whether any token of it was drawn. */
  begun: boolean;
  /** Whether a row in its place was rejected before. */
  readonly isAgain: boolean;
}

interface CompletedRow {
  /** From the begin of the sentence to the last cell's last token. */
  readonly tokens: Int32Array;
  readonly cells: RowCells;
}

interface Completed {
  /** In the order of the plans. */
  readonly rows: readonly (CompletedRow | undefined)[];
  /** How often a complete row, or its conditional prefix, was rejected and drawn again. */
  readonly redrawn: number;
  /** Rows that were drawn by the plan that replaces theirs. */
  readonly replaced: ReadonlySet<number>;
}

export interface DecodeOptions {
  /** Called before every step; once true, incomplete rows are left undefined. */
  readonly isLate?: () => boolean;
  /** Only the first so many rows are needed; decoding stops once they are complete. */
  readonly enough?: number;
  /** What rows are first drawn with, but for conditional prefixes; what was rejected is drawn again with the plan's randomness. */
  readonly strata?: Strata;
}

/** So many rejected rows in succession are taken as proof that no row is accepted. */
const mostRejections = 10_000;

/**
 * Completes every planned row.
 * @param decoder its capacity holds the codec's longest sentence.
 */
export async function completeRows(
  codec: Codec,
  decoder: Decoder,
  plans: readonly RowPlan[],
  draw: TokenSampler,
  { isLate = () => false, enough = plans.length, strata }: DecodeOptions = {},
): Promise<Completed> {
  const rows: (CompletedRow | undefined)[] = new Array(plans.length).fill(undefined);
  const { batchSize, longestRun } = decoder;
  const ids = new Int32Array(batchSize * longestRun);
  const counts = new Int32Array(batchSize);
  const lengths = new Int32Array(batchSize);
  const slots = Array.from({ length: batchSize }, (_, b) => createSlot(b, codec.longest));
  const prefixCache = createPrefixCache(decoder, slots);
  let next = 0;
  let open = 0;
  /** Of the first rows that are needed, how many are not complete. */
  let missing = enough;
  let redrawn = 0;
  let rejections = 0;
  const replaced = new Set<number>();
  const prefixes = new Set<ConditionalPrefix>();
  const begin = (slot: Slot, plan: RowPlan, index: number, isAgain: boolean) => {
    if (plan.prefix) prefixes.add(plan.prefix);
    return openRow(codec, slot, plan, index, isAgain);
  };
  /** Does what fails where the model has no row for the slot's plan. */
  const orReplace = (slot: Slot, plan: RowPlan, index: number, work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!plan.otherwise || !(error instanceof TabletalkError)) throw error;
      replaced.add(index);
      rejections = 0;
      slot.row = begin(slot, plan.otherwise(), index, true);
    }
  };
  /** Draws a row's next token from the logits after it: logits[from + token]. */
  const goOn = (slot: Slot, row: Row, logits: Float32Array, from: number) => {
    row.begun = true;
    if (row.walk) return row.plan.prefix!.learn(row.walk, logits, from);
    const { random } = row.plan;
    const place = slot.written - row.from;
    const uniform = () => (row.isAgain ? undefined : strata?.(row.index, row.column, place)) ?? random.uniform();
    say(codec, slot, row, draw(logits, from, row.state!.tokens, { uniform }));
  };
  /** Goes on with a slot's row, or the next one, until logits are needed. */
  const settle = (slot: Slot) => {
    for (;;) {
      if (!slot.row) {
        if (next >= plans.length) return;
        slot.row = begin(slot, plans[next]!, next, false);
        next++;
        open++;
      }
      const row = slot.row;
      orReplace(slot, row.plan, row.index, () => advance(codec, slot, row));
      if (slot.row !== row) continue;
      recall(slot);
      const { plan, index, walk, position, begun, cells } = slot.row;
      if (walk || position < plan.order.length) {
        const known = begun ? undefined : prefixCache.find(slot);
        if (!known) return;
        goOn(slot, slot.row, known, 0);
        continue;
      }
      if (plan.accepts?.(cells) ?? true) {
        rows[index] = { tokens: slot.tokens.slice(0, slot.written), cells };
        rejections = 0;
        slot.row = undefined;
        open--;
        if (index < enough) missing--;
      } else {
        redrawn++;
        rejections++;
        const again = plan.again?.() ?? plan;
        orReplace(slot, again, index, () => {
          if (rejections > mostRejections) throw noneMeets();
          slot.row = begin(slot, again, index, true);
        });
      }
    }
  };
  for (const slot of slots) settle(slot);
  while (open > 0 && missing > 0 && !isLate()) {
    let shown = 0;
    const most = runLength(slots, longestRun);
    for (let b = 0; b < batchSize; b++) {
      const slot = slots[b]!;
      counts[b] = Math.min(most, pending(slot));
      lengths[b] = slot.seen;
      for (let i = 0; i < counts[b]!; i++) ids[shown++] = show(slot);
    }
    const logits = await decoder.step({ ids, counts, lengths });
    const vocabSize = logits.length / batchSize;
    for (let b = 0; b < batchSize; b++) {
      const slot = slots[b]!;
      const { row } = slot;
      if (!row || slot.seen < slot.written) continue;
      if (!row.begun) prefixCache.keep(slot, logits.subarray(b * vocabSize, (b + 1) * vocabSize));
      goOn(slot, row, logits, b * vocabSize);
      settle(slot);
    }
  }
  for (const prefix of prefixes) redrawn += prefix.redrawn();
  return { rows, redrawn, replaced };
}

const noneMeets = () =>
  new TabletalkError('failed', `none of ${mostRejections} rows in succession meets the schema's checks`);

function openRow(codec: Codec, slot: Slot, plan: RowPlan, index: number, isAgain: boolean): Row {
  rewrite(slot, Int32Array.of(codec.bos));
  const walk = plan.prefix?.begin();
  return { index, plan, walk, position: -1, column: -1, from: 0, state: undefined, cells: [], begun: false, isAgain };
}

/** Goes on up to the next token that needs logits: through the conditional prefix, then through all that is given or determined. */
function advance(codec: Codec, slot: Slot, row: Row): void {
  const { order, given, cell: cellAfter, prefix, random } = row.plan;
  if (row.walk) {
    const place = prefix!.descend(row.walk, random);
    rewrite(slot, place.tokens);
    if (!place.isEnd) return;
    const { position, column, from, allowed: state, cells } = place;
    Object.assign(row, { walk: undefined, position, column, from, state, cells: [...cells] });
  }
  for (;;) {
    const left = row.state?.tokens.length ?? 0;
    if (left > 1) return;
    if (left === 1) {
      say(codec, slot, row, 0);
      continue;
    }
    if (row.state) row.cells[row.column] = slot.tokens.slice(row.from, slot.written);
    row.position++;
    if (row.position >= order.length) return;
    const column = order[row.position]!;
    const cell = given[column] ?? cellAfter?.(column, row.cells);
    append(slot, codec.phrase(column, row.position === 0));
    row.column = column;
    row.from = slot.written;
    row.state = cell ? undefined : codec.start(column);
    if (cell) {
      append(slot, cell);
      row.cells[column] = cell;
    }
  }
}

function append(slot: Slot, tokens: Int32Array): void {
  slot.tokens.set(tokens, slot.written);
  slot.written += tokens.length;
}

/** Appends the token at `index` of those that the row's state admits. */
function say(codec: Codec, slot: Slot, row: Row, index: number): void {
  const token = row.state!.tokens[index]!;
  row.state = row.state!.next(index);
  if (!isEnding(token, row.state, codec.endings)) slot.tokens[slot.written++] = token;
}

// The logits after short prefixes that many rows share, so that they are computed once.

interface PrefixCache {
  /** The logits after the slot's tokens, whose keys and values the slot then has; undefined where unknown. */
  find(slot: Slot): Float32Array | undefined;
  /** Keeps the logits after the slot's tokens. */
  keep(slot: Slot, logits: Float32Array): void;
}

/** Longest prefixes and most of them: longer ones are rarely shared, and each takes a row of logits. */
const longest = 8;
const most = 64;

function createPrefixCache(decoder: Decoder, slots: readonly Slot[]): PrefixCache {
  const known = new Map<string, Float32Array>();
  const keyOf = ({ tokens, written }: Slot) => tokens.subarray(0, written).join();
  return {
    find(slot) {
      const logits = slot.written <= longest ? known.get(keyOf(slot)) : undefined;
      // Some slot that decoded this prefix still holds its keys and values.
      const source = logits && slots.find((other) => hasShown(other, slot));
      if (!source) return undefined;
      decoder.copy(source.index, slot.index, slot.written);
      slot.shown.set(slot.tokens.subarray(0, slot.written));
      slot.seen = slot.written;
      slot.shownCount = slot.written;
      return logits;
    },
    keep(slot, logits) {
      if (slot.written <= longest && known.size < most) known.set(keyOf(slot), logits.slice());
    },
  };
}

// One sequence of the batch: the tokens of its row, and how many of them are in the decoder's KV cache.

interface Slot {
  /** Its index in the batch. */
  readonly index: number;
  /** The tokens of the row so far, also those not yet fed to the model. */
  readonly tokens: Int32Array;
  /** Tokens in `tokens`. */
  written: number;
  /** How many of them were fed to the model. */
  seen: number;
  /** The tokens whose keys and values are in the slot's cache, whatever row they were for. */
  readonly shown: Int32Array;
  shownCount: number;
  row: Row | undefined;
}

function createSlot(index: number, longest: number): Slot {
  const [tokens, shown] = [new Int32Array(longest), new Int32Array(longest)];
  return { index, tokens, written: 0, seen: 0, shown, shownCount: 0, row: undefined };
}

/** How many tokens of a slot's row are to be fed to the model. */
const pending = ({ row, written, seen }: Slot): number => (row ? written - seen : 0);

/** How many tokens a slot feeds in one step. Attention pads every run to the longest, so it grows while an eighth of the slots have more. */
function runLength(slots: readonly Slot[], longestRun: number): number {
  let length = 1;
  const hasMore = (slot: Slot) => pending(slot) > length;
  while (length < longestRun && slots.filter(hasMore).length > slots.length / 8) length++;
  return length;
}

/** Takes the next token to be fed to the model. */
function show(slot: Slot): number {
  const token = slot.tokens[slot.seen]!;
  slot.shown[slot.seen++] = token;
  slot.shownCount = slot.seen;
  return token;
}

/** Puts other tokens in place of a row's. */
function rewrite(slot: Slot, tokens: Int32Array): void {
  slot.tokens.set(tokens);
  slot.written = tokens.length;
  slot.seen = 0;
}

/** Reuses the longest cached prefix of a rewritten row, even one left by an earlier row. The last token is always fed again, because its logits are needed. */
function recall(slot: Slot): void {
  if (slot.seen > 0) return;
  const most = Math.min(slot.shownCount, slot.written - 1);
  while (slot.seen < most && slot.shown[slot.seen] === slot.tokens[slot.seen]) slot.seen++;
}

/** Whether a slot's cache has all tokens of another slot's row. */
function hasShown({ shown, shownCount }: Slot, { tokens, written }: Slot): boolean {
  if (shownCount < written) return false;
  for (let i = 0; i < written; i++) if (shown[i] !== tokens[i]) return false;
  return true;
}
