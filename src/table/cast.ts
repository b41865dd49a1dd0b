/** The cells of one table read as the values of another's schema, column by column. It knows no files and no models. */
import { TabletalkError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import { formatValue, mapKey, misfit, recastValue, type Value, valueAt } from './cells.ts';
import { type Column, isNumeric, isOutside, type Schema } from './schema.ts';
import type { Table } from './table.ts';

/**
 * By column of `schema`: the value of each row, null where it is missing; undefined for a column that the table lacks.
 * Throws `input` errors for a column that the schema lacks and for a cell that does not fit: `row 3: column "age": ...`.
 */
export function recast(table: Table, schema: Schema): ((Value | null)[] | undefined)[] {
  const names = schema.columns.map(({ name }) => name);
  const stray = table.schema.columns.find(({ name }) => !names.includes(name));
  if (stray) {
    throw new TabletalkError('input', `unexpected column "${stray.name}"${didYouMean(stray.name, names)}`);
  }
  return schema.columns.map((column) => {
    const index = table.schema.columns.findIndex(({ name }) => name === column.name);
    return index < 0 ? undefined : recastColumn(table, index, column);
  });
}

/** The same for a table that has all columns. */
export function columnsOf(table: Table, schema: Schema): (Value | null)[][] {
  return recast(table, schema).map((cells, index) => {
    if (cells) return cells;
    throw new TabletalkError('input', `no column "${schema.columns[index]!.name}"`);
  });
}

function recastColumn(table: Table, index: number, column: Column): (Value | null)[] {
  const own = table.schema.columns[index]!;
  const data = table.columns[index]!;
  const known = new Map<Value | null, Value | null>();
  const cells: (Value | null)[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const stored = valueAt(data, row);
    const key = mapKey(stored);
    let value = stored === null ? null : known.get(key);
    if (value === undefined) {
      value = fittedValue(column, own, stored!, row);
      known.set(key, value);
    }
    cells.push(value);
  }
  return cells;
}

function fittedValue(column: Column, own: Column, stored: Value, row: number): Value | null {
  const text = formatValue(own, stored);
  if (text === column.missing) return null;
  const value = recastValue(own, column, stored);
  const fail = (problem: string) => new TabletalkError('input', `row ${row + 1}: column "${column.name}": ${problem}`);
  if (value === undefined) throw fail(misfit(column, text));
  if (isNumeric(column) && isOutside(column, value as number)) {
    const range = `${formatValue(column, column.min)}..${formatValue(column, column.max)}`;
    throw fail(`expected one of ${range} as in training, got ${text}`);
  }
  return value;
}
