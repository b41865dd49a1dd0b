/** Keeps what sets of cells may be said as, so that equal questions have one answer. It knows no set and no token. */
import type { Schema } from '../../table/schema.ts';
import type { State } from './automaton.ts';
import type { CellSet } from './cell-set.ts';

/** What a set of a column's cells may be said as, made when it is first asked for. */
export function keptStates({ columns }: Schema) {
  const known = columns.map(() => new WeakMap<CellSet, State | undefined>());
  return (column: number, set: CellSet, restrict: () => State | undefined): State | undefined => {
    const states = known[column]!;
    if (!states.has(set)) states.set(set, restrict());
    return states.get(set);
  };
}
