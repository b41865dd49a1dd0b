/** What every kind of column offers the tokenizer. */
import { TabletalkError } from '../../errors/errors.ts';
import type { Value } from '../../table/cells.ts';
import type { Schema } from '../../table/schema.ts';
import type { ColumnData } from '../../table/table.ts';
import type { State } from './automaton.ts';
import type { CellSet, Present } from './cell-set.ts';

/** The token of a piece of text. */
export type IdOf = (piece: string) => number;

/** Two bytes each wherever the vocabulary allows. */
export type Tokens = Uint16Array | Int32Array;

/**
 * Writes the tokens of a row's cell from `at` on; returns the position after the last, -1 where only pieces can tell:
 * of a missing cell, and of what arithmetic on doubles would get wrong.
 */
export type CellWriter<Data extends ColumnData = ColumnData> = (
  data: Data,
  row: number,
  tokens: Tokens,
  at: number,
) => number;

/** The value of one cell's tokens: the reverse of `encode`. Throws where they are no cell of the column. */
export type CellDecoder = (tokens: Int32Array) => Value | null;

/** One column's part of the vocabulary and its two directions. */
export interface CellCodec {
  /** Every piece of text its cells may use. */
  readonly pieces: readonly string[];
  /** The pieces of one cell; undefined when the grammar cannot say it. */
  encode(value: Value | null): readonly string[] | undefined;
  /** For columns where pieces would be too slow. */
  writer?(id: IdOf, idIfAny: (piece: string) => number | undefined): CellWriter;
  decoder(id: IdOf): CellDecoder;
  /** All that may be said. */
  start(id: IdOf): State;
  /**
   * What may be said of a set of values, undefined when nothing: a part of `start`, which is given too. After a range
   * that is whole in the set, or a text unlike those left out, the states are those of `start` itself.
   */
  restrict(set: Present, id: IdOf, start: State): State | undefined;
  /** The most pieces in one cell. */
  readonly longest: number;
}

/** What a decoder throws. */
export const noCell = ({ name }: { readonly name: string }): TabletalkError =>
  new TabletalkError('input', `no cell of column "${name}": the model is damaged or was changed`);

/** Memoizes `restrict`: one automaton state for each column and CellSet, so that states can be compared by identity. */
export function memoizedStates({ columns }: Schema) {
  const known = columns.map(() => new WeakMap<CellSet, State | undefined>());
  return (column: number, set: CellSet, restrict: () => State | undefined): State | undefined => {
    const states = known[column]!;
    if (!states.has(set)) states.set(set, restrict());
    return states.get(set);
  };
}
