/** The report's sections on fidelity. It knows the report's form and whom to ask; the formulas are in the files beside it. */

import { meanOfDefined } from '../../../numeric/mean.ts';
import type { Table } from '../../../table/table.ts';
import type { Figure } from '../../report/figure-schema.ts';
import type { Sections } from '../../report/report.ts';
import { definedOrNull, figure, measureBoth, randomFor, type Tables } from '../figure.ts';
import { columnPairTrends, isStrong, meanByTrainingBins, meanTrend, type PairTrend } from './column-pair-trends.ts';
import { columnShapes } from './column-shapes.ts';
import { coverage } from './coverage.ts';
import { type Detection, detect } from './detection.ts';
import { missingValues } from './missing-values.ts';
import { pairPlots } from './pair-plots.ts';
import { rowFidelity } from './row-fidelity.ts';
import { validity } from './validity.ts';
import { wassersteinDistances } from './wasserstein.ts';

export const shapesSection = (tables: Tables) => columnSection(tables, columnShapes);
export const validitySection = (tables: Tables) =>
  columnSection(tables, (train, judged) =>
    validity(train, judged, tables.unreadable[judged === tables.synthetic ? 'synthetic' : 'test']!),
  );
export const coverageSection = (tables: Tables) => columnSection(tables, coverage);

/** Rows of each table that detectors and row fidelity compare: the same for every table, for more rows tell more. */
const detectionRows = 8_000;
const fidelityRows = 5_000;

function nameOf(tables: Tables, column: number): string {
  return tables.train.schema.columns[column]!.name;
}

function columnSection<M extends string>(
  tables: Tables,
  measure: (train: Table, judged: Table) => { column: number; metric: M; score: number }[],
): Figure & { columns: (Figure & { column: string; metric: M })[] } {
  const [own, test] = measureBoth(tables, measure);
  const columns = own.map(({ column, metric, score }, i) => ({
    column: nameOf(tables, column),
    metric,
    ...figure(score, test?.[i]?.score),
  }));
  return { ...figure(meanScore(own), test && meanScore(test)), columns };
}

function meanScore(scores: readonly { score: number }[]): number {
  return meanOfDefined(scores.map(({ score }) => score));
}

export function trendsSection(tables: Tables): Sections['columnPairTrends'] {
  const [own, test] = measureBoth(tables, columnPairTrends);
  const pairs = own.map((pair, i) => ({
    columns: [nameOf(tables, pair.columns[0]), nameOf(tables, pair.columns[1])] as const,
    metric: pair.metric,
    ...figure(pair.score, test?.[i]?.score),
    trainingBins: figure(pair.trainingBins, test?.[i]?.trainingBins),
    strength: definedOrNull(Math.abs(pair.dependence.real)),
    strong: isStrong(pair),
    dependence: {
      train: definedOrNull(pair.dependence.real),
      synthetic: definedOrNull(pair.dependence.judged),
      test: definedOrNull(test?.[i]?.dependence.judged),
    },
  }));
  return {
    ...figure(meanTrend(own, 'legacy'), test && meanTrend(test, 'legacy')),
    current: {
      ...figure(meanTrend(own, 'current'), test && meanTrend(test, 'current')),
      pairs: own.filter(isStrong).length,
    },
    trainingBins: {
      ...figure(meanByTrainingBins(own), test && meanByTrainingBins(test)),
      strong: figure(meanByTrainingBins(own.filter(isStrong)), test && meanByTrainingBins(test.filter(isStrong))),
    },
    difference: figure(meanDifference(own), test && meanDifference(test)),
    pairs,
    plots: pairPlots(tables.train, tables.synthetic, own),
  };
}

/** A pair that lost all its spread has lost all its dependence. */
function meanDifference(pairs: readonly PairTrend[]): number {
  return meanOfDefined(
    pairs.map(({ dependence: { real, judged } }) => Math.abs(real - (Number.isNaN(judged) ? 0 : judged))),
  );
}

export function wassersteinSection(tables: Tables): Sections['wasserstein'] {
  const [own, test] = measureBoth(tables, wassersteinDistances);
  const mean = (all: readonly { distance: number }[]) => meanOfDefined(all.map(({ distance }) => distance));
  const columns = own.map(({ column, distance }, i) => ({
    column: nameOf(tables, column),
    ...figure(distance, test?.[i]?.distance),
  }));
  return { ...figure(mean(own), test && mean(test)), columns };
}

export function missingSection(tables: Tables): Sections['missingValues'] {
  const [own, test] = measureBoth(tables, missingValues);
  const columns = own.map(({ column, real, judged, score }, i) => ({
    column: nameOf(tables, column),
    ...figure(score, test?.[i]?.score),
    train: real,
    synthetic: judged,
    test: test?.[i]?.judged ?? null,
  }));
  return { ...figure(meanScore(own), test && meanScore(test)), columns };
}

export function rowFidelitySection(tables: Tables): Sections['rowFidelity'] {
  const [own, test] = measureBoth(tables, (train, judged) =>
    rowFidelity(train, judged, fidelityRows, randomFor(tables.seed, 'rows')),
  );
  return {
    rows: own.rows,
    alphaPrecision: figure(own.alphaPrecision, test?.alphaPrecision),
    betaRecall: figure(own.betaRecall, test?.betaRecall),
  };
}

export function detectionSection(tables: Tables): Sections['detection'] {
  const [own, test] = measureBoth(tables, (train, judged) =>
    detect(train, judged, detectionRows, randomFor(tables.seed, 'detection')),
  );
  const detector = (mine: Detection, theirs: Detection | undefined) => ({
    auc: figure(mine.auc, theirs?.auc),
    curves: { synthetic: mine.curve, test: theirs?.curve ?? null },
  });
  return { rows: own.rows, trees: detector(own.trees, test?.trees), linear: detector(own.linear, test?.linear) };
}
