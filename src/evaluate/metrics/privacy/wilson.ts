/** Intervals for a rate seen in few trials, and for how far one rate is above another. It knows counts only. */

import type { Risk } from '../../report/figure-schema.ts';

export type Rate = Risk['risk'];

const z = 1.959963984540054; // 95 %

/** Wilson's score interval (1927), whose centre is drawn towards ½; [0, 1] without a trial. */
export function wilson(successes: number, trials: number): Rate {
  if (trials === 0) return { value: 0.5, low: 0, high: 1 };
  const share = successes / trials;
  const scale = 1 + z ** 2 / trials;
  const value = (share + z ** 2 / (2 * trials)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

/**
 * (attack - control) / (1 - control): the share of what there was left to find, at least 0, with an interval from the
 * errors of both. Source: Giomi et al., Anonymeter, PETS 2023, `stats/confidence.py`; but for the lower end, whose error is
 * that of two equal rates: Anonymeter's is next to none where all attacks succeed and nearly all on unseen rows do.
 */
export function residualRisk(attack: Rate, control: Rate): Rate {
  const left = 1 - control.value;
  const value = (attack.value - control.value) / left;
  const [attackError, controlError] = [attack, control].map(({ low, high }) => (high - low) / 2);
  const error = Math.sqrt((attackError! / left) ** 2 + ((controlError! * (attack.value - 1)) / left ** 2) ** 2);
  const equal = Math.hypot(attackError!, controlError!) / left;
  const clipped = (x: number) => Math.min(1, Math.max(0, x));
  return { value: clipped(value), low: clipped(value - equal), high: clipped(value + error) };
}

/** Of as many attacks on training rows as on unseen ones, how many succeeded. */
export function riskOf(onTraining: number, onUnseen: number, attacks: number): Risk {
  const [attack, control] = [wilson(onTraining, attacks), wilson(onUnseen, attacks)];
  return { attack, control, risk: residualRisk(attack, control), attacks };
}
