/**
 * Where the new tokens of a step stand. A model multiplies matrices with all of them, one below the other [N]; only
 * attention sees sequences [B, T], each token at the right end of its own. It knows lengths, no model.
 */
import { type Feeds, floats, ints, wholes } from '../../src/onnx/session.ts';
import type { Runs } from '../decoder.ts';

/** What may not be looked at; finite, so that a place which may look nowhere is no error. */
const hidden = -1e9;

/**
 * Inputs of a graph with `cachedAttention`: for N tokens of B sequences of which none has more than T.
 * @param heads query heads that share a key head; the mask has a row for each.
 */
export function createLayout(B: number, capacity: number, longestRun: number, heads: number): (runs: Runs) => Feeds {
  const positions = new Int32Array(B * longestRun);
  const places = new Int32Array(B * longestRun);
  const slots = new Int32Array(B * longestRun);
  const last = new Int32Array(B);
  const mask = new Float32Array(B * longestRun * heads * (capacity + longestRun));
  /** One row of the mask: what a token sees of those before its run, and of its run. */
  const show = (row: number, before: number, from: number, to: number) => {
    // Spans are short: a loop is faster than a call of `fill` for each.
    for (let i = row; i < row + before; i++) mask[i] = 0;
    for (let i = row + from; i < row + to; i++) mask[i] = 0;
  };
  return ({ ids, counts, lengths }) => {
    const T = Math.max(1, ...counts);
    const width = capacity + T;
    slots.fill(0, 0, B * T);
    mask.fill(hidden, 0, B * T * heads * width);
    let n = 0;
    for (let b = 0; b < B; b++) {
      const length = lengths[b]!;
      const first = T - counts[b]!;
      for (let t = first; t < T; t++, n++) {
        const slot = b * T + t;
        positions[n] = length + t - first;
        places[n] = slot;
        slots[slot] = n;
        for (let row = slot * heads; row < (slot + 1) * heads; row++) {
          show(row * width, length, capacity + first, capacity + t + 1);
        }
      }
      last[b] = Math.max(0, n - 1);
    }
    return {
      input_ids: ints(ids.subarray(0, n), [n, 1]),
      positions: wholes(positions.subarray(0, n), [n, 1]),
      places: ints(places.subarray(0, n), [n]),
      slots: ints(slots.subarray(0, B * T), [B, T]),
      last: ints(last, [B]),
      mask: floats(mask.subarray(0, B * T * heads * width), [B, 1, T * heads, width]),
    };
  };
}
