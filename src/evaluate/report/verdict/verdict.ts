/**
 * Turns a report's figures into sentences a person can act on. It knows the report's figures, no table.
 * Yardstick: the real test rows where there are some, fixed marks where there are none.
 */
import { eachMetric, inOrder } from '../../metrics/metrics.ts';
import type { Pillar, Sentence } from '../figure-schema.ts';
import { goodness, type Headline, headlines } from '../headlines.ts';
import { count, plural } from '../number-text.ts';
import type { BaselineFigures, ReportData } from '../report.ts';

/** What is told first of those that are as good or bad; the metrics that are not named here follow in their own order. */
const order = [
  ...['columnShapes', 'columnPairTrends', 'detection', 'rowFidelity', 'target', 'utility', 'baselines', 'validity'],
  ...['missingValues', 'copies', 'closerShare', 'membership', 'singlingOut', 'training', 'yardstick'],
];

/** Sentences that are of no one metric. */
const whole = { baselines: baselinesSentence, training: trainingSentence, yardstick: yardstickSentence };

/** A sentence and what it is about, if about one thing only. */
interface Point extends Sentence {
  readonly pillar: Pillar | null;
}

/** The first sentence sums the others up; of those, what is to mend comes first and praise last. */
export function verdict(report: Judged): Point[] {
  const own = Object.entries(whole).flatMap(([from, judge]) =>
    judge(report).map((sentence) => ({ from, ...sentence, pillar: null })),
  );
  const others = eachMetric((name, { pillar, judge }) =>
    (judge?.(report[name], report.rows, report) ?? []).map((sentence) => ({
      from: name as string,
      ...sentence,
      pillar,
    })),
  );
  const all = inOrder([...own, ...others], order, ({ from }) => from);
  const points = (['poor', 'fair', 'note', 'good'] as const).flatMap((tone) =>
    all.filter((point) => point.tone === tone).map(({ from: _, ...point }) => point),
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

// How the synthetic rows stand beside those of simple generators, as sentences.

/** What a generator is for: structure, rows that pass for real ones, and what can be learned from them. */
const decisive = ['pairs', 'betaRecall', 'detectionTrees', 'tstr'];
/** Differences below this are luck. */
const margin = 0.01;
/** From simple to less so, and how a sentence calls each: the simplest that suffices is the one to name. */
const byEase = [
  ['noise', 'Mere noise'],
  ['independent columns', 'Drawing each column on its own'],
  ['Gaussian copula', 'A simple Gaussian copula'],
  ['SMOTE-NC', 'SMOTE-NC'],
] as const;

function baselinesSentence(report: Judged): Sentence[] {
  const contest = headlines(report).filter(({ key, figure }) => decisive.includes(key) && figure.value !== null);
  if (report.baselines.length === 0 || contest.length === 0) return [];
  const equals = report.baselines.filter((baseline) => contest.every((headline) => !isBehind(baseline, headline)));
  const simplest = byEase.find(([name]) => equals.some((baseline) => baseline.name === name));
  if (simplest === undefined) {
    const behind = report.baselines.filter((baseline) => contest.every((headline) => isBehind(baseline, headline)));
    const names = behind.map(({ name }) => name).join(', ');
    const everywhere = behind.length === 0 ? '' : `; behind on every decisive figure: ${names}`;
    return [{ tone: 'good', text: `No simple baseline does as well${everywhere}.` }];
  }
  const [name, subject] = simplest;
  // SMOTE-NC stays between neighbours: it is no generator to share rows of, so being level with it is no failure.
  const [tone, advice] =
    name === 'SMOTE-NC'
      ? (['note', 'but its rows stay close to real ones'] as const)
      : (['poor', 'use it, or learn longer'] as const);
  const figures = plural(contest.length, 'decisive figure');
  return [
    {
      tone,
      text: `${subject} does as well on ${figures} (${contest.map(({ label }) => label).join(', ')}): ${advice}.`,
    },
  ];
}

function isBehind({ figures }: BaselineFigures, headline: Headline): boolean {
  const value = figures[headline.key] ?? null;
  return value === null || goodness(headline, value) < goodness(headline, headline.figure.value!) - margin;
}

// What all sentences of the verdict share.

type Judged = Omit<ReportData, 'verdict' | 'version' | 'notJudged'>;
