/** What rows are asked to be: given cells by column, checked against the schema. It knows no model. */
import { TabletalkError } from '../errors.ts';
import type { Codec } from '../serialize/codec.ts';
import { didYouMean } from '../suggest.ts';
import { formatValue, misfit, parseCell, parseCellValue, type Value } from '../table/cells.ts';
import { type Column, isNumeric, isOutside, type NumericColumn } from '../table/schema.ts';
import type { Cell } from '../table/table.ts';

/** The cells that every row must have, by column name; null asks for a missing cell. */
export type Where = Readonly<Record<string, Cell>>;

/** Tokens by column, undefined where nothing is asked. Throws `option` errors that show the condition as the caller wrote it. */
export function givenCells(codec: Codec, where: Where): (Int32Array | undefined)[] {
  const given: (Int32Array | undefined)[] = codec.schema.columns.map(() => undefined);
  for (const [name, cell] of Object.entries(where)) {
    const index = columnIndex(codec, name, `where "${name}"`);
    const column = codec.schema.columns[index]!;
    const shown = cell === null ? `where "${name} is missing"` : `where "${name}=${cell}"`;
    given[index] = codec.encode(index, askedValue(codec, index, column, cell, shown));
  }
  return given;
}

function columnIndex(codec: Codec, name: string, shown: string): number {
  const names = codec.schema.columns.map((column) => column.name);
  const index = names.indexOf(name);
  if (index >= 0) return index;
  throw new TabletalkError('option', `${shown}: no column "${name}"${didYouMean(name, names)}`);
}

function askedValue(codec: Codec, index: number, column: Column, cell: Cell, shown: string): Value | null {
  const value = typeof cell === 'string' ? parseCell(column, cell) : parseCellValue(column, cell);
  if (value === null && column.missing === null) {
    throw new TabletalkError('option', `cannot satisfy ${shown}: "${column.name}" was never missing in training`);
  }
  if (value === undefined)
    throw new TabletalkError('option', `cannot satisfy ${shown}: ${misfit(column, String(cell))}`);
  if (value !== null && isNumeric(column) && isOutside(column, value as number)) {
    throw new TabletalkError('option', `cannot satisfy ${shown}: "${column.name}" was ${rangeOf(column)} in training`);
  }
  if (!codec.canSay(index, value)) {
    const longest = codec.grammar.cells[index]!.longest;
    const limit =
      column.kind === 'text'
        ? `may have ${longest} characters, and one that training never had counts as 5`
        : 'never had this value in training';
    throw new TabletalkError('option', `cannot satisfy ${shown}: "${column.name}" ${limit}`);
  }
  return value;
}

/** 17..90, each end spelled as the file spells it. */
const rangeOf = (column: NumericColumn) => `${formatValue(column, column.min)}..${formatValue(column, column.max)}`;
