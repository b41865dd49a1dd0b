/** What the model says after short beginnings that many rows share, so that it is asked once. It knows places of a batch, no grammar. */
import type { Decoder } from '../../../models/decoder.ts';
import { hasShown, type Slot } from './slot.ts';

interface PrefixCache {
  /** The logits after all that is written in the slot, which the model then has seen there; undefined where unknown. */
  find(slot: Slot<unknown>): Float32Array | undefined;
  /** Remembers the logits after all that is written in the slot. */
  keep(slot: Slot<unknown>, logits: Float32Array): void;
}

/** Longer beginnings are seldom the same, and few are worth their memory. */
const longest = 8;
const most = 64;

export function createPrefixCache(decoder: Decoder, slots: readonly Slot<unknown>[]): PrefixCache {
  const known = new Map<string, Float32Array>();
  const keyOf = ({ tokens, written }: Slot<unknown>) => tokens.subarray(0, written).join();
  return {
    find(slot) {
      const logits = slot.written <= longest ? known.get(keyOf(slot)) : undefined;
      // A place whose row began so still holds its keys and values.
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
