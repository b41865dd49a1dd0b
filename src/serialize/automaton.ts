/** What may be said next: a state admits some tokens and knows the state each leads to. It knows nothing of what they mean. */

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

/** Tokens with the states they lead to; successors are made when first asked for, and kept. */
export function createState(choices: readonly { readonly token: number; readonly leadsTo: () => State }[]): State {
  const successors: (State | undefined)[] = [];
  return {
    tokens: Int32Array.from(choices, ({ token }) => token),
    next(index) {
      successors[index] ??= choices[index]!.leadsTo();
      return successors[index];
    },
  };
}

/** Whether `tokens` is a complete cell. */
export function accepts(start: State, tokens: Iterable<number>): boolean {
  let state = start;
  for (const token of tokens) {
    const index = state.tokens.indexOf(token);
    if (index < 0) return false;
    state = state.next(index);
  }
  return state.tokens.length === 0;
}
