/**
 * Numbers of a sequence that are foreseen by those before them: the last one pulled towards their mean. What is learned is how
 * far a number is from that. A plain step from the last one walks away from where the family was; this does not.
 */

import { z } from 'zod';
import type { NumericColumn } from '../table/schema.ts';
import { onGrid } from './dataset.ts';
import type { Families } from './families.ts';

export const forecast = z.strictObject({
  /** Whether all of it holds of the numbers' logarithms. */
  log: z.boolean(),
  /** Of 1, the last number and the mean, where one, two, three and more numbers are known. */
  weights: z.array(z.array(z.number()).length(3)).min(1),
});
export type Forecast = z.infer<typeof forecast>;

/** The numbers of a family before a row. */
export interface Before {
  readonly last: number;
  readonly mean: number;
  readonly known: number;
}

const scaled = ({ log }: Pick<Forecast, 'log'>, x: number) => (log ? Math.log(x) : x);

/** How far a number is from what was foreseen, in `unit`s. */
export const surprise = (forecast: Forecast, before: Before, x: number, unit: number): number =>
  Math.round((scaled(forecast, x) - foreseen(forecast, before, unit)) / unit) + 0;

/** The number that is so far from what was foreseen. */
export function surprised(
  forecast: Forecast,
  before: Before,
  count: number,
  unit: number,
  column: NumericColumn,
): number {
  const x = foreseen(forecast, before, unit) + count * unit;
  const value = forecast.log ? Math.exp(x) : x;
  return onGrid(column, value);
}

/** A whole number of units, so that what is left is one, too. */
function foreseen(forecast: Forecast, { last, mean, known }: Before, unit: number): number {
  const weights = forecast.weights[Math.min(known, forecast.weights.length) - 1]!;
  const x = weights[0]! + weights[1]! * scaled(forecast, last) + weights[2]! * scaled(forecast, mean);
  return Math.round(x / unit) * unit;
}

/** By row: the numbers before it in its family, undefined where none is known. */
export function numbersBefore({ rows, before }: Families, data: Float64Array): (Before | undefined)[] {
  const found: (Before | undefined)[] = Array.from({ length: before.length }, () => undefined);
  for (const family of rows) {
    let [last, sum, known] = [Number.NaN, 0, 0];
    for (const row of family) {
      if (known > 0) found[row] = { last, mean: sum / known, known };
      if (Number.isNaN(data[row]!)) continue;
      last = data[row]!;
      sum += last;
      known++;
    }
  }
  return found;
}

const fewestRows = 100;
/** Fewer different numbers are rather categories. */
const fewestNumbers = 40;
/** It must be so many nats a row better than knowing nothing, and than a step from the last number. */
const [worthWhile, beyondStep] = [0.1, 0.05];

/**
 * The forecast of a column, the unit in which to tell how far off it is, and the share of the variance that is left; undefined where it does not help.
 * @param grid of which all numbers are multiples.
 */
export function planForecast(
  data: Float64Array,
  befores: readonly (Before | undefined)[],
  grid: number,
): { forecast: Forecast; unit: number; left: number } | undefined {
  const rows = [...befores.keys()].filter((row) => befores[row] && !Number.isNaN(data[row]!));
  const numbers = data.filter((x) => !Number.isNaN(x));
  if (rows.length < fewestRows || new Set(numbers).size < fewestNumbers) return undefined;
  const isPositive = numbers.every((x) => x > 0);
  const [best] = (isPositive ? [false, true] : [false])
    .map((log) => {
      const y = rows.map((row) => scaled({ log }, data[row]!));
      const weights = [1, 2, 3].map((known) => {
        const seen = rows.filter((row) => known === 3 || befores[row]!.known === known);
        return leastSquares(
          (seen.length < fewestRows ? rows : seen).map((row) => ({
            x: [1, scaled({ log }, befores[row]!.last), scaled({ log }, befores[row]!.mean)],
            y: scaled({ log }, data[row]!),
          })),
        );
      });
      const forecast: Forecast = { log, weights };
      const off = rows.map((row, i) => y[i]! - foreseen(forecast, befores[row]!, 1e-9));
      const steps = rows.map((row, i) => y[i]! - scaled(forecast, befores[row]!.last));
      // The density of a number is that of its logarithm divided by it.
      const perRow = -Math.log(deviation(off)) - (log ? y.reduce((sum, x) => sum + x, 0) / y.length : 0);
      return { forecast, perRow, beyond: [y, steps].map((other) => Math.log(deviation(other) / deviation(off))) };
    })
    .sort((a, b) => b.perRow - a.perRow);
  const { forecast, beyond } = best!;
  if (!(beyond[0]! > worthWhile && (forecast.log || beyond[1]! > beyondStep))) return undefined;
  const large = [...numbers].sort((a, b) => a - b)[Math.floor(0.9 * (numbers.length - 1))]!;
  return {
    forecast,
    left: Math.exp(-2 * beyond[0]!),
    unit: forecast.log ? 10 ** Math.max(-3, Math.floor(Math.log10(grid / (2 * large)))) : grid,
  };
}

/** Of more heaped numbers the heaps are worth more than their neighbourhood. */
const mostHeaped = 0.2;

/** Whether many of the numbers come at least thrice as often as their neighbours on the grid, and not by chance. */
export function isHeaped(data: Float64Array, grid: number): boolean {
  const numbers = data.filter((x) => !Number.isNaN(x));
  const counts = new Map<number, number>();
  for (const x of numbers) counts.set(Math.round(x / grid), (counts.get(Math.round(x / grid)) ?? 0) + 1);
  let heaped = 0;
  for (const [at, count] of counts) {
    const around = [-2, -1, 1, 2].reduce((sum, far) => sum + (counts.get(at + far) ?? 0), 0) / 4;
    if (count > 5 && count > 3 * around) heaped += count;
  }
  return heaped > mostHeaped * numbers.length;
}

const deviation = (values: readonly number[]): number => Math.sqrt(variance(values));

export function variance(values: readonly number[] | Float64Array): number {
  const numbers = Float64Array.from(values);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
}

/** Weights by the normal equations, with a little ridge: the last number and the mean may be the same. */
function leastSquares(rows: readonly { x: readonly number[]; y: number }[]): number[] {
  const size = rows[0]!.x.length;
  const sum = (f: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + f(row), 0);
  const system = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => sum(({ x }) => x[i]! * x[j]!) * (i === j ? 1 + 1e-6 : 1)),
    sum(({ x, y }) => x[i]! * y),
  ]);
  for (let i = 0; i < size; i++) {
    for (let r = 0; r < size; r++) {
      const share = system[r]![i]! / system[i]![i]!;
      if (r !== i) system[r] = system[r]!.map((value, c) => value - share * system[i]![c]!);
    }
  }
  return system.map((row, i) => row[size]! / row[i]!);
}
