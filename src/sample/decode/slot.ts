/** A place of the batch: the tokens of what is under way in it, and what the model has seen of them. It knows no grammar. */

export interface Slot<Row> {
  /** Which of the batch it is. */
  readonly index: number;
  /** Tokens of the row so far, those not yet shown to the model included. */
  readonly tokens: Int32Array;
  /** Tokens in `tokens`. */
  written: number;
  /** How many of them the model has seen. */
  seen: number;
  /** What was last shown to the model in this place, whatever row it was for. */
  readonly shown: Int32Array;
  shownCount: number;
  row: Row | undefined;
}

export function createSlot<Row>(index: number, longest: number): Slot<Row> {
  const [tokens, shown] = [new Int32Array(longest), new Int32Array(longest)];
  return { index, tokens, written: 0, seen: 0, shown, shownCount: 0, row: undefined };
}

/** How many tokens of a slot's row the model has not seen. */
export const pending = ({ row, written, seen }: Slot<unknown>): number => (row ? written - seen : 0);

/** The model's attention pads every run of a step to the longest: it may be so long that most slots show all they have. */
export function runLength(slots: readonly Slot<unknown>[], longestRun: number): number {
  let length = 1;
  const hasMore = (slot: Slot<unknown>) => pending(slot) > length;
  while (length < longestRun && slots.filter(hasMore).length > slots.length / 8) length++;
  return length;
}

/** The next token that the model has not seen. */
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

/** What the model has seen of a row that was rewritten, be it for a row before; the last token is always shown, for the logits after it. */
export function recall(slot: Slot<unknown>): void {
  if (slot.seen > 0) return;
  const most = Math.min(slot.shownCount, slot.written - 1);
  while (slot.seen < most && slot.shown[slot.seen] === slot.tokens[slot.seen]) slot.seen++;
}

/** Whether the model has seen, in this place, how the row in another one begins. */
export function hasShown({ shown, shownCount }: Slot<unknown>, { tokens, written }: Slot<unknown>): boolean {
  if (shownCount < written) return false;
  for (let i = 0; i < written; i++) if (shown[i] !== tokens[i]) return false;
  return true;
}
