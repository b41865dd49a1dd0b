/** All that a grammar admits, piece by piece. */
import type { State } from '../../src/serialize/codec/automaton.ts';

/** Every complete path, as the tokens along it. Only for grammars that say few things. */
export function* pathsFrom(state: State, before: readonly number[] = []): Generator<readonly number[]> {
  if (state.tokens.length === 0) yield before;
  for (const [index, token] of state.tokens.entries()) yield* pathsFrom(state.next(index), [...before, token]);
}

/** One path, each step the token at a share of those admitted. */
export function walk(start: State, shares: Iterable<number>): number[] {
  const path: number[] = [];
  let state = start;
  for (const share of shares) {
    if (state.tokens.length === 0) return path;
    const index = Math.floor(share * state.tokens.length);
    path.push(state.tokens[index]!);
    state = state.next(index);
  }
  throw new Error('the cell is not complete');
}
