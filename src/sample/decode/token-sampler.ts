/** Draws one of the admitted tokens from a model's logits. */
import { z } from 'zod';
import type { Random } from '../../numeric/random.ts';

export const samplerOptions = z.strictObject({
  /** 1 samples the learned distribution; lower ones prefer the likely, 0 takes the likeliest. */
  temperature: z.number().min(0).default(1),
  /** Only the k likeliest tokens. */
  topK: z.int().positive().optional(),
  /** Only the likeliest tokens that together reach this probability (Holtzman et al. 2020). */
  topP: z.number().gt(0).max(1).optional(),
});
export type SamplerOptions = z.infer<typeof samplerOptions>;

export interface TokenSampler {
  /** The index in `admitted` of the token drawn from logits[from + token]. */
  (logits: Float32Array, from: number, admitted: Int32Array, random: Pick<Random, 'uniform'>): number;
  /**
   * The probability of each of the `allowed` tokens where the grammar would admit `all`: their sum is the share of it
   * that a condition allows. Temperature acts on all tokens; `topK` and `topP` only choose among the allowed ones.
   * At temperature 0 the likeliest allowed token has all of it.
   */
  shares(logits: Float32Array, from: number, all: Int32Array, allowed: Int32Array): Float64Array;
}

export function createTokenSampler({ temperature, topK, topP }: SamplerOptions): TokenSampler {
  let weights = new Float64Array(64);
  const narrows = topK !== undefined || (topP !== undefined && topP < 1);
  const draw = (logits: Float32Array, from: number, admitted: Int32Array, random: Pick<Random, 'uniform'>) => {
    const count = admitted.length;
    if (count === 1) return 0;
    if (weights.length < count) weights = new Float64Array(count * 2);
    const likeliest = likeliestOf(logits, from, admitted);
    if (temperature === 0) return likeliest;
    const highest = logits[from + admitted[likeliest]!]!;
    let total = 0;
    for (let i = 0; i < count; i++) {
      weights[i] = Math.exp((logits[from + admitted[i]!]! - highest) / temperature);
      total += weights[i]!;
    }
    if (narrows) total = narrow(weights, count, total, topK ?? count, topP ?? 1);
    let rest = random.uniform() * total;
    for (let i = 0; i < count; i++) {
      rest -= weights[i]!;
      if (rest < 0 && weights[i]! > 0) return i;
    }
    return likeliest;
  };
  const shares = (logits: Float32Array, from: number, all: Int32Array, allowed: Int32Array) => {
    const found = new Float64Array(allowed.length);
    if (temperature === 0) {
      found[likeliestOf(logits, from, allowed)] = 1;
      return found;
    }
    const highest = logits[from + all[likeliestOf(logits, from, all)]!]!;
    const weightOf = (token: number) => Math.exp((logits[from + token]! - highest) / temperature);
    let everything = 0;
    for (const token of all) everything += weightOf(token);
    let mass = 0;
    for (const [i, token] of allowed.entries()) {
      found[i] = weightOf(token);
      mass += found[i]!;
    }
    const kept = narrows ? narrow(found, found.length, mass, topK ?? found.length, topP ?? 1) : mass;
    const scale = mass / kept / everything;
    return kept > 0 ? found.map((weight) => weight * scale) : found;
  };
  return Object.assign(draw, { shares });
}

function likeliestOf(logits: Float32Array, from: number, tokens: Int32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  let likeliest = 0;
  for (let i = 0; i < tokens.length; i++) {
    const logit = logits[from + tokens[i]!]!;
    if (logit > highest) {
      highest = logit;
      likeliest = i;
    }
  }
  return likeliest;
}

/** Sets the weights of all but the likeliest to 0 and returns the new total. */
function narrow(weights: Float64Array, count: number, total: number, topK: number, topP: number): number {
  const ranked = Array.from({ length: count }, (_, i) => i).sort((a, b) => weights[b]! - weights[a]!);
  let kept = 0;
  for (const [rank, i] of ranked.entries()) {
    if (rank >= topK || kept >= topP * total) weights[i] = 0;
    else kept += weights[i]!;
  }
  return kept;
}
