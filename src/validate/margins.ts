/** How often each column's values come in real rows, and weights of other rows under which they come as often. */
import { countBelow } from '../numeric/ranks.ts';
import { type Column, isCoded, isNumeric } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';

/** One column of a judged table in groups: a category each, numbers by twentieths of the real ones, missing cells apart. */
export interface Margin {
  /** The group of each row. */
  readonly group: Int32Array;
  /** The share of the real rows in each group. */
  readonly shares: Float64Array;
}

const numberGroups = 20;

/** Every column but text. Both tables have the schema of the first, and at least one row. */
export function marginsOf(real: Table, judged: Table): Margin[] {
  return real.schema.columns.flatMap((column, c): Margin[] => {
    const groups = groupsOf(column, real.columns[c]!);
    if (!groups) return [];
    const shares = new Float64Array(groups.size);
    for (const group of groups.of(real.columns[c]!)) shares[group]! += 1 / real.rowCount;
    return [{ group: groups.of(judged.columns[c]!), shares }];
  });
}

interface Groups {
  readonly size: number;
  of(cells: ColumnData): Int32Array;
}

function groupsOf(column: Column, real: ColumnData): Groups | undefined {
  if (isCoded(column)) {
    return { size: column.values.length + 1, of: (cells) => groupEach(cells as Int32Array, (code) => code + 1) };
  }
  if (!isNumeric(column)) return undefined;
  const sorted = (real as Float64Array).filter((x) => !Number.isNaN(x)).sort();
  const cuts = new Set(
    sorted.length === 0 ? [] : everyShare((share) => sorted[Math.floor(share * (sorted.length - 1))]!),
  );
  const ends = Float64Array.from(cuts);
  const groupOf = (x: number) => (Number.isNaN(x) ? 0 : 1 + countBelow(ends, x));
  return { size: ends.length + 2, of: (cells) => groupEach(cells as Float64Array, groupOf) };
}

function groupEach(cells: Float64Array | Int32Array, groupOf: (cell: number) => number): Int32Array {
  const groups = new Int32Array(cells.length);
  for (let row = 0; row < groups.length; row++) groups[row] = groupOf(cells[row]!);
  return groups;
}

function everyShare(quantile: (share: number) => number): number[] {
  return Array.from({ length: numberGroups - 1 }, (_, i) => quantile((i + 1) / numberGroups));
}

/** In one step a group is not made more than five times heavier or lighter: many steps may, a stray one must not. */
const mostInOneStep = 5;

/**
 * One step of raking, in place: column by column the weights are multiplied so that each group has its real share. A
 * group of no weight stays so. Source: Deming & Stephan 1940; as calibration of survey weights Deville & Särndal, JASA 1992.
 */
export function rake(weights: Float64Array, margins: readonly Margin[]): void {
  for (const { group, shares } of margins) {
    const own = new Float64Array(shares.length);
    let total = 0;
    for (let row = 0; row < weights.length; row++) {
      own[group[row]!]! += weights[row]!;
      total += weights[row]!;
    }
    const factors = shares.map((share, g) => {
      const wanted = own[g] === 0 ? 1 : (share * total) / own[g]!;
      return Math.min(mostInOneStep, Math.max(1 / mostInOneStep, wanted));
    });
    for (let row = 0; row < weights.length; row++) weights[row]! *= factors[group[row]!]!;
  }
}
