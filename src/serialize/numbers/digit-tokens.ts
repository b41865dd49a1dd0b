/** Digits to tokens by arithmetic, for the many numbers of a column: what `spell` says. It knows layouts, no columns. */
import type { Tokens } from '../codec/cell-codec.ts';
import { endOfNumber, joined, type Layout, leadingZero, piecesOf, type Width } from './digits.ts';

/**
 * Writes the last `length` digits of a number from `at` on; returns the position after the last token. The number comes as
 * two whole numbers below 2^31: `parts[1]` has its last digits, as many as the writer was told, `parts[0]` all before them.
 */
export type DigitWriter = (parts: Int32Array, length: number, tokens: Tokens, at: number) => number;

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
