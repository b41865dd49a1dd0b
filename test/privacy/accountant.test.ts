import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epsilonOf, noiseFor } from '../../src/privacy/noise.ts';

/** Of an independent implementation over the same whole orders. */
const golden = [
  [256 / 60000, 1.1, 14062, 1e-5, 2.596981],
  [250 / 60000, 1.3, 3600, 1e-5, 0.9422],
  [64 / 800, 2, 500, 1e-4, 4.114162],
  [64 / 32561, 0.8, 3560, 1e-6, 2.042074],
  [512 / 32561, 1.5, 1000, 1e-6, 1.873951],
  [128 / 1070, 4, 300, 1e-4, 2.040494],
] as const;

describe('the accountant', () => {
  it.each(golden)('rate %f, sigma %f, %i steps, delta %f: epsilon %f', (rate, sigma, times, delta, epsilon) => {
    expect(epsilonOf([{ rate, sigma, times }], delta)).toBeCloseTo(epsilon, 6);
  });

  it('takes a sample of all rows for no sample', () => {
    const whole = epsilonOf([{ sigma: 5, rate: 1, times: 3 }], 1e-6);
    expect(epsilonOf([{ sigma: 5, rate: 1 - 1e-12, times: 3 }], 1e-6)).toBeCloseTo(whole, 6);
  });

  it('is never below the exact epsilon of one Gaussian (Balle & Wang 2018)', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 50, noNaN: true }),
        fc.double({ min: 1e-9, max: 1e-3, noNaN: true }),
        (sigma, delta) => {
          const epsilon = epsilonOf([{ sigma, rate: 1, times: 1 }], delta);
          expect(gaussianDelta(sigma, epsilon)).toBeLessThanOrEqual(delta);
        },
      ),
    );
  });

  it('charges more for more steps, a higher rate, less noise, and a second mechanism', () => {
    const of = (rate: number, sigma: number, times: number) => epsilonOf([{ rate, sigma, times }], 1e-6);
    const base = of(0.01, 1, 100);
    expect(of(0.01, 1, 200)).toBeGreaterThan(base);
    expect(of(0.02, 1, 100)).toBeGreaterThan(base);
    expect(of(0.01, 0.9, 100)).toBeGreaterThan(base);
    const both = epsilonOf(
      [
        { rate: 0.01, sigma: 1, times: 100 },
        { rate: 1, sigma: 20, times: 1 },
      ],
      1e-6,
    );
    expect(both).toBeGreaterThan(base);
  });
});

describe('the noise for an epsilon', () => {
  it('keeps to it, and hardly more noise than needed', () => {
    for (const epsilon of [0.1, 1, 3, 10]) {
      const others = [{ sigma: 40 / epsilon, rate: 1, times: 1 }];
      const sampled = { rate: 0.02, times: 500 };
      const sigma = noiseFor({ epsilon, delta: 1e-6 }, sampled, others)!;
      expect(epsilonOf([...others, { ...sampled, sigma }], 1e-6)).toBeLessThanOrEqual(epsilon);
      expect(epsilonOf([...others, { ...sampled, sigma: 0.999 * sigma }], 1e-6)).toBeGreaterThan(epsilon);
    }
  });

  it('is none where what is spent is too much already, or no noise would be left', () => {
    expect(noiseFor({ epsilon: 1, delta: 1e-6 }, { rate: 0.01, times: 1 }, [{ sigma: 1, rate: 1, times: 1 }])).toBe(
      undefined,
    );
    expect(noiseFor({ epsilon: 1e6, delta: 1e-6 }, { rate: 0.01, times: 1 })).toBe(undefined);
  });
});

/** delta of a Gaussian of sensitivity 1 at this epsilon, exactly. */
function gaussianDelta(sigma: number, epsilon: number): number {
  return normal(1 / (2 * sigma) - epsilon * sigma) - Math.exp(epsilon) * normal(-1 / (2 * sigma) - epsilon * sigma);
}

/** The normal distribution function, by its density's integral. */
function normal(x: number): number {
  const steps = 4000;
  const from = Math.min(x, 0) - 12;
  const width = (x - from) / steps;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.exp(-((from + (i + 0.5) * width) ** 2) / 2);
  return (sum * width) / Math.sqrt(2 * Math.PI);
}
