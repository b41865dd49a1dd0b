/**
 * The label's own figures: is it spread as in training, and does it still go with the other columns?
 * It knows aligned tables; it trains nothing (whether a classifier can learn from the rows is utility, not this).
 */
import { isCoded } from '../../table/schema.ts';
import type { TargetSection } from '../report/report.ts';
import { categoryShares, cellsOf, eachTable, presentSorted, quantile } from './distributions.ts';
import { columnPairTrends, meanByTrainingBins } from './fidelity/column-pair-trends.ts';
import { columnShape } from './fidelity/column-shapes.ts';
import { figure, measureBoth, type Tables } from './figure.ts';

const classesShown = 30;

export function targetSection(tables: Tables): TargetSection | null {
  const { target } = tables;
  if (target === null) return null;
  const { name, kind } = tables.train.schema.columns[target]!;
  const [shape, testShape] = measureBoth(tables, (train, judged) => {
    return columnShape(train, judged, target)!.score;
  });
  const [trends, testTrends] = measureBoth(tables, (train, judged) => {
    return meanByTrainingBins(columnPairTrends(train, judged, target));
  });
  return {
    column: name,
    kind,
    shape: figure(shape, testShape),
    trends: figure(trends, testTrends),
    ...spread(tables, target),
  };
}

function spread(tables: Tables, target: number): Pick<TargetSection, 'classes' | 'quartiles'> {
  const column = tables.train.schema.columns[target]!;
  if (!isCoded(column)) {
    const sorted = eachTable(cellsOf<Float64Array>(tables, target), presentSorted);
    if (Object.values(sorted).some((cells) => cells?.length === 0)) return { classes: null, quartiles: null };
    return { classes: null, quartiles: eachTable(sorted, (cells) => [0.25, 0.5, 0.75].map((q) => quantile(cells, q))) };
  }
  const { codes, shares } = categoryShares(cellsOf(tables, target), column.values.length, classesShown);
  const classes = codes.map((code, i) => ({
    value: column.values[code]!,
    ...eachTable(shares, (each) => each[i]!),
  }));
  return { classes, quartiles: null };
}
