/** The figures a report opens with, as one table: what each is called, means and is read from. It draws nothing. */
import type { Figure, ReportData } from './report.ts';

export interface Headline {
  readonly label: string;
  /** One clause that says what 100 % would be, or for a share, what is counted. */
  readonly meaning: string;
  readonly better: 'higher' | 'lower';
  readonly figure: Figure;
}

interface HeadlineRow extends Omit<Headline, 'figure'> {
  readonly of: (report: ReportData) => Figure | null;
}

const rows: readonly HeadlineRow[] = [
  {
    label: 'Column Shapes',
    meaning: 'each column is spread as in training',
    better: 'higher',
    of: (report) => report.columnShapes,
  },
  {
    label: 'Column Pair Trends',
    meaning: 'each pair of columns moves together as in training',
    better: 'higher',
    of: (report) => report.columnPairTrends,
  },
  {
    label: 'Strong pairs only',
    meaning: 'the same, over pairs clearly dependent in training',
    better: 'higher',
    of: ({ columnPairTrends: { current } }) => (current.pairs === 0 ? null : current),
  },
  {
    label: 'Pairs with the target',
    meaning: 'the same, over pairs that the target is part of',
    better: 'higher',
    of: (report) => report.target?.trends ?? null,
  },
  {
    label: 'Valid cells',
    meaning: 'within the ranges and categories of training',
    better: 'higher',
    of: (report) => report.validity,
  },
  {
    label: 'Missing cells',
    meaning: 'as large a share of each column as in training',
    better: 'higher',
    of: (report) => report.missingValues,
  },
  {
    label: 'Copied rows',
    meaning: 'rows equal to a training row in every cell',
    better: 'lower',
    of: (report) => report.copies.copiesOfTrain,
  },
  {
    label: 'Repeated rows',
    meaning: 'rows equal to an earlier row of the same table',
    better: 'lower',
    of: (report) => report.copies.duplicateRows,
  },
];

/** Those that the report has: no strong pairs or no target, no such figure. */
export function headlines(report: ReportData): Headline[] {
  return rows.flatMap(({ of, ...row }) => {
    const figure = of(report);
    return figure === null ? [] : [{ ...row, figure }];
  });
}
