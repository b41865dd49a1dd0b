/** Says how good a figure is beside its yardstick. */

import type { Figure, Sentence } from '../figure-schema.ts';
import { percent } from '../number-text.ts';

/**
 * A score's tone: `good` within a point of the yardstick, 1.25 times its distance from 1, or two standard deviations of
 * chance; `fair` within five points, 2.5 times, or three deviations; without a reference, from 0.95 and from 0.85.
 */
export function scoreTone({ value, reference }: Figure, rows: Rows): Sentence['tone'] {
  if (value === null) return 'note';
  const noise = Math.sqrt(1 / rows.train + 1 / rows.synthetic);
  const chance = deviation * noise;
  if (reference === null) return value >= 0.95 - 2 * chance ? 'good' : value >= 0.85 - 3 * chance ? 'fair' : 'poor';
  // A distance between samples of one distribution grows as √(1/n + 1/m): fewer synthetic than test rows lie further off.
  const fewer = Math.max(1, noise / Math.sqrt(1 / rows.train + 1 / (rows.test ?? rows.synthetic)));
  const yardstick = (1 - reference) * fewer;
  const beyond = 1 - value - yardstick;
  if (beyond <= Math.max(0.01, 0.25 * yardstick, 2 * chance)) return 'good';
  return beyond <= Math.max(0.05, 1.5 * yardstick, 3 * chance) ? 'fair' : 'poor';
}

/** Of the tables that are compared; `test` is null without real test rows. */
interface Rows {
  readonly train: number;
  readonly synthetic: number;
  readonly test: number | null;
}

/** Of the Kolmogorov-Smirnov distance of two samples of one distribution, in √(1/n + 1/m). */
const deviation = 0.26;

/** How many rows of either side each AUC of a figure rests on; `test` is null without a reference. */
export interface AucRows {
  readonly synthetic: number;
  readonly test: number | null;
}

/**
 * The tone of a detector's AUC, where 0.5 is best. Real test rows above 0.5 are a yardstick as far as chance explains
 * them; beyond that, they differ from training, which excuses nothing.
 */
export function detectionTone(figure: Figure, rows: AucRows): Sentence['tone'] {
  const { value, reference } = figure;
  if (value === null) return 'note';
  if (looksCopied(figure, rows)) return 'poor';
  const byChance = 0.5 + Math.max(0.05, 2 * chanceError(rows.test));
  const yardstick = Math.max(0.5, Math.min(reference ?? 0.5, byChance));
  const beyond = value - yardstick - 1.5 * chanceError(rows.synthetic);
  return beyond <= 0.03 ? 'good' : beyond <= 0.15 ? 'fair' : 'poor';
}

/**
 * A detector that does far worse than a coin has met in training what it is asked about: copies. Small samples fall
 * below 0.5 by themselves, real ones too: so only what is far below those, beyond three standard errors, says this.
 */
export function looksCopied({ value, reference }: Figure, rows: AucRows): boolean {
  const error = Math.hypot(chanceError(rows.synthetic), reference === null ? 0 : chanceError(rows.test));
  return value !== null && value < Math.min(0.5, reference ?? 0.5) - Math.max(0.1, 3 * error);
}

/** The standard error of an AUC over n rows of either side that cannot be told apart: 1 / √(6 n). */
export function chanceError(rows: number | null): number {
  return rows === null ? 0 : 1 / Math.sqrt(6 * rows);
}

/** How far share `a` of n rows is above share `b` of m, beyond twice the standard error of their difference. */
export function excess(a: number, n: number, b: number, m: number): number {
  const pooled = m === 0 ? a : (a * n + b * m) / (n + m);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / n + (m === 0 ? 0 : 1 / m)));
  return a - b - 2 * standardError;
}

/** The first of poor, fair, good that either is. */
export function worse(a: Sentence['tone'], b: Sentence['tone']): Sentence['tone'] {
  return (['poor', 'fair', 'good'] as const).find((tone) => a === tone || b === tone) ?? 'note';
}

export function beside({ value, reference }: Figure): string {
  return reference === null ? percent(value) : `${percent(value)} (real test rows: ${percent(reference)})`;
}

export function isScored<F extends Figure>(figure: F): figure is F & { readonly value: number } {
  return figure.value !== null;
}
