/** A whole table as tokens, each distinct cell encoded once, and the rows read from it in any column order. */

import { roomFor } from '../../numeric/growing-arrays.ts';
import { valueAt } from '../../table/cells.ts';
import { type CodedColumn, isNumeric } from '../../table/schema.ts';
import type { ColumnData, Table } from '../../table/table.ts';
import type { Tokens } from './cell-codec.ts';
import type { Codec } from './grammar.ts';

export interface EncodedTable {
  readonly rowCount: number;
  /** The tokens of one cell. */
  cell(column: number, row: number): Tokens;
  /** Tokens of the row's sentence, with its begin and end; in some orders of its columns it has fewer. */
  length(row: number): number;
}

export function encodeTable(codec: Codec, table: Table): EncodedTable {
  const encoders = table.columns.map((data, column) => columnEncoder(codec, column, data));
  // All columns take turns, so that the machine code for the first rows of all kinds will do for all rows.
  for (let from = 0; from < table.rowCount; from += rowsAtOnce) {
    for (const encoder of encoders) encoder.encode(from, Math.min(from + rowsAtOnce, table.rowCount));
  }
  const columns = encoders.map((encoder) => encoder.done());
  const phrases = columns.map((_, i) => Math.max(codec.phrase(i, true).length, codec.phrase(i, false).length));
  const lengths = new Int32Array(table.rowCount).fill(phrases.reduce((sum, length) => sum + length, 2));
  for (const { which, starts } of columns) addLengths(lengths, which, starts);
  return {
    rowCount: table.rowCount,
    cell(column, row) {
      const { tokens, which, starts } = columns[column]!;
      return tokens.subarray(starts[which[row]!]!, starts[which[row]! + 1]!);
    },
    length: (row) => lengths[row]!,
  };
}

function addLengths(lengths: Int32Array, which: Int32Array, starts: Int32Array): void {
  for (let row = 0; row < lengths.length; row++) lengths[row]! += starts[which[row]! + 1]! - starts[which[row]!]!;
}

const rowsAtOnce = 4096;

/** The spellings end to end, where each starts, and which one each row has. */
interface EncodedColumn {
  readonly tokens: Tokens;
  readonly starts: Int32Array;
  readonly which: Int32Array;
}

interface ColumnEncoder {
  /** The rows from `from` to before `to`; blocks of rows come in order. */
  encode(from: number, to: number): void;
  done(): EncodedColumn;
}

function columnEncoder(codec: Codec, column: number, data: ColumnData): ColumnEncoder {
  const { add, done } = createSpellings(codec, column, data);
  const which = new Int32Array(data.length);
  const encode =
    data instanceof Float64Array
      ? numberEncoder(data, add, which)
      : data instanceof Int32Array
        ? codeEncoder(data, codec.schema.columns[column] as CodedColumn, add, which)
        : textEncoder(data, add, which);
  return { encode, done: () => ({ ...done(), which }) };
}

/** Spells the cell of a row; returns the number of the spelling. */
type Add = (row: number) => number;

function codeEncoder(codes: Int32Array, { values }: CodedColumn, add: Add, which: Int32Array): ColumnEncoder['encode'] {
  /** By code, the missing one (-1) first. */
  const known = new Int32Array(values.length + 1).fill(-1);
  return (from, to) => {
    for (let row = from; row < to; row++) {
      const place = codes[row]! + 1;
      if (known[place]! < 0) known[place] = add(row);
      which[row] = known[place]!;
    }
  };
}

/**
 * Each of so many slots knows the last cell that fell into it: a column of few values spells each once, and in one of
 * many, which hardly repeat, a table of all would cost more than to spell a value again.
 */
const slotBits = 13;
const slotOf = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - slotBits);

function textEncoder(texts: readonly (string | null)[], add: Add, which: Int32Array): ColumnEncoder['encode'] {
  const known = new Array<string | null | undefined>(1 << slotBits).fill(undefined);
  const numbers = new Int32Array(1 << slotBits);
  return (from, to) => {
    for (let row = from; row < to; row++) {
      const text = texts[row]!;
      const slot = slotOf(text === null ? 0 : hashOf(text));
      if (known[slot] !== text) {
        known[slot] = text;
        numbers[slot] = add(row);
      }
      which[row] = numbers[slot]!;
    }
  };
}

