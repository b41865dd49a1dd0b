/** The learning rate over a run: a short rise, a steady rate, and a fall that begins when held-out rows or the time say so. */
import { z } from 'zod';

export const schedule = z.strictObject({
  /** The steady rate. */
  peak: z.number(),
  warmupSteps: z.int(),
  /** The step at which the rate begins to fall; known beforehand only for the longest run there may be. */
  fallFrom: z.int(),
  maxSteps: z.int(),
  /** The rate at `maxSteps`, as a share of the steady one. */
  finalShare: z.number(),
});
export type Schedule = Readonly<z.infer<typeof schedule>>;

/** Of a run's steps, the last ones of which the rate falls (Hägele et al. 2024: as good as a cosine from 20 % on). */
const fallShare = 0.25;

/** The longest run there may be. */
export function longestSchedule(peak: number, warmupSteps: number, maxSteps: number, finalShare: number): Schedule {
  return { peak, warmupSteps, fallFrom: Math.max(warmupSteps, fallBefore(maxSteps)), maxSteps, finalShare };
}

const fallBefore = (maxSteps: number): number => Math.floor(maxSteps * (1 - fallShare));

/** `step` counts from 0. */
export function learningRateAt(step: number, { peak, warmupSteps, fallFrom, maxSteps, finalShare }: Schedule): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const fallen = Math.min(1, Math.max(0, step - fallFrom) / Math.max(1, maxSteps - fallFrom));
  return peak * (1 - fallen * (1 - finalShare));
}

/** The same run, but that its rate falls from this step on, for as many steps as go with those before it. */
export function fallingFrom(step: number, schedule: Schedule): Schedule {
  const steps = Math.max(1, Math.round((step * fallShare) / (1 - fallShare)));
  return { ...schedule, fallFrom: step, maxSteps: Math.min(schedule.maxSteps, step + steps) };
}

export const isFalling = (step: number, { fallFrom }: Schedule): boolean => step >= fallFrom;

/**
 * Whether the held-out loss at the steady rate has all but stopped falling: for `patience` epochs there was no better one,
 * or over the last third of the epochs it fell by less than the share `slow` of itself.
 */
export function hasSlowed(losses: readonly number[], patience: number, slow: number): boolean {
  if (losses.length === 0) return false;
  const best = Math.min(...losses);
  if (losses.length - 1 - losses.indexOf(best) >= patience) return true;
  if (losses.length < leastEpochs) return false;
  const before = Math.min(...losses.slice(0, Math.ceil((2 * losses.length) / 3)));
  return before - best < slow * best;
}

/**
 * Whether a held-out loss is less by more than chance brings, which is a share of the loss over the square root of the held-out rows.
 * Meanwhile few rows are learned by heart, so an earlier epoch is as good as a hardly better one (the rule of one standard error:
 * Breiman et al. 1984).
 */
export function isClearlyLess(loss: number, than: number, heldOutRows: number): boolean {
  return loss < than * (1 - chance / Math.sqrt(heldOutRows));
}

/** Half of what left the least by heart on five small tables, but told rows of one of them sooner (training/LOG.md). */
const chance = 0.02;

/** Of fewer it cannot be said how fast they fall. */
const leastEpochs = 9;

/** Steps after which their usual time is known; the first ones build graphs. */
export const stepsToTime = 20;

/** A schedule that ends in time, so that its learning rate still falls to the end; a tenth is left for judging. */
export function withinTime(schedule: Schedule, secondsPerStep: number, maxMinutes: number | undefined): Schedule {
  if (maxMinutes === undefined) return schedule;
  const affordable = Math.max(stepsToTime, Math.floor((0.9 * 60 * maxMinutes) / secondsPerStep));
  if (affordable >= schedule.maxSteps) return schedule;
  const warmupSteps = Math.ceil((schedule.warmupSteps * affordable) / schedule.maxSteps);
  return longestSchedule(schedule.peak, warmupSteps, affordable, schedule.finalShare);
}
