/** Numbers and instants as tokens: first the range a number lies in, then its digits, or one token for both. */
import { type Interval, intersection } from '../../numeric/intervals.ts';
import { decimalsIn, plainText } from '../../table/cells.ts';
import { weeksIn } from '../../table/datetime/calendar.ts';
import { isoParts, isoText, isoTime, timeDigits } from '../../table/datetime/datetime.ts';
import { granularityOf, hasDate } from '../../table/datetime/datetime-formats.ts';
import type { FloatGrid } from '../../table/numbers/number-grid.ts';
import type { NumericColumn } from '../../table/schema.ts';
import { createState, done, eitherOf, type State } from '../codec/automaton.ts';
import { type CellCodec, type IdOf, noCell } from '../codec/cell-codec.ts';
import { cellText } from '../sentence/sentence.ts';
import { type Bin, binFinder, binOf, gridEnds, isSingle, previousIn, quantileBins } from './bins.ts';
import {
  digitsBetween,
  digitWriter,
  inTokens,
  type Layout,
  leadingZero,
  pairsBetween,
  piecesOf,
  spell,
  symbolsIn,
  type Width,
} from './digits.ts';

/** The ranges of a column's numbers, and how many digits a token has. */
export function learnNumbers(column: NumericColumn, values: Float64Array, ranges: number, width: Width) {
  const digits = width === 2 ? { width } : {};
  return { ...digits, bins: quantileBins(values, ranges, previousIn(column)) };
}

/** In place of a token that is no digit. */
const unknown = '?';

/** A token without text that says in which range a number lies; only digits follow that fit the range. */
const binPiece = (column: number, bin: number): string => `<|${column}:${bin}|>`;

/** @param width how many digits a token has. */
export function numberCodec(column: NumericColumn, index: number, bins: readonly Bin[], width: Width): CellCodec {
  const ranges = bins.map((range, i) => ({
    piece: isSingle(range) ? cellText(column, range[0]) : binPiece(index, i),
    range,
    spelling: isSingle(range) ? undefined : spellingOf(column, range, width),
  }));
  const spelled = ranges.flatMap(({ spelling }) => (spelling ? [spelling] : []));
  const digitPieces = [...new Set(width === 1 ? spelled.flatMap(({ pieces }) => pieces()) : pairsOf(spelled))];
  return {
    pieces: [...ranges.map(({ piece }) => piece), ...digitPieces],
    longest: 1 + Math.max(0, ...spelled.map(({ longest }) => longest)),
    encode(value) {
      const found = ranges[binOf(bins, value as number)];
      return found && [found.piece, ...(found.spelling?.encode(value as number) ?? [])];
    },
    writer(id, idIfAny) {
      const find = binFinder(bins);
      const named = Int32Array.from(ranges, ({ piece }) => id(piece));
      const negative = Uint8Array.from(ranges, ({ spelling }) => (spelling?.negative ? 1 : 0));
      const sign = negative.includes(1) ? id('-') : -1;
      const lengths = Int32Array.from(ranges, ({ spelling }) => spelling?.layout.literals.length ?? 0);
      const longest = spelled.find(({ layout }) => layout.literals.length === Math.max(...lengths));
      const format = column.kind === 'datetime' ? granularityOf(column.format) : undefined;
      const isFloat = column.kind === 'decimal' && column.float !== undefined;
      const isFine = format !== undefined && timeDigits[format] > 9;
      const write =
        longest &&
        !isFloat &&
        !isFine &&
        digitWriter(longest.layout, format ? timeDigits[format] : lowDigits, width, idIfAny);
      const factor = column.kind === 'decimal' ? 10 ** column.scale : 1;
      const parts = new Int32Array(2);
      return (data, row, tokens, at) => {
        const value = (data as Float64Array)[row]!;
        const index = find(value);
        if (index < 0) return -1;
        tokens[at++] = named[index]!;
        if (lengths[index] === 0) return at;
        if (!write) return -1;
        if (format) isoParts(value, format, parts);
        else if (!numberParts(value, factor, parts)) return -1;
        if (negative[index]) tokens[at++] = sign;
        return write(parts, lengths[index]!, tokens, at);
      };
    },
    decoder(id) {
      const places = new Map(ranges.map(({ piece }, i) => [id(piece), i]));
      const symbols = new Map(digitPieces.map((piece) => [id(piece), symbolsIn(spelled[0]!.layout, piece)]));
      return (tokens) => {
        const found = ranges[places.get(tokens[0]!) ?? -1];
        let said = '';
        for (let i = 1; i < tokens.length; i++) said += symbols.get(tokens[i]!) ?? unknown;
        const value = found?.spelling ? found.spelling.decode(said) : said === '' ? found?.range[0] : undefined;
        if (value === undefined || Number.isNaN(value) || said.includes(unknown)) throw noCell(column);
        return value;
      };
    },
    start: (id) =>
      createState(
        ranges.map(({ piece, range, spelling }) => ({
          token: id(piece),
          leadsTo: () => spelling?.between(range, id) ?? done,
        })),
      ),
    restrict(set, id, start) {
      const wanted = set.is === 'numbers' ? set.intervals : [];
      const choices = ranges.flatMap(({ range, spelling }, i) => {
        const parts = intersection(wanted, [range])
          .map((part) => gridEnds(column, part))
          .filter((part) => part !== undefined);
        if (parts.length === 0) return [];
        const whole = !spelling || isWhole(parts, range);
        return {
          token: start.tokens[i]!,
          leadsTo: () => (whole ? start.next(i) : eitherOf(parts.map((part) => spelling.between(part, id)))),
        };
      });
      return choices.length === 0 ? undefined : createState(choices);
    },
  };
}

