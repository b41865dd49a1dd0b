/** The figures a report opens with, of all metrics: what each is called, means and is read from. It draws nothing. */
import { eachMetric, inOrder } from '../metrics/metrics.ts';
import { type Figure, type HeadlineRow, pillar } from './figure-schema.ts';
import { percent } from './number-text.ts';
import type { Sections } from './report.ts';

export interface Headline extends Required<Omit<HeadlineRow<Sections>, 'of'>> {
  readonly figure: Figure;
}

/** What belongs side by side, though its metrics do not follow each other; the others come after, in the metrics' order. */
const order = [
  ...['columnShapes', 'pairs', 'strongPairs', 'targetPairs', 'columnPairTrends', 'correlationDifference'],
  ...['wasserstein', 'coverage', 'validity', 'missingValues'],
  ...['copiesOfTrain', 'nearCopies', 'duplicateRows', 'dcrShare'],
];

/** Those that the report has, by pillar: no strong pairs or no target, no such figure. */
export function headlines(sections: Sections): Headline[] {
  const all = eachMetric((name, { pillar, headlines = [] }) =>
    headlines.flatMap(({ of, ...row }) => {
      const figure = of(sections[name]);
      return figure === null ? [] : [{ text: percent, ...row, pillar, figure }];
    }),
  );
  const ordered = inOrder(all, order, ({ key }) => key);
  return pillar.options.flatMap((each) => ordered.filter((headline) => headline.pillar === each));
}

/** How good a headline's value is, more being better. */
export function goodness({ better }: Pick<Headline, 'better'>, value: number): number {
  return better === 'half' ? -Math.max(0.5, value) : better === 'higher' ? value : -value;
}
