/** The logits after short prefixes that many rows share, so that they are computed once. */
import type { Decoder } from '../../../models/decoder.ts';
import { hasShown, type Slot } from './slot.ts';

interface PrefixCache {
  /** The logits after the slot's tokens, whose keys and values the slot then has; undefined where unknown. */
  find(slot: Slot<unknown>): Float32Array | undefined;
  /** Keeps the logits after the slot's tokens. */
  keep(slot: Slot<unknown>, logits: Float32Array): void;
}

/** Longest prefixes and most of them: longer ones are rarely shared, and each takes a row of logits. */
const longest = 8;
const most = 64;

export function createPrefixCache(decoder: Decoder, slots: readonly Slot<unknown>[]): PrefixCache {
  const known = new Map<string, Float32Array>();
  const keyOf = ({ tokens, written }: Slot<unknown>) => tokens.subarray(0, written).join();
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
