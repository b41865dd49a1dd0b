/**
 * A grammar over pieces of text read byte by byte, whatever its pieces were: the subset construction (Rabin and Scott 1959),
 * each state made when it is first reached. It knows states and bytes, nothing of columns and vocabularies.
 */
import type { State } from '../codec/automaton.ts';

/** A set of places in which a text may be after the bytes so far. */
export interface ByteState {
  /** Whether the text may end here. */
  readonly complete: boolean;
  /** Whether it may go on. */
  readonly open: boolean;
  /** Fewest bytes to an end. */
  readonly distance: number;
  next(byte: number): ByteState | undefined;
  /** The states of all bytes that may come next. */
  branches(): readonly ByteState[];
}

/** A place within the pieces of one state: the root of a tree of their bytes, or inside it. */
interface Place {
  readonly id: number;
  readonly children: Map<number, Place>;
  /** States of the grammar that begin here, where a piece has been read to its end. */
  readonly leadsTo: State[];
}

/**
 * Reads grammars that may share states: what begins in the same state is the same state of bytes.
 * @param bytesOf the text of a token of the grammar; empty for one that is not shown.
 */
export function byteAutomaton(bytesOf: (token: number) => Uint8Array): (start: State) => ByteState {
  const roots = new Map<State, Place>();
  const states = new Map<string, ByteState>();
  let places = 0;
  const newPlace = (): Place => ({ id: places++, children: new Map(), leadsTo: [] });

  const rootOf = (state: State): Place => {
    const known = roots.get(state);
    if (known) return known;
    const root = newPlace();
    roots.set(state, root);
    for (const [index, token] of state.tokens.entries()) {
      let place = root;
      for (const byte of bytesOf(token)) {
        const child = place.children.get(byte) ?? newPlace();
        place.children.set(byte, child);
        place = child;
      }
      place.leadsTo.push(state.next(index));
    }
    return root;
  };

  /** The places themselves and those where the states that begin there begin; whether one of these is complete. */
  const closureOf = (from: Iterable<Place>) => {
    const all = new Set(from);
    let complete = false;
    for (const place of all) {
      for (const state of place.leadsTo) {
        if (state.tokens.length === 0) complete = true;
        else all.add(rootOf(state));
      }
    }
    return { complete, inside: [...all].filter(({ children }) => children.size > 0) };
  };

  const stateOf = (from: readonly Place[]): ByteState => {
    const { complete, inside } = closureOf(from);
    const key = `${complete} ${inside.map(({ id }) => id).sort((a, b) => a - b)}`;
    let state = states.get(key);
    if (!state) {
      state = newState(inside, complete);
      states.set(key, state);
    }
    return state;
  };

  const newState = (inside: readonly Place[], complete: boolean): ByteState => {
    const followed: (ByteState | null | undefined)[] = new Array(256).fill(undefined);
    let distance: number | undefined;
    const state: ByteState = {
      complete,
      open: inside.length > 0,
      get distance() {
        distance ??= distanceFrom(state);
        return distance;
      },
      branches: () =>
        [...new Set(inside.flatMap(({ children }) => [...children.keys()]))].map((byte) => state.next(byte)!),
      next(byte) {
        let next = followed[byte];
        if (next === undefined) {
          const reached = inside.flatMap(({ children }) => children.get(byte) ?? []);
          next = reached.length > 0 ? stateOf(reached) : null;
          followed[byte] = next;
        }
        return next ?? undefined;
      },
    };
    return state;
  };

  return (start) => {
    const entrance = newPlace();
    entrance.leadsTo.push(start);
    return stateOf([entrance]);
  };
}

function distanceFrom(state: ByteState): number {
  let distance = 0;
  for (let reached = [state]; !reached.some(({ complete }) => complete); distance++) {
    reached = [...new Set(reached.flatMap((one) => one.branches()))];
  }
  return distance;
}
