import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/numeric/random.ts';
import { createTokenSampler, type SamplerOptions, samplerOptions } from '../../src/sample/decode/token-sampler.ts';
import { chiSquareDeviation, softmax } from './chi-square.ts';

const logits = Float32Array.of(9, 1.5, 0, -1, 2, 2.5, 9, 0.5);
/** Tokens 1 to 5 of a row of logits that begins at 0; the likeliest is token 5. */
const admitted = Int32Array.of(1, 2, 3, 4, 5);
const admittedLogits = Array.from(admitted, (token) => logits[token]!);

function countDraws(options: Partial<SamplerOptions>, times: number): number[] {
  const draw = createTokenSampler(samplerOptions.parse(options));
  const random = createRandom(11);
  const counts = admittedLogits.map(() => 0);
  for (let i = 0; i < times; i++) counts[draw(logits, 0, admitted, random)]!++;
  return counts;
}

describe('draws follow', () => {
  it.each([1, 0.5, 2.5])('the softmax of the admitted logits at temperature %d', (temperature) => {
    const counts = countDraws({ temperature }, 20_000);
    expect(Math.abs(chiSquareDeviation(counts, softmax(admittedLogits, temperature)))).toBeLessThan(5);
  });

  it('the softmax of the k likeliest', () => {
    const counts = countDraws({ topK: 3 }, 20_000);
    expect([counts[1], counts[2]]).toEqual([0, 0]);
    const [first, fourth, fifth] = [counts[0]!, counts[3]!, counts[4]!];
    expect(Math.abs(chiSquareDeviation([first, fourth, fifth], softmax([1.5, 2, 2.5])))).toBeLessThan(5);
  });

  it('the softmax of the likeliest that reach a probability, the one that reaches it included', () => {
    // Shares: 0.45, 0.28, 0.17, 0.07, 0.03 in order of likelihood.
    expect(countDraws({ topP: 0.44 }, 500).map(Boolean)).toEqual([false, false, false, false, true]);
    expect(countDraws({ topP: 0.6 }, 500).map(Boolean)).toEqual([false, false, false, true, true]);
    const counts = countDraws({ topP: 0.8 }, 20_000);
    expect(Math.abs(chiSquareDeviation([counts[0]!, counts[3]!, counts[4]!], softmax([1.5, 2, 2.5])))).toBeLessThan(5);
  });
});

const anyLogits = fc.array(
  fc.integer({ min: -400, max: 400 }).map((x) => x / 10),
  { minLength: 1, maxLength: 90 },
);

it('temperature 0, topK 1 and a tiny topP take the likeliest', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: -400, max: 400 }), { minLength: 1, maxLength: 90 }),
      fc.nat(),
      (scores, seed) => {
        const row = Float32Array.from(scores, (score) => score / 10);
        const all = Int32Array.from(scores, (_, i) => i);
        const likeliest = scores.indexOf(Math.max(...scores));
        for (const options of [
          { temperature: 0 },
          { topK: 1 },
          { topP: 1e-9 },
          { temperature: 0, topK: 5, topP: 0.5 },
        ]) {
          expect(createTokenSampler(samplerOptions.parse(options))(row, 0, all, createRandom(seed))).toBe(likeliest);
        }
      },
    ),
  );
});

it('a token without odds is never drawn, whatever the random number', () => {
  const extreme = fc.constantFrom(0, 1e-300, 0.5, 1 - 2 ** -53);
  const fixed = (x: number): Random => ({ ...createRandom(0), uniform: () => x });
  fc.assert(
    fc.property(
      anyLogits,
      fc.array(fc.nat(89), { maxLength: 40 }),
      extreme,
      fc.integer({ min: 1, max: 9 }),
      (scores, barred, x, topK) => {
        const row = Float32Array.from(scores);
        for (const i of barred) if (i > 0 && i < row.length) row[i] = Number.NEGATIVE_INFINITY;
        const all = Int32Array.from(scores, (_, i) => i);
        const drawn = createTokenSampler(samplerOptions.parse({}))(row, 0, all, fixed(x));
        expect(row[drawn]).toBeGreaterThan(Number.NEGATIVE_INFINITY);
        const narrowed = createTokenSampler(samplerOptions.parse({ topK }))(row, 0, all, fixed(x));
        expect(row.filter((logit) => logit > row[narrowed]!).length).toBeLessThan(topK);
      },
    ),
    { numRuns: 300 },
  );
});

it('reads the logits of its own row only', () => {
  const two = Float32Array.of(...logits, ...logits.map((x) => -x));
  const draw = createTokenSampler(samplerOptions.parse({ temperature: 0 }));
  expect([draw(two, 0, admitted, createRandom(1)), draw(two, 8, admitted, createRandom(1))]).toEqual([4, 2]);
});

it('one admitted token takes no randomness', () => {
  const random = createRandom(3);
  const before = random.state();
  expect(createTokenSampler(samplerOptions.parse({}))(logits, 0, Int32Array.of(7), random)).toBe(0);
  expect(random.state()).toEqual(before);
});
