/** The figures a report opens with, as one table: what each is called, means and is read from. It draws nothing. */
import { eachMetric } from '../metrics/metrics.ts';
import type { Figure, HeadlineRow, Pillar } from './figure-schema.ts';
import { percent, score } from './number-text.ts';
import type { Sections } from './report.ts';

export interface Headline extends Required<Omit<HeadlineRow<Sections>, 'of'>> {
  readonly figure: Figure;
}

type Row = Omit<HeadlineRow<Sections>, 'key' | 'pillar' | 'meaning'>;

/** By their stable keys, as `baselines[].figures` in the report names them. */
const rows: Record<Pillar, Record<string, Row>> = {
  fidelity: {
    columnShapes: { label: 'Column Shapes', better: 'higher', of: (sections) => sections.columnShapes },
    pairs: { label: 'Pairs of columns', better: 'higher', of: ({ columnPairTrends }) => columnPairTrends.trainingBins },
    strongPairs: {
      label: 'Strong pairs only',
      better: 'higher',
      of: ({ columnPairTrends: pairs }) => (pairs.current.pairs === 0 ? null : pairs.trainingBins.strong),
    },
    targetPairs: { label: 'Pairs with the target', better: 'higher', of: ({ target }) => target?.trends ?? null },
    columnPairTrends: { label: 'Column Pair Trends', better: 'higher', of: (sections) => sections.columnPairTrends },
    correlationDifference: {
      label: 'Correlation difference',
      better: 'lower',
      text: score,
      of: (sections) => sections.columnPairTrends.difference,
    },
    wasserstein: {
      label: 'Wasserstein distance',
      better: 'lower',
      text: score,
      of: ({ wasserstein }) => (wasserstein.columns.length === 0 ? null : wasserstein),
    },
    coverage: { label: 'Coverage', better: 'higher', of: (sections) => sections.coverage },
    validity: { label: 'Valid cells', better: 'higher', of: (sections) => sections.validity },
    missingValues: { label: 'Missing cells', better: 'higher', of: (sections) => sections.missingValues },
    alphaPrecision: { label: 'α-precision', better: 'higher', of: ({ rowFidelity }) => rowFidelity.alphaPrecision },
    betaRecall: { label: 'β-recall', better: 'higher', of: ({ rowFidelity }) => rowFidelity.betaRecall },
    detectionTrees: {
      label: 'Detection, trees',
      better: 'half',
      text: score,
      of: ({ detection }) => detection.trees.auc,
    },
    detectionLinear: {
      label: 'Detection, logistic',
      better: 'half',
      text: score,
      of: ({ detection }) => detection.linear.auc,
    },
  },
  utility: {
    tstr: { label: 'Learned from, trees', better: 'higher', text: score, of: learned('trees', 'tstr') },
    tstrLinear: { label: 'Learned from, linear', better: 'higher', text: score, of: learned('linear', 'tstr') },
    augmented: { label: 'Training rows and these', better: 'higher', text: score, of: learned('trees', 'augmented') },
  },
  privacy: {
    copiesOfTrain: { label: 'Copied rows', better: 'lower', of: ({ copies }) => copies.copiesOfTrain },
    nearCopies: { label: 'Near copies', better: 'lower', of: ({ copies }) => copies.nearCopies },
    duplicateRows: { label: 'Repeated rows', better: 'lower', of: ({ copies }) => copies.duplicateRows },
    dcrShare: { label: 'Closer to training', better: 'half', of: ({ closerShare }) => closerShare?.share ?? null },
    dcr: {
      label: 'Distance to closest',
      better: 'higher',
      text: score,
      of: ({ closestRecords }) => closestRecords.dcrMedian,
    },
    nndr: {
      label: 'Distance ratio',
      better: 'higher',
      text: score,
      of: ({ closestRecords }) => closestRecords.nndrMedian,
    },
    membership: {
      label: 'Membership attack',
      better: 'half',
      text: score,
      of: ({ membership }) => stronger(membership, 'auc'),
    },
    membershipTpr: { label: 'Members found', better: 'lower', of: ({ membership }) => stronger(membership, 'tprAt1') },
    singlingOut: { label: 'Singling out', better: 'lower', of: singledOut },
  },
};

