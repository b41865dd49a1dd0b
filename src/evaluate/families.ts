/**
 * The families of metrics and how each becomes its section of the report: a new family is a file and an entry here.
 * It knows aligned tables and the report's form; the formulas are in each family's own file.
 */
import type { Table } from '../table/table.ts';
import { columnPairTrends, isStrong, meanTrend } from './column-pair-trends.ts';
import { columnShapes } from './column-shapes.ts';
import { type Copies, copies } from './copies.ts';
import { distributions } from './distributions.ts';
import { definedOrNull, figure, measureBoth, type Tables } from './figure.ts';
import { meanOfDefined } from './mean.ts';
import { missingValues } from './missing-values.ts';
import type { ColumnFigure, Figure, Sections } from './report.ts';
import { targetSection } from './target.ts';
import { validity } from './validity.ts';

export const families: { [Name in keyof Sections]: (tables: Tables) => Sections[Name] } = {
  columnShapes: (tables) => columnSection(tables, columnShapes),
  columnPairTrends: trendsSection,
  validity: (tables) => columnSection(tables, validity),
  missingValues: missingSection,
  copies: copiesSection,
  target: targetSection,
  distributions,
};

function nameOf(tables: Tables, column: number): string {
  return tables.train.schema.columns[column]!.name;
}

function columnSection<M extends string>(
  tables: Tables,
  measure: (train: Table, judged: Table) => { column: number; metric: M; score: number }[],
): Figure & { columns: ColumnFigure<M>[] } {
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

function trendsSection(tables: Tables): Sections['columnPairTrends'] {
  const [own, test] = measureBoth(tables, columnPairTrends);
  const pairs = own.map((pair, i) => ({
    columns: [nameOf(tables, pair.columns[0]), nameOf(tables, pair.columns[1])] as const,
    metric: pair.metric,
    ...figure(pair.score, test?.[i]?.score),
    strength: definedOrNull(pair.strength),
    strong: isStrong(pair),
  }));
  return {
    ...figure(meanTrend(own, 'legacy'), test && meanTrend(test, 'legacy')),
    current: {
      ...figure(meanTrend(own, 'current'), test && meanTrend(test, 'current')),
      pairs: own.filter(isStrong).length,
    },
    pairs,
  };
}

function missingSection(tables: Tables): Sections['missingValues'] {
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

function copiesSection(tables: Tables): Sections['copies'] {
  const [own, test] = measureBoth<Copies>(tables, copies);
  return {
    copiesOfTrain: figure(own.copiesOfTrain, test?.copiesOfTrain),
    duplicateRows: { ...figure(own.duplicateRows, test?.duplicateRows), train: own.duplicateTrainRows },
  };
}