const isWhole = ([first, ...others]: readonly Interval[], [lo, hi]: Bin) =>
  others.length === 0 && first![0] <= lo && first![1] >= hi;

/** The spelling of the numbers of one range: a minus sign if the range is negative, then digits of fixed width. */
function spellingOf(column: NumericColumn, [lo, hi]: Bin, width: Width) {
  const negative = column.kind !== 'datetime' && (lo < 0 || Object.is(lo, -0));
  const layout = layoutOf(column, negative ? lo : hi);
  const digits = (value: number) => digitsOf(column, value, layout);
  const sign = negative ? ['-'] : [];
  /** The most leading zeros of a number in the range. */
  const hidden = spell(layout, digits(negative ? hi : lo)).filter((piece) => piece === leadingZero).length;
  return {
    layout,
    negative,
    sign,
    /** The digits of the range's ends, the smaller first. */
    ends: [digits(negative ? hi : lo), digits(negative ? lo : hi)] as const,
    pieces: () => [...sign, ...piecesOf(layout)],
    // A number that ends early writes at least one digit less than it might.
    longest: sign.length + hidden + Math.ceil((layout.literals.length - hidden) / width),
    encode: (value: number) => [...sign, ...inTokens(spell(layout, digits(value)), width)],
    decode(symbols: string): number {
      const size = sizeOf(column, symbols, layout);
      return negative ? -size : size;
    },
    /** The numbers of a part of the range. */
    between([from, to]: Interval, id: IdOf): State {
      const [small, large] = negative ? [to, from] : [from, to];
      const magnitude = () => digitsBetween(layout, digits(small), digits(large), width, id);
      return negative ? createState([{ token: id('-'), leadsTo: magnitude }]) : magnitude();
    },
  };
}

/** The tokens of all spellings: ranges of one layout are looked at as one. */
function pairsOf(spelled: readonly ReturnType<typeof spellingOf>[]): string[] {
  const found = new Map<number, { layout: Layout; ends: string[] }>();
  for (const { layout, ends } of spelled) {
    const { length } = layout.literals;
    found.set(length, { layout, ends: [...(found.get(length)?.ends ?? []), ...ends] });
  }
  const pairs = [...found.values()].flatMap(({ layout, ends }) => {
    const [lo, ...others] = ends.sort();
    return pairsBetween(layout, lo!, others.at(-1)!);
  });
  return [...new Set(spelled.flatMap(({ sign }) => sign)), ...pairs];
}

function layoutOf(column: NumericColumn, large: number): Layout {
  if (column.kind === 'datetime') return calendarLayout(column.format);
  if (column.kind === 'decimal' && column.float) {
    return floatLayout(column.float, Math.max(Math.abs(column.min), Math.abs(column.max)));
  }
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
  if (layout.leads) return floatDigits(text, layout.leads);
  const [whole = '', fraction = ''] = text.split('.');
  return whole.padStart(layout.integers, '0') + fraction.padEnd(layout.literals.length - layout.integers, '0');
}

