/**
 * Turns a report's figures into sentences a person can act on, and into three answers. Yardstick: the real test rows
 * where there are some, fixed marks where there are none.
 */
import { eachMetric, inOrder } from '../../metrics/metrics.ts';
import type { Figure, Pillar, Sentence } from '../figure-schema.ts';
import { goodness, type Headline, headlines } from '../headlines.ts';
import { count, plural, score } from '../number-text.ts';
import type { BaselineFigures, ReportData } from '../report.ts';

type Judged = Omit<ReportData, 'verdict' | 'version' | 'notJudged'>;

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

// The report in three answers and one sentence: does it look real, does it teach, does it protect, and what may one
// do?

type Tone = Sentence['tone'];

export interface Answer {
  readonly name: string;
  /** The worst tone of the sentences on it; `note`: not measured. */
  readonly tone: Tone;
  readonly word: string;
  /** What the figure says, or what is needed to have one. */
  readonly meaning: string;
  /** Null where nothing was measured. */
  readonly measured: Measured | null;
}

interface Measured {
  readonly figure: string;
  readonly reference: string | null;
  /** Where the figure and the real rows' lie between the worst, 0, and the best, 1. */
  readonly at: Figure;
  /** What the worst and the best are called. */
  readonly ends: readonly [string, string];
}

const words: Record<Pillar, Record<Tone, string>> = {
  fidelity: { good: 'Yes', fair: 'Nearly', poor: 'Not yet', note: 'Not known' },
  utility: { good: 'Yes', fair: 'Mostly', poor: 'Not enough', note: 'Not known' },
  privacy: { good: 'No leak found', fair: 'To check', poor: 'No', note: 'Not known' },
};

export function answers(report: ReportData): [Answer, Answer, Answer] {
  const figureOf = (wanted: string) => headlines(report).find(({ key }) => key === wanted)?.figure ?? null;
  const [told, taught, found] = [
    figureOf('detectionTrees'),
    figureOf('tstr'),
    figureOf('worstAttack') ?? figureOf('membership'),
  ];
  const isAuc = report.utility?.learners.find(({ learner }) => learner === 'trees')?.scores[0]?.name === 'auc';
  return [
    answer(report, 'fidelity', 'Looks real?', measured(told, 'AUC', [1, 0.5], 'real test rows'), [
      'of trees that tell these rows from training rows; a coin has 0.5',
      'needs more rows',
    ]),
    answer(
      report,
      'utility',
      'Teaches?',
      measured(taught, isAuc ? 'AUC' : 'R²', isAuc ? [0.5, 1] : [0, 1], 'learned from real rows'),
      [
        `of a model that learned "${report.utility?.target}" from these rows, on real ones`,
        'needs a target column and a test table of real rows',
      ],
    ),
    answer(report, 'privacy', 'Protects?', measured(found, 'AUC', [1, 0.5], 'real test rows'), [
      'of the worst attack that guesses who was in training; a coin has 0.5',
      'attacks need a test table of real rows',
    ]),
  ];
}

/** What was not measured is not good, but may be known to be poor. */
function answer(
  { verdict }: ReportData,
  pillar: Pillar,
  name: string,
  figure: Measured | null,
  [meaning, needs]: readonly [string, string],
): Answer {
  const tones = verdict.filter((point) => point.pillar === pillar).map((point) => point.tone);
  const worst = (['poor', 'fair', 'good'] as const).find((each) => tones.includes(each)) ?? 'note';
  const tone = figure === null && worst !== 'poor' ? 'note' : worst;
  return { name, tone, word: words[pillar][tone], meaning: figure === null ? needs : meaning, measured: figure };
}

function measured(
  figure: Figure | null,
  unit: string,
  [worst, best]: readonly [number, number],
  others: string,
): Measured | null {
  if (figure === null || figure.value === null) return null;
  const { value, reference } = figure;
  const place = (x: number) => Math.min(1, Math.max(0, (x - worst) / (best - worst)));
  return {
    figure: `${unit} ${score(value)}`,
    reference: reference === null ? null : `${others} ${score(reference)}`,
    at: { value: place(value), reference: reference === null ? null : place(reference) },
    ends: [`worst, ${worst}`, `best, ${best}`],
  };
}

const handingOn: Record<Tone, string> = {
  good: 'No attack found real rows in them; who may have them remains your decision.',
  fair: 'Look at the points on privacy before you pass them on.',
  note: 'Do not pass them on before they were attacked: that needs a test table.',
  poor: 'Do not pass them on: they give real rows away.',
};

const usedFor: Record<Tone, string> = {
  good: 'in place of real ones to explore, to test software and to train models',
  fair: 'in place of real ones to explore, to test software and to train models',
  note: 'to test software and to explore; whether models learn from them was not measured',
  poor: 'to test software and for an overview; models learn less from them than from real rows',
};

/** One sentence on what the rows are good for, one on who may have them. */
export function allowedUse(report: ReportData): string {
  const [real, teach, protect] = answers(report);
  const use =
    real.tone === 'poor' ? 'to test software and for demonstrations; draw no conclusions' : usedFor[teach.tone];
  return `Use these rows ${use}. ${handingOn[protect.tone]}`;
}
