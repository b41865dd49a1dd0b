/**
 * Numbers and instants spelled digit by digit, or two digits to a token, and the automaton of all spellings between two
 * bounds.
 */
import { createState, done, type State } from '../codec/automaton.ts';
import type { Tokens } from '../codec/cell-codec.ts';

/**
 * How digits are laid out. A piece is a digit together with the literal that follows it ("4." or "7-"), so that
 * punctuation costs no token of its own.
 */
export interface Layout {
  /** The literal after each digit; its length is the number of digits. */
  readonly literals: readonly string[];
  /** The first `integers` digits are a number's integer part: its leading zeros but the last are not shown. */
  readonly integers: number;
  /** At least this many digits are written; trailing zeros after them are left out. */
  readonly least: number;
  /** Whether a string of leading digits begins any instant at all (a calendar has no 13th month). */
  readonly begins?: (digits: string) => boolean;
  /** All of the leading digits on which `begins` depends from here on. */
  readonly remembers?: (digits: string) => string;
  /** Digits after whose beginnings all may stand that may stand there at all: a day in the longest month of the longest year. */
  readonly example?: string;
  /** What may stand in the first place instead of a digit: characters in ascending order, and the piece of each. */
  readonly leads?: { readonly symbols: string; readonly pieces: readonly string[] };
}

const decimalDigits = '0123456789';

const symbolsAt = (layout: Layout, position: number) =>
  position === 0 && layout.leads ? layout.leads.symbols : decimalDigits;

/** The piece of a symbol that is written, without what ends a number early. */
const pieceAt = (layout: Layout, position: number, symbol: string) =>
  position === 0 && layout.leads
    ? layout.leads.pieces[layout.leads.symbols.indexOf(symbol)]!
    : symbol + layout.literals[position]!;

/** Pieces without text: a leading zero that is not shown, and the end of a number whose last zeros are left out. */
export const leadingZero = '<|0|>';
const endOfNumber = '<|.|>';

/** How many pieces a token has; leading zeros have one each, so that pairs begin where what is shown does. */
export type Width = 1 | 2;

/** Two pieces as one: a last digit and the end are the digit. */
const joined = (first: string, second: string): string => (second === endOfNumber ? first : first + second);

/** Pieces as tokens, `width` to a token. */
export function inTokens(pieces: readonly string[], width: Width): readonly string[] {
  if (width === 1) return pieces;
  const tokens: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const isAlone = pieces[i] === leadingZero || i + 1 === pieces.length;
    tokens.push(isAlone ? pieces[i]! : joined(pieces[i]!, pieces[++i]!));
  }
  return tokens;
}

/** Every piece that spellings in this layout may use. */
export function piecesOf(layout: Layout): string[] {
  const pieces = new Set<string>();
  for (const position of layout.literals.keys()) {
    for (const symbol of symbolsAt(layout, position)) pieces.add(pieceAt(layout, position, symbol));
    if (position + 1 < layout.integers) pieces.add(leadingZero);
    if (position + 1 === layout.least) for (const digit of decimalDigits) pieces.add(digit);
  }
  if (layout.least < layout.literals.length) pieces.add(endOfNumber);
  return [...pieces];
}

/** Every token of two pieces that spellings of the numbers from `lo` to `hi` may use, and few others. */
export function pairsBetween(layout: Layout, lo: string, hi: string): string[] {
  const found = new Set<string>();
  if (layout.example === undefined) {
    const { choices, keyOf } = spellings(layout, lo, hi, 2);
    const seen = new Set<string>();
    const visit = (prefix: string) => {
      if (seen.has(keyOf(prefix))) return;
      seen.add(keyOf(prefix));
      for (const { piece, to } of choices(prefix)) {
        found.add(piece);
        if (to !== undefined) visit(to);
      }
    };
    visit('');
  } else {
    // All of a calendar's days are too many states to visit: what may stand in a place hardly depends on the others.
    for (let at = 0; at < lo.length; at += 2) {
      const before = layout.example.slice(0, at);
      const isFirst = lo.startsWith(hi.slice(0, at));
      for (const digits of digitStrings(Math.min(2, lo.length - at))) {
        const isInside = !isFirst || (digits >= lo.slice(at, at + 2) && digits <= hi.slice(at, at + 2));
        if (!isInside || !layout.begins!(before + digits)) continue;
        found.add(Array.from(digits, (digit, i) => pieceAt(layout, at + i, digit)).reduce(joined));
      }
    }
  }
  return [...found];
}

