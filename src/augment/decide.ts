/** Which way to add rows is worth it, if any is. */
import { remembered } from './memory.ts';
import type { Selection } from './selection.ts';
import type { Trial, Trials } from './trial.ts';

/**
 * The share of what chance gives the largest gain (trial.ts) that a way's gain must exceed. Labels are only dealt anew by a
 * label model that was found better than trees (augment.ts), so that a second measure speaks for it: there, likelier than two
 * to one is enough.
 */
const shareOfChance: Record<Selection, number> = {
  'as drawn': 1,
  realistic: 1,
  consistent: 1,
  'labels dealt anew': 0.26,
};

/**
 * The trial with the largest gain among those whose gain is not likely to be chance, and whose rows repeat no more of what
 * was learned than real rows do.
 *
 * @returns undefined when none is.
 */
export function bestTrial({ trials, chance }: Pick<Trials, 'trials' | 'chance'>): Trial | undefined {
  return largest(trials.filter((trial) => !repeatsRows(trial) && gainsEnough(trial, chance)));
}

/** The best of those that add every row that was asked for, whether it helps or not. */
export function bestOfAll(trials: readonly Trial[]): Trial | undefined {
  return largest(trials.filter((trial) => trial.share === 1 && !Number.isNaN(trial.gain) && !repeatsRows(trial)));
}

/** What would have been taken, had it not repeated what was learned. */
export function refusedTrial({ trials, chance }: Pick<Trials, 'trials' | 'chance'>): Trial | undefined {
  return largest(trials.filter((trial) => repeatsRows(trial) && gainsEnough(trial, chance)));
}

export const repeatsRows = ({ memory }: Trial): boolean => remembered(memory).length > 0;

const gainsEnough = ({ pick, gain, error }: Trial, chance: number) => gain > shareOfChance[pick] * chance * error;

function largest(trials: readonly Trial[]): Trial | undefined {
  return trials.toSorted((a, b) => b.gain - a.gain)[0];
}
