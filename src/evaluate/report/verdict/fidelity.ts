/** What the figures on columns, pairs and whole rows mean, as sentences. It knows the report's figures, no table. */

import type { Figure, Sentence } from '../figure-schema.ts';
import { count, percent, plural, score } from '../number-text.ts';
import { beside, isScored, type Judged } from './judged.ts';
import { detectionTone, excess, looksCopied, scoreTone } from './rating.ts';

export function shapesSentence({ columnShapes, rows }: Judged): Sentence[] {
  const scored = columnShapes.columns.filter(isScored);
  if (scored.length === 0) return [];
  const worst = scored.reduce((a, b) => (b.value < a.value ? b : a));
  const ahead = scored.filter(({ value, reference }) => reference !== null && value >= reference).length;
  const comparison =
    columnShapes.reference === null
      ? `Single columns match training to ${percent(columnShapes.value)}`
      : `Single columns match training to ${percent(columnShapes.value)} (real test rows: ${percent(columnShapes.reference)}), ` +
        `at least as closely as the test rows on ${count(ahead)} of ${plural(scored.length, 'column')}`;
  return [
    {
      tone: scoreTone(columnShapes, rows),
      text: `${comparison}; the furthest off is "${worst.column}" at ${beside(worst)}.`,
    },
  ];
}

export function trendsSentence({ columnPairTrends, rows }: Judged): Sentence[] {
  const { current, difference, trainingBins } = columnPairTrends;
  const scored = columnPairTrends.pairs
    .map((pair) => ({ columns: pair.columns, ...pair.trainingBins }))
    .filter(isScored);
  if (scored.length === 0) return [];
  const worst = scored.reduce((a, b) => (b.value < a.value ? b : a));
  const similar = (off: number | null) => (off === null ? null : 1 - off);
  const kept = { value: similar(difference.value), reference: similar(difference.reference) };
  const sentences: Sentence[] = [
    {
      tone: worse(scoreTone(trainingBins, rows), scoreTone(kept, rows)),
      text:
        `Pairs of columns move together as in training to ${beside(trainingBins)}, their correlations ` +
        `${score(difference.value)} off on average${difference.reference === null ? '' : ` (real test rows: ${score(difference.reference)})`}; ` +
        `the furthest off is "${worst.columns[0]}" with "${worst.columns[1]}" at ${beside(worst)}.`,
    },
  ];
  const tone = scoreTone(trainingBins.strong, rows);
  if (current.pairs > 0 && (tone === 'fair' || tone === 'poor')) {
    const pairs = current.pairs === 1 ? 'the one pair that is' : `the ${count(current.pairs)} pairs that are`;
    const text = `Over ${pairs} clearly dependent in training it is ${beside(trainingBins.strong)}: strong dependences are partly lost.`;
    sentences.push({ tone, text });
  }
  return sentences;
}

/** The first of poor, fair, good that either is. */
function worse(a: Sentence['tone'], b: Sentence['tone']): Sentence['tone'] {
  return (['poor', 'fair', 'good'] as const).find((tone) => a === tone || b === tone) ?? 'note';
}

export function targetSentence({ target, rows }: Judged): Sentence[] {
  if (target === null) return [];
  const tone = worse(scoreTone(target.shape, rows), scoreTone(target.trends, rows));
  const first = target.classes?.at(-1);
  const share = first
    ? `, its rarest class "${first.value}" being ${percent(first.synthetic)} of the rows (training: ${percent(first.train)})`
    : '';
  const trends =
    target.trends.value === null ? '' : `, and its pairs with the other columns to ${beside(target.trends)}`;
  return [
    { tone, text: `The target "${target.column}" matches training to ${beside(target.shape)}${share}${trends}.` },
  ];
}

export function validitySentence({ validity, invalidCells, rows }: Judged): Sentence[] {
  const off = validity.columns.filter(isScored).filter(({ value }) => value < 1);
  if (validity.value === null) return [];
  if (off.length === 0) {
    if (invalidCells.value !== 0) return [];
    return [{ tone: 'good', text: 'Every cell is within the ranges and categories of the training table.' }];
  }
  const beyond = ({ value, reference }: Figure) =>
    excess(1 - value!, rows.synthetic, 1 - (reference ?? 1), reference === null ? 0 : rows.test!);
  const worst = off.reduce((a, b) => (b.value < a.value ? b : a));
  const furthest = Math.max(...off.map(beyond));
  return [
    {
      tone: furthest > 0.05 ? 'poor' : furthest <= 0.01 ? 'good' : 'fair',
      text:
        `${plural(off.length, 'column')} ${off.length === 1 ? 'holds' : 'hold'} values outside training's ranges or categories; ` +
        `most in "${worst.column}", ${percent(1 - worst.value)} of the cells` +
        `${worst.reference === null ? '' : ` (real test rows: ${percent(1 - worst.reference)})`}.`,
    },
  ];
}

export function missingSentence({ missingValues, rows }: Judged): Sentence[] {
  if (missingValues.columns.every(({ train, synthetic }) => train === 0 && synthetic === 0)) return [];
  const worst = missingValues.columns.reduce((a, b) => ((b.value ?? 1) < (a.value ?? 1) ? b : a));
  const gap = Math.abs(worst.synthetic - worst.train);
  const [more, less] =
    worst.synthetic > worst.train ? (['synthetic', 'train'] as const) : (['train', 'synthetic'] as const);
  const beyond = excess(worst[more], rows[more], worst[less], rows[less]);
  const test = worst.test === null ? '' : `, in real test rows ${percent(worst.test)}`;
  return [
    {
      tone: beyond <= 0.02 ? 'good' : beyond <= 0.05 ? 'fair' : 'poor',
      text:
        `Missing cells are off by at most ${percent(gap)} of a column: in "${worst.column}" ` +
        `${percent(worst.synthetic)} are missing, in training ${percent(worst.train)}${test}.`,
    },
  ];
}

/** Boosted trees see most: where they cannot tell, nobody easily can. */
export function detectionSentence({ detection: { trees, rows }, rows: all }: Judged): Sentence[] {
  const { value, reference } = trees.auc;
  if (value === null) return [];
  const compared = { synthetic: rows, test: all.test === null ? null : Math.min(all.test, all.train) };
  const tone = detectionTone(trees.auc, compared);
  const said = looksCopied(trees.auc, compared)
    ? 'Boosted trees do worse than a coin at telling the rows from training rows, which is what copies of training rows look like'
    : tone === 'good'
      ? 'Boosted trees cannot tell the rows from training rows'
      : tone === 'fair'
        ? 'Boosted trees tell some of the rows from training rows'
        : 'Boosted trees tell the rows from training rows';
  const test = reference === null ? '' : `; real test rows ${score(reference)}`;
  return [{ tone, text: `${said} (ROC AUC ${score(value)}, a coin 0.5${test}).` }];
}

/** Rows in the right places (alpha-precision) and no place left out (beta-recall). */
export function rowsSentence({ rowFidelity: { alphaPrecision, betaRecall, rows } }: Judged): Sentence[] {
  const isFarOff = (each: Figure) =>
    isScored(each) && (each.reference ?? 0.5) - each.value > 0.05 + 2 / Math.sqrt(rows);
  const sentence = (text: string): Sentence => ({ tone: 'poor', text });
  return [
    ...(isFarOff(alphaPrecision)
      ? [sentence(`Whole rows lie where training has few: \u03b1-precision ${beside(alphaPrecision)}.`)]
      : []),
    ...(isFarOff(betaRecall)
      ? [sentence(`Regions of the training rows are not reached: \u03b2-recall ${beside(betaRecall)}.`)]
      : []),
  ];
}
