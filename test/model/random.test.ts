import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom, restoreRandom } from '../../src/numeric/random.ts';
import { chiSquareDeviation } from '../sample/chi-square.ts';

const seeds = fc.oneof(fc.nat(9), fc.maxSafeInteger().map(Math.abs));
const firstOf = (seed: number, ...stream: number[]) => {
  const random = createRandom(seed, ...stream);
  return Array.from({ length: 4 }, () => random.uniform());
};

describe('numbers', () => {
  it('are the same for the same seed and stream, and others for others', () => {
    fc.assert(
      fc.property(seeds, seeds, fc.array(fc.nat(999), { maxLength: 3 }), fc.nat(999), (seed, other, stream, next) => {
        expect(firstOf(seed, ...stream)).toEqual(firstOf(seed, ...stream));
        if (seed !== other) expect(firstOf(other, ...stream)).not.toEqual(firstOf(seed, ...stream));
        expect(firstOf(seed, ...stream, next)).not.toEqual(firstOf(seed, ...stream, next + 1));
      }),
    );
  });

  it('go on from a saved state', () => {
    fc.assert(
      fc.property(seeds, fc.nat(9), (seed, used) => {
        const random = createRandom(seed);
        for (let i = 0; i < used; i++) random.uniform();
        const copy = restoreRandom(JSON.parse(JSON.stringify(random.state())));
        expect([copy.uniform(), copy.int(100), copy.normal()]).toEqual([
          random.uniform(),
          random.int(100),
          random.normal(),
        ]);
      }),
    );
  });

  it('are uniform, within a stream and across the first numbers of streams', () => {
    const random = createRandom(1);
    const within = Array.from({ length: 20_000 }, () => random.uniform());
    const across = Array.from({ length: 20_000 }, (_, i) => createRandom(0, 3, 0, i).uniform());
    for (const numbers of [within, across]) {
      expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...numbers)).toBeLessThan(1);
      const counts = Array.from({ length: 50 }, (_, bin) => numbers.filter((x) => Math.floor(x * 50) === bin).length);
      expect(
        Math.abs(
          chiSquareDeviation(
            counts,
            counts.map(() => 1 / 50),
          ),
        ),
      ).toBeLessThan(5);
    }
  });

  it('below n are whole and reach every one of them', () => {
    const random = createRandom(2);
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 14_000; i++) counts[random.int(7)]!++;
    expect(
      Math.abs(
        chiSquareDeviation(
          counts,
          counts.map(() => 1 / 7),
        ),
      ),
    ).toBeLessThan(5);
    expect(random.int(1)).toBe(0);
  });

  it('that are normal have mean 0, variance 1 and the tails of a bell', () => {
    const random = createRandom(3);
    const numbers = Array.from({ length: 20_000 }, () => random.normal());
    const mean = (of: (x: number) => number) => numbers.reduce((sum, x) => sum + of(x), 0) / numbers.length;
    expect(Math.abs(mean((x) => x))).toBeLessThan(0.03);
    expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean((x) => (Math.abs(x) < 1.96 ? 1 : 0)) - 0.95)).toBeLessThan(0.01);
  });
});

describe('a shuffle', () => {
  it('keeps the items, in the array it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), seeds, (items, seed) => {
        const sorted = [...items].sort((a, b) => a - b);
        const shuffled = createRandom(seed).shuffle(items);
        expect(shuffled).toBe(items);
        expect([...shuffled].sort((a, b) => a - b)).toEqual(sorted);
      }),
    );
  });

  it('gives every order as often', () => {
    const random = createRandom(4);
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = random.shuffle([0, 1, 2, 3]).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(Math.abs(chiSquareDeviation([...counts.values()], Array(24).fill(1 / 24)))).toBeLessThan(5);
  });
});
