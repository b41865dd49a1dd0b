/** The figures a report opens with, as one table: what each is called, means and is read from. It draws nothing. */
import { eachMetric } from '../metrics/metrics.ts';
import type { Figure, HeadlineRow, Pillar } from './figure-schema.ts';
import { percent, score } from './number-text.ts';
import type { Sections } from './report.ts';

export interface Headline extends Required<Omit<HeadlineRow<Sections>, 'of'>> {
  readonly figure: Figure;
}

const rows: readonly HeadlineRow<Sections>[] = [
  {
    key: 'columnShapes',
    pillar: 'fidelity',
    label: 'Column Shapes',
    meaning: 'each column is spread as in training',
    better: 'higher',
    of: (sections) => sections.columnShapes,
  },
  {
    key: 'pairs',
    pillar: 'fidelity',
    label: 'Pairs of columns',
    meaning: 'each pair moves together as in training',
    better: 'higher',
    of: ({ columnPairTrends }) => columnPairTrends.trainingBins,
  },
  {
    key: 'strongPairs',
    pillar: 'fidelity',
    label: 'Strong pairs only',
    meaning: 'the same, over pairs clearly dependent in training',
    better: 'higher',
    of: ({ columnPairTrends: { current, trainingBins } }) => (current.pairs === 0 ? null : trainingBins.strong),
  },
  {
    key: 'targetPairs',
    pillar: 'fidelity',
    label: 'Pairs with the target',
    meaning: 'the same, over pairs that the target is part of',
    better: 'higher',
    of: ({ target }) => target?.trends ?? null,
  },
  {
    key: 'columnPairTrends',
    pillar: 'fidelity',
    label: 'Column Pair Trends',
    meaning: 'as SDMetrics computes them, each table in bins of its own: to compare with papers',
    better: 'higher',
    of: (sections) => sections.columnPairTrends,
  },
  {
    key: 'correlationDifference',
    pillar: 'fidelity',
    label: 'Correlation difference',
    meaning: 'mean difference of the correlations and associations',
    better: 'lower',
    text: score,
    of: ({ columnPairTrends }) => columnPairTrends.difference,
  },
  {
    key: 'wasserstein',
    pillar: 'fidelity',
    label: 'Wasserstein distance',
    meaning: 'of the numeric columns, in standard deviations',
    better: 'lower',
    text: score,
    of: ({ wasserstein }) => (wasserstein.columns.length === 0 ? null : wasserstein),
  },
  {
    key: 'coverage',
    pillar: 'fidelity',
    label: 'Coverage',
    meaning: 'of training’s ranges and categories',
    better: 'higher',
    of: (sections) => sections.coverage,
  },
  {
    key: 'validity',
    pillar: 'fidelity',
    label: 'Valid cells',
    meaning: 'within the ranges and categories of training',
    better: 'higher',
    of: (sections) => sections.validity,
  },
  {
    key: 'missingValues',
    pillar: 'fidelity',
    label: 'Missing cells',
    meaning: 'as large a share of each column as in training',
    better: 'higher',
    of: (sections) => sections.missingValues,
  },
  {
    key: 'alphaPrecision',
    pillar: 'fidelity',
    label: 'α-precision',
    meaning: 'whole rows lie where training rows do',
    better: 'higher',
    of: ({ rowFidelity }) => rowFidelity.alphaPrecision,
  },
  {
    key: 'betaRecall',
    pillar: 'fidelity',
    label: 'β-recall',
    meaning: 'training rows lie where these rows do',
    better: 'higher',
    of: ({ rowFidelity }) => rowFidelity.betaRecall,
  },
  {
    key: 'detectionTrees',
    pillar: 'fidelity',
    label: 'Detection, trees',
    meaning: 'ROC AUC of telling them from training rows; 0.5 is a coin',
    better: 'half',
    text: score,
    of: ({ detection }) => detection.trees.auc,
  },
  {
    key: 'detectionLinear',
    pillar: 'fidelity',
    label: 'Detection, logistic',
    meaning: 'the same with logistic regression',
    better: 'half',
    text: score,
    of: ({ detection }) => detection.linear.auc,
  },
  utilityRow('trees', 'trees'),
  utilityRow('linear', 'linear'),
  {
    key: 'augmented',
    pillar: 'utility',
    label: 'Training rows and these',
    meaning: 'what trees that learn from both score on real rows; training alone in grey',
    better: 'higher',
    text: score,
    of: ({ utility }) => {
      const found = utility?.learners.find(({ learner }) => learner === 'trees')?.scores[0];
      return found ? { value: found.augmented, reference: found.trtr } : null;
    },
  },
  {
    key: 'copiesOfTrain',
    pillar: 'privacy',
    label: 'Copied rows',
    meaning: 'rows equal to a training row in every cell',
    better: 'lower',
    of: ({ copies }) => copies.copiesOfTrain,
  },
  {
    key: 'nearCopies',
    pillar: 'privacy',
    label: 'Near copies',
    meaning: 'the same, numbers within 1 %',
    better: 'lower',
    of: ({ copies }) => copies.nearCopies,
  },
  {
    key: 'duplicateRows',
    pillar: 'privacy',
    label: 'Repeated rows',
    meaning: 'rows equal to an earlier row of the same table',
    better: 'lower',
    of: ({ copies }) => copies.duplicateRows,
  },
  {
    key: 'dcrShare',
    pillar: 'privacy',
    label: 'Closer to training',
    meaning: 'rows nearer to training than to as many unseen rows; half is chance',
    better: 'half',
    of: ({ closerShare }) => closerShare?.share ?? null,
  },
  {
    key: 'dcr',
    pillar: 'privacy',
    label: 'Distance to closest',
    meaning: 'training row, in the middle row; Gower’s, from 0 to 1',
    better: 'higher',
    text: score,
    of: ({ closestRecords }) => closestRecords.dcrMedian,
  },
  {
    key: 'nndr',
    pillar: 'privacy',
    label: 'Distance ratio',
    meaning: 'closest to second closest, in the middle row; 0 is a lone copy',
    better: 'higher',
    text: score,
    of: ({ closestRecords }) => closestRecords.nndrMedian,
  },
  {
    key: 'membership',
    pillar: 'privacy',
    label: 'Membership attack',
    meaning: 'ROC AUC of guessing who was in training; 0.5 is a coin',
    better: 'half',
    text: score,
    of: ({ membership }) => membership && stronger(membership.distance.auc, membership.calibrated.auc),
  },
  {
    key: 'membershipTpr',
    pillar: 'privacy',
    label: 'Members found',
    meaning: 'while 1 % of the others are falsely accused; 1 % is chance',
    better: 'lower',
    of: ({ membership }) => membership && stronger(membership.distance.tprAt1, membership.calibrated.tprAt1),
  },
  {
    key: 'singlingOut',
    pillar: 'privacy',
    label: 'Singling out',
    meaning: 'people that descriptions from these rows pick out, beyond chance',
    better: 'lower',
    of: ({ singlingOut }) =>
      singlingOut && {
        value: singlingOut.multivariate.synthetic.risk.value,
        reference: singlingOut.multivariate.test?.risk.value ?? null,
      },
  },
];

