/** Pairs each measurement of the synthetic table with the same one of the real test rows. */

import { z } from 'zod';
import { sampleRows } from '../../learn/sample-rows.ts';
import { meanOfDefined } from '../../numeric/mean.ts';
import { createRandom, type Random } from '../../numeric/random.ts';
import { takeRows } from '../../table/select.ts';
import type { Table } from '../../table/table.ts';
import { type Figure, figureSchema, list, type PerTable } from '../report/figure-schema.ts';

/** Aligned tables (table/align.ts) and what they are measured with. Where a baseline is judged, `test` is null: its figures stand alone. */
export interface Tables extends PerTable<Table> {
  /** The label's column, if one was named. */
  readonly target: number | null;
  /** The columns by which a person might be known from elsewhere. */
  readonly quasiIdentifiers: readonly number[];
  /** Real rows that the model did not see, for what is measured against them. */
  readonly holdout: Table | null;
  /** Cells of each column that were no such value in the table's file, and were taken as missing. */
  readonly unreadable: PerTable<readonly number[]>;
  readonly seed: number;
  readonly effort: Effort;
}

/** How much work goes into the measurements that are sampled. */
export interface Effort {
  /** How many models of each kind learn, by seed. */
  readonly learningSeeds: number;
  /** Rows that are looked up among the training rows. */
  readonly neighbourRows: number;
}

/** The same measurement against training of the synthetic table and, when there is one, of the real test rows. */
export function measureBoth<T>(tables: Tables, measure: (train: Table, judged: Table) => T): [T, T | null] {
  return [measure(tables.train, tables.synthetic), tables.test === null ? null : measure(tables.train, tables.test)];
}

/**
 * The same for what is also measured against unseen rows: half of the test rows stand in the synthetic place, the other
 * half are unseen. Null without unseen rows.
 */
export function measureUnseen<T>(
  { train, synthetic, test, holdout, seed }: Tables,
  measure: (train: Table, judged: Table, unseen: Table) => T,
): [T, T | null] | null {
  if (holdout === null) return null;
  const own = measure(train, synthetic, holdout);
  if (test === null || test.rowCount < 2) return [own, null];
  const order = sampleRows(test.rowCount, test.rowCount, randomFor(seed, 'halves'));
  const half = Math.floor(order.length / 2);
  return [own, measure(train, takeRows(test, order.slice(0, half)), takeRows(test, order.slice(half)))];
}

/** Every measurement draws from a stream of its own, so that one more does not change the others. */
export function randomFor(seed: number, purpose: string): Random {
  return createRandom(seed, ...Array.from(purpose, (letter) => letter.codePointAt(0)!));
}

/** JSON knows no NaN: an undefined score is null. */
export function figure(value: number | null | undefined, reference: number | null | undefined): Figure {
  return { value: definedOrNull(value), reference: definedOrNull(reference) };
}

export function definedOrNull(value: number | null | undefined): number | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value;
}

/** The section of a metric that scores columns one by one: the mean, and each column's own figure. */
export const perColumn = <const M extends readonly string[]>(metrics: M) =>
  figureSchema.extend({
    columns: list(figureSchema.extend({ column: z.string(), metric: z.enum(metrics) })),
  });

export function columnSection<M extends string>(
  tables: Tables,
  measure: (train: Table, judged: Table) => { column: number; metric: M; score: number }[],
): Figure & { columns: (Figure & { column: string; metric: M })[] } {
  const [own, test] = measureBoth(tables, measure);
  const columns = own.map(({ column, metric, score }, i) => ({
    column: nameOf(tables, column),
    metric,
    ...figure(score, test?.[i]?.score),
  }));
  return { ...figure(meanScore(own), test && meanScore(test)), columns };
}

export function meanScore(scores: readonly { score: number }[]): number {
  return meanOfDefined(scores.map(({ score }) => score));
}

export function nameOf(tables: Tables, column: number): string {
  return tables.train.schema.columns[column]!.name;
}
