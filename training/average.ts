/** A running average of weights, which samples like annealed weights at any moment of a run. It knows no gradients. */

/**
 * How far the average moves to the weights that it takes in, or that stand for several steps. Exponential moving average with
 * `decay` a step; while the run is young the decay is (1 + n) / (10 + n) after n `updates`, so that the first, random weights
 * are soon forgotten (as TensorFlow's ExponentialMovingAverage has it).
 */
export function averageShare(decay: number, updates: number, steps = 1): number {
  let kept = 1;
  for (let n = updates; n < updates + steps; n++) kept *= Math.min(decay, (1 + n) / (10 + n));
  return 1 - kept;
}

/** Moves the average by a share of the way to the live weights. */
export function blend(average: Float32Array, live: Float32Array, share: number): void {
  for (let i = 0; i < average.length; i++) average[i]! += share * (live[i]! - average[i]!);
}
