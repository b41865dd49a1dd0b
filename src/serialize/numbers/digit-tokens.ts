/** Digits to tokens by arithmetic, for the many numbers of a column: what `spell` says. It knows layouts, no columns. */
import type { IdOf, Tokens } from '../codec/cell-codec.ts';
import { endOfNumber, type Layout, leadingZero, piecesOf } from './digits.ts';

/**
 * Writes the last `length` digits of a number from `at` on; returns the position after the last token. The number comes as
 * two whole numbers below 2^31: `parts[1]` has its last digits, as many as the writer was told, `parts[0]` all before them.
 */
export type DigitWriter = (parts: Int32Array, length: number, tokens: Tokens, at: number) => number;

/** Layouts that differ in the number of integer digits alone share a writer, made of the longest of them. */
export function digitWriter(layout: Layout, lastDigits: number, id: IdOf): DigitWriter {
  const { literals, integers, least } = layout;
  const known = new Set(piecesOf(layout));
  const tokensOf = (literal: string) => Array.from('0123456789', (digit) => tokenOf(digit + literal));
  const tokenOf = (piece: string) => (known.has(piece) ? id(piece) : -1);
  /** Ten tokens for each place, counted from the last digit's; then those of an integer's last digit with nothing after it. */
  const table = Int32Array.from([...[...literals].reverse(), ''].flatMap(tokensOf));
  const bare = 10 * literals.length;
  const [hidden, end] = [tokenOf(leadingZero), tokenOf(endOfNumber)];
  const decimals = literals.length - integers;
  const optional = literals.length - least;

  return (parts, length, tokens, at) => {
    const first = parts[0]!;
    let rest = lastDigits === 0 ? first : parts[1]!;
    let place = 0;
    while (place < optional && rest % 10 === 0) {
      rest = (rest / 10) | 0;
      if (++place === lastDigits) rest = first;
    }
    const isCut = place > 0;
    const isWhole = isCut && place === decimals;
    const after = at + length - place;
    let row = isWhole ? bare : 10 * place;
    for (let to = after - 1; to >= at; to--) {
      const isOver = rest === 0 && place > decimals && (place >= lastDigits || first === 0);
      const next = (rest / 10) | 0;
      tokens[to] = isOver ? hidden : table[row + rest - 10 * next]!;
      rest = next;
      if (++place === lastDigits) rest = first;
      row = 10 * place;
    }
    if (!isCut || isWhole) return after;
    tokens[after] = end;
    return after + 1;
  };
}
