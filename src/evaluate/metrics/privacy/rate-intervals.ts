/** Intervals for a rate seen in few trials, Wilson's and exact ones, and for how far one rate is above another. */
import type { Risk, RiskFigure } from '../../report/figure-schema.ts';

type Rate = Risk['risk'];

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

/** Clopper & Pearson's bound (1934): the rate below which `hits` of `trials` or more come with a chance of at most `alpha`; 0 for no hit. */
export function rateAtLeast(hits: number, trials: number, alpha: number): number {
  if (hits === 0) return 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (tail(hits, trials, middle) > alpha) high = middle;
    else low = middle;
  }
  return low;
}

/** The rate above which `hits` of `trials` or fewer come with a chance of at most `alpha`. */
export function rateAtMost(hits: number, trials: number, alpha: number): number {
  return 1 - rateAtLeast(trials - hits, trials, alpha);
}

/** P(X >= k) of a binomial of n trials at rate p in (0, 1). */
function tail(k: number, n: number, p: number): number {
  let [term, sum] = [n * Math.log1p(-p), 0];
  const logOdds = Math.log(p) - Math.log1p(-p);
  for (let i = 0; i <= n; i++) {
    if (i >= k) sum += Math.exp(term);
    term += Math.log((n - i) / (i + 1)) + logOdds;
  }
  return sum;
}

/** A risk as a headline figure, beside that of the real test rows. */
export const riskHeadline = ({ synthetic, test }: RiskFigure) => ({
  value: synthetic.risk.value,
  reference: test?.risk.value ?? null,
});
