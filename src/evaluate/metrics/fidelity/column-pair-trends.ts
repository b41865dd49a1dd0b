/**
 * Column Pair Trends: how alike two columns move together in two tables, one pair at a time.
 * It knows aligned tables (table/align.ts); it does not know which of them is synthetic.
 */

import { meanOfDefined } from '../../../numeric/mean.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { ColumnData, Table } from '../../../table/table.ts';
import { cramersV, type JointCodes, jointCounts, variationSimilarity } from './contingency.ts';
import { pearson } from './correlation.ts';
import { digitize, histogramBinEdges, trainingBinsOf } from './digitize.ts';
import { missingShare } from './missing-values.ts';

type PairMetric = 'CorrelationSimilarity' | 'ContingencySimilarity';

/**
 * One pair's score; `columns` are indices in the schema. `score`, SDMetrics' own, and `trainingBins`, by which pairs are
 * judged, are in [0, 1], 1 best; `score` is NaN when a side is constant, `trainingBins` when training is.
 * `dependence` is Pearson's rho or Cramér's V in either table, NaN when undefined.
 */
export interface PairTrend {
  readonly columns: readonly [number, number];
  readonly metric: PairMetric;
  readonly score: number;
  readonly trainingBins: number;
  readonly dependence: { readonly real: number; readonly judged: number };
}

/**
 * Which pairs count: `legacy` all of them, as SDMetrics 0.11.1 and every paper that reports the score;
 * `current` only those whose real strength exceeds a threshold, as SDMetrics since 0.27 (#815-817).
 */
export type TrendMode = 'legacy' | 'current';

const minStrength: Record<PairMetric, number> = { CorrelationSimilarity: 0.5, ContingencySimilarity: 0.3 };

/**
 * A score for every pair of columns but text. Two numeric columns are compared by their correlations, any other pair
 * by its contingency table, into which a numeric column goes by its own table's ten bins.
 * Source: SDMetrics 0.29 `reports/single_table/_properties/column_pair_trends.py`. SDMetrics draws 50,000 rows at
 * random from a longer table for the contingency; here every row counts, so that the score has no chance in it.
 * Where each table has bins of its own, one extreme cell puts all others of its table into one bin: real rows scored
 * 0.1 % against real rows. `trainingBins` takes training's for both, and counts a column that lost its values as lost.
 * With `column`, only the pairs that it is part of.
 */
export function columnPairTrends(real: Table, judged: Table, column?: number): PairTrend[] {
  const sides = real.schema.columns.flatMap(({ kind }, index) =>
    kind === 'text' ? [] : [sidesOf(real, judged, index)],
  );
  return sides.flatMap((a, i) =>
    sides
      .slice(i + 1)
      .filter((b) => column === undefined || a.index === column || b.index === column)
      .map((b): PairTrend => {
        const found =
          a.isNumeric && b.isNumeric ? correlationSimilarity(a, b) : contingencySimilarity(...joint(a, b, 'own'));
        const isLost = a.isLost || b.isLost;
        return { columns: [a.index, b.index], ...found, trainingBins: isLost ? 0 : byTrainingBins(a, b, found) };
      }),
  );
}

/** One column of both tables: its cells, and its codes for contingency tables in its own bins and in training's. */
interface Sides {
  readonly index: number;
  readonly isNumeric: boolean;
  /** No value is left of those that training has. */
  readonly isLost: boolean;
  readonly cells: readonly [ColumnData, ColumnData];
  readonly own: JointCodes;
  readonly shared: JointCodes;
}

function sidesOf(real: Table, judged: Table, index: number): Sides {
  const cells = [real.columns[index]!, judged.columns[index]!] as const;
  const own = [codesOf(real, index), codesOf(judged, index)] as const;
  const isNumber = isNumeric(real.schema.columns[index]!);
  const binned = isNumber ? trainingBinsOf(cells[0] as Float64Array) : null;
  const shared = binned ? ([binned(cells[0] as Float64Array), binned(cells[1] as Float64Array)] as const) : own;
  const isLost = missingShare(cells[1]) === 1 && missingShare(cells[0]) < 1;
  return { index, isNumeric: isNumber, isLost, cells, own, shared };
}

/** The pair's codes in the real and in the judged table. */
function joint(a: Sides, b: Sides, bins: 'own' | 'shared'): [JointCodes, JointCodes] {
  return [
    [a[bins][0], b[bins][0]],
    [a[bins][1], b[bins][1]],
  ];
}

function byTrainingBins(a: Sides, b: Sides, { score, dependence: { real, judged } }: PairScore): number {
  // Columns that became constant have lost their correlation.
  if (a.isNumeric && b.isNumeric) return 1 - Math.abs(real - (Number.isNaN(judged) ? 0 : judged)) / 2;
  return a.isNumeric || b.isNumeric ? variationSimilarity(jointCounts(...joint(a, b, 'shared'))) : score;
}

/** Mean over the pairs that `mode` counts; NaN when there are none. */
export function meanTrend(pairs: readonly PairTrend[], mode: TrendMode): number {
  return meanOfDefined((mode === 'legacy' ? pairs : pairs.filter(isStrong)).map(({ score }) => score));
}

/** Mean by training's bins, of all pairs or of the strong ones; NaN when there are none. */
export function meanByTrainingBins(pairs: readonly PairTrend[]): number {
  return meanOfDefined(pairs.map(({ trainingBins }) => trainingBins));
}

/** Whether `current` counts the pair. */
export function isStrong({ metric, dependence }: Pick<PairTrend, 'metric' | 'dependence'>): boolean {
  return Math.abs(dependence.real) > minStrength[metric];
}

type PairScore = Pick<PairTrend, 'metric' | 'score' | 'dependence'>;
/**
 * 1 - |rho_real - rho_judged| / 2 over the rows where both cells are present.
 * Source: SDMetrics `column_pairs/statistical/correlation_similarity.py`.
 */
function correlationSimilarity(a: Sides, b: Sides): PairScore {
  const rho = (side: 0 | 1) => pearson(a.cells[side] as Float64Array, b.cells[side] as Float64Array);
  const dependence = { real: rho(0), judged: rho(1) };
  const score = 1 - Math.abs(dependence.real - dependence.judged) / 2;
  return { metric: 'CorrelationSimilarity', score, dependence };
}

/**
 * 1 - ½ Σ|P_real(a, b) - P_judged(a, b)| over the cells of the contingency table, missing being a category.
 * Source: SDMetrics `column_pairs/statistical/contingency_similarity.py`.
 */
export function contingencySimilarity(real: JointCodes, judged: JointCodes): PairScore {
  const counts = jointCounts(real, judged);
  const dependence = { real: cramersV(counts), judged: cramersV({ ...counts, real: counts.judged }) };
  return { metric: 'ContingencySimilarity', score: variationSimilarity(counts), dependence };
}

/** Codes from 0 for the contingency table: a coded column's own with 0 for missing, a numeric column's bins. */
function codesOf(table: Table, index: number): JointCodes[number] {
  const column = table.schema.columns[index]!;
  const cells = table.columns[index]!;
  if (isCoded(column)) return { codes: (cells as Int32Array).map((code) => code + 1), size: column.values.length + 1 };
  const edges = histogramBinEdges(cells as Float64Array);
  return { codes: digitize(cells as Float64Array, edges), size: edges.length + 1 };
}
