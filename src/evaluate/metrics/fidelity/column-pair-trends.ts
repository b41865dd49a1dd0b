/** Column Pair Trends: how alike two columns move together in two tables, one pair at a time. */

import { z } from 'zod';
import { meanOfDefined } from '../../../numeric/mean.ts';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { ColumnData, Table } from '../../../table/table.ts';
import { columnPair, figureSchema, list, perTable, type Sentence, score } from '../../report/figure-schema.ts';
import { pairMaps } from '../../report/html/pairs.ts';
import { count, score as scoreText } from '../../report/number-text.ts';
import { beside, isScored, scoreTone, worse } from '../../report/verdict/rating.ts';
import { definedOrNull, figure, measureBoth, nameOf } from '../figure.ts';
import type { Metric } from '../metric.ts';
import {
  cramersV,
  digitize,
  histogramBinEdges,
  type JointCodes,
  jointCounts,
  pearson,
  trainingBinsOf,
  variationSimilarity,
} from './correlation.ts';
import { missingShare } from './missing-values.ts';
import { pairPlots, plotSchema } from './pair-plots.ts';

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

/**
 * `dependence` is Pearson's rho of two numeric columns and Cramér's V of others; `strength` its size in training, and
 * `strong` pairs are those that the `current` mode counts. The figure itself is SDMetrics'; pairs are judged, ranked and
 * shown by `trainingBins`, for which training's bins hold both tables.
 */
const pairSchema = figureSchema.extend({
  columns: columnPair,
  metric: z.enum(['CorrelationSimilarity', 'ContingencySimilarity']),
  trainingBins: figureSchema,
  strength: score,
  strong: z.boolean(),
  dependence: perTable(score),
});

/** The figure is that of the `legacy` mode, comparable with papers; `current` and its number of pairs follow. */
const section = figureSchema.extend({
  current: figureSchema.extend({ pairs: z.int() }),
  /** What the verdict judges by: all pairs, and the strong ones. */
  trainingBins: figureSchema.extend({ strong: figureSchema }),
  /** Mean absolute difference of the pairs' dependence from training's. */
  difference: figureSchema,
  pairs: list(pairSchema),
  /** The pairs furthest off, to be drawn. */
  plots: list(plotSchema),
});

export const columnPairTrendsMetric: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure(tables) {
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
  },

  headlines: [
    {
      key: 'pairs',
      label: 'Pairs of columns',
      meaning: 'each pair moves together as in training',
      better: 'higher',
      of: ({ trainingBins }) => trainingBins,
    },
    {
      key: 'strongPairs',
      label: 'Strong pairs only',
      meaning: 'the same, over pairs clearly dependent in training',
      better: 'higher',
      of: ({ current, trainingBins }) => (current.pairs === 0 ? null : trainingBins.strong),
    },
    {
      key: 'columnPairTrends',
      label: 'Column Pair Trends',
      meaning: 'as SDMetrics computes them, each table in bins of its own: to compare with papers',
      better: 'higher',
      of: (found) => found,
    },
    {
      key: 'correlationDifference',
      label: 'Correlation difference',
      meaning: 'mean difference of the correlations and associations',
      better: 'lower',
      text: scoreText,
      of: ({ difference }) => difference,
    },
  ],

  judge({ current, difference, trainingBins, pairs }, rows) {
    const scored = pairs.map((pair) => ({ columns: pair.columns, ...pair.trainingBins })).filter(isScored);
    if (scored.length === 0) return [];
    const worst = scored.reduce((a, b) => (b.value < a.value ? b : a));
    const similar = (off: number | null) => (off === null ? null : 1 - off);
    const kept = { value: similar(difference.value), reference: similar(difference.reference) };
    const sentences: Sentence[] = [
      {
        tone: worse(scoreTone(trainingBins, rows), scoreTone(kept, rows)),
        text:
          `Pairs of columns move together as in training to ${beside(trainingBins)}, their correlations ` +
          `${scoreText(difference.value)} off on average${difference.reference === null ? '' : ` (real test rows: ${scoreText(difference.reference)})`}; ` +
          `the furthest off is "${worst.columns[0]}" with "${worst.columns[1]}" at ${beside(worst)}.`,
      },
    ];
    const tone = scoreTone(trainingBins.strong, rows);
    if (current.pairs > 0 && (tone === 'fair' || tone === 'poor')) {
      const those = current.pairs === 1 ? 'the one pair that is' : `the ${count(current.pairs)} pairs that are`;
      const text = `Over ${those} clearly dependent in training it is ${beside(trainingBins.strong)}: strong dependences are partly lost.`;
      sentences.push({ tone, text });
    }
    return sentences;
  },

  part: { id: 'pairs', name: 'Pairs', markup: pairMaps },
};

/** A pair that lost all its spread has lost all its dependence. */
function meanDifference(pairs: readonly PairTrend[]): number {
  return meanOfDefined(
    pairs.map(({ dependence: { real, judged } }) => Math.abs(real - (Number.isNaN(judged) ? 0 : judged))),
  );
}
