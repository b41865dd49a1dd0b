/**
 * Noisy counts of a table: of every column's values, of each column's together with the target's, and of some pairs (pairs.ts). They make
 * the ranges of its numbers and, drawn from, rows to begin learning with. All noise is the Gaussian mechanism's; what comes out is public.
 */

import type { Random } from '../numeric/random.ts';
import type { TableGrammar } from '../serialize/codec/grammar.ts';
import { type Bin, isSingle } from '../serialize/numbers/bins.ts';
import { valueAt } from '../table/cells.ts';
import { tableFromValues } from '../table/from-values.ts';
import { type Column, isNumeric, type NumericColumn } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { finestCells, mergedRanges, publicRanges } from './column-cells.ts';
import { cumulated, drawFrom, noisyCounts, total } from './counts.ts';
import { type CountedColumn, countsOf, grouped, jointCells, measurePairs, type Pair } from './pairs.ts';

export interface Marginals {
  readonly cells: TableGrammar['cells'];
  /** Rows drawn from the counts: each column's values as often as there, with the target's and those of one more column. */
  draw(rows: number, random: Random): Table;
}

/**
 * Rounds of counting, each with its noise: columns alone, by the target's classes, and where so many rounds leave little enough noise,
 * scores of all pairs and some pairs. Decided by what is public.
 */
export function roundsFor(isTargeted: boolean, isWorth: (rounds: number) => boolean): number {
  const rounds = isTargeted ? 2 : 1;
  return isWorth(rounds + 2) ? rounds + 2 : rounds;
}

/** With fewer rows for each of noise, two rounds more spoil the others (training/LOG.md); of more columns there are too many pairs. */
const [rowsToPair, columnsToPair] = [300, 200];

export const arePairsWorth = (rows: number, columns: number, noise: number): boolean =>
  columns <= columnsToPair && rows >= rowsToPair * noise * Math.sqrt(columns);

/**
 * @param target the index of the column whose classes the others are counted by, -1 for none.
 * @param rows how many the table has, which is public; it may hold fewer, where some were left out.
 * @param sigma noise of each of the rounds, as a multiple of what one row can change.
 */
export function measureMarginals(
  table: Table,
  target: number,
  rows: number,
  { noise: sigma, rounds }: { readonly noise: number; readonly rounds: number },
): Marginals {
  const { schema } = table;
  const noise = sigma * Math.sqrt(schema.columns.length);
  const most = Math.round(Math.min(mostRanges, Math.max(fewestRanges, rows / (rangeNoises * noise))));
  const finest = schema.columns.map((column) => finestCells(column, most));
  const cellAt = finest.map((cells, c) =>
    Int32Array.from({ length: table.rowCount }, (_, row) => cells.indexOf(valueAt(table.columns[c]!, row))),
  );
  const cells = finest.map(({ count }, c) => ({ cells: cellAt[c]!, count }));
  const alone = noisyCounts(cells, rows, sigma);
  const least = Math.max(rows / mostBins, rangeNoises * noise);
  const columns = schema.columns.map((column, c): CountedColumn => {
    const missing = column.missing === null ? -1 : finest[c]!.count - 1;
    return { isOrdered: isNumeric(column), missing, cellAt: cellAt[c]!, byClass: [alone[c]!] };
  });
  const byClass = target < 0 ? columns : countedByClass(columns, target, least, rows, sigma);
  const classDraw = cumulated(target < 0 ? Float64Array.of(1) : Float64Array.from(byClass[target]!.byClass, total));
  const drawCells = measurePairs(byClass, { rows, sigma, isPaired: rounds > 2 });
  const bins = (column: Column, c: number) =>
    isNumeric(column) ? { bins: binsOf(column, alone[c]!, most, least) } : {};
  return {
    cells: schema.columns.map(bins),
    draw(count, random) {
      const row = () => {
        const cells = drawCells(drawFrom(classDraw, random), random);
        return finest.map((of, c) => of.draw(cells[c]!, random));
      };
      return tableFromValues(schema, Array.from({ length: count }, row));
    },
  };
}

/** Ranges of a column that are counted: the more, the fewer rows in each, which should be some times its noise. */
const [fewestRanges, mostRanges] = [8, 128];
const rangeNoises = 3;

/** About so many ranges of a number are tokens. */
const mostBins = 48;

function binsOf(column: NumericColumn, counts: Float64Array, most: number, least: number): Bin[] {
  const ranges = publicRanges(column, most);
  return ranges.length <= mostBins && ranges.every(isSingle) ? ranges : mergedRanges(ranges, counts, least);
}

/** Classes of a target of numbers, of about as many rows each; another's are its values. */
const mostClasses = 6;

/** The columns with their counts by the target's classes. */
function countedByClass(
  columns: readonly CountedColumn[],
  target: number,
  least: number,
  rows: number,
  sigma: number,
): CountedColumn[] {
  const groupsOf = (column: CountedColumn, least: number) => grouped(column, column.isOrdered ? least : 0);
  const classes = groupsOf(columns[target]!, rows / mostClasses);
  const others = columns.filter((_, c) => c !== target);
  const pairs = others.map((column): Pair => [classes, groupsOf(column, least)]);
  const joint = noisyCounts(pairs.map(jointCells), rows, sigma);
  const ofClass = (k: number) => classes.byClass[0]!.map((count, cell) => (classes.groupOf[cell] === k ? count : 0));
  const own = Array.from({ length: classes.size }, (_, k) => ofClass(k));
  const byClass = pairs.map((pair, i) => countsOf(pair, joint[i]!)[0]!);
  return columns.map((column) => ({ ...column, byClass: byClass[others.indexOf(column)] ?? own }));
}