/** Of its last characters: texts that begin alike are more frequent than texts that end alike. */
function hashOf(text: string): number {
  let hash = text.length;
  for (let i = Math.max(0, text.length - 8); i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
  return hash;
}

function numberEncoder(numbers: Float64Array, add: Add, which: Int32Array): ColumnEncoder['encode'] {
  const halves = new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length);
  /** Both halves of the number, and its spelling plus one, so that 0 is an empty slot. */
  const slots = new Int32Array(4 << slotBits);
  return (from, to) => {
    for (let row = from; row < to; row++) {
      const [low, high] = [halves[2 * row]!, halves[2 * row + 1]!];
      const slot = slotOf(Math.imul(low, 0x85ebca6b) ^ high) << 2;
      if (slots[slot] !== low || slots[slot + 1] !== high || slots[slot + 2] === 0) {
        slots[slot] = low;
        slots[slot + 1] = high;
        slots[slot + 2] = add(row) + 1;
      }
      which[row] = slots[slot + 2]! - 1;
    }
  };
}

function createSpellings(codec: Codec, column: number, data: ColumnData) {
  const write = codec.cellWriter?.(column);
  const longest = codec.cellLengths[column]!;
  // Memory that is never written to costs nothing, and to copy what has been written costs much.
  const most = data instanceof Float64Array ? data.length + 1 : 64;
  let tokens: Tokens = new (codec.vocabSize <= 0x10000 ? Uint16Array : Int32Array)(most * longest);
  let starts = new Int32Array(most);
  let length = 0;
  let count = 0;
  const encode = (row: number): number => {
    const encoded = codec.encode(column, valueAt(data, row));
    tokens.set(encoded, length);
    return length + encoded.length;
  };
  return {
    /** Spells the row's cell; returns the number of the spelling. */
    add(row: number): number {
      tokens = roomFor(tokens, length + longest);
      starts = roomFor(starts, count + 2);
      const end = write ? write(data, row, tokens, length) : -1;
      length = end < 0 ? encode(row) : end;
      starts[++count] = length;
      return count - 1;
    },
    done: () => ({ tokens, starts }),
  };
}

/** What the tokens of a sentence are there for; training weighs their targets differently. */
export const role = { padding: 0, phrase: 1, value: 2, target: 3, end: 4, digit: 5 } as const;

/**
 * Writes one row's tokens and their roles from `at` on; `tokens` and `roles` are as long as each other.
 * @returns the position after the last token.
 */
export function writeRow(
  codec: Codec,
  encoded: EncodedTable,
  row: number,
  order: ArrayLike<number>,
  targetColumn: number,
  into: { readonly tokens: Int32Array; readonly roles: Uint8Array; at: number },
): number {
  const { tokens, roles } = into;
  let { at } = into;
  // Where a cell may go on, that it is over is part of it; and no first token says the most.
  const mayGoOn = codec.endings.length > 0;
  tokens[at++] = codec.bos;
  for (let i = 0; i < order.length; i++) {
    const column = order[i]!;
    const phrase = codec.phrase(column, i === 0);
    tokens.set(phrase, at);
    roles.fill(role.phrase, at, at + phrase.length);
    if (mayGoOn && i > 0) roles[at] = role.value;
    at += phrase.length;
    const cell = encoded.cell(column, row);
    tokens.set(cell, at);
    const first = column === targetColumn ? role.target : role.value;
    roles[at] = first;
    const rest = isNumeric(codec.schema.columns[column]!) ? role.digit : role.value;
    roles.fill(mayGoOn ? first : rest, at + 1, at + cell.length);
    at += cell.length;
  }
  roles[at] = mayGoOn ? role.value : role.end;
  tokens[at++] = codec.eos;
  return at;
}