const digitStrings = (length: number): string[] =>
  Array.from({ length: 10 ** length }, (_, i) => String(i).padStart(length, '0'));

/** The pieces of a full-length digit string. */
export function spell(layout: Layout, digits: string): string[] {
  const pieces: string[] = [];
  const last = lastWritten(layout, digits);
  for (let position = 0; position < last; position++) {
    const hidden = position + 1 < layout.integers && /^0*$/.test(digits.slice(0, position + 1));
    pieces.push(hidden ? leadingZero : writtenPiece(layout, position, digits[position]!, last));
  }
  if (last < layout.literals.length && last !== layout.integers) pieces.push(endOfNumber);
  return pieces;
}

/** The symbols of a token in this layout: the reverse of `inTokens` and `spell`, but for zeros that are left out at the end. */
export function symbolsIn({ leads }: Layout, token: string): string {
  if (token === leadingZero) return '0';
  const lead = leads?.pieces.findIndex((piece) => token.startsWith(piece)) ?? -1;
  const rest = lead < 0 ? token : token.slice(leads!.pieces[lead]!.length);
  return (lead < 0 ? '' : leads!.symbols[lead]!) + rest.replace(/\D/g, '');
}

/** How many digits are written: all but the trailing zeros that may be left out. */
function lastWritten(layout: Layout, digits: string): number {
  let last = digits.length;
  while (last > layout.least && digits[last - 1] === '0') last--;
  return last;
}

/** "5" and not "5." when no decimals follow. */
function writtenPiece(layout: Layout, position: number, symbol: string, last: number): string {
  const isCut = position + 1 === last && last < layout.literals.length && last === layout.integers;
  return isCut ? symbol : pieceAt(layout, position, symbol);
}

interface Choice {
  /** What is written. */
  readonly piece: string;
  /** The digits that are then written, undefined where that is all. */
  readonly to: string | undefined;
}

/**
 * The state that admits exactly the spellings of digit strings from `lo` to `hi` (same length as the layout).
 * States are a position and whether the digits so far equal those of a bound, so there are few.
 */
export function digitsBetween(
  layout: Layout,
  lo: string,
  hi: string,
  width: Width,
  id: (piece: string) => number,
): State {
  const { choices, keyOf } = spellings(layout, lo, hi, width);
  const states = new Map<string, State>();
  const after = (prefix: string): State => {
    const key = keyOf(prefix);
    let state = states.get(key);
    if (!state) {
      state = createState(
        choices(prefix).map(({ piece, to }) => ({
          token: id(piece),
          leadsTo: () => (to === undefined ? done : after(to)),
        })),
      );
      states.set(key, state);
    }
    return state;
  };
  return after('');
}

/** What may be written after leading digits, for digit strings from `lo` to `hi`. */
function spellings(layout: Layout, lo: string, hi: string, width: Width) {
  const length = layout.literals.length;
  const isZero = (digits: string) => /^0*$/.test(digits);
  const within = (digits: string) => digits >= lo && digits <= hi;
  /** Whether a state may follow: some digit string begins so, lies between the bounds, and has more to write or to end. */
  const continues = (prefix: string) => {
    if (prefix.padEnd(length, '9') < lo || prefix.padEnd(length, '0') > hi) return false;
    if (layout.begins && !layout.begins(prefix)) return false;
    if (prefix.length < layout.least) return true;
    const hasMore = !isZero(hi.slice(prefix.length)) || prefix < hi.slice(0, prefix.length);
    return hasMore || (prefix.length > layout.integers && ends(prefix));
  };
  /** Whether the number may end after the prefix, its other digits being zeros that are left out. */
  const ends = (prefix: string) =>
    prefix.length >= layout.least &&
    within(prefix.padEnd(length, '0')) &&
    (prefix.length === layout.least || prefix.at(-1) !== '0');

  const single = (prefix: string): Choice[] => {
    const position = prefix.length;
    const found: Choice[] = [];
    if (position > layout.integers && position < length && ends(prefix)) {
      found.push({ piece: endOfNumber, to: undefined });
    }
    for (const digit of symbolsAt(layout, position)) {
      const extended = prefix + digit;
      const hidden = position + 1 < layout.integers && isZero(extended);
      const complete = extended.length === length;
      if (complete ? ends(extended) && (layout.begins?.(extended) ?? true) : continues(extended)) {
        const piece = hidden ? leadingZero : pieceAt(layout, position, digit);
        found.push({ piece, to: complete ? undefined : extended });
      }
      if (!complete && extended.length === layout.integers && ends(extended)) {
        found.push({ piece: digit, to: undefined });
      }
    }
    return found;
  };
  const pair = (prefix: string): Choice[] =>
    single(prefix).flatMap((first) => {
      if (first.to === undefined || first.piece === leadingZero) return [first];
      return single(first.to).map(({ piece, to }) => ({ piece: joined(first.piece, piece), to }));
    });
  return {
    choices: width === 1 ? single : pair,
    /** Prefixes of one key have the same future: equal position, bounds, leading zeros and last digit. */
    keyOf(prefix: string): string {
      const position = prefix.length;
      const flags = [
        prefix === lo.slice(0, position),
        prefix === hi.slice(0, position),
        isZero(prefix),
        prefix.at(-1) === '0',
      ];
      return [position, ...flags.map(Number), layout.remembers?.(prefix)].join();
    },
  };
}