/** R2 or AUC: the first of each learner's scores. */
function utilityRow(learner: 'trees' | 'linear', name: string): HeadlineRow<Sections> {
  return {
    key: learner === 'trees' ? 'tstr' : 'tstrLinear',
    pillar: 'utility',
    label: `Learned from, ${name}`,
    meaning: 'what a model that learned from these rows scores on real ones (AUC or R²); from training in grey',
    better: 'higher',
    text: score,
    of: ({ utility }) => {
      const found = utility?.learners.find((each) => each.learner === learner)?.scores[0];
      return found ? { value: found.tstr, reference: found.trtr } : null;
    },
  };
}

/** An attacker takes the better of two attacks. */
function stronger(a: Figure, b: Figure): Figure {
  return (b.value ?? 0) > (a.value ?? 0) ? b : a;
}

const pillars: readonly Pillar[] = ['fidelity', 'utility', 'privacy'];

/** Those that the report has: no strong pairs or no target, no such figure. */
export function headlines(sections: Sections): Headline[] {
  const own = rows.map((row) => ({ ...row, figure: row.of(sections) }));
  const others = eachMetric((name, { pillar, headlines = [] }) =>
    headlines.map((row) => ({ ...row, pillar, figure: row.of(sections[name]) })),
  );
  const all = [...own, ...others].flatMap(({ of, figure, ...row }) => {
    return figure === null ? [] : [{ text: percent, ...row, figure }];
  });
  return pillars.flatMap((pillar) => all.filter((headline) => headline.pillar === pillar));
}

/** How good a headline's value is, more being better. */
export function goodness({ better }: Pick<Headline, 'better'>, value: number): number {
  return better === 'half' ? -Math.max(0.5, value) : better === 'higher' ? value : -value;
}
