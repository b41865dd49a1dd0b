/** Decoders without a model: their logits are known, and they check that they are called as a model must be. */
import type { Decoder } from '../../models/decoder.ts';

/** The logits of each next token given the tokens before it, the last of them included. */
export type NextLogits = (history: readonly number[], into: Float32Array) => void;

/** @param longestRun as short as two, so that what is known in advance is shown in several steps, too. */
export function fakeDecoder(
  vocabSize: number,
  batchSize: number,
  capacity: number,
  next: NextLogits,
  longestRun = 2,
): Decoder {
  const histories: number[][] = Array.from({ length: batchSize }, () => []);
  const logits = new Float32Array(batchSize * vocabSize);
  return {
    batchSize,
    longestRun,
    async step({ ids, counts, lengths }) {
      let shown = 0;
      for (const [b, history] of histories.entries()) {
        const [count, length] = [counts[b]!, lengths[b]!];
        if (count > longestRun) throw new Error(`place ${b} goes on with ${count} tokens`);
        if (count === 0) continue;
        if (length > history.length) throw new Error(`place ${b} holds ${history.length} tokens, not ${length}`);
        if (length + count > capacity) throw new Error(`place ${b} has room for ${capacity} tokens`);
        const run = ids.subarray(shown, shown + count);
        shown += count;
        for (const id of run) if (!(id >= 0 && id < vocabSize)) throw new Error(`no token ${id}`);
        history.length = length;
        history.push(...run);
        next(history, logits.subarray(b * vocabSize, (b + 1) * vocabSize));
      }
      return logits;
    },
    copy(from, to, length) {
      if (length > histories[from]!.length) throw new Error(`place ${from} holds no ${length} tokens`);
      histories[to] = histories[from]!.slice(0, length);
    },
    release: async () => {},
  };
}

/** Every token as likely as any other. */
export const uniform: NextLogits = (_, into) => into.fill(0);

/** Logits that depend on every token before, as a model's do. */
export const hashed: NextLogits = (history, into) => {
  let hash = 17;
  for (const token of history) hash = (Math.imul(hash, 31) + token) | 0;
  for (let v = 0; v < into.length; v++) into[v] = 3 * Math.sin(hash + v * 1.7);
};
