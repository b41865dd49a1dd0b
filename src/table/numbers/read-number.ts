/**
 * Reads a number in any usual spelling: 12.50, +.81, 6.1e-05, (1,234.50), 1 234,5 %, with blanks around it. What is before
 * and behind the digits, and which marks group them, a column's style says.
 */
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
