/** A vocabulary as a tree of bytes, so that all tokens that may come next are found in one walk. It knows no grammar. */

/** What a walk follows beside the tree: a state that a byte leads on from, or not. */
interface Walkable<S> {
  next(byte: number): S | undefined;
}

export interface ByteTrie {
  /** Every token whose bytes can all be followed from `start`, and the state they lead to. */
  walk<S extends Walkable<S>>(start: S, found: (token: number, state: S) => void): void;
  /** The longest token that begins at `from`, or -1. */
  longestAt(bytes: Uint8Array, from: number): number;
}

/** Tokens without bytes are in no path of the tree; of two with the same bytes the first is kept. */
export function createByteTrie(tokens: readonly (Uint8Array | undefined)[]): ByteTrie {
  const size = 1 + tokens.reduce((sum, bytes) => sum + (bytes?.length ?? 0), 0);
  // Node 0 is the root; 0 as a child or sibling means there is none.
  const child = new Int32Array(size);
  const sibling = new Int32Array(size);
  const byteOf = new Uint8Array(size);
  const tokenOf = new Int32Array(size).fill(-1);
  let nodes = 1;
  const childOf = (node: number, byte: number): number => {
    let at = child[node]!;
    while (at !== 0 && byteOf[at] !== byte) at = sibling[at]!;
    return at;
  };
  for (const [token, bytes] of tokens.entries()) {
    if (!bytes?.length) continue;
    let node = 0;
    for (const byte of bytes) {
      let next = childOf(node, byte);
      if (next === 0) {
        next = nodes++;
        byteOf[next] = byte;
        sibling[next] = child[node]!;
        child[node] = next;
      }
      node = next;
    }
    if (tokenOf[node] === -1) tokenOf[node] = token;
  }

  const walkFrom = <S extends Walkable<S>>(node: number, state: S, found: (token: number, state: S) => void): void => {
    for (let at = child[node]!; at !== 0; at = sibling[at]!) {
      const next = state.next(byteOf[at]!);
      if (!next) continue;
      if (tokenOf[at] !== -1) found(tokenOf[at]!, next);
      walkFrom(at, next, found);
    }
  };
  return {
    walk: (start, found) => walkFrom(0, start, found),
    longestAt(bytes, from) {
      let longest = -1;
      let node = childOf(0, bytes[from]!);
      for (let at = from; node !== 0; node = childOf(node, bytes[++at]!)) {
        if (tokenOf[node] !== -1) longest = tokenOf[node]!;
        if (at + 1 === bytes.length) break;
      }
      return longest;
    },
  };
}
