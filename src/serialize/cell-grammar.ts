/**
 * How one column's cells become tokens, and what may be said in its place. One entry per kind of column.
 * It knows the schema and pieces of text, nothing of models.
 */
import { z } from 'zod';
import { decimalsIn, formatDecimal, type Value } from '../table/cells.ts';
import { granularityOf, hasDate, isoDigits, isoText } from '../table/datetime.ts';
import { type Column, isCoded, isNumeric, type NumericColumn } from '../table/schema.ts';
import { createState, done, type State } from './automaton.ts';
import { type Bin, bin, binOf, isSingle } from './bins.ts';
import { digitsBetween, type Layout, piecesOf, spell, tokenSpeller } from './digits.ts';
import {
  closeQuote,
  escapedPieces,
  hexEscape,
  hexPieces,
  missingWord,
  openQuote,
  shortEscapes,
  type Words,
  wordsOf,
} from './quoting.ts';
import { cellText } from './sentence.ts';

/** What was learned of a column besides its schema; stored in the model folder. */
export const cellGrammar = z.strictObject({
  /** Numeric columns: ranges a number is first placed in (bins.ts). */
  bins: z.array(bin).optional(),
  /** Text columns: the pieces seen (a character or an escape), and the fewest and most pieces in one cell. */
  pieces: z.array(z.string()).optional(),
  shortest: z.int().optional(),
  longest: z.int().optional(),
  /** Text columns, where a base model's tokenizer is used: the most tokens in one cell. */
  tokens: z.int().optional(),
});
export type CellGrammar = z.infer<typeof cellGrammar>;

/** One column's part of the vocabulary and its two directions. */
export interface CellCodec {
  /** Every piece of text its cells may use. */
  readonly pieces: readonly string[];
  /** The pieces of one cell; undefined when the grammar cannot say it. */
  encode(value: Value | null): readonly string[] | undefined;
  /** For columns where pieces would be too slow. */
  writer?(id: (piece: string) => number): CellWriter;
  /** All that may be said, given the token of each piece. */
  start(id: (piece: string) => number): State;
  /** The most pieces in one cell. */
  readonly longest: number;
}

/** Writes the tokens of a cell that is there from the start of `into`; returns how many, -1 where only pieces can tell. */
export type CellWriter = (value: Value, into: Int32Array) => number;

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
    start(id) {
      const state = codec.start(id);
      const choices = Array.from(state.tokens, (token, i) => ({ token, leadsTo: () => state.next(i) }));
      return createState([...choices, { token: id(missingWord), leadsTo: () => done }]);
    },
  };
}

function kindCodec(column: Column, index: number, grammar: CellGrammar, words: Words): CellCodec {
  if (isCoded(column)) return listCodec(column.values.map((_, code) => cellText(column, code, words)));
  if (isNumeric(column)) return numberCodec(column, index, grammar.bins ?? []);
  return textCodec(grammar.pieces ?? [], grammar.shortest ?? 0, grammar.longest ?? 0);
}

/** One token for each value of a closed list. */
function listCodec(texts: readonly string[]): CellCodec {
  return {
    pieces: texts,
    longest: 1,
    encode: (value) => (typeof value === 'number' && texts[value] !== undefined ? [texts[value]] : undefined),
    start: (id) => createState(texts.map((text) => ({ token: id(text), leadsTo: () => done }))),
  };
}

/** A token without text that says in which range a number lies; only digits follow that fit the range. */
const binPiece = (column: number, bin: number): string => `<|${column}:${bin}|>`;

