/** Draws one of the admitted tokens from a model's logits. It knows probabilities, not what tokens mean. */
import { z } from 'zod';
import type { Random } from '../random.ts';

export const drawOptions = z.strictObject({
  /** 1 samples the learned distribution; lower ones prefer the likely, 0 takes the likeliest. */
  temperature: z.number().min(0).default(1),
  /** Only the k likeliest tokens. */
  topK: z.int().positive().optional(),
  /** Only the likeliest tokens that together reach this probability (Holtzman et al. 2020). */
  topP: z.number().gt(0).max(1).optional(),
});
export type DrawOptions = z.infer<typeof drawOptions>;

/** The index in `admitted` of the token drawn from logits[from + token]. */
export type Draw = (logits: Float32Array, from: number, admitted: Int32Array, random: Random) => number;

export function createDraw({ temperature, topK, topP }: DrawOptions): Draw {
  let odds = new Float64Array(64);
  const narrows = (topK !== undefined && topK > 0) || (topP !== undefined && topP < 1);
  return (logits, from, admitted, random) => {
    const count = admitted.length;
    if (count === 1) return 0;
    if (odds.length < count) odds = new Float64Array(count * 2);
    let highest = Number.NEGATIVE_INFINITY;
    let likeliest = 0;
    for (let i = 0; i < count; i++) {
      const logit = logits[from + admitted[i]!]!;
      if (logit > highest) {
        highest = logit;
        likeliest = i;
      }
    }
    if (temperature === 0) return likeliest;
    let total = 0;
    for (let i = 0; i < count; i++) {
      odds[i] = Math.exp((logits[from + admitted[i]!]! - highest) / temperature);
      total += odds[i]!;
    }
    if (narrows) total = narrow(odds, count, total, topK ?? count, topP ?? 1);
    let rest = random.uniform() * total;
    for (let i = 0; i < count; i++) {
      rest -= odds[i]!;
      if (rest < 0 && odds[i]! > 0) return i;
    }
    return likeliest;
  };
}

/** Sets the odds of all but the likeliest to 0 and returns the new total. */
function narrow(odds: Float64Array, count: number, total: number, topK: number, topP: number): number {
  const ranked = Array.from({ length: count }, (_, i) => i).sort((a, b) => odds[b]! - odds[a]!);
  let kept = 0;
  for (const [rank, i] of ranked.entries()) {
    if (rank >= topK || kept >= topP * total) odds[i] = 0;
    else kept += odds[i]!;
  }
  return kept;
}
