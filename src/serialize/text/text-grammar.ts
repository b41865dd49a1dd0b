/** Free text as tokens, a character at a time between quotes. */
import type { Column } from '../../table/schema.ts';
import { allBut, choicesOf, createState, done, oneOf, type State } from '../codec/automaton.ts';
import { type CellCodec, type IdOf, noCell } from '../codec/cell-codec.ts';
import {
  closeQuote,
  escapedPieces,
  hexEscape,
  hexPieces,
  openQuote,
  plainPieces,
  shortEscapes,
  unescaped,
} from '../sentence/quoting.ts';

/** The pieces seen in a column's texts, and the fewest and most pieces in one. */
export function learnText(texts: readonly (string | null)[]): { pieces: string[]; shortest: number; longest: number } {
  const pieces = new Set<string>();
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  const learn = (length: number) => {
    if (length < shortest) shortest = length;
    if (length > longest) longest = length;
  };
  const plain = new Uint8Array(128);
  const others = new Set<string>();
  for (const text of texts) {
    if (text === null) continue;
    if (markPlain(text, plain)) learn(text.length);
    else others.add(text);
  }
  for (const text of others) {
    const written = escapedPieces(text);
    learn(written.length);
    for (const piece of written) pieces.add(piece);
  }
  for (const [code, marked] of plain.entries()) if (marked) pieces.add(String.fromCharCode(code));
  return { pieces: [...pieces].sort(), shortest: Math.min(shortest, longest), longest };
}

/** Marks the characters of a text that are pieces of their own; false where another comes, the quick way of `escapedPieces`. */
function markPlain(text: string, seen: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Controls, quotes, backslashes, what opens a token without text, and all beyond ASCII.
    if (code < 32 || code > 126 || code === 34 || code === 60 || code === 92) return false;
    seen[code] = 1;
  }
  return true;
}

const lessThan = '<'.charCodeAt(0);

/** Free text in quotes, piece by piece; a character that was never seen is written by its code, and never sampled. */
export function textCodec(column: Column, pieces: readonly string[], shortest: number, longest: number): CellCodec {
  const known = new Set(pieces);
  const all = [...new Set([openQuote, closeQuote, ...pieces, ...shortEscapes, hexEscape, ...'0123456789abcdef'])];
  /** States are how many pieces are written: all strings of one length share one. */
  const start = (id: IdOf): State => {
    const states: State[] = [];
    const after = (written: number): State => {
      const more = written < longest ? pieces.filter((piece) => piece !== hexEscape) : [];
      // An empty cell would read back as a missing one; none is written where none was seen.
      const end = written >= shortest || more.length === 0 ? [{ token: id(closeQuote), leadsTo: () => done }] : [];
      states[written] ??= createState([
        ...end,
        ...more.map((piece) => ({ token: id(piece), leadsTo: () => after(written + 1) })),
      ]);
      return states[written];
    };
    return createState([{ token: id(openQuote), leadsTo: () => after(0) }]);
  };
  const encode = (value: string) => {
    const written = escapedPieces(value).flatMap((piece) => (known.has(piece) ? [piece] : unknownPieces(piece)));
    return written.length > longest ? undefined : [openQuote, ...written, closeQuote];
  };
  return {
    pieces: all,
    longest: longest + 2,
    encode: (value) => encode(value as string),
    decoder(id) {
      const texts = new Map(all.map((piece) => [id(piece), piece]));
      return (tokens) => {
        const said = Array.from(tokens, (token) => texts.get(token));
        const text = said[0] === openQuote && said.at(-1) === closeQuote ? unescaped(said.slice(1, -1)) : undefined;
        if (text === undefined) throw noCell(column);
        return text;
      };
    },
    writer(id) {
      const ids = new Map(pieces.map((piece) => [piece, id(piece)]));
      // What begins like a token without text is escaped, though its characters are known.
      const ascii = Int32Array.from({ length: 128 }, (_, code) =>
        code === lessThan ? -1 : (ids.get(String.fromCharCode(code)) ?? -1),
      );
      const [open, close] = [id(openQuote), id(closeQuote)];
      return (data, row, tokens, from) => {
        const text = data[row] as string | null;
        if (text === null || text.length > longest) return -1;
        let at = from;
        tokens[at++] = open;
        for (let i = 0; i < text.length; i++) {
          const code = text.codePointAt(i)!;
          const token = code < 128 ? ascii[code]! : (ids.get(String.fromCodePoint(code)) ?? -1);
          if (token < 0) return -1;
          if (code > 0xffff) i++;
          tokens[at++] = token;
        }
        tokens[at++] = close;
        return at;
      };
    },
    start,
    restrict(set, id, start) {
      if (set.is === 'texts') {
        const paths = set.texts.flatMap((text) => [encode(text) ?? []]).filter((path) => path.length > 0);
        return paths.length === 0 ? undefined : oneOf(paths.map((path) => Int32Array.from(path, id)));
      }
      const others = set.is === 'other texts' ? set.texts : [];
      // What is drawn has one spelling: characters that were never seen are not in it.
      const barred = others.map(plainPieces).filter((pieces) => pieces.every((piece) => known.has(piece)));
      return allBut(
        createState(choicesOf(start).slice(0, 1)),
        barred.map((pieces) => Int32Array.from([openQuote, ...pieces, closeQuote], id)),
      );
    },
  };
}

/** Pieces of an escape are in every text vocabulary; a character becomes its code. */
function unknownPieces(piece: string): string[] {
  return piece.startsWith('\\') || /^[0-9a-f]$/.test(piece) ? [piece] : hexPieces(piece);
}