function numberCodec(column: NumericColumn, index: number, bins: readonly Bin[]): CellCodec {
  const ranges = bins.map((range, i) => ({
    piece: isSingle(range) ? cellText(column, range[0]) : binPiece(index, i),
    range,
    spelling: isSingle(range) ? undefined : spellingOf(column, range),
  }));
  const spelled = ranges.flatMap(({ spelling }) => (spelling ? [spelling] : []));
  return {
    pieces: [...ranges.map(({ piece }) => piece), ...new Set(spelled.flatMap((spelling) => spelling.pieces))],
    longest: 1 + Math.max(0, ...spelled.map(({ longest }) => longest)),
    encode(value) {
      const found = ranges[binOf(bins, value as number)];
      return found && [found.piece, ...(found.spelling?.encode(value as number) ?? [])];
    },
    writer(id) {
      const tokens = ranges.map(({ piece }) => id(piece));
      const spellers = ranges.map(({ spelling }) => spelling?.speller(id));
      return (value, into) => {
        const index = binOf(bins, value as number);
        if (index < 0) return -1;
        into[0] = tokens[index]!;
        return spellers[index]?.(value as number, into) ?? 1;
      };
    },
    start: (id) =>
      createState(
        ranges.map(({ piece, spelling }) => ({ token: id(piece), leadsTo: () => spelling?.start(id) ?? done })),
      ),
  };
}

/** The spelling of the numbers of one range: a minus sign if the range is negative, then digits of fixed width. */
function spellingOf(column: NumericColumn, [lo, hi]: Bin) {
  const negative = column.kind !== 'datetime' && (lo < 0 || Object.is(lo, -0));
  const [small, large] = negative ? [hi, lo] : [lo, hi];
  const layout = layoutOf(column, large);
  const digits = (value: number) => digitsOf(column, value, layout);
  const sign = negative ? ['-'] : [];
  return {
    pieces: [...sign, ...piecesOf(layout)],
    // A number that ends early writes at least one digit less than it might.
    longest: sign.length + layout.literals.length,
    encode: (value: number) => [...sign, ...spell(layout, digits(value))],
    /** Writes the tokens from the second on; returns how many there are then, or -1 where digits must be read off text. */
    speller(id: (piece: string) => number) {
      const write = tokenSpeller(layout, id);
      const read = digitReader(column, layout);
      const signToken = negative ? id('-') : -1;
      const buffer = new Uint8Array(layout.literals.length);
      return (value: number, tokens: Int32Array): number => {
        if (!read(value, buffer)) return -1;
        if (negative) tokens[1] = signToken;
        return write(buffer, tokens, negative ? 2 : 1);
      };
    },
    start(id: (piece: string) => number): State {
      const magnitude = () => digitsBetween(layout, digits(small), digits(large), id);
      return negative ? createState([{ token: id('-'), leadsTo: magnitude }]) : magnitude();
    },
  };
}

function layoutOf(column: NumericColumn, large: number): Layout {
  if (column.kind === 'datetime') return calendarLayout(column.format);
  const [scale, minScale] = column.kind === 'decimal' ? [column.scale, column.minScale] : [0, 0];
  const text = unsigned(numberText(column, large));
  const integers = text.length - (decimalsIn(text) > 0 ? decimalsIn(text) + 1 : 0);
  const literals = Array.from({ length: integers + scale }, (_, i) => (i + 1 === integers && scale > 0 ? '.' : ''));
  return { literals, integers, least: integers + minScale };
}

/** All digits of a value in the layout's width, without sign and punctuation. */
function digitsOf(column: NumericColumn, value: number, layout: Layout): string {
  const text = unsigned(numberText(column, value));
  if (column.kind === 'datetime') return text.replace(/\D/g, '');
  const [whole = '', fraction = ''] = text.split('.');
  return whole.padStart(layout.integers, '0') + fraction.padEnd(layout.literals.length - layout.integers, '0');
}

