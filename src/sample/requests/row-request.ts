/** What one row must be: plain data that can be sent to another thread. */

import { onlyPath } from '../../serialize/codec/automaton.ts';
import type { CellSet } from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';

export interface RowRequest {
  /** By column: the tokens of a cell that is given. */
  readonly given: readonly (Int32Array | undefined)[];
  /** By column: the cells that are allowed; undefined where all are, or where the cell is given. */
  readonly sets: readonly (CellSet | undefined)[];
  /** Columns that are written first, in this order. */
  readonly first: readonly number[];
  /** Given cells that the model has no words for: the columns are left out of what it reads, the text is put after it. */
  readonly aside: readonly { readonly column: number; readonly text: string }[];
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
