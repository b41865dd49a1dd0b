/**
 * Column Pair Trends: how alike two columns move together in two tables, one pair at a time.
 * It knows aligned tables (table/align.ts); it does not know which of them is synthetic.
 */

import { meanOfDefined } from '../../../numeric/mean.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { cramersV, type JointCodes, jointCounts, variationSimilarity } from './contingency.ts';
import { pearson } from './correlation.ts';
import { digitize, histogramBinEdges } from './digitize.ts';

type PairMetric = 'CorrelationSimilarity' | 'ContingencySimilarity';

/**
 * One pair's score; `columns` are indices in the schema, `score` in [0, 1], 1 best, NaN when a side is constant.
 * `dependence` is Pearson's rho or Cramér's V in either table, NaN when undefined.
 */
export interface PairTrend {
  readonly columns: readonly [number, number];
  readonly metric: PairMetric;
  readonly score: number;
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
 * With `column`, only the pairs that it is part of.
 */
export function columnPairTrends(real: Table, judged: Table, column?: number): PairTrend[] {
  const scored = real.schema.columns.flatMap(({ kind }, index) => (kind === 'text' ? [] : [index]));
  const realCodes = scored.map((index) => codesOf(real, index));
  const judgedCodes = scored.map((index) => codesOf(judged, index));
  const pairs: PairTrend[] = [];
  for (let i = 0; i < scored.length; i++) {
    for (let j = i + 1; j < scored.length; j++) {
      const columns = [scored[i]!, scored[j]!] as const;
      if (column !== undefined && !columns.includes(column)) continue;
      const bothNumeric = columns.every((index) => isNumeric(real.schema.columns[index]!));
      pairs.push(
        bothNumeric
          ? { columns, ...correlationSimilarity(numericPair(real, columns), numericPair(judged, columns)) }
          : { columns, ...contingencySimilarity([realCodes[i]!, realCodes[j]!], [judgedCodes[i]!, judgedCodes[j]!]) },
      );
    }
  }
  return pairs;
}

/** Mean over the pairs that `mode` counts; NaN when there are none. */
export function meanTrend(pairs: readonly PairTrend[], mode: TrendMode): number {
  return meanOfDefined((mode === 'legacy' ? pairs : pairs.filter(isStrong)).map(({ score }) => score));
}

/** Whether `current` counts the pair. */
export function isStrong({ metric, dependence }: Pick<PairTrend, 'metric' | 'dependence'>): boolean {
  return Math.abs(dependence.real) > minStrength[metric];
}

type PairScore = Pick<PairTrend, 'metric' | 'score' | 'dependence'>;
type NumericPair = readonly [Float64Array, Float64Array];

/**
 * 1 - |rho_real - rho_judged| / 2 over the rows where both cells are present.
 * Source: SDMetrics `column_pairs/statistical/correlation_similarity.py`.
 */
function correlationSimilarity(real: NumericPair, judged: NumericPair): PairScore {
  const dependence = { real: pearson(...real), judged: pearson(...judged) };
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

function numericPair(table: Table, columns: readonly [number, number]): NumericPair {
  return [table.columns[columns[0]] as Float64Array, table.columns[columns[1]] as Float64Array];
}

/** Codes from 0 for the contingency table: a coded column's own with 0 for missing, a numeric column's bins. */
function codesOf(table: Table, index: number): JointCodes[number] {
  const column = table.schema.columns[index]!;
  const cells = table.columns[index]!;
  if (isCoded(column)) return { codes: (cells as Int32Array).map((code) => code + 1), size: column.values.length + 1 };
  const edges = histogramBinEdges(cells as Float64Array);
  return { codes: digitize(cells as Float64Array, edges), size: edges.length + 1 };
}
