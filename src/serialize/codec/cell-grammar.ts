/** How one column's cells become tokens, and what may be said in its place. One entry per kind of column. */
import { z } from 'zod';
import { type Column, isCoded, isNumeric } from '../../table/schema.ts';
import { bin } from '../numbers/bins.ts';
import { numberCodec } from '../numbers/number-grammar.ts';
import {
  closeQuote,
  escapedPieces,
  hexEscape,
  hexPieces,
  missingWord,
  openQuote,
  plainPieces,
  shortEscapes,
  unescaped,
  type Words,
  wordsOf,
} from '../sentence/quoting.ts';
import { cellText } from '../sentence/sentence.ts';
import { allBut, choicesOf, createState, done, oneOf, type State } from './automaton.ts';
import { type CellCodec, type IdOf, noCell } from './cell-codec.ts';
import type { CellSet } from './cell-set.ts';

/** A sentence has at most a few thousand tokens; a state of the grammar is made for each piece of a cell. */
const pieceCount = z.int().min(0).max(100_000).optional();

/** What was learned of a column besides its schema; stored in the model folder. */
export const cellGrammar = z.strictObject({
  /** Numeric columns: ranges a number is first placed in (bins.ts). */
  bins: z.array(bin).optional(),
  /** Numeric columns: digits to a token; one in models of earlier versions, and beside a base. */
  width: z.literal(2).optional(),
  /** Text columns: the pieces seen (a character or an escape), and the fewest and most pieces in one cell. */
  pieces: z.array(z.string()).optional(),
  shortest: pieceCount,
  longest: pieceCount,
  /** Text columns, where a base model's tokenizer is used: the most tokens in one cell. */
  tokens: pieceCount,
});
export type CellGrammar = z.infer<typeof cellGrammar>;

/** For each `combination` check of the schema: the codes that its columns had together, -1 for missing. */
export const combinations = z.array(z.array(z.array(z.int().min(-1)))).optional();

export function createCellCodec(
  column: Column,
  index: number,
  grammar: CellGrammar,
  words: Words = wordsOf(undefined),
): CellCodec {
  const codec = kindCodec(column, index, grammar, words);
  if (column.missing === null) return codec;
  return {
    ...codec,
    pieces: [...codec.pieces, missingWord],
    longest: Math.max(codec.longest, 1),
    encode: (value) => (value === null ? [missingWord] : codec.encode(value)),
    decoder(id) {
      const [decode, missing] = [codec.decoder(id), id(missingWord)];
      return (tokens) => (tokens.length === 1 && tokens[0] === missing ? null : decode(tokens));
    },
    start: (id) => createState([...choicesOf(codec.start(id)), { token: id(missingWord), leadsTo: () => done }]),
  };
}

/** What a set's cells may be said as; `start` is all that the column may say. Undefined when it can say none of them. */
export function restrictCell(
  { missing }: Column,
  codec: CellCodec,
  set: CellSet,
  id: IdOf,
  start: State,
): State | undefined {
  const present = codec.restrict(set.present, id, start);
  if (!set.missing || missing === null) return present;
  return createState([...(present ? choicesOf(present) : []), { token: id(missingWord), leadsTo: () => done }]);
}

function kindCodec(column: Column, index: number, grammar: CellGrammar, words: Words): CellCodec {
  if (isCoded(column))
    return listCodec(
      column,
      column.values.map((_, code) => cellText(column, code, words)),
    );
  if (isNumeric(column)) return numberCodec(column, index, grammar.bins ?? [], grammar.width ?? 1);
  return textCodec(column, grammar.pieces ?? [], grammar.shortest ?? 0, grammar.longest ?? 0);
}

/** One token for each value of a closed list. */
function listCodec(column: Column, texts: readonly string[]): CellCodec {
  return {
    pieces: texts,
    longest: 1,
    encode: (value) => (typeof value === 'number' && texts[value] !== undefined ? [texts[value]] : undefined),
    decoder(id) {
      const codes = new Map(texts.map((text, code) => [id(text), code]));
      return (tokens) => {
        const code = tokens.length === 1 ? codes.get(tokens[0]!) : undefined;
        if (code === undefined) throw noCell(column);
        return code;
      };
    },
    start: (id) => createState(texts.map((text) => ({ token: id(text), leadsTo: () => done }))),
    restrict(set, id) {
      const codes = set.is === 'codes' ? set.codes : [];
      return codes.length === 0
        ? undefined
        : createState(codes.map((code) => ({ token: id(texts[code]!), leadsTo: () => done })));
    },
  };
}

// Free text as tokens, a character at a time between quotes.

const lessThan = '<'.charCodeAt(0);

/** Free text in quotes, piece by piece; a character that was never seen is written by its code, and never sampled. */
function textCodec(column: Column, pieces: readonly string[], shortest: number, longest: number): CellCodec {
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
