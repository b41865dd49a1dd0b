/** One sequence of the batch: the tokens of its row, and how many of them are in the decoder's KV cache. */

export interface Slot<Row> {
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

export function createSlot<Row>(index: number, longest: number): Slot<Row> {
  const [tokens, shown] = [new Int32Array(longest), new Int32Array(longest)];
  return { index, tokens, written: 0, seen: 0, shown, shownCount: 0, row: undefined };
}

/** How many tokens of a slot's row are to be fed to the model. */
export const pending = ({ row, written, seen }: Slot<unknown>): number => (row ? written - seen : 0);

/** How many tokens a slot feeds in one step. Attention pads every run to the longest, so it grows while an eighth of the slots have more. */
export function runLength(slots: readonly Slot<unknown>[], longestRun: number): number {
  let length = 1;
  const hasMore = (slot: Slot<unknown>) => pending(slot) > length;
  while (length < longestRun && slots.filter(hasMore).length > slots.length / 8) length++;
  return length;
}

/** Takes the next token to be fed to the model. */
export function show(slot: Slot<unknown>): number {
  const token = slot.tokens[slot.seen]!;
  slot.shown[slot.seen++] = token;
  slot.shownCount = slot.seen;
  return token;
}

/** Puts other tokens in place of a row's. */
export function rewrite(slot: Slot<unknown>, tokens: Int32Array): void {
  slot.tokens.set(tokens);
  slot.written = tokens.length;
  slot.seen = 0;
}

/** Reuses the longest cached prefix of a rewritten row, even one left by an earlier row. The last token is always fed again, because its logits are needed. */
export function recall(slot: Slot<unknown>): void {
  if (slot.seen > 0) return;
  const most = Math.min(slot.shownCount, slot.written - 1);
  while (slot.seen < most && slot.shown[slot.seen] === slot.tokens[slot.seen]) slot.seen++;
}

/** Whether a slot's cache has all tokens of another slot's row. */
export function hasShown({ shown, shownCount }: Slot<unknown>, { tokens, written }: Slot<unknown>): boolean {
  if (shownCount < written) return false;
  for (let i = 0; i < written; i++) if (shown[i] !== tokens[i]) return false;
  return true;
}
