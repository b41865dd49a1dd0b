/**
 * How near judged rows come to training rows, and whether nearer than to real rows that the model never saw. It knows
 * aligned tables. Distances are Gower's mean over columns, in [0, 1] (distance/points.ts).
 */

import { neighbourIndex } from '../../../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../../../learn/distance/points.ts';
import { sampleRows } from '../../../learn/sample-rows.ts';
import type { Random } from '../../../numeric/random.ts';
import { takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { quantile } from '../distributions.ts';

export interface ClosestRecords {
  /** Distance to the closest training row: 5 % of the rows are nearer than `p5`. */
  readonly dcr: { readonly p5: number; readonly median: number };
  /** That distance over the distance to the second closest, 0 for a lone copy and 1 for a row between others. */
  readonly nndr: { readonly p5: number; readonly median: number };
  /** The distances at evenly spaced shares of the rows from 0 to 1. */
  readonly curve: readonly number[];
  /** How many judged rows were looked up among how many training rows, exactly. */
  readonly rows: number;
  readonly trainRows: number;
}

const curvePoints = 50;

/** At most `limit` judged rows, and at most 50,000 training rows, drawn when there are more. */
export function closestRecords(train: Table, judged: Table, limit: number, random: Random): ClosestRecords {
  const [queries, among] = [sampled(judged, limit, random), sampled(train, maxRows, random)];
  const { metric, tables } = gowerSpace([train, among, queries]);
  const [, points, asked] = tables as [Points, Points, Points];
  const { distances } = neighbourIndex(points, metric).nearest(asked, 2);
  const width = Math.max(1, points.width);
  const nearest = distances.filter((_, i) => i % 2 === 0).map((d) => d / width);
  // As mostlyai-qa: a hair's breadth on either side, so that two copies of one row are a ratio of 1.
  const ratios = nearest.map((d, row) => {
    const second = distances[row * 2 + 1]!;
    return second === Number.POSITIVE_INFINITY ? Number.NaN : (d + 1e-8) / (second / width + 1e-8);
  });
  return {
    dcr: quantiles(nearest),
    nndr: quantiles(ratios.filter((x) => !Number.isNaN(x))),
    curve: curveOf(nearest),
    rows: queries.rowCount,
    trainRows: among.rowCount,
  };
}

export const maxRows = 50_000;

function sampled(table: Table, limit: number, random: Random): Table {
  return table.rowCount <= limit ? table : takeRows(table, sampleRows(table.rowCount, limit, random));
}

function quantiles(values: Float64Array): { p5: number; median: number } {
  const sorted = values.slice().sort();
  return { p5: quantile(sorted, 0.05), median: quantile(sorted, 0.5) };
}

function curveOf(values: Float64Array): number[] {
  const sorted = values.slice().sort();
  return Array.from({ length: curvePoints + 1 }, (_, i) => quantile(sorted, i / curvePoints));
}

/** Share of judged rows nearer to training than to as many unseen real rows. */
export interface CloserShare {
  /** In [0, 1]; a tie counts half. 0.5 when training rows are no closer than others. */
  readonly share: number;
  readonly rows: number;
  /** How many training and how many unseen rows there were to be near to. */
  readonly against: number;
}

export function closerShare(train: Table, judged: Table, holdout: Table, limit: number, random: Random): CloserShare {
  const against = Math.min(train.rowCount, holdout.rowCount, maxRows);
  const sides = [train, holdout].map((table) => takeRows(table, sampleRows(table.rowCount, against, random)));
  const queries = sampled(judged, limit, random);
  const { metric, tables } = gowerSpace([train, queries, ...sides]);
  const [toTrain, toHoldout] = tables
    .slice(2)
    .map((side) => neighbourIndex(side, metric).nearest(tables[1]!, 1).distances);
  let nearer = 0;
  toTrain!.forEach((d, row) => {
    nearer += d < toHoldout![row]! ? 1 : d === toHoldout![row] ? 0.5 : 0;
  });
  return { share: nearer / queries.rowCount, rows: queries.rowCount, against };
}
