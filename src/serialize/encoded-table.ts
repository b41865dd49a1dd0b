/** A whole table as tokens, each distinct cell encoded once, and the rows read from it in any column order. */
import { type Value, valueAt } from '../table/cells.ts';
import { isNumeric } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';
import { growingInts } from '../table/text-table.ts';
import type { Codec } from './codec.ts';

export interface EncodedTable {
  readonly rowCount: number;
  /** The tokens of one cell. */
  cell(column: number, row: number): Tokens;
  /** Tokens of the row's sentence, with its begin and end; in some orders of its columns it has fewer. */
  length(row: number): number;
}

/** Two bytes each wherever the vocabulary allows. */
type Tokens = Uint16Array | Int32Array;

export function encodeTable(codec: Codec, table: Table): EncodedTable {
  const columns = table.columns.map((data, column) => encodeColumn(codec, column, data, table.rowCount));
  const phrases = columns.map((_, i) => Math.max(codec.phrase(i, true).length, codec.phrase(i, false).length));
  const lengths = new Int32Array(table.rowCount).fill(phrases.reduce((sum, length) => sum + length, 2));
  for (const { which, starts } of columns) {
    for (let row = 0; row < lengths.length; row++) lengths[row]! += starts[which[row]! + 1]! - starts[which[row]!]!;
  }
  return {
    rowCount: table.rowCount,
    cell(column, row) {
      const { tokens, which, starts } = columns[column]!;
      return tokens.subarray(starts[which[row]!]!, starts[which[row]! + 1]!);
    },
    length: (row) => lengths[row]!,
  };
}

/** The spellings end to end, where each starts, and which one each row has. */
function encodeColumn(codec: Codec, column: number, data: ColumnData, rows: number) {
  const spellings = createSpellings(codec, column);
  const which = new Int32Array(rows);
  if (data instanceof Float64Array) {
    // Numbers hardly repeat: to look for an earlier one costs more than to spell it again.
    for (let row = 0; row < rows; row++) which[row] = spellings.add(valueAt(data, row));
  } else if (data instanceof Int32Array) {
    // By code, the missing one (-1) first.
    const known: number[] = [];
    for (let row = 0; row < rows; row++) {
      const code = data[row]!;
      which[row] = known[code + 1] ??= spellings.add(code < 0 ? null : code);
    }
  } else {
    const known = new Map<Value | null, number>();
    for (let row = 0; row < rows; row++) {
      const value = valueAt(data, row);
      let index = known.get(value);
      if (index === undefined) {
        index = spellings.add(value);
        known.set(value, index);
      }
      which[row] = index;
    }
  }
  return { ...spellings.done(), which };
}

function createSpellings(codec: Codec, column: number) {
  const write = codec.cellWriter?.(column);
  const cell = new Int32Array(codec.cellLengths[column]!);
  const starts = growingInts();
  let tokens: Tokens = codec.vocabSize <= 0x10000 ? new Uint16Array(1024) : new Int32Array(1024);
  let length = 0;
  let count = 0;
  return {
    /** The number of the spelling. */
    add(value: Value | null): number {
      let spelled = write && value !== null ? write(value, cell) : -1;
      if (spelled < 0) {
        const encoded = codec.encode(column, value);
        cell.set(encoded);
        spelled = encoded.length;
      }
      if (length + spelled > tokens.length) tokens = grown(tokens, length + spelled);
      for (let i = 0; i < spelled; i++) tokens[length + i] = cell[i]!;
      starts.push(length);
      length += spelled;
      return count++;
    },
    done() {
      starts.push(length);
      return { tokens, starts: starts.done() };
    },
  };
}

function grown(tokens: Tokens, least: number): Tokens {
  const size = Math.max(least, Math.ceil(tokens.length * 1.5));
  const larger = tokens instanceof Uint16Array ? new Uint16Array(size) : new Int32Array(size);
  larger.set(tokens);
  return larger;
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
