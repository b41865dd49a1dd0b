/**
 * Completes rows token by token under the table's grammar: many at once, each in its own column order, and a finished
 * row's place is taken by the next. It knows grammar and logits, nothing of schemas' values or of how a model works.
 */
import type { Decoder } from '../../models/decoder.ts';
import type { Random } from '../random.ts';
import type { State } from '../serialize/automaton.ts';
import { type Codec, special } from '../serialize/codec.ts';
import type { Draw } from './draw.ts';

/** A row to be written: its columns in order, and the tokens of those whose cell is given. */
export interface RowPlan {
  readonly order: Int32Array;
  /** Tokens by column; undefined where the cell is to be drawn. */
  readonly given: readonly (Int32Array | undefined)[];
  readonly random: Random;
}

/** A row under way in one place of the batch. */
interface Slot {
  readonly index: number;
  readonly plan: RowPlan;
  /** Tokens of the row so far, those not yet seen by the model included. */
  readonly tokens: Int32Array;
  /** Tokens in `tokens`. */
  written: number;
  /** Tokens the model has seen. */
  seen: number;
  /** Position in the plan's order of the column being written. */
  column: number;
  state: State | undefined;
}

/**
 * The tokens of each planned row, in the order of the plans. The last token of a row is that of its last cell.
 * @param decoder its capacity holds the codec's longest sentence.
 */
export async function completeRows(
  codec: Codec,
  decoder: Decoder,
  plans: readonly RowPlan[],
  draw: Draw,
): Promise<Int32Array[]> {
  const rows: Int32Array[] = new Array(plans.length);
  const ids = new Int32Array(decoder.batchSize);
  const lengths = new Int32Array(decoder.batchSize);
  let next = 0;
  const start = (): Slot | undefined => {
    while (next < plans.length) {
      const slot = openSlot(codec, plans[next]!, next);
      next++;
      if (!isComplete(slot)) return slot;
      rows[slot.index] = slot.tokens.slice(0, slot.written);
    }
    return undefined;
  };
  const slots = Array.from({ length: decoder.batchSize }, start);
  let open = slots.filter((slot) => slot !== undefined).length;
  while (open > 0) {
    for (const [b, slot] of slots.entries()) {
      ids[b] = slot ? slot.tokens[slot.seen]! : special.pad;
      lengths[b] = slot ? slot.seen : 0;
    }
    const logits = await decoder.step(ids, lengths);
    const vocabSize = logits.length / decoder.batchSize;
    for (let b = 0; b < slots.length; b++) {
      const slot = slots[b];
      if (!slot) continue;
      slot.seen++;
      if (slot.seen < slot.written) continue;
      const admitted = slot.state!.tokens;
      const index = draw(logits, b * vocabSize, admitted, slot.plan.random);
      slot.state = slot.state!.next(index);
      // Inside a cell the same token is the cell's own: it goes on after it.
      const isOver = slot.state.tokens.length === 0 && codec.endings.includes(admitted[index]!);
      if (!isOver) slot.tokens[slot.written++] = admitted[index]!;
      advance(codec, slot);
      if (!isComplete(slot)) continue;
      rows[slot.index] = slot.tokens.slice(0, slot.written);
      slots[b] = start();
      if (!slots[b]) open--;
    }
  }
  return rows;
}

const isComplete = (slot: Slot) => slot.column >= slot.plan.order.length;

function openSlot(codec: Codec, plan: RowPlan, index: number): Slot {
  const tokens = new Int32Array(codec.longest);
  tokens[0] = codec.bos;
  const slot: Slot = { index, plan, tokens, written: 1, seen: 0, column: -1, state: undefined };
  advance(codec, slot);
  return slot;
}

/** Once a cell is complete: writes the phrases and given cells that follow, up to the next cell that must be drawn. */
function advance(codec: Codec, slot: Slot): void {
  const { order, given } = slot.plan;
  while (!slot.state || slot.state.tokens.length === 0) {
    slot.column++;
    if (slot.column >= order.length) return;
    const column = order[slot.column]!;
    const phrase = codec.phrase(column, slot.column === 0);
    slot.tokens.set(phrase, slot.written);
    slot.written += phrase.length;
    const cell = given[column];
    if (cell) {
      slot.tokens.set(cell, slot.written);
      slot.written += cell.length;
      slot.state = undefined;
    } else {
      slot.state = codec.start(column);
    }
  }
}
