/**
 * Numbers and instants spelled digit by digit, and the automaton of all spellings between two bounds.
 * It knows digit strings of a fixed layout, nothing of columns or sentences.
 */
import { createState, done, type State } from '../codec/automaton.ts';

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
export const endOfNumber = '<|.|>';

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

/**
 * The state that admits exactly the spellings of digit strings from `lo` to `hi` (same length as the layout).
 * States are a position and whether the digits so far equal those of a bound, so there are few.
 */
export function digitsBetween(layout: Layout, lo: string, hi: string, id: (piece: string) => number): State {
  const length = layout.literals.length;
  const states = new Map<string, State>();

  /** `prefix` stands for all digits with the same future: equal position, bounds, leading zeros and last digit. */
  const after = (prefix: string): State => {
    const key = keyOf(prefix);
    let state = states.get(key);
    if (!state) {
      state = prefix.length === length ? done : createState(choices(prefix));
      states.set(key, state);
    }
    return state;
  };
  const keyOf = (prefix: string) => {
    const position = prefix.length;
    const flags = [
      prefix === lo.slice(0, position),
      prefix === hi.slice(0, position),
      /^0*$/.test(prefix),
      prefix.at(-1) === '0',
    ];
    return [position, ...flags.map(Number), layout.remembers?.(prefix)].join();
  };
  const within = (digits: string) => digits >= lo && digits <= hi;
  /** Whether a state may follow: some digit string begins so, lies between the bounds, and has more to write or to end. */
  const continues = (prefix: string) => {
    if (prefix.padEnd(length, '9') < lo || prefix.padEnd(length, '0') > hi) return false;
    if (layout.begins && !layout.begins(prefix)) return false;
    if (prefix.length < layout.least) return true;
    const hasMore = !isZero(hi.slice(prefix.length)) || prefix < hi.slice(0, prefix.length);
    return hasMore || (prefix.length > layout.integers && ends(prefix));
  };
  const isZero = (digits: string) => /^0*$/.test(digits);
  /** Whether the number may end after the prefix, its other digits being zeros that are left out. */
  const ends = (prefix: string) =>
    prefix.length >= layout.least &&
    within(prefix.padEnd(length, '0')) &&
    (prefix.length === layout.least || prefix.at(-1) !== '0');

  const choices = (prefix: string) => {
    const position = prefix.length;
    const found: { token: number; leadsTo: () => State }[] = [];
    const offer = (piece: string, leadsTo: () => State) => found.push({ token: id(piece), leadsTo });
    if (position > layout.integers && position < length && ends(prefix)) offer(endOfNumber, () => done);
    for (const digit of symbolsAt(layout, position)) {
      const extended = prefix + digit;
      const hidden = position + 1 < layout.integers && isZero(extended);
      const complete = extended.length === length;
      if (complete ? ends(extended) && (layout.begins?.(extended) ?? true) : continues(extended)) {
        offer(hidden ? leadingZero : pieceAt(layout, position, digit), () => after(extended));
      }
      if (!complete && extended.length === layout.integers && ends(extended)) offer(digit, () => done);
    }
    return found;
  };
  return after('');
}
