/** The metrics that bring all they need (metric.ts): a new one is a file and an entry here. */
import { combinations } from './fidelity/combinations.ts';
import { invalidCells } from './fidelity/invalid-cells.ts';
import type { Metric } from './metric.ts';
import { attacks } from './privacy/attacks.ts';
import { linkage } from './privacy/linkage.ts';

export const metrics = { combinations, invalidCells, attacks, linkage };

type Name = keyof typeof metrics;

/** What `make` gives for each of them, in order. */
export function eachMetric<R>(make: (name: Name, metric: Metric) => R[]): R[] {
  return Object.entries(metrics).flatMap(([name, metric]) => make(name as Name, metric));
}

/** The form of each one's section. */
export const metricSchemas = Object.fromEntries(eachMetric((name, { schema }) => [[name, schema]])) as {
  readonly [N in Name]: (typeof metrics)[N]['schema'];
};
