/** Which way to add rows is worth it, if any is. It knows measured gains and nothing of how they came about. */
import type { Trial } from './trial.ts';

/**
 * The trial with the largest gain among those that gain more than their standard error: less may be chance, and without new
 * rows is the simpler way (the one-standard-error rule; Breiman et al., Classification and Regression Trees, 1984).
 *
 * @returns undefined when none does.
 */
export function bestTrial(trials: readonly Trial[]): Trial | undefined {
  return largest(trials.filter(({ gain, error }) => gain > error));
}

/** The best of those that add every row that was asked for, whether it helps or not. */
export function bestOfAll(trials: readonly Trial[]): Trial | undefined {
  return largest(trials.filter(({ share, gain }) => share === 1 && !Number.isNaN(gain)));
}

function largest(trials: readonly Trial[]): Trial | undefined {
  return trials.toSorted((a, b) => b.gain - a.gain)[0];
}
