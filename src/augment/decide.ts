/** Which way to add rows is worth it, if any is. It knows measured gains and nothing of how they came about. */
import type { PickName } from './selection.ts';
import type { Trial } from './trial.ts';

/**
 * How many standard errors a gain must have, since less may be chance and no new rows are the simpler way. One is the usual
 * rule (Breiman et al., Classification and Regression Trees, 1984), but several ways are tried and the best of them is taken:
 * here it is the normal distribution's 5 % for each. Labels are only dealt anew by a teacher that was found better than trees
 * (settings.ts), so that a second measure speaks for it: there, likelier than two to one is enough.
 */
const standardErrors: Record<PickName, number> = {
  'as drawn': 1.64,
  realistic: 1.64,
  consistent: 1.64,
  'labels dealt anew': 0.43,
};

/**
 * The trial with the largest gain among those whose gain is not likely to be chance.
 *
 * @returns undefined when none is.
 */
export function bestTrial(trials: readonly Trial[]): Trial | undefined {
  return largest(trials.filter(({ pick, gain, error }) => gain > standardErrors[pick] * error));
}

/** The best of those that add every row that was asked for, whether it helps or not. */
export function bestOfAll(trials: readonly Trial[]): Trial | undefined {
  return largest(trials.filter(({ share, gain }) => share === 1 && !Number.isNaN(gain)));
}

function largest(trials: readonly Trial[]): Trial | undefined {
  return trials.toSorted((a, b) => b.gain - a.gain)[0];
}
