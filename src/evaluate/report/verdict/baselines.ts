/** How the synthetic rows stand beside those of simple generators, as sentences. It knows the report's figures, no table. */

import type { Sentence } from '../figure-schema.ts';
import { goodness, type Headline, headlines } from '../headlines.ts';
import { plural } from '../number-text.ts';
import type { BaselineFigures } from '../report.ts';
import type { Judged } from './judged.ts';

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

export function baselinesSentence(report: Judged): Sentence[] {
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
