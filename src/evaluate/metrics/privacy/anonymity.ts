/**
 * k-anonymity: how small the groups are that share their quasi-identifiers. It knows aligned tables.
 * Source: Sweeney, k-anonymity, 2002. Of a synthetic table it says how rare its rows look, not whose they are.
 */
import { z } from 'zod';
import { isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list } from '../../report/figure-schema.ts';
import { presentSorted, quantile } from '../distributions.ts';
import { figure, measureBoth, nameOf } from '../figure.ts';
import type { Metric } from '../metric.ts';

export interface Anonymity {
  /** Rows of the smallest group. */
  readonly k: number;
  /** Share of rows that are alone in their group, and that share it with fewer than four others. */
  readonly alone: number;
  readonly belowFive: number;
}

const numberBins = 10;

/** Groups by `columns`, numbers by the tenths of training. */
export function anonymity(train: Table, judged: Table, columns: readonly number[]): Anonymity {
  const parts = columns.map((index) => groupOf(train, judged, index));
  const sizes = new Map<string, number>();
  for (let row = 0; row < judged.rowCount; row++) {
    const key = parts.map((part) => part(row)).join();
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  const rowsIn = (fits: (size: number) => boolean) =>
    [...sizes.values()].filter(fits).reduce((sum, size) => sum + size, 0) / judged.rowCount;
  return {
    k: [...sizes.values()].reduce((least, size) => Math.min(least, size), judged.rowCount),
    alone: rowsIn((size) => size === 1),
    belowFive: rowsIn((size) => size < 5),
  };
}

function groupOf(train: Table, judged: Table, index: number): (row: number) => string {
  const cells = judged.columns[index]!;
  if (!isNumeric(train.schema.columns[index]!)) return (row) => JSON.stringify(cells[row]);
  const sorted = presentSorted(train.columns[index] as Float64Array);
  const cuts = Array.from({ length: numberBins - 1 }, (_, i) => quantile(sorted, (i + 1) / numberBins));
  return (row) => {
    const x = cells[row] as number;
    return Number.isNaN(x) ? '-' : String(cuts.filter((cut) => cut <= x).length);
  };
}

const section = z
  .strictObject({
    columns: list(z.string()),
    /** The smallest group's rows, and the shares of rows alone in their group and in groups below five. */
    k: figureSchema,
    alone: figureSchema,
    belowFive: figureSchema,
    train: z.strictObject({ k: z.int(), alone: z.number(), belowFive: z.number() }),
  })
  .nullable();

export type AnonymitySection = NonNullable<z.infer<typeof section>>;

export const anonymityMetric: Metric<AnonymitySection | null> = {
  pillar: 'privacy',
  schema: section,

  measure(tables) {
    const columns = tables.quasiIdentifiers;
    if (columns.length === 0) return null;
    const [own, test] = measureBoth(tables, (train, judged) => anonymity(train, judged, columns));
    return {
      columns: columns.map((column) => nameOf(tables, column)),
      k: figure(own.k, test?.k),
      alone: figure(own.alone, test?.alone),
      belowFive: figure(own.belowFive, test?.belowFive),
      train: anonymity(tables.train, tables.train, columns),
    };
  },
};