/** One clause each that says what 100 % would be, or for a share, what is counted. */
const meanings: Record<string, string> = {
  columnShapes: 'each column is spread as in training',
  pairs: 'each pair moves together as in training',
  strongPairs: 'the same, over pairs clearly dependent in training',
  targetPairs: 'the same, over pairs that the target is part of',
  columnPairTrends: 'as SDMetrics computes them, each table in bins of its own: to compare with papers',
  correlationDifference: 'mean difference of the correlations and associations',
  wasserstein: 'of the numeric columns, in standard deviations',
  coverage: 'of training’s ranges and categories',
  validity: 'within the ranges and categories of training',
  missingValues: 'as large a share of each column as in training',
  alphaPrecision: 'whole rows lie where training rows do',
  betaRecall: 'training rows lie where these rows do',
  detectionTrees: 'ROC AUC of telling them from training rows; 0.5 is a coin',
  detectionLinear: 'the same with logistic regression',
  copiesOfTrain: 'rows equal to a training row in every cell',
  nearCopies: 'the same, numbers within 1 %',
  duplicateRows: 'rows equal to an earlier row of the same table',
  dcrShare: 'rows nearer to training than to as many unseen rows; half is chance',
  dcr: 'training row, in the middle row; from 0 to 1; an alarm for copies, no measure of privacy',
  nndr: 'closest to second closest, in the middle row; 0 is a lone copy',
  membership: 'ROC AUC of guessing who was in training; 0.5 is a coin',
  membershipTpr: 'while 1 % of the others are falsely accused; 1 % is chance',
  tstr: 'what a model that learned from these rows scores on real ones (AUC or R²); from training in grey',
  tstrLinear: 'what a model that learned from these rows scores on real ones (AUC or R²); from training in grey',
  augmented: 'what trees that learn from both score on real rows; training alone in grey',
  singlingOut: 'people that descriptions from these rows pick out, beyond chance',
};

/** R² or AUC: the first of each learner's scores. */
function learned(name: 'trees' | 'linear', source: 'tstr' | 'augmented'): Row['of'] {
  return ({ utility }) => {
    const found = utility?.learners.find(({ learner }) => learner === name)?.scores[0];
    return found ? { value: found[source], reference: found.trtr } : null;
  };
}

/** An attacker takes the better of two attacks. */
function stronger(membership: Sections['membership'], figure: 'auc' | 'tprAt1'): Figure | null {
  if (membership === null) return null;
  const [a, b] = [membership.distance[figure], membership.calibrated[figure]];
  return (b.value ?? 0) > (a.value ?? 0) ? b : a;
}

function singledOut({ singlingOut }: Sections): Figure | null {
  if (singlingOut === null) return null;
  const { synthetic, test } = singlingOut.multivariate;
  return { value: synthetic.risk.value, reference: test?.risk.value ?? null };
}

/** Those that the report has, by pillar: no strong pairs or no target, no such figure. */
export function headlines(sections: Sections): Headline[] {
  const own = Object.entries(rows).flatMap(([pillar, of]) =>
    Object.entries(of).map(([key, row]) => ({
      ...row,
      key,
      pillar: pillar as Pillar,
      meaning: meanings[key]!,
      figure: row.of(sections),
    })),
  );
  const others = eachMetric((name, { pillar, headlines = [] }) =>
    headlines.map((row) => ({ ...row, pillar, figure: row.of(sections[name]) })),
  );
  const all = [...own, ...others].flatMap(({ of, figure, ...row }) => {
    return figure === null ? [] : [{ text: percent, ...row, figure }];
  });
  return Object.keys(rows).flatMap((pillar) => all.filter((headline) => headline.pillar === pillar));
}

/** How good a headline's value is, more being better. */
export function goodness({ better }: Pick<Headline, 'better'>, value: number): number {
  return better === 'half' ? -Math.max(0.5, value) : better === 'higher' ? value : -value;
}