/** The reverse of `digitsOf`, but for the sign; zeros at the end may be left out. NaN where the digits are no number. */
function sizeOf(column: NumericColumn, digits: string, { leads, integers, literals }: Layout): number {
  if (column.kind === 'datetime') {
    return digits.length === literals.length ? isoTime(digits, granularityOf(column.format)) : Number.NaN;
  }
  if (!leads) return Number(`${digits}e${integers - digits.length}`);
  const exponent = /^e(.+) $/.exec(leads.pieces[leads.symbols.indexOf(digits[0]!)] ?? '')?.[1] ?? 0;
  return Number(`${digits.slice(1)}e${Number(exponent) - digits.length + 2}`);
}

/** So many digits make a number that is divided as a small integer. */
const lowDigits = 9;
const lowUnits = 1e9;

/** The digits of a number's size for `digitWriter`; false where arithmetic is not exact. */
function numberParts(value: number, factor: number, parts: Int32Array): boolean {
  const size = Math.abs(value);
  const units = Math.round(size * factor);
  if (units > Number.MAX_SAFE_INTEGER || factor > 1e22 || units / factor !== size) return false;
  const high = Math.floor(units / lowUnits);
  parts[0] = high;
  parts[1] = units - high * lowUnits;
  return true;
}

function numberText(column: NumericColumn, value: number): string {
  if (column.kind === 'datetime') return isoText(value, granularityOf(column.format));
  return plainText(column, value);
}

/** The exponent of a number, then its digits: so the order of numbers is that of their digits. Zero comes before all others. */
function floatLayout({ digits, least }: FloatGrid, largest: number): Layout {
  const most = Math.max(least, Number(largest.toExponential().split('e')[1]));
  const pieces = ['0 ', ...Array.from({ length: most - least + 1 }, (_, i) => `e${least + i} `)];
  const symbols = pieces.map((_, i) => String.fromCharCode(firstSymbol + i)).join('');
  const literals = ['', ...Array.from({ length: digits }, (_, i) => (i === 0 && digits > 1 ? '.' : ''))];
  const zero = symbols[0]!;
  return {
    literals,
    integers: 0,
    least: literals.length,
    leads: { symbols, pieces },
    // Only zero has a zero as its first digit, and all of its digits are.
    begins: (text) => (text[0] === zero ? /^.0*$/.test(text) : text[1] !== '0'),
    remembers: (text) => (text[0] === zero ? 'zero' : ''),
  };
}

/** Beyond the digits, so that a symbol is never taken for one. */
const firstSymbol = 0x100;

function floatDigits(text: string, { symbols, pieces }: NonNullable<Layout['leads']>): string {
  const [lead = '', mantissa = ''] = text.split(' ');
  return symbols[pieces.indexOf(`${lead} `)]! + mantissa.replace('.', '');
}

const unsigned = (text: string) => text.replace(/^-/, '');

/** ISO digits; a prefix is possible when some calendar day and clock time begin with it. */
function calendarLayout(format: string): Layout {
  const sample = isoText(0, granularityOf(format));
  const literals = (sample.match(/\d\D*/g) ?? []).map((piece) => piece.slice(1));
  const isWeek = granularityOf(format) === 'week';
  const day = hasDate(format) ? '' : '19700101';
  return {
    literals,
    integers: 0,
    least: literals.length,
    // 2004 is a leap year of 53 weeks.
    example: `${isWeek ? '200453' : `${day === '' ? '20040131' : ''}23595999`}`.padEnd(literals.length, '9'),
    begins: (digits) => (isWeek ? beginsWeek(digits) : beginsInstant(day + digits)),
    remembers: (digits) => beforeNextPair(day + digits),
  };
}

/** An ISO year and week. */
function beginsWeek(digits: string): boolean {
  const shown = digits.slice(4);
  if (shown === '') return true;
  return Number(shown.padEnd(2, '9')) >= 1 && Number(shown.padEnd(2, '0')) <= weeksIn(Number(digits.slice(0, 4)));
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
