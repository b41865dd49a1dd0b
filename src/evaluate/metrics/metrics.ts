/**
 * Every metric, in the order in which the report's JSON has its sections. A new one is a file beside these, which brings
 * all it needs (metric.ts), and an entry here.
 */
import { distributionsMetric } from './distributions.ts';
import { columnPairTrendsMetric } from './fidelity/column-pair-trends.ts';
import { columnShapesMetric, wassersteinMetric } from './fidelity/column-shapes.ts';
import { combinationsMetric } from './fidelity/combinations.ts';
import { detectionMetric } from './fidelity/detection.ts';
import { missingValuesMetric } from './fidelity/missing-values.ts';
import { rowFidelityMetric } from './fidelity/row-fidelity.ts';
import { coverageMetric, invalidCellsMetric, validityMetric } from './fidelity/validity.ts';
import type { Metric } from './metric.ts';
import { attacksMetric } from './privacy/attacks.ts';
import { closerShareMetric, closestRecordsMetric, membershipMetric } from './privacy/closest-records.ts';
import { copiesMetric } from './privacy/copies.ts';
import { linkageMetric } from './privacy/linkage.ts';
import { anonymityMetric, singlingOutMetric } from './privacy/singling-out.ts';
import { targetMetric } from './target.ts';
import { utilityMetric } from './utility/utility.ts';

const metrics = {
  columnShapes: columnShapesMetric,
  columnPairTrends: columnPairTrendsMetric,
  validity: validityMetric,
  coverage: coverageMetric,
  wasserstein: wassersteinMetric,
  missingValues: missingValuesMetric,
  rowFidelity: rowFidelityMetric,
  detection: detectionMetric,
  utility: utilityMetric,
  copies: copiesMetric,
  closestRecords: closestRecordsMetric,
  closerShare: closerShareMetric,
  membership: membershipMetric,
  singlingOut: singlingOutMetric,
  anonymity: anonymityMetric,
  target: targetMetric,
  distributions: distributionsMetric,
  combinations: combinationsMetric,
  invalidCells: invalidCellsMetric,
  attacks: attacksMetric,
  linkage: linkageMetric,
};

export type MetricName = keyof typeof metrics;

/** What `make` gives for each of them, in order. */
export function eachMetric<R>(make: (name: MetricName, metric: Metric) => R[]): R[] {
  return Object.entries(metrics).flatMap(([name, metric]) => make(name as MetricName, metric));
}

/** The form of each one's section. */
export const metricSchemas = Object.fromEntries(eachMetric((name, { schema }) => [[name, schema]])) as {
  readonly [N in MetricName]: (typeof metrics)[N]['schema'];
};

/** Those that `order` names come first, in its order, then all others in theirs. */
export function inOrder<T>(items: readonly T[], order: readonly string[], nameOf: (item: T) => string): T[] {
  const place = (item: T) => {
    const found = order.indexOf(nameOf(item));
    return found < 0 ? order.length : found;
  };
  return items.toSorted((a, b) => place(a) - place(b));
}
