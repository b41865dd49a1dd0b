/** The report in three answers and one sentence: does it look real, does it teach, does it protect, and what may one do? */

import type { Figure, Pillar, Sentence } from './figure-schema.ts';
import { headlines } from './headlines.ts';
import { percent, score } from './number-text.ts';
import type { ReportData } from './report.ts';

export interface Answer {
  readonly pillar: Pillar;
  readonly name: string;
  /** The worst tone of the pillar's sentences; `note`: not measured. */
  readonly tone: Sentence['tone'];
  readonly word: string;
  /** The figure in short and what it says. Null where nothing was measured: `meaning` says what is needed. */
  readonly figure: string | null;
  readonly meaning: string;
  /** Where the figure and the real rows' lie between the worst, 0, and the best, 1; and what the ends are called. */
  readonly scale: {
    readonly value: number;
    readonly reference: number | null;
    readonly ends: readonly [string, string];
  } | null;
  readonly reference: string | null;
}

export function answers(report: ReportData): Answer[] {
  return [looksReal(report), teaches(report), protects(report)];
}

const words: Record<Pillar, Record<Sentence['tone'], string>> = {
  fidelity: { good: 'Yes', fair: 'Nearly', poor: 'Not yet', note: 'Not measured' },
  utility: { good: 'Yes', fair: 'Mostly', poor: 'Not enough', note: 'Not measured' },
  privacy: { good: 'No leak found', fair: 'To check', poor: 'No', note: 'Not measured' },
};

function toneOf({ verdict }: ReportData, pillar: Pillar): Sentence['tone'] {
  const tones = verdict.filter((point) => point.pillar === pillar).map(({ tone }) => tone);
  return (['poor', 'fair', 'good'] as const).find((tone) => tones.includes(tone)) ?? 'note';
}

/** By the detector that sees most; by single columns where there are too few rows to learn from. */
function looksReal(report: ReportData): Answer {
  const { auc } = report.detection.trees;
  const { value, reference } = auc.value === null ? report.columnShapes : auc;
  const base = { pillar: 'fidelity', name: 'Looks real?' } as const;
  if (value === null) {
    const meaning = 'there is nothing to compare';
    return { ...base, tone: 'note', word: words.fidelity.note, figure: null, meaning, scale: null, reference: null };
  }
  const tone = toneOf(report, 'fidelity');
  const shown = { ...base, tone, word: words.fidelity[tone] };
  if (auc.value === null) {
    return {
      ...shown,
      figure: percent(value),
      meaning: 'like training, in single columns',
      scale: { value, reference, ends: ['0 %', '100 %'] },
      reference: reference === null ? null : `real test rows ${percent(reference)}`,
    };
  }
  return {
    ...shown,
    figure: `AUC ${score(value)}`,
    meaning: 'of trees that tell these rows from training rows; a coin has 0.5',
    scale: coinScale({ value, reference }, 'all told'),
    reference: reference === null ? null : `real test rows ${score(reference)}`,
  };
}

/** From an AUC of 1 to 0.5, which is best. */
function coinScale({ value, reference }: Figure, worst: string): Answer['scale'] {
  const at = (auc: number) => 1 - (Math.max(0.5, auc) - 0.5) / 0.5;
  return {
    value: at(value!),
    reference: reference === null ? null : at(reference),
    ends: [`1: ${worst}`, '0.5: a coin'],
  };
}

function teaches(report: ReportData): Answer {
  const found = headlines(report).find(({ key }) => key === 'tstr')?.figure;
  const base = { pillar: 'utility', name: 'Teaches?' } as const;
  if (!found || found.value === null || !report.utility) {
    const meaning = 'needs a target column and a test table of real rows';
    return { ...base, tone: 'note', word: words.utility.note, figure: null, meaning, scale: null, reference: null };
  }
  const isAuc = report.utility.learners.find(({ learner }) => learner === 'trees')?.scores[0]?.name === 'auc';
  const [unit, worst] = isAuc ? (['AUC', 0.5] as const) : (['R²', 0] as const);
  const at = (value: number) => (value - worst) / (1 - worst);
  const tone = toneOf(report, 'utility');
  return {
    ...base,
    tone,
    word: tone === 'note' ? 'Cannot be said' : words.utility[tone],
    figure: `${unit} ${score(found.value)}`,
    meaning: `of a model that learned "${report.utility.target}" from these rows, on real ones`,
    scale: {
      value: at(found.value),
      reference: found.reference === null ? null : at(found.reference),
      ends: [`${unit} ${worst}`, `${unit} 1`],
    },
    reference: found.reference === null ? null : `learned from real rows ${score(found.reference)}`,
  };
}

function protects(report: ReportData): Answer {
  const base = { pillar: 'privacy', name: 'Protects?' } as const;
  const tone = toneOf(report, 'privacy');
  const attack = headlines(report).find(({ key }) => key === 'membership')?.figure;
  if (!attack || attack.value === null) {
    const known = tone === 'poor' ? 'poor' : 'note';
    const meaning = 'attacks need a test table of real rows';
    return { ...base, tone: known, word: words.privacy[known], figure: null, meaning, scale: null, reference: null };
  }
  return {
    ...base,
    tone,
    word: words.privacy[tone],
    figure: `AUC ${score(attack.value)}`,
    meaning: 'of the best attack that guesses who was in training; a coin has 0.5',
    scale: coinScale(attack, 'all found'),
    reference: attack.reference === null ? null : `real test rows ${score(attack.reference)}`,
  };
}

/** One sentence on what the rows are good for. */
export function allowedUse(report: ReportData): string {
  const [real, teach, protect] = answers(report).map(({ tone }) => tone) as [
    Sentence['tone'],
    Sentence['tone'],
    Sentence['tone'],
  ];
  if (protect === 'poor') return 'Do not pass these rows on: they give real rows away. Mend that first.';
  const use =
    real === 'poor' || real === 'note'
      ? 'Use these rows to test software and for demonstrations, and draw no conclusions from them'
      : teach === 'poor'
        ? 'Use these rows to test software and for an overview; models learn less from them than from real rows'
        : teach === 'note'
          ? 'Use these rows to test software and to explore; whether models learn from them was not measured'
          : 'Use these rows in place of real ones to explore, to test software and to train models';
  return `${use}. ${handingOn[protect]}`;
}

const handingOn = {
  good: 'No attack found real rows in them; who may have them remains your decision.',
  fair: 'Look at the points on privacy before you pass them on.',
  note: 'Do not pass them on before they were attacked: that needs a test table.',
} satisfies Partial<Record<Sentence['tone'], string>>;