/** `digitsOf` without text, where arithmetic is exact; else it says false. */
function digitReader(column: NumericColumn, layout: Layout): (value: number, digits: Uint8Array) => boolean {
  if (column.kind === 'datetime') {
    const granularity = granularityOf(column.format);
    return (value, digits) => {
      isoDigits(value, granularity, digits);
      return true;
    };
  }
  const factor = 10 ** (layout.literals.length - layout.integers);
  return (value, digits) => {
    let units = Math.round(Math.abs(value) * factor);
    if (units > Number.MAX_SAFE_INTEGER || factor > 1e22 || units / factor !== Math.abs(value)) return false;
    for (let i = digits.length - 1; i >= 0; i--) {
      const rest = Math.floor(units / 10);
      digits[i] = units - rest * 10;
      units = rest;
    }
    return true;
  };
}

function numberText(column: NumericColumn, value: number): string {
  if (column.kind === 'datetime') return isoText(value, granularityOf(column.format));
  return column.kind === 'decimal' ? formatDecimal(value, column.scale, column.minScale) : String(value);
}

const unsigned = (text: string) => text.replace(/^-/, '');

/** ISO digits; a prefix is possible when some calendar day and clock time begin with it. */
function calendarLayout(format: string): Layout {
  const sample = isoText(0, granularityOf(format));
  const literals = (sample.match(/\d\D*/g) ?? []).map((piece) => piece.slice(1));
  const day = hasDate(format) ? '' : '19700101';
  return {
    literals,
    integers: 0,
    least: literals.length,
    begins: (digits) => beginsInstant(day + digits),
    remembers: (digits) => beforeNextPair(day + digits),
  };
}

/** Day of the month, hour, minute and second by the pair of digits where each starts in YYYYMMDDHHmmssSSS. */
function beginsInstant(digits: string): boolean {
  const pair = (from: number, least: number, most: number) => {
    const shown = digits.slice(from, from + 2);
    return shown === '' || (Number(shown.padEnd(2, '9')) >= least && Number(shown.padEnd(2, '0')) <= most);
  };
  const month = digits.length >= 6 ? Number(digits.slice(4, 6)) : 1;
  // 400 years later the calendar is the same, and Date.UTC does not take the year 4 for 1904.
  const days = digits.length >= 6 ? new Date(Date.UTC(Number(digits.slice(0, 4)) + 400, month, 0)).getUTCDate() : 31;
  return pair(4, 1, 12) && pair(6, 1, days) && pair(8, 0, 23) && pair(10, 0, 59) && pair(12, 0, 59);
}

/** The whole date while it is being written, then the pair of digits under way. */
function beforeNextPair(digits: string): string {
  return digits.length < 8 ? digits : digits.slice(digits.length - (digits.length % 2));
}

/** Free text in quotes, piece by piece; a character that was never seen is written by its code, and never sampled. */
function textCodec(pieces: readonly string[], shortest: number, longest: number): CellCodec {
  const known = new Set(pieces);
  /** States are how many pieces are written: all strings of one length share one. */
  const start = (id: (piece: string) => number): State => {
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
  return {
    pieces: [...new Set([openQuote, closeQuote, ...pieces, ...shortEscapes, hexEscape, ...'0123456789abcdef'])],
    longest: longest + 2,
    encode(value) {
      const written = escapedPieces(value as string).flatMap((piece) =>
        known.has(piece) ? [piece] : unknownPieces(piece),
      );
      return written.length > longest ? undefined : [openQuote, ...written, closeQuote];
    },
    writer(id) {
      const ids = new Map(pieces.map((piece) => [piece, id(piece)]));
      const [open, close] = [id(openQuote), id(closeQuote)];
      return (value, into) => {
        const text = value as string;
        // What begins like a token without text is escaped, though its characters are known.
        if (text.length > longest || text.includes('<|')) return -1;
        let at = 0;
        into[at++] = open;
        for (const character of text) {
          const token = ids.get(character);
          if (token === undefined) return -1;
          into[at++] = token;
        }
        into[at++] = close;
        return at;
      };
    },
    start,
  };
}

/** Pieces of an escape are in every text vocabulary; a character becomes its code. */
function unknownPieces(piece: string): string[] {
  return piece.startsWith('\\') || /^[0-9a-f]$/.test(piece) ? [piece] : hexPieces(piece);
}
