/**
 * Turns a report's figures into sentences a person can act on. It knows the report's figures, no table.
 * Yardstick: the real test rows where there are some, fixed marks where there are none.
 */
import { count, percent, plural } from './number-text.ts';
import type { Figure, ReportData, Sentence } from './report.ts';
import { excess, scoreTone } from './tone.ts';

type Judged = Omit<ReportData, 'verdict' | 'version'>;

const judges: readonly ((report: Judged) => Sentence[])[] = [
  shapesSentence,
  trendsSentence,
  targetSentence,
  validitySentence,
  missingSentence,
  copiesSentence,
  duplicatesSentence,
  textSentence,
  yardstickSentence,
];

/** The first sentence sums the others up. */
export function verdict(report: Judged): Sentence[] {
  const sentences = judges.flatMap((judge) => judge(report));
  return [summary(sentences, report.rows.test !== null), ...sentences];
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

function shapesSentence({ columnShapes }: Judged): Sentence[] {
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
      tone: scoreTone(columnShapes),
      text: `${comparison}; the furthest off is "${worst.column}" at ${beside(worst)}.`,
    },
  ];
}

function trendsSentence({ columnPairTrends }: Judged): Sentence[] {
  const scored = columnPairTrends.pairs.filter(isScored);
  if (scored.length === 0) return [];
  const worst = scored.reduce((a, b) => (b.value < a.value ? b : a));
  const sentences: Sentence[] = [
    {
      tone: scoreTone(columnPairTrends),
      text:
        `Pairs of columns move together as in training to ${beside(columnPairTrends)}; ` +
        `the furthest off is "${worst.columns[0]}" with "${worst.columns[1]}" at ${beside(worst)}.`,
    },
  ];
  const { current } = columnPairTrends;
  const tone = scoreTone(current);
  if (current.pairs > 0 && (tone === 'fair' || tone === 'poor')) {
    const pairs = current.pairs === 1 ? 'the one pair that is' : `the ${count(current.pairs)} pairs that are`;
    const text = `Over ${pairs} clearly dependent in training it is ${beside(current)}: strong dependences are partly lost.`;
    sentences.push({ tone, text });
  }
  return sentences;
}

function targetSentence({ target }: Judged): Sentence[] {
  if (target === null) return [];
  const tones = [scoreTone(target.shape), scoreTone(target.trends)];
  const tone = (['poor', 'fair', 'good'] as const).find((each) => tones.includes(each)) ?? 'note';
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

function validitySentence({ validity }: Judged): Sentence[] {
  const off = validity.columns.filter(isScored).filter(({ value }) => value < 1);
  if (validity.value === null) return [];
  if (off.length === 0) {
    return [{ tone: 'good', text: 'Every cell is within the ranges and categories of the training table.' }];
  }
  const worst = off.reduce((a, b) => (b.value < a.value ? b : a));
  return [
    {
      tone: worst.value < 0.95 ? 'poor' : scoreTone(validity) === 'good' ? 'good' : 'fair',
      text:
        `${plural(off.length, 'column')} ${off.length === 1 ? 'holds' : 'hold'} values outside training's ranges or categories; ` +
        `most in "${worst.column}", ${percent(1 - worst.value)} of the cells` +
        `${worst.reference === null ? '' : ` (real test rows: ${percent(1 - worst.reference)})`}.`,
    },
  ];
}

function missingSentence({ missingValues }: Judged): Sentence[] {
  if (missingValues.columns.every(({ train, synthetic }) => train === 0 && synthetic === 0)) return [];
  const worst = missingValues.columns.reduce((a, b) => ((b.value ?? 1) < (a.value ?? 1) ? b : a));
  const gap = Math.abs(worst.synthetic - worst.train);
  const test = worst.test === null ? '' : `, in real test rows ${percent(worst.test)}`;
  return [
    {
      tone: gap <= 0.02 ? 'good' : gap <= 0.05 ? 'fair' : 'poor',
      text:
        `Missing cells are off by at most ${percent(gap)} of a column: in "${worst.column}" ` +
        `${percent(worst.synthetic)} are missing, in training ${percent(worst.train)}${test}.`,
    },
  ];
}

function copiesSentence({ copies: { copiesOfTrain }, rows }: Judged): Sentence[] {
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

function duplicatesSentence({ copies: { duplicateRows }, rows }: Judged): Sentence[] {
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

function textSentence({ distributions }: Judged): Sentence[] {
  const names = distributions.filter(({ kind }) => kind === 'text').map(({ column }) => `"${column}"`);
  if (names.length === 0) return [];
  const shown =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${count(names.length - 3)} more` : names.join(', ');
  const text = `Text is judged by its missing cells and exact copies only: ${shown}.`;
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

function beside({ value, reference }: Figure): string {
  return reference === null ? percent(value) : `${percent(value)} (real test rows: ${percent(reference)})`;
}

function isScored<F extends Figure>(figure: F): figure is F & { readonly value: number } {
  return figure.value !== null;
}
