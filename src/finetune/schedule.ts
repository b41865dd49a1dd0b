/** The learning rate over a run: a linear rise, then a cosine fall (Loshchilov & Hutter 2017). It knows only step numbers. */
import { z } from 'zod';

export const schedule = z.strictObject({
  /** The highest rate. */
  peak: z.number(),
  warmupSteps: z.int(),
  maxSteps: z.int(),
  /** The rate at `maxSteps`, as a share of the highest. */
  finalShare: z.number(),
});
export type Schedule = Readonly<z.infer<typeof schedule>>;

/** `step` counts from 0. */
export function learningRateAt(step: number, { peak, warmupSteps, maxSteps, finalShare }: Schedule): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, maxSteps - warmupSteps));
  return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** Steps after which their usual time is known; the first ones build graphs. */
export const stepsToTime = 20;

/** A schedule that ends in time, so that its learning rate still falls to the end; a tenth is left for judging. */
export function withinTime(schedule: Schedule, secondsPerStep: number, maxMinutes: number | undefined): Schedule {
  if (maxMinutes === undefined) return schedule;
  const affordable = Math.max(stepsToTime, Math.floor((0.9 * 60 * maxMinutes) / secondsPerStep));
  if (affordable >= schedule.maxSteps) return schedule;
  const warmupSteps = Math.ceil((schedule.warmupSteps * affordable) / schedule.maxSteps);
  return { ...schedule, maxSteps: affordable, warmupSteps };
}
