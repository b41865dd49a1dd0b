/** Tables as points between which distances are sums over columns, for searches among neighbours. */

import { valueRange } from '../../numeric/value-range.ts';
import { isCoded, isNumeric } from '../../table/schema.ts';
import type { Table } from '../../table/table.ts';
import { numberCells } from '../number-cells.ts';

/** Row by row, `width` numbers each. */
export interface Points {
  readonly rowCount: number;
  readonly width: number;
  readonly values: Float64Array;
}

/**
 * The distance of a and b is Σ over d of min(|a[d] - b[d]| ^ power, caps[d]). Whatever is merely equal or not, such as
 * categories, is numbered so far apart that unequal means the cap.
 */
export interface Metric {
  readonly power: 1 | 2;
  readonly caps: Float64Array;
}

export interface PointSpace {
  readonly metric: Metric;
  /** One `Points` for each table that the space was made of. */
  readonly tables: readonly Points[];
}

interface Dimension {
  readonly cap: number;
  readonly cells: readonly ArrayLike<number>[];
}

/** Beyond any scaled value of interest: a missing number is at the cap from every other and equal to its like. */
const nowhere = 1e6;

/**
 * Gower's distance as SDMetrics' DCR uses it, times the number of columns: numbers differ by their share of the first
 * table's range, at most 1; anything else, and a lone missing cell, by 1; two missing cells by 0.
 * Source: SDMetrics 0.29 `single_table/privacy/dcr_utils.py::calculate_dcr`.
 */
export function gowerSpace(tables: readonly Table[]): PointSpace {
  const { schema } = tables[0]!;
  const dimensions = schema.columns.map((column, index): Dimension => {
    const cells = tables.map((table) => table.columns[index]!);
    if (isCoded(column)) return { cap: 1, cells: cells as Int32Array[] };
    if (!isNumeric(column)) return { cap: 1, cells: numberCells(cells) };
    const [low, high] = valueRange(cells[0] as Float64Array) ?? [0, 0];
    if (low === high) return { cap: 1, cells: numberCells(cells) };
    return { cap: 1, cells: (cells as Float64Array[]).map((x) => scaled(x, low, high - low, nowhere)) };
  });
  return space(1, tables, dimensions);
}

/**
 * The squared Euclidean distance of the numbers in units of the first table's range and the one-hot categories; a
 * missing number is the mean and has a mark. Text has no place in it.
 */
export function oneHotSpace(tables: readonly Table[]): PointSpace {
  const { schema } = tables[0]!;
  const dimensions = schema.columns.flatMap((column, index): Dimension[] => {
    const cells = tables.map((table) => table.columns[index]!);
    if (isCoded(column)) return [{ cap: 2, cells: (cells as Int32Array[]).map((codes) => codes.map((c) => 2 * c)) }];
    if (!isNumeric(column)) return [];
    const numbers = cells as Float64Array[];
    const [low, high] = valueRange(numbers[0]!) ?? [0, 0];
    const range = high > low ? high - low : 1;
    const mean = meanOf(scaled(numbers[0]!, low, range, Number.NaN));
    const values = { cap: Number.POSITIVE_INFINITY, cells: numbers.map((x) => scaled(x, low, range, mean)) };
    if (!numbers.some((x) => x.some(Number.isNaN))) return [values];
    return [values, { cap: 2, cells: numbers.map((x) => x.map((cell) => (Number.isNaN(cell) ? 2 : 0))) }];
  });
  return space(2, tables, dimensions);
}

function space(power: 1 | 2, tables: readonly Table[], dimensions: readonly Dimension[]): PointSpace {
  const width = dimensions.length;
  return {
    metric: { power, caps: Float64Array.from(dimensions, ({ cap }) => cap) },
    tables: tables.map(({ rowCount }, t) => {
      const values = new Float64Array(rowCount * width);
      dimensions.forEach(({ cells }, d) => {
        const column = cells[t]!;
        for (let row = 0; row < rowCount; row++) values[row * width + d] = column[row]!;
      });
      return { rowCount, width, values };
    }),
  };
}

function scaled(cells: Float64Array, low: number, range: number, missing: number): Float64Array {
  return cells.map((x) => (Number.isNaN(x) ? missing : (x - low) / range));
}

function meanOf(values: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const x of values) {
    if (Number.isNaN(x)) continue;
    sum += x;
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}
