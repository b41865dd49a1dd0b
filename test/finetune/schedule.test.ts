import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  fallingFrom,
  hasSlowed,
  isClearlyLess,
  learningRateAt,
  longestSchedule,
  type Schedule,
  withinTime,
} from '../../src/finetune/schedule.ts';

const schedules: fc.Arbitrary<Schedule> = fc
  .record({
    peak: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    maxSteps: fc.integer({ min: 1, max: 500 }),
    warmup: fc.double({ min: 0, max: 1, noNaN: true }),
    finalShare: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ peak, maxSteps, warmup, finalShare }) =>
    longestSchedule(peak, Math.ceil(maxSteps * warmup), maxSteps, finalShare),
  );

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

it('a run of sixteen steps, two of them warm-up and the last quarter falling', () => {
  const schedule = longestSchedule(1, 2, 16, 0.1);
  const rates = [0, 1, 2, 12, 14, 16].map((step) => Number(learningRateAt(step, schedule).toFixed(6)));
  expect(rates).toEqual([0.5, 1, 1, 1, 0.55, 0.1]);
});

it('a fall that begins sooner begins at that step, is as long as goes with the steps before it, and ends no later', () => {
  fc.assert(
    fc.property(schedules, fc.nat(), (schedule, a) => {
      const step = schedule.warmupSteps + (a % Math.max(1, schedule.fallFrom - schedule.warmupSteps + 1));
      const falling = fallingFrom(step, schedule);
      expect(learningRateAt(step, falling)).toBeCloseTo(schedule.peak, 10);
      expect(falling.maxSteps).toBeLessThanOrEqual(schedule.maxSteps);
      expect(falling.maxSteps - step).toBeLessThanOrEqual(Math.max(1, Math.round(step / 3)));
      expect(learningRateAt(falling.maxSteps, falling)).toBeLessThan(schedule.peak * (1 + 1e-12));
    }),
  );
});

it('a run that must end in time keeps its shape', () => {
  const schedule = longestSchedule(1, 10, 1000, 0.1);
  expect(withinTime(schedule, 1, undefined)).toBe(schedule);
  expect(withinTime(schedule, 0.01, 1)).toBe(schedule);
  expect(withinTime(schedule, 1, 2)).toEqual({ ...schedule, warmupSteps: 2, fallFrom: 81, maxSteps: 108 });
});

it('a loss has slowed when it was not bettered for as long as patience allows, or fell little in the last third', () => {
  const falling = Array.from({ length: 30 }, (_, i) => 1 + 0.9 ** i);
  for (let epochs = 0; epochs <= 12; epochs++) expect(hasSlowed(falling.slice(0, epochs), 5, 0.01)).toBe(false);
  expect(hasSlowed(falling, 5, 0.1)).toBe(true);
  expect(hasSlowed(falling, 5, 0.01)).toBe(false);
  expect(hasSlowed(falling.slice(0, 8), 5, 0.9)).toBe(false);
  expect(hasSlowed([3, 2, 2.1, 2.2], 3, 0)).toBe(false);
  expect(hasSlowed([3, 2, 2.1, 2.2, 2], 3, 0)).toBe(true);
});

it('a loss is clearly less the sooner, the more rows were held out', () => {
  const drop = 0.003;
  for (const [rows, clear] of [
    [4, false],
    [40, false],
    [60, true],
    [4000, true],
  ] as const) {
    expect(isClearlyLess(2 * (1 - drop), 2, rows)).toBe(clear);
  }
  expect(isClearlyLess(2, 2, 1e9)).toBe(false);
});
