/**
 * The families of metrics and how each becomes its section of the report. A new metric is a file and an entry in metrics.ts.
 * It knows aligned tables and the report's form; the formulas are in each family's own file.
 */

import type { Sections } from '../report/report.ts';
import { distributions } from './distributions.ts';
import {
  coverageSection,
  detectionSection,
  missingSection,
  rowFidelitySection,
  shapesSection,
  trendsSection,
  validitySection,
  wassersteinSection,
} from './fidelity/sections.ts';
import type { Tables } from './figure.ts';
import { eachMetric, type metrics } from './metrics.ts';
import {
  anonymitySection,
  closerShareSection,
  closestSection,
  copiesSection,
  membershipSection,
  singlingOutSection,
} from './privacy/sections.ts';
import { targetSection } from './target.ts';
import { utilitySection } from './utility/section.ts';

type SectionsOf<Name extends keyof Sections> = { [N in Name]: (tables: Tables) => Sections[N] };
type MetricSections = SectionsOf<keyof typeof metrics>;

export const families: SectionsOf<keyof Sections> = {
  columnShapes: shapesSection,
  columnPairTrends: trendsSection,
  validity: validitySection,
  coverage: coverageSection,
  wasserstein: wassersteinSection,
  missingValues: missingSection,
  rowFidelity: rowFidelitySection,
  detection: detectionSection,
  utility: utilitySection,
  copies: copiesSection,
  closestRecords: closestSection,
  closerShare: closerShareSection,
  membership: membershipSection,
  singlingOut: singlingOutSection,
  anonymity: anonymitySection,
  target: targetSection,
  distributions,
  ...(Object.fromEntries(eachMetric((name, { measure }) => [[name, measure]])) as MetricSections),
};
