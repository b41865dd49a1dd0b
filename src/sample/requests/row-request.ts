/** What one row must be: plain data that can be sent to another thread. */

import { onlyPath } from '../../serialize/codec/automaton.ts';
import type { CellSet } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';
import type { Value } from '../../table/cells.ts';

/** The tokens of a row's cells by column; undefined where there are none. */
export type RowCells = readonly (Int32Array | undefined)[];

export interface RowRequest {
  readonly given: RowCells;
  /** By column: the cells that are allowed; undefined where all are, or where the cell is given. */
  readonly sets: readonly (CellSet | undefined)[];
  /** Columns that are written first, in this order. */
  readonly first: readonly number[];
  /** Given cells that the model has no words for: their columns are left out of what it reads. */
  readonly aside: readonly { readonly column: number; readonly value: Value }[];
  /** Whether the row is drawn without the checks where its given cells leave no other way. */
  readonly isLenient?: boolean;
  /** The conditions as the caller wrote them, for a message. */
  readonly shown: string;
}

/** Cells of which only one is allowed become given ones. Every set must have a cell that the codec can say. */
export function requestOf(codec: Codec, { sets, ...rest }: Pick<RowRequest, 'sets' | 'first' | 'shown'>): RowRequest {
  const given = sets.map((set, column) => {
    const state = set && codec.restrict(column, set);
    return state && onlyPath(state, codec.endings);
  });
  return { ...rest, given, sets: sets.map((set, column) => (given[column] ? undefined : set)), aside: [] };
}

/** The values of cells that are written, and of those aside; undefined for the others. */
export function rowValues(codec: Codec, cells: RowCells, aside: RowRequest['aside']): (Value | null | undefined)[] {
  const values = codec.schema.columns.map((_, column) => cells[column] && codec.decode(column, cells[column]));
  for (const { column, value } of aside) values[column] = value;
  return values;
}
