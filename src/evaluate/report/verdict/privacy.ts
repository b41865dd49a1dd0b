/** What the figures on copies and attacks mean, as sentences. It knows the report's figures, no table. */

import type { Sentence } from '../figure-schema.ts';
import { percent, plural, score } from '../number-text.ts';
import { isScored, type Judged } from './judged.ts';
import { chanceError, excess } from './rating.ts';

export function copiesSentence({ copies: { copiesOfTrain }, rows }: Judged): Sentence[] {
  const { value, reference } = copiesOfTrain;
  const copied = Math.round(value! * rows.synthetic);
  const beyond = excess(value!, rows.synthetic, reference ?? 0, rows.test ?? 0);
  const tone =
    copied === 0 ? 'good' : reference === null ? 'fair' : beyond <= 0 ? 'good' : beyond < 0.01 ? 'fair' : 'poor';
  const advice =
    tone === 'poor'
      ? ' Real rows repeat training less often: the model may have memorised rows; leave the copies out before sharing.'
      : tone === 'fair' && reference === null
        ? ' Without a test table nobody can say whether real rows would repeat training as often.'
        : '';
  const text =
    copied === 0
      ? `No row is an exact copy of a training row${reference === null ? '' : ` (real test rows: ${percent(reference)})`}.`
      : `${plural(copied, 'row')} (${percent(value)}${reference === null ? '' : `; real test rows: ${percent(reference)}`}) ${copied === 1 ? 'is an exact copy' : 'are exact copies'} of training rows.`;
  return [{ tone, text: text + advice }];
}

export function duplicatesSentence({ copies: { duplicateRows }, rows }: Judged): Sentence[] {
  const beyond = excess(duplicateRows.value!, rows.synthetic, duplicateRows.train, rows.train);
  if (beyond <= 0.01) return [];
  return [
    {
      tone: beyond <= 0.05 ? 'fair' : 'poor',
      text:
        `${percent(duplicateRows.value)} of the rows repeat an earlier one, in training ${percent(duplicateRows.train)}: ` +
        'the synthetic table is less varied than training.',
    },
  ];
}

/** Twice the standard error of a share of n rows that is a half by chance. */
function shareMargin(n: number): number {
  return 1 / Math.sqrt(n);
}

/** Rows nearer to training than to unseen rows are what remembering looks like. */
export function closerSentence({ closerShare }: Judged): Sentence[] {
  if (closerShare === null || !isScored(closerShare.share)) return [];
  const { share, rows, against } = closerShare;
  const beyond = share.value - 0.5 - shareMargin(Math.min(rows, against));
  const tone = beyond <= 0 ? 'good' : beyond < 0.03 ? 'fair' : 'poor';
  const test = share.reference === null ? '' : `, real test rows ${percent(share.reference)}`;
  const meaning =
    tone === 'good'
      ? 'no sign that rows were remembered'
      : 'more than chance: the model has partly remembered its rows; train it shorter, or leave out the rows that are too close';
  return [
    {
      tone,
      text: `${percent(share.value)} of the rows are nearer to training than to as many unseen real rows (chance 50 %${test}): ${meaning}.`,
    },
  ];
}

/** Standard errors that the better of two attacks exceeds by chance as rarely as one exceeds two. */
const bestOfTwo = 2.3;

export function membershipSentence({ membership }: Judged): Sentence[] {
  if (membership === null) return [];
  const aucs = [membership.distance.auc.value, membership.calibrated.auc.value].filter((auc) => auc !== null);
  const auc = Math.max(...aucs);
  const beyond = auc - 0.5 - bestOfTwo * chanceError(membership.rows);
  const tone = beyond <= 0.01 ? 'good' : beyond < 0.05 ? 'fair' : 'poor';
  const found = Math.max(membership.distance.tprAt1.value ?? 0, membership.calibrated.tprAt1.value ?? 0);
  const meaning =
    tone === 'good'
      ? 'An attacker with these rows cannot tell who was in training'
      : 'An attacker with these rows can tell, better than by chance, who was in training';
  return [
    {
      tone,
      text: `${meaning} (ROC AUC ${score(auc)}, chance 0.5; finds ${percent(found)} of the members at 1 % false alarms).`,
    },
  ];
}

/** The upper end of a risk's interval up to which the rows may be said to protect. */
const largestGoodRisk = 0.1;

export function singlingOutSentence({ singlingOut }: Judged): Sentence[] {
  if (singlingOut === null) return [];
  const { risk, attacks } = singlingOut.multivariate.synthetic;
  if (attacks < 20) return [];
  // Guesses often mean the same outlier, so the interval is narrower than it should be: a lower end of 5 % may be luck.
  const range = `${percent(risk.low)} to ${percent(risk.high)}`;
  if (risk.low <= 0.05 && risk.high > largestGoodRisk) {
    const text = `Too few descriptions or unseen rows to say whether rows that are unique here single out training rows: risk ${range} at 95 %; a larger --test table narrows it.`;
    return [{ tone: 'fair', text }];
  }
  const tone = risk.low <= 0.05 ? 'good' : risk.low < 0.15 ? 'fair' : 'poor';
  const text =
    tone === 'good'
      ? `Descriptions of rows that are unique here single out hardly more training rows than unseen ones (risk ${range} at 95 %).`
      : `Descriptions of rows that are unique here single out training rows more often than unseen ones: ${percent(risk.value)} of what chance leaves (${range} at 95 %).`;
  return [{ tone, text }];
}
