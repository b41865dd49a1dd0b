/** How alike two tables are in the share of missing cells, column by column. */
import { z } from 'zod';
import type { ColumnData, Table } from '../../../table/table.ts';
import { figureSchema, list, perTable, score } from '../../report/figure-schema.ts';
import { percent } from '../../report/number-text.ts';
import { excess } from '../../report/verdict/rating.ts';
import { figure, meanScore, measureBoth, nameOf } from '../figure.ts';
import type { Metric } from '../metric.ts';

/** `real` and `judged` are shares of missing cells; `score` is 1 - |real - judged|, 1 best. */
export interface MissingShare {
  readonly column: number;
  readonly real: number;
  readonly judged: number;
  readonly score: number;
}

/** Source: SDMetrics `single_column/statistical/missing_value_similarity.py`. */
export function missingValues(real: Table, judged: Table): MissingShare[] {
  return real.schema.columns.map((_, column) => {
    const [a, b] = [missingShare(real.columns[column]!), missingShare(judged.columns[column]!)];
    return { column, real: a, judged: b, score: 1 - Math.abs(a - b) };
  });
}

/** NaN without rows. */
export function missingShare(cells: ColumnData): number {
  let missing = 0;
  for (const cell of cells) if (isMissing(cells, cell)) missing += 1;
  return missing / cells.length;
}

export function isMissing(cells: ColumnData, cell: number | string | null): boolean {
  if (cells instanceof Int32Array) return cell === -1;
  return cell === null || Number.isNaN(cell);
}

/** The figure of a column is 1 - |difference of the shares|; the shares themselves are beside it. */
const section = figureSchema.extend({
  columns: list(perTable(z.number()).extend({ column: z.string(), value: score, reference: score })),
});

export const missingValuesMetric: Metric<z.infer<typeof section>> = {
  pillar: 'fidelity',
  schema: section,

  measure(tables) {
    const [own, test] = measureBoth(tables, missingValues);
    const columns = own.map(({ column, real, judged, score }, i) => ({
      column: nameOf(tables, column),
      ...figure(score, test?.[i]?.score),
      train: real,
      synthetic: judged,
      test: test?.[i]?.judged ?? null,
    }));
    return { ...figure(meanScore(own), test && meanScore(test)), columns };
  },

  headlines: [
    {
      key: 'missingValues',
      label: 'Missing cells',
      meaning: 'as large a share of each column as in training',
      better: 'higher',
      of: (found) => found,
    },
  ],

  judge({ columns }, rows) {
    if (columns.every(({ train, synthetic }) => train === 0 && synthetic === 0)) return [];
    const worst = columns.reduce((a, b) => ((b.value ?? 1) < (a.value ?? 1) ? b : a));
    const gap = Math.abs(worst.synthetic - worst.train);
    const [more, less] =
      worst.synthetic > worst.train ? (['synthetic', 'train'] as const) : (['train', 'synthetic'] as const);
    const beyond = excess(worst[more], rows[more], worst[less], rows[less]);
    const test = worst.test === null ? '' : `, in real test rows ${percent(worst.test)}`;
    const text =
      `Missing cells are off by at most ${percent(gap)} of a column: in "${worst.column}" ` +
      `${percent(worst.synthetic)} are missing, in training ${percent(worst.train)}${test}.`;
    return [{ tone: beyond <= 0.02 ? 'good' : beyond <= 0.05 ? 'fair' : 'poor', text }];
  },
};
