/** Says how good a figure is beside its yardstick. It knows figures, not what they measure. */
import type { Figure, Sentence } from '../report.ts';

/**
 * A score's tone: `good` within a point of the reference or 1.25 times its distance from 1, `fair` within five points
 * or 2.5 times; without a reference, from 0.95 and from 0.85.
 */
export function scoreTone({ value, reference }: Figure): Sentence['tone'] {
  if (value === null) return 'note';
  if (reference === null) return value >= 0.95 ? 'good' : value >= 0.85 ? 'fair' : 'poor';
  const within = (points: number, times: number) =>
    1 - value <= Math.max(1 - reference + points, (1 - reference) * times);
  return within(0.01, 1.25) ? 'good' : within(0.05, 2.5) ? 'fair' : 'poor';
}

/**
 * The same for a detector's AUC over `rows` of either side, where 0.5 is best. Far below it the rows are copies; how
 * far luck goes, three standard errors say.
 */
export function detectionTone({ value, reference }: Figure, rows: number): Sentence['tone'] {
  const luck = 3 / Math.sqrt(6 * rows);
  if (value === null) return 'note';
  if (looksCopied(value, rows)) return 'poor';
  const similarity = (auc: number) => 1 - (2 * Math.max(0.5, auc) - 1);
  const lost = Math.max(0.9, similarity(reference ?? 0.5)) - similarity(value) - luck;
  return lost <= 0.06 ? 'good' : lost <= 0.3 ? 'fair' : 'poor';
}

/** A detector that does worse than a coin has met in training what it is asked about: copies. */
export function looksCopied(auc: number, rows: number): boolean {
  return auc < 0.5 - Math.max(0.05, 3 / Math.sqrt(6 * rows));
}

/** How far share `a` of n rows is above share `b` of m, beyond twice the standard error of their difference. */
export function excess(a: number, n: number, b: number, m: number): number {
  const pooled = m === 0 ? a : (a * n + b * m) / (n + m);
  const standardError = Math.sqrt(pooled * (1 - pooled) * (1 / n + (m === 0 ? 0 : 1 / m)));
  return a - b - 2 * standardError;
}
