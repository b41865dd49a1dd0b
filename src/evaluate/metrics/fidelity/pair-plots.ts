/** Pairs of columns as grids of counts, which a chart draws as dots: aggregates, no row. */

import { z } from 'zod';
import { isCoded, isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { columnPair, kind, list } from '../../report/figure-schema.ts';
import { bulkRange, categoryShares, presentSorted } from '../distributions.ts';

/** Numbers in `bins` equal bins from `low` to `high`, what lies outside in the nearest; or training's most frequent values. */
const plotAxis = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('numbers'), kind, low: z.number(), high: z.number(), bins: z.int() }),
  z.strictObject({ type: z.literal('categories'), values: list(z.string()) }),
]);

/** Which cells of a grid hold how much of a table's rows: [x, y, share], both from 0. Rows without either value are left out. */
export const plotSchema = z.strictObject({
  columns: columnPair,
  x: plotAxis,
  y: plotAxis,
  shares: z.strictObject({ train: list(list(z.number())), synthetic: list(list(z.number())) }),
});

export type PairPlot = z.infer<typeof plotSchema>;

/** A pair of columns by their indices, and its score by training's bins. */
interface ScoredPair {
  readonly columns: readonly [number, number];
  readonly trainingBins: number;
}

const plotsShown = 6;
const numberBins = 24;
const categoriesShown = 10;

/** The pairs furthest off by training's bins. */
export function pairPlots(train: Table, synthetic: Table, pairs: readonly ScoredPair[]): PairPlot[] {
  const scored = pairs.filter(({ trainingBins }) => trainingBins < 1).sort((a, b) => a.trainingBins - b.trainingBins);
  return scored.slice(0, plotsShown).map(({ columns }) => {
    const [x, y] = columns.map((column) => axisOf(train, column)) as [Axis, Axis];
    const sharesOf = (table: Table) => gridShares(x.slots(table), y.slots(table), y.size);
    return {
      columns: [train.schema.columns[columns[0]]!.name, train.schema.columns[columns[1]]!.name],
      x: x.axis,
      y: y.axis,
      shares: { train: sharesOf(train), synthetic: sharesOf(synthetic) },
    };
  });
}

interface Axis {
  readonly axis: PairPlot['x'];
  readonly size: number;
  /** Of each row, its slot on the axis; -1 for none. */
  slots(table: Table): Int32Array;
}

function axisOf(train: Table, index: number): Axis {
  const column = train.schema.columns[index]!;
  if (isNumeric(column)) {
    const numbers = (table: Table) => table.columns[index] as Float64Array;
    const [low, high] = bulkRange(presentSorted(numbers(train))) ?? [0, 1];
    const width = (high - low || 1) / numberBins;
    const slot = (x: number) => Math.min(numberBins - 1, Math.max(0, Math.floor((x - low) / width)));
    return {
      axis: { type: 'numbers', kind: column.kind, low: low + 0, high: high + 0, bins: numberBins },
      size: numberBins,
      slots: (table) => Int32Array.from(numbers(table), (x) => (Number.isNaN(x) ? -1 : slot(x))),
    };
  }
  const values = isCoded(column) ? column.values : [];
  const coded = (table: Table) => table.columns[index] as Int32Array;
  const cells = coded(train);
  const { codes } = categoryShares({ train: cells, synthetic: cells, test: null }, values.length, categoriesShown);
  const slotOf = new Map(codes.map((code, slot) => [code, slot]));
  return {
    axis: { type: 'categories', values: codes.map((code) => values[code]!) },
    size: codes.length,
    slots: (table) => Int32Array.from(coded(table), (code) => slotOf.get(code) ?? -1),
  };
}

function gridShares(x: Int32Array, y: Int32Array, height: number): number[][] {
  const counts = new Map<number, number>();
  for (let row = 0; row < x.length; row++) {
    if (x[row]! < 0 || y[row]! < 0) continue;
    const cell = x[row]! * height + y[row]!;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const shareOf = (count: number) => Number((count / x.length).toPrecision(3));
  return [...counts].map(([cell, count]) => [Math.floor(cell / height), cell % height, shareOf(count)]);
}
