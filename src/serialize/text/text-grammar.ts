/** Free text as tokens, a character at a time between quotes. It knows the pieces a column has used, nothing of other kinds. */
import { allBut, choicesOf, createState, done, oneOf, type State } from '../codec/automaton.ts';
import type { CellCodec, IdOf } from '../codec/cell-codec.ts';
import {
  closeQuote,
  escapedPieces,
  hexEscape,
  hexPieces,
  openQuote,
  plainPieces,
  shortEscapes,
} from '../sentence/quoting.ts';

const lessThan = '<'.charCodeAt(0);

/** Free text in quotes, piece by piece; a character that was never seen is written by its code, and never sampled. */
export function textCodec(pieces: readonly string[], shortest: number, longest: number): CellCodec {
  const known = new Set(pieces);
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
    pieces: [...new Set([openQuote, closeQuote, ...pieces, ...shortEscapes, hexEscape, ...'0123456789abcdef'])],
    longest: longest + 2,
    encode: (value) => encode(value as string),
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