// Digits to tokens by arithmetic, for the many numbers of a column: what `spell` says.

/**
 * Writes the last `length` digits of a number from `at` on; returns the position after the last token. The number comes as
 * two whole numbers below 2^31: `parts[1]` has its last digits, as many as the writer was told, `parts[0]` all before them.
 */
type DigitWriter = (parts: Int32Array, length: number, tokens: Tokens, at: number) => number;

/**
 * Layouts that differ in the number of integer digits alone share a writer, made of the longest of them.
 * @param id of a piece in the vocabulary; undefined for one that no number of the column has.
 */
export function digitWriter(
  layout: Layout,
  lastDigits: number,
  width: Width,
  id: (piece: string) => number | undefined,
): DigitWriter {
  const { literals, integers, least } = layout;
  const pieces = piecesOf(layout);
  const known = new Map(pieces.map((piece, i) => [piece, i]));
  const pieceOf = (piece: string) => known.get(piece) ?? -1;
  const piecesFor = (literal: string) => Array.from('0123456789', (digit) => pieceOf(digit + literal));
  /** Ten pieces for each place, counted from the last digit's; then those of an integer's last digit with nothing after it. */
  const table = Int32Array.from([...[...literals].reverse(), ''].flatMap(piecesFor));
  const bare = 10 * literals.length;
  const [hidden, end] = [pieceOf(leadingZero), pieceOf(endOfNumber)];
  const decimals = literals.length - integers;
  const optional = literals.length - least;
  const alone = Int32Array.from(pieces, (piece) => id(piece) ?? -1);
  const pairs = width === 1 ? alone : Int32Array.from(pieces.flatMap((a) => pieces.map((b) => id(joined(a, b)) ?? -1)));
  const written = new Int32Array(literals.length + 1);

  /** Fills `written` with the number's pieces; returns how many there are. */
  const spelled = (parts: Int32Array, length: number): number => {
    const first = parts[0]!;
    let rest = lastDigits === 0 ? first : parts[1]!;
    let place = 0;
    while (place < optional && rest % 10 === 0) {
      rest = (rest / 10) | 0;
      if (++place === lastDigits) rest = first;
    }
    const isCut = place > 0;
    const isWhole = isCut && place === decimals;
    const after = length - place;
    let row = isWhole ? bare : 10 * place;
    for (let to = after - 1; to >= 0; to--) {
      const isOver = rest === 0 && place > decimals && (place >= lastDigits || first === 0);
      const next = (rest / 10) | 0;
      written[to] = isOver ? hidden : table[row + rest - 10 * next]!;
      rest = next;
      if (++place === lastDigits) rest = first;
      row = 10 * place;
    }
    if (!isCut || isWhole) return after;
    written[after] = end;
    return after + 1;
  };

  return (parts, length, tokens, at) => {
    const count = spelled(parts, length);
    for (let i = 0; i < count; i++) {
      const piece = written[i]!;
      const isAlone = width === 1 || piece === hidden || i + 1 === count;
      tokens[at++] = isAlone ? alone[piece]! : pairs[piece * pieces.length + written[++i]!]!;
    }
    return at;
  };
}
