/** What may be said next: a state admits some tokens and knows the state each leads to. */

/** A state of a cell's grammar; no tokens means the cell is complete. */
export interface State {
  readonly tokens: Int32Array;
  /** The state after the token at `index` of `tokens`. */
  next(index: number): State;
}

/** The one complete state. */
export const done: State = {
  tokens: new Int32Array(0),
  next() {
    throw new Error('a complete cell has no next token');
  },
};

interface Choice {
  readonly token: number;
  readonly leadsTo: () => State;
}

/** Tokens with the states they lead to; successors are made when first asked for, and kept. */
export function createState(choices: readonly Choice[]): State {
  const successors: (State | undefined)[] = [];
  return {
    tokens: Int32Array.from(choices, ({ token }) => token),
    next(index) {
      successors[index] ??= choices[index]!.leadsTo();
      return successors[index];
    },
  };
}

/** The tokens of a state as `createState` takes them. */
export function choicesOf(state: State): Choice[] {
  return Array.from(state.tokens, (token, index) => ({ token, leadsTo: () => state.next(index) }));
}

/** The state after `token`, or undefined where it is not admitted. */
export function after(state: State, token: number): State | undefined {
  const index = state.tokens.indexOf(token);
  return index < 0 ? undefined : state.next(index);
}

/** Admits what any of the states admits. They spell one language: no complete cell of one begins a cell of another. */
export function eitherOf(states: readonly State[]): State {
  if (states.length === 1) return states[0]!;
  return createState(
    Array.from(
      groups(states.flatMap(choicesOf), ({ token }) => token),
      ([token, choices]) => ({
        token,
        leadsTo: () => eitherOf([...new Set(choices.map(({ leadsTo }) => leadsTo()))]),
      }),
    ),
  );
}

const noEndings: Int32Array = new Int32Array(0);
const unended = { free: undefined, endings: noEndings };

/** Whether a choice only says that the cell is over: one of `endings` that completes it. */
export function isEnding(token: number, next: State, endings: Int32Array): boolean {
  return next.tokens.length === 0 && endings.includes(token);
}

/** What `state` admits, and after it what `next` does, which says the `endings` of `state` itself. */
export function followedBy(state: State, next: () => State, endings: Int32Array): State {
  if (state.tokens.length === 0) return next();
  const choices = choicesOf(state);
  const going = choices.filter(({ token, leadsTo }) => !endings.includes(token) || leadsTo().tokens.length > 0);
  return createState([
    ...going.map(({ token, leadsTo }) => ({ token, leadsTo: () => followedBy(leadsTo(), next, endings) })),
    ...(going.length < choices.length ? choicesOf(next()) : []),
  ]);
}

/**
 * Admits the given token sequences. Where one is complete and `free`, all that is admitted, could go on, one of
 * `endings` follows it; without endings none of the sequences begins another.
 */
export function oneOf(
  paths: readonly Int32Array[],
  { free, endings }: { readonly free: State | undefined; readonly endings: Int32Array } = unended,
  from = 0,
): State {
  const going = paths.filter((path) => path.length > from);
  const isOver = going.length < paths.length;
  if (isOver && (!free || free.tokens.length === 0 || endings.length === 0)) return done;
  return createState([
    ...Array.from(
      groups(going, (path) => path[from]!),
      ([token, rest]) => ({
        token,
        leadsTo: () => oneOf(rest, { free: free && after(free, token), endings }, from + 1),
      }),
    ),
    ...(isOver ? overBy(endings) : []),
  ]);
}

/** Admits what `state` admits but for the given token sequences; undefined when nothing is left. */
export function allBut(state: State, paths: readonly Int32Array[], from = 0): State | undefined {
  const barred = groups(paths, (path) => path[from]!);
  const choices = choicesOf(state).flatMap((choice, index): Choice[] => {
    const rest = barred.get(choice.token);
    if (!rest) return [choice];
    const next = state.next(index);
    const left = next.tokens.length === 0 ? undefined : allBut(next, rest, from + 1);
    return left ? [{ token: choice.token, leadsTo: () => left }] : [];
  });
  return choices.length === 0 ? undefined : createState(choices);
}

/** The endings that may follow a cell that is over but could go on. */
export const overBy = (endings: Int32Array): Choice[] =>
  Array.from(endings, (token) => ({ token, leadsTo: () => done }));

export function groups<Item>(items: readonly Item[], key: (item: Item) => number): Map<number, Item[]> {
  const found = new Map<number, Item[]>();
  for (const item of items) {
    const group = found.get(key(item));
    if (group) group.push(item);
    else found.set(key(item), [item]);
  }
  return found;
}

/** The tokens of the only complete cell, without one of `endings`, or undefined where there are several. */
export function onlyPath(start: State, endings: Int32Array = noEndings): Int32Array | undefined {
  const tokens: number[] = [];
  let state = start;
  const isOver = () => state.tokens.every((token, i) => endings.includes(token) && state.next(i).tokens.length === 0);
  while (!isOver()) {
    if (state.tokens.length > 1) return undefined;
    tokens.push(state.tokens[0]!);
    state = state.next(0);
  }
  return Int32Array.from(tokens);
}

/** Whether `tokens` is a complete cell. */
export function accepts(start: State, tokens: Iterable<number>): boolean {
  let state: State | undefined = start;
  for (const token of tokens) {
    state = after(state, token);
    if (!state) return false;
  }
  return state.tokens.length === 0;
}

// A grammar over pieces of text read byte by byte, whatever its pieces were: the subset construction (Rabin and Scott
// 1959), each state made when it is first reached.

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
