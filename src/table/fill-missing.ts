/** A table whose missing cells are taken from another's. */
import { tableFromText } from './apply-schema.ts';
import { formatLike, formatValue, parseCell, type Value, valueAt, writtenCell } from './cells.ts';
import { tableFromValues } from './from-values.ts';
import { inferColumn } from './infer/infer.ts';
import { type Column, isNumeric } from './schema.ts';
import { withoutColumns } from './select.ts';
import type { Table } from './table.ts';
import { type TextCellsBuilder, textCellsBuilder } from './text/text-table.ts';

/**
 * `table` with each missing cell as `others` has it in the same row and the column of the same name. A column that `others` lacks
 * stays as it is.
 * Every cell keeps its spelling: a column is that of `others` where that spells all of them so, else one that does.
 */
export function fillMissing(whole: Table, others: Table): Table {
  const names = new Set(others.schema.columns.map(({ name }) => name));
  const lacking = whole.schema.columns.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  return withUnfilled(fillColumns(withoutColumns(whole, lacking), others), whole);
}

/** The filled columns at their places among those that stay. */
function withUnfilled(filled: Table, whole: Table): Table {
  if (filled.columns.length === whole.columns.length) return filled;
  const places = whole.schema.columns.map(({ name }) =>
    filled.schema.columns.findIndex((column) => column.name === name),
  );
  const pickFrom = <T>(of: (table: Table) => readonly T[]) =>
    places.map((place, index) => (place < 0 ? of(whole)[index]! : of(filled)[place]!));
  const none: NonNullable<Table['spelled']> = [];
  return {
    schema: { ...filled.schema, columns: pickFrom(({ schema }) => schema.columns) },
    rowCount: whole.rowCount,
    columns: pickFrom(({ columns }) => columns),
    spelled: pickFrom(({ spelled }) => spelled ?? none),
  };
}

function fillColumns(table: Table, others: Table): Table {
  const columns = table.schema.columns.map((column, index) => {
    const other = others.schema.columns.findIndex(({ name }) => name === column.name);
    const cells = textCellsBuilder(column.name);
    for (let row = 0; row < table.rowCount; row++) {
      const own = ownText(others.schema.columns[other]!, table, index, row);
      cells.add(own ?? spelledLike(column, others, other, row));
    }
    const otherColumn = others.schema.columns[other]!;
    // Nothing is missing any more, so that an empty text is a text.
    const text = cells.build(isNumeric(otherColumn) ? 'text' : 'strings');
    const fits = text.distinct.every((cell) => spells(otherColumn, cell));
    return { text, column: fits ? otherColumn : columnFor(cells) };
  });
  return tableFromText(
    {
      columns: columns.map(({ text }) => text),
      rowCount: table.rowCount,
      rowsSeen: table.rowCount,
      source: 'table',
      place: (row) => `row ${row + 1}`,
    },
    { schema: { version: 1, columns: columns.map(({ column }) => column) } },
  );
}

/** A cell of the other table, as the column spells its own where it can. */
function spelledLike(column: Column, others: Table, index: number, row: number): string | null {
  const value = valueAt(others.columns[index]!, row);
  return value === null ? null : formatLike(column, others.schema.columns[index]!, value);
}

/** A column whose every cell is there, as a number if it can be. */
function columnFor(cells: TextCellsBuilder): Column {
  const column = inferColumn(cells.build('text'));
  return column.missing === null ? column : inferColumn(cells.build('strings'));
}

/** The cell's own text, null where either column's schema says that it is missing. */
function ownText(other: Column, table: Table, index: number, row: number): string | null {
  if (valueAt(table.columns[index]!, row) === null) return null;
  const text = writtenCell(table, index, row);
  return text === other.missing ? null : text;
}

function spells(column: Column, text: string): boolean {
  const value = parseCell(column, text);
  return value !== undefined && (isNumeric(column) || formatValue(column, value) === text);
}

// One table from several guesses at it: of each cell the middle number or the commonest value.

/** @param guesses tables of `rowCount` rows, end to end. Of two middle numbers the lower is taken, of equally common values the first. */
export function consensus(guesses: Table, rowCount: number): Table {
  const { schema, columns } = guesses;
  const rows = Array.from({ length: rowCount }, (_, row) =>
    columns.map((data, c) => {
      const values: (Value | null)[] = [];
      for (let at = row; at < guesses.rowCount; at += rowCount) values.push(valueAt(data, at));
      return isNumeric(schema.columns[c]!) && !values.includes(null) ? middle(values as number[]) : commonest(values);
    }),
  );
  return tableFromValues(schema, rows);
}

function middle(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[(numbers.length - 1) >> 1]!;
}

function commonest(values: readonly (Value | null)[]): Value | null {
  const counts = new Map<Value | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, found) => (found[1] > best[1] ? found : best))[0];
}
