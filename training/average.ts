/** A running average of weights, which samples like annealed weights at any moment of a run. It knows no gradients. */
import type { Weights } from '../models/config.ts';

export interface WeightAverage {
  readonly weights: Weights;
  /** Takes in the live weights after one step, or after several as if they had been these after each. */
  update(steps?: number): void;
}

/**
 * Exponential moving average with `decay` a step; while the run is young the decay is (1 + n) / (10 + n), so that the
 * first, random weights are soon forgotten (as TensorFlow's ExponentialMovingAverage has it). `start` are the weights of
 * an average of the same decay that took in `updates` steps.
 */
export function averageOf(live: Weights, decay: number, start = live, updates = 0): WeightAverage {
  const weights = new Map([...start].map(([name, data]) => [name, Float32Array.from(data)]));
  return {
    weights,
    update(steps = 1) {
      let kept = 1;
      for (const until = updates + steps; updates < until; updates++) {
        kept *= Math.min(decay, (1 + updates) / (10 + updates));
      }
      const share = 1 - kept;
      for (const [name, average] of weights) blend(average, live.get(name)!, share);
    },
  };
}

function blend(average: Float32Array, live: Float32Array, share: number): void {
  for (let i = 0; i < average.length; i++) average[i]! += share * (live[i]! - average[i]!);
}
