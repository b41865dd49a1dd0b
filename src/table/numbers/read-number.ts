/**
 * Reads a number in any usual spelling: 12.50, +.81, 6.1e-05, (1,234.50), 1 234,5 %, with blanks around it. What is before
 * and behind the digits, and which marks group them, a column's style says.
 */

import { roomFor } from '../../numeric/growing-arrays.ts';
import type { NumberCellsBuilder } from './number-cells.ts';
import { longestNumber, type NumberStyle } from './number-format.ts';

const spaces = ' \u00a0\u202f';
const currency = '\\p{Sc}|USD|EUR|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN';
const shape = new RegExp(
  `^(\\()?([+\\-\u2212]?)((?:(?:${currency})[${spaces}]?)?)([+\\-\u2212]?)` +
    `([.,]?\\d(?:[\\d.,'\u2019${spaces}]*[\\d.,])?)(?:([eE])([+-]?\\d{1,4}))?` +
    `((?:[${spaces}]?(?:${currency}|%|‰))?)(-)?(\\))?$`,
  'u',
);

/** A text taken apart; its digits are still to be read. */
export interface NumberParts {
  readonly sign: '' | '+' | '-';
  /** How it says that it is negative, where not by a minus before it. */
  readonly negative: NumberStyle['negative'];
  readonly prefix: string;
  /** Digits, grouped or not, with a point or without. */
  readonly body: string;
  readonly mark: 'e' | 'E' | undefined;
  readonly exponent: string;
  readonly suffix: string;
}

/** Undefined where the text is no number in any style. */
export function numberParts(text: string): NumberParts | undefined {
  if (text.length > longestNumber) return undefined;
  const found = shape.exec(text.trim());
  if (!found) return undefined;
  const [, open, before, prefix = '', behind, body = '', mark, exponent = '', suffix = '', after, close] = found;
  const signs = [before, behind, after, open].filter(Boolean);
  if (signs.length > 1 || (open === undefined) !== (close === undefined)) return undefined;
  const negative = open ? 'parentheses' : after ? 'after' : undefined;
  const sign = signs.length === 0 ? '' : signs[0] === '+' ? '+' : '-';
  return { sign, negative, prefix, body, mark: mark as 'e' | 'E' | undefined, exponent, suffix };
}

/** The digits of a body as "1234.50"; undefined where it is none of these marks. */
export function plainBody(body: string, group: string, point: string): string | undefined {
  const [whole = '', fraction = '', ...more] = body.split(point);
  if (more.length > 0 || !isDigits(fraction)) return undefined;
  const isGrouped = group !== '' && whole.includes(group);
  const groups = isGrouped ? whole.split(group) : [whole];
  if (isGrouped && (groups[0]!.length > 3 || !groups.slice(1).every(({ length }) => length === 3))) return undefined;
  const digits = groups.join('');
  // 007 is a code, not a number.
  if (!isDigits(digits) || (digits.length > 1 && digits.startsWith('0')) || digits + fraction === '') return undefined;
  return `${digits || '0'}${fraction === '' ? '' : `.${fraction}`}`;
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** Which of these marks a column without groups may still have: small numbers do not show them. */
const usualGroup = { '.': ',', ',': '.' };

/** The number that the text spells in a style, undefined where it spells none. A currency may be left out, a percent sign not. */
export function readNumber(text: string, style: NumberStyle): number | undefined {
  const parts = numberParts(text);
  return parts && numberIn(parts, style);
}

export function numberIn(parts: NumberParts, { prefix, group, point, suffix }: NumberStyle): number | undefined {
  if (!isSameOrNone(parts.prefix, prefix) || !isSameOrNone(parts.suffix, suffix)) return undefined;
  if (/[%‰]/.test(suffix) && parts.suffix === '') return undefined;
  const plain = plainBody(parts.body, group || usualGroup[point], point) ?? plainBody(parts.body, '', point);
  if (plain === undefined) return undefined;
  const value = Number(`${plain}e${parts.exponent || '0'}`);
  if (!Number.isFinite(value)) return undefined;
  return parts.sign === '-' ? -value : value;
}

const isSameOrNone = (found: string, wanted: string) => found === '' || found.trim() === wanted.trim();

// Plain numbers ("12.50") as number cells: how they are read from bytes, and what their spellings have in common.

const [zero, point, minus] = [48, 46, 45];

/** All powers that a double holds exactly; a number of at most 15 digits divided by one is what `Number` would read. */
const powers = Array.from({ length: 16 }, (_, decimals) => 10 ** decimals);
const mostDigits = 15;
/** Longer texts are no shortest spelling of a double. */
const longestPlain = 24;

/** What there was of numbers with so many decimals. */
const [some, endingInZero] = [1, 2];

export function plainNumbersBuilder(): NumberCellsBuilder {
  let values = new Float64Array(1 << 10);
  let decimals = new Uint8Array(1 << 10);
  let length = 0;
  /** By decimals. */
  const seen = new Uint8Array(longestPlain + 1);
  let hasNegativeZero = false;

  const text = (row: number) => {
    const value = values[row]!;
    // Adding the sign by hand: toFixed drops that of -0.
    return (Object.is(value, -0) ? '-' : '') + value.toFixed(decimals[row]!);
  };

  return {
    take({ bytes, bounds, first, step, count }, from) {
      values = roomFor(values, length + count - from);
      decimals = roomFor(decimals, length + count - from);
      let i = from;
      for (let bound = first + step * i; i < count; i++, bound += step) {
        const end = bounds[bound + 1]!;
        const negative = bytes[bounds[bound]!] === minus;
        const start = bounds[bound]! + (negative ? 1 : 0);
        if (start >= end || end - start > longestPlain) break;
        // A leading zero stands alone before the point.
        if (bytes[start] === zero && end - start > 1 && bytes[start + 1] !== point) break;
        let digits = 0;
        let pointAt = -1;
        let at = start;
        for (; at < end; at++) {
          const digit = bytes[at]! - zero;
          if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
          else if (digit === point - zero && pointAt < 0) pointAt = at;
          else break;
        }
        if (at < end || pointAt === start || pointAt === end - 1) break;
        const places = pointAt < 0 ? 0 : end - pointAt - 1;
        let value = places === 0 ? digits : digits / powers[places]!;
        if (negative) value = -value;
        if (end - start - (places > 0 ? 1 : 0) > mostDigits) {
          value = longNumber(bytes, bounds[bound]!, end, places);
          if (Number.isNaN(value)) break;
        }
        if (negative && value === 0) hasNegativeZero = true;
        seen[places]! |= bytes[end - 1] === zero ? some | endingInZero : some;
        values[length] = value;
        decimals[length++] = places;
      }
      return i;
    },
    skip() {
      values = roomFor(values, length + 1);
      decimals = roomFor(decimals, length + 1);
      values[length++] = Number.NaN;
    },
    text,
    build: () => ({
      spelled: {
        as: 'numbers',
        scale: seen.findLastIndex((what) => what > 0),
        minScale: seen.findIndex((what) => what > 0),
        zeroScale: seen.findLastIndex((what, places) => places > 0 && (what & endingInZero) > 0),
        hasNegativeZero,
      },
      values: values.slice(0, length),
      text,
    }),
  };
}

/** A number of too many digits for arithmetic; NaN where it is not the shortest spelling of a double. */
function longNumber(bytes: Buffer, from: number, to: number, places: number): number {
  const written = bytes.toString('latin1', from, to);
  const value = Number(written);
  return String(value) !== written || (places === 0 && !Number.isSafeInteger(value)) ? Number.NaN : value;
}
