/** Pairs each measurement of the synthetic table with the same one of the real test rows. It knows no formula. */
import type { Table } from '../table/table.ts';
import type { Figure, PerTable } from './report.ts';

/** Aligned tables (align.ts) and the label's column, if one was named. */
export interface Tables extends PerTable<Table> {
  readonly target: number | null;
}

/** The same measurement against training of the synthetic table and, when there is one, of the real test rows. */
export function measureBoth<T>(tables: Tables, measure: (train: Table, judged: Table) => T): [T, T | null] {
  return [measure(tables.train, tables.synthetic), tables.test === null ? null : measure(tables.train, tables.test)];
}

/** JSON knows no NaN: an undefined score is null. */
export function figure(value: number, reference: number | null | undefined): Figure {
  return { value: definedOrNull(value), reference: definedOrNull(reference) };
}

export function definedOrNull(value: number | null | undefined): number | null {
  return value === null || value === undefined || Number.isNaN(value) ? null : value;
}
