/** The tokens of cells, and the tokens among which each of them is chosen. */

import { isEnding, type State } from '../../serialize/codec/automaton.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';

import { mapKey, type Value } from '../../table/cells.ts';
import type { ColumnData } from '../../table/table.ts';

/** The admitted tokens at some place, and those of them that are scored together; without `some`, only the token there is. */
export interface Choice {
  readonly all: Int32Array;
  readonly some?: Int32Array;
}

/** The number of no choice: only one token is admitted. */
export const certain = -1;

export interface CellTokens {
  readonly tokens: Int32Array;
  /** For each token, and for the end of the cell, the number of its choice, or `certain`. */
  readonly choices: Int32Array;
}

export interface CellTokenizer {
  /** They grow with the cells. */
  readonly choices: readonly Choice[];
  /** Undefined for a cell that the grammar cannot spell. */
  tokensOf(column: number, value: Value | null): CellTokens | undefined;
}

/** Memoizes: each distinct cell is tokenized once. */
export function createCellTokenizer(codec: Codec): CellTokenizer {
  const choices: Choice[] = [];
  const kept = (choiceAt: (state: State) => Choice | undefined) => {
    const numbers = new Map<State, number>();
    return (state: State) => {
      let number = numbers.get(state);
      if (number === undefined) {
        const choice = choiceAt(state);
        number = choice ? choices.push(choice) - 1 : certain;
        numbers.set(state, number);
      }
      return number;
    };
  };
  const token = kept(({ tokens }) => (tokens.length > 1 ? { all: tokens } : undefined));
  const end = kept((state) => {
    const some = endingsOf(state, codec);
    return some.length < state.tokens.length ? { all: state.tokens, some } : undefined;
  });

  const write = tokenWriter(codec);
  const tokenize = (column: number, value: Value | null): CellTokens | undefined => {
    const tokens = write(column, value);
    if (!tokens) return undefined;
    const chosen = new Int32Array(tokens.length + 1);
    let state = codec.start(column);
    for (let i = 0; i < tokens.length; i++) {
      const index = state.tokens.indexOf(tokens[i]!);
      if (index < 0) return undefined;
      chosen[i] = token(state);
      state = state.next(index);
    }
    if (state.tokens.length > 0 && endingsOf(state, codec).length === 0) return undefined;
    chosen[tokens.length] = end(state);
    return { tokens, choices: chosen };
  };
  const known = codec.schema.columns.map(() => new Map<Value | null, CellTokens | undefined>());
  return {
    choices,
    tokensOf(column, value) {
      const key = mapKey(value);
      let found = known[column]!.get(key);
      if (found === undefined && !known[column]!.has(key)) {
        found = tokenize(column, value);
        known[column]!.set(key, found);
      }
      return found;
    },
  };
}

/** The tokens of a cell; undefined where the grammar has none. */
function tokenWriter(codec: Codec): (column: number, value: Value | null) => Int32Array | undefined {
  const writers = codec.schema.columns.map((_, column) => codec.cellWriter?.(column));
  const cell = new Int32Array(codec.cellLengths.reduce((most, length) => Math.max(most, length), 0));
  return (column, value) => {
    const written = value === null ? -1 : (writers[column]?.(columnOf(value), 0, cell, 0) ?? -1);
    if (written >= 0) return cell.slice(0, written);
    return codec.canSay(column, value) ? codec.encode(column, value) : undefined;
  };
}

/** A column of this one cell. */
const columnOf = (value: Value): ColumnData => (typeof value === 'number' ? Float64Array.of(value) : [value]);

function endingsOf(state: State, { endings }: Codec): Int32Array {
  return state.tokens.filter((token, i) => isEnding(token, state.next(i), endings));
}
