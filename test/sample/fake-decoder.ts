/** Decoders without a model: their logits are known, and they check that they are called as a model must be. */
import type { Decoder } from '../../models/decoder.ts';

/** The logits of each next token given the tokens before it, the last of them included. */
export type NextLogits = (history: readonly number[], into: Float32Array) => void;

export function fakeDecoder(vocabSize: number, batchSize: number, capacity: number, next: NextLogits): Decoder {
  const histories: number[][] = Array.from({ length: batchSize }, () => []);
  const logits = new Float32Array(batchSize * vocabSize);
  return {
    batchSize,
    async step(ids, lengths) {
      for (const [b, history] of histories.entries()) {
        const length = lengths[b]!;
        if (length > history.length) {
          throw new Error(`place ${b} holds ${history.length} tokens, not ${length}`);
        }
        if (length >= capacity) throw new Error(`place ${b} has room for ${capacity} tokens`);
        if (!(ids[b]! >= 0 && ids[b]! < vocabSize)) throw new Error(`no token ${ids[b]}`);
        history.length = length;
        history.push(ids[b]!);
        next(history, logits.subarray(b * vocabSize, (b + 1) * vocabSize));
      }
      return logits;
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
