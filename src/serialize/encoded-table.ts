/** A whole table as tokens, each distinct cell encoded once, and the rows read from it in any column order. */
import { type Value, valueAt } from '../table/cells.ts';
import { isNumeric } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';
import type { Codec } from './codec.ts';

export interface EncodedTable {
  readonly rowCount: number;
  /** The tokens of one cell. */
  cell(column: number, row: number): Int32Array;
  /** Tokens of the row's sentence, with its begin and end; in some orders of its columns it has fewer. */
  length(row: number): number;
}

export function encodeTable(codec: Codec, table: Table): EncodedTable {
  const columns = table.columns.map((data, column) => encodeColumn(codec, column, data, table.rowCount));
  const phrases = columns.map((_, i) => Math.max(codec.phrase(i, true).length, codec.phrase(i, false).length));
  const lengths = new Int32Array(table.rowCount).fill(phrases.reduce((sum, length) => sum + length, 2));
  for (const { spellings, which } of columns) {
    for (let row = 0; row < lengths.length; row++) lengths[row]! += spellings[which[row]!]!.length;
  }
  return {
    rowCount: table.rowCount,
    cell: (column, row) => columns[column]!.spellings[columns[column]!.which[row]!]!,
    length: (row) => lengths[row]!,
  };
}

function encodeColumn(codec: Codec, column: number, data: ColumnData, rows: number) {
  const spellings: Int32Array[] = [];
  const which = new Int32Array(rows);
  const known = new Map<Value | null | '-0', number>();
  for (let row = 0; row < rows; row++) {
    const value = valueAt(data, row);
    // A Map takes -0 for 0, and the two are spelled differently.
    const key = Object.is(value, -0) ? '-0' : value;
    let index = known.get(key);
    if (index === undefined) {
      index = spellings.push(codec.encode(column, value)) - 1;
      known.set(key, index);
    }
    which[row] = index;
  }
  return { spellings, which };
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
