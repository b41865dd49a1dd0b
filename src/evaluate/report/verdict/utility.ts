/** What the figures on learning from the rows mean, as sentences. It knows the report's figures, no table. */

import type { Sentence } from '../figure-schema.ts';
import { count, score } from '../number-text.ts';
import type { LearnerUtility } from '../report.ts';
import type { Judged } from './judged.ts';

/** Says what a model that learned from the synthetic rows is worth beside one that learned from training. */
export function utilitySentence({ utility, rows }: Judged): Sentence[] {
  const trees = utility?.learners.find(({ learner }) => learner === 'trees');
  const main = trees?.scores[0];
  if (!utility || !trees || !main || main.tstr === null || main.trtr === null) return [];
  const name = main.name === 'r2' ? 'R²' : 'AUC';
  const floor = main.name === 'r2' ? 0 : 0.5;
  // Of what training teaches beyond a guess, the share that these rows teach, less what another seed would change.
  const noise = 2 * Math.max(trees.deviation.tstr ?? 0, trees.deviation.trtr ?? 0);
  const kept = (main.tstr - floor + noise) / Math.max(1e-9, main.trtr - floor);
  const tone = main.trtr <= floor ? 'note' : kept >= 0.97 ? 'good' : kept >= 0.85 ? 'fair' : 'poor';
  const isFewer = rows.synthetic * 1.5 < rows.train && (tone === 'fair' || tone === 'poor');
  const lead = `Trees that learned "${utility.target}" from these rows score ${name} ${score(main.tstr)} on real rows, from training ${score(main.trtr)}`;
  if (isFewer) {
    const text = `${lead}, but they are ${count(rows.synthetic)} against ${count(rows.train)}: as many would be a fair comparison.`;
    return [{ tone: 'note', text }];
  }
  const augmented = tone === 'note' ? [] : augmentedSentence(trees, name, noise);
  return [{ tone, text: `${lead}${ending[tone]}.` }, ...augmented];
}

const ending: Record<Sentence['tone'], string> = {
  good: ': they teach nearly as much',
  fair: ': they teach most of it',
  poor: ': much of what ties the target to the other columns is lost',
  note: ', where there is nothing to learn',
};

function augmentedSentence(trees: LearnerUtility, name: string, noise: number): Sentence[] {
  const { augmented, trtr } = trees.scores[0]!;
  if (augmented === null || trtr === null) return [];
  const gain = augmented - trtr;
  if (Math.abs(gain) <= Math.max(0.005, noise)) return [];
  const scores = `${name} ${score(augmented)} against ${score(trtr)}`;
  return gain > 0
    ? [{ tone: 'good', text: `Adding these rows to training helps: ${scores}.` }]
    : [{ tone: 'note', text: `Adding these rows to training does not help: ${scores}.` }];
}
