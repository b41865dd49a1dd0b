/** The learning rate over a run: a linear rise, then a cosine fall (Loshchilov & Hutter 2017). It knows only step numbers. */

export interface Schedule {
  /** The highest rate. */
  readonly peak: number;
  readonly warmupSteps: number;
  readonly maxSteps: number;
  /** The rate at `maxSteps`, as a share of the highest. */
  readonly finalShare: number;
}

/** `step` counts from 0. */
export function learningRateAt(step: number, { peak, warmupSteps, maxSteps, finalShare }: Schedule): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, maxSteps - warmupSteps));
  return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
