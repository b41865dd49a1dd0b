import fc from 'fast-check';
import { expect, it } from 'vitest';
import { learningRateAt, type Schedule } from '../../src/finetune/schedule.ts';

const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    peak: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    maxSteps: fc.integer({ min: 1, max: 500 }),
    warmup: fc.double({ min: 0, max: 1, noNaN: true }),
    finalShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ warmup, ...schedule }) => ({ ...schedule, warmupSteps: Math.ceil(schedule.maxSteps * warmup) }));

it('the rate rises to its peak, then falls to its last share, and never leaves (0, peak] before', () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const { peak, warmupSteps, maxSteps, finalShare } = schedule;
      const rates = Array.from({ length: maxSteps + 3 }, (_, step) => learningRateAt(step, schedule));
      for (const [step, rate] of rates.entries()) {
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(peak * (1 + 1e-12));
        if (step === 0) continue;
        if (step < warmupSteps) expect(rate).toBeGreaterThan(rates[step - 1]!);
        else if (step > warmupSteps) expect(rate).toBeLessThanOrEqual(rates[step - 1]! * (1 + 1e-12));
      }
      expect(Math.max(...rates)).toBeCloseTo(peak, 10);
      if (warmupSteps === maxSteps) return;
      expect(rates[maxSteps]).toBeCloseTo(peak * finalShare, 10);
      expect(rates[maxSteps + 2]).toBe(rates[maxSteps]);
    }),
  );
});

it('a run of ten steps, two of them warm-up', () => {
  const schedule = { peak: 1, warmupSteps: 2, maxSteps: 10, finalShare: 0.1 };
  const rates = [0, 1, 2, 6, 10].map((step) => Number(learningRateAt(step, schedule).toFixed(6)));
  expect(rates).toEqual([0.5, 1, 1, 0.55, 0.1]);
});
