/** The report in three answers and one sentence: does it look real, does it teach, does it protect, and what may one do? */
import type { Figure, Pillar, Sentence } from './figure-schema.ts';
import { headlines } from './headlines.ts';
import { score } from './number-text.ts';
import type { ReportData } from './report.ts';

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
