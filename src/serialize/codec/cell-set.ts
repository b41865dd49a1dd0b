/** Sets of cells of one column, as conditions ask for them. Plain data, so that they can be sent to another thread. */

import { everyNumber, holds, type Interval, intersection, points } from '../../numeric/intervals.ts';
import type { Value } from '../../table/cells.ts';
import { type Column, isCoded, isNumeric } from '../../table/schema.ts';

export interface CellSet {
  /** Whether a missing cell is in the set. */
  readonly missing: boolean;
  /** Which cells that are not missing are in it. */
  readonly present: Present;
}

export type Present =
  /** Numeric columns. */
  | { readonly is: 'numbers'; readonly intervals: readonly Interval[] }
  /** Boolean and category columns: indices into the column's values, ascending. */
  | { readonly is: 'codes'; readonly codes: readonly number[] }
  /** Text columns: these strings. */
  | { readonly is: 'texts'; readonly texts: readonly string[] }
  /** Text columns: all strings but these. */
  | { readonly is: 'other texts'; readonly texts: readonly string[] };

/** All that the column may hold when it is not missing. */
export function everyValue(column: Column): Present {
  if (isNumeric(column)) return { is: 'numbers', intervals: everyNumber };
  if (isCoded(column)) return { is: 'codes', codes: column.values.map((_, code) => code) };
  return { is: 'other texts', texts: [] };
}

/** Exactly these values. */
export function valuesOf(column: Column, values: readonly Value[]): Present {
  if (isNumeric(column)) return { is: 'numbers', intervals: points(values as number[]) };
  if (isCoded(column)) return { is: 'codes', codes: [...new Set(values as number[])].sort((a, b) => a - b) };
  return { is: 'texts', texts: [...new Set(values as string[])] };
}

/** A missing cell and nothing else. */
export const onlyMissing = (column: Column): CellSet => ({ missing: true, present: valuesOf(column, []) });

/** The one cell. */
export const onlyCell = (column: Column, value: Value | null): CellSet =>
  value === null ? onlyMissing(column) : { missing: false, present: valuesOf(column, [value]) };

/** The cells of a set that names each: single numbers, codes and strings, perhaps a missing one; else undefined. */
export function onlyCells({ missing, present }: CellSet): (Value | null)[] | undefined {
  const absent = missing ? [null] : [];
  if (present.is === 'codes') return [...present.codes, ...absent];
  if (present.is === 'texts') return [...present.texts, ...absent];
  if (present.is === 'other texts' || present.intervals.some(([lo, hi]) => lo !== hi)) return undefined;
  return [...present.intervals.map(([lo]) => lo), ...absent];
}

/** The cells of both sets, which are of one column. */
export function commonCells(a: CellSet, b: CellSet): CellSet {
  return { missing: a.missing && b.missing, present: common(a.present, b.present) };
}

function common(a: Present, b: Present): Present {
  if (a.is === 'numbers' && b.is === 'numbers') return { ...a, intervals: intersection(a.intervals, b.intervals) };
  if (a.is === 'codes' && b.is === 'codes') return { ...a, codes: a.codes.filter((code) => b.codes.includes(code)) };
  if (a.is === 'texts') return { ...a, texts: a.texts.filter((text) => holdsText(b, text)) };
  if (b.is === 'texts') return common(b, a);
  if (a.is === 'other texts' && b.is === 'other texts') {
    return { ...a, texts: [...new Set([...a.texts, ...b.texts])] };
  }
  throw new Error(`sets of ${a.is} and ${b.is} are not of one column`);
}

function holdsText(set: Present, text: string): boolean {
  if (set.is === 'other texts') return !set.texts.includes(text);
  return set.is === 'texts' && set.texts.includes(text);
}

export function isEmpty({ missing, present }: CellSet): boolean {
  if (missing || present.is === 'other texts') return false;
  if (present.is === 'numbers') return present.intervals.length === 0;
  return (present.is === 'codes' ? present.codes : present.texts).length === 0;
}

/** Whether a cell is in the set. */
export function hasCell({ missing, present }: CellSet, value: Value | null): boolean {
  if (value === null) return missing;
  if (typeof value === 'string') return holdsText(present, value);
  if (present.is === 'numbers') return holds(present.intervals, value);
  return present.is === 'codes' && present.codes.includes(value);
}
