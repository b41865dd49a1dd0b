/**
 * Turns a report's figures into sentences a person can act on. It knows the report's figures, no table.
 * Yardstick: the real test rows where there are some, fixed marks where there are none.
 */
import { eachMetric } from '../../metrics/metrics.ts';
import type { Pillar, Sentence } from '../figure-schema.ts';
import { count, plural } from '../number-text.ts';
import { baselinesSentence } from './baselines.ts';
import {
  detectionSentence,
  missingSentence,
  rowsSentence,
  shapesSentence,
  targetSentence,
  trendsSentence,
  validitySentence,
} from './fidelity.ts';
import type { Judged } from './judged.ts';
import {
  closerSentence,
  copiesSentence,
  duplicatesSentence,
  membershipSentence,
  singlingOutSentence,
} from './privacy.ts';
import { utilitySentence } from './utility.ts';

const judges: readonly (readonly [Pillar | null, readonly ((report: Judged) => Sentence[])[]])[] = [
  ['fidelity', [shapesSentence, trendsSentence, detectionSentence, rowsSentence, targetSentence]],
  ['utility', [utilitySentence]],
  [null, [baselinesSentence]],
  ['fidelity', [validitySentence, missingSentence]],
  ['privacy', [copiesSentence, duplicatesSentence, closerSentence, membershipSentence, singlingOutSentence]],
  [null, [trainingSentence, yardstickSentence]],
];

/** A sentence and what it is about, if about one thing only. */
interface Point extends Sentence {
  readonly pillar: Pillar | null;
}

/** The first sentence sums the others up; of those, what is to mend comes first and praise last. */
export function verdict(report: Judged): Point[] {
  const own = judges.flatMap(([pillar, those]) =>
    those.flatMap((judge) => judge(report).map((sentence) => ({ ...sentence, pillar }))),
  );
  const others = eachMetric((name, { pillar, judge }) =>
    (judge?.(report[name], report.rows) ?? []).map((sentence) => ({ ...sentence, pillar })),
  );
  const points = (['poor', 'fair', 'note', 'good'] as const).flatMap((tone) =>
    [...own, ...others].filter((point) => point.tone === tone),
  );
  return [{ ...summary(points, report.rows.test !== null), pillar: null }, ...points];
}

function summary(sentences: readonly Sentence[], tested: boolean): Sentence {
  const [poor, fair] = (['poor', 'fair'] as const).map((tone) => sentences.filter((each) => each.tone === tone).length);
  if (poor! > 0)
    return { tone: 'poor', text: `Not close yet: ${plural(poor!, 'point')} to mend, ${count(fair!)} to check.` };
  if (fair! > 0) return { tone: 'fair', text: `Close, with ${plural(fair!, 'point')} to check.` };
  return {
    tone: 'good',
    text: tested ? 'As close to training as fresh real rows are.' : 'Close to training in every point.',
  };
}

/** What is known of the fit: a private one's guarantee, or a loss that still fell at the end and would have fallen further. */
function trainingSentence({ training }: Judged): Sentence[] {
  const last = training?.epochs.at(-1);
  if (training?.guarantee !== undefined) return [{ tone: 'note', text: training.guarantee }];
  if (!training || !last || last.validationLoss === null || last.epoch !== training.bestEpoch) return [];
  if (training.epochs.length < 2) return [];
  const text = `The last epoch (${count(last.epoch)}) was the best: train longer, the held-out loss was still falling.`;
  return [{ tone: 'note', text }];
}

function yardstickSentence({ rows }: Judged): Sentence[] {
  if (rows.test === null) {
    return [
      {
        tone: 'note',
        text: 'With a test table of real rows held out from training, each figure would have a yardstick beside it.',
      },
    ];
  }
  if (rows.test * 1.5 >= rows.synthetic && rows.synthetic * 1.5 >= rows.test) return [];
  const fewer = rows.test < rows.synthetic ? 'real test' : 'synthetic';
  return [
    {
      tone: 'note',
      text:
        `${plural(rows.synthetic, 'synthetic row')} stand beside ${plural(rows.test, 'real test row')}: ` +
        `by chance alone, the fewer ${fewer} rows score somewhat lower than as many as the others would.`,
    },
  ];
}
