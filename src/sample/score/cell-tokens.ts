/** How cells are said, and among what each of their tokens is chosen. It knows the codec, no model and no rows. */
import { isEnding, type State } from '../../serialize/codec/automaton.ts';
import type { Codec } from '../../serialize/codec/codec.ts';
import { mapKey, type Value } from '../../table/cells.ts';
import type { ColumnData } from '../../table/table.ts';

/** What may be said at some place, and the part of it that is meant: where there is none, the token that is said there. */
export interface Choice {
  readonly all: Int32Array;
  readonly some?: Int32Array;
}

/** No choice: nothing else could be said. */
export const certain = -1;

export interface Spelling {
  readonly tokens: Int32Array;
  /** For each token, and for what follows the last, its number among the speller's choices, or `certain`. */
  readonly choices: Int32Array;
}

export interface Speller {
  /** They grow while cells are spelled. */
  readonly choices: readonly Choice[];
  /** Undefined for a cell that the grammar cannot say. */
  spell(column: number, value: Value | null): Spelling | undefined;
}

/** Each distinct cell is spelled once. */
export function createSpeller(codec: Codec): Speller {
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

  const tokensOf = tokenWriter(codec);
  const spellAnew = (column: number, value: Value | null): Spelling | undefined => {
    const tokens = tokensOf(column, value);
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
  const known = codec.schema.columns.map(() => new Map<Value | null, Spelling | undefined>());
  return {
    choices,
    spell(column, value) {
      const key = mapKey(value);
      let spelling = known[column]!.get(key);
      if (spelling === undefined && !known[column]!.has(key)) {
        spelling = spellAnew(column, value);
        known[column]!.set(key, spelling);
      }
      return spelling;
    },
  };
}

/** The tokens of cells; undefined where the grammar has none. */
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
