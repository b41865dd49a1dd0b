/** What a person should know of how a table was read: cells that were left out, columns that look like something better, no header. */
import { valueAt } from '../cells.ts';
import { plainStyle } from '../numbers/number-format.ts';
import { readNumber } from '../numbers/read-number.ts';
import { type Column, isNumeric, isPlain } from '../schema.ts';
import type { ColumnData, Table } from '../table.ts';
import { saysMissing } from './missing.ts';

/** Of a column's cells as many are looked at. */
const mostLooked = 5000;
/** A category of fewer values is one, whatever its values look like. */
const fewValues = 20;

export function tableNotices(table: Table): string[] {
  const columns = table.schema.columns.map((column, index) => columnNotice(column, table, index));
  return [headerNotice(table), ...columns].filter((notice) => notice !== undefined);
}

/** "39" is a value, not the name of a column of numbers; names such as 2019, 2020, 2021 may be. */
function headerNotice({ schema: { columns } }: Table): string | undefined {
  const numeric = columns.filter((column) => isNumeric(column));
  const numbers = numeric.map(({ name }) => readNumber(name, plainStyle));
  if (numbers.length === 0 || numbers.some((value) => value === undefined)) return undefined;
  const isSeries = numbers.length > 1 && numbers.every((value, i) => i === 0 || value === numbers[i - 1]! + 1);
  if (isSeries) return undefined;
  const shown = columns.slice(0, 4).map(({ name }) => JSON.stringify(name));
  return `the first line looks like data, not like names (${shown.join(', ')}${columns.length > 4 ? ', ...' : ''}); put a header before it`;
}

function columnNotice(column: Column, table: Table, index: number): string | undefined {
  if (column.replaced) return undefined;
  const found = isNumeric(column) ? oddCells(column, table, index) : betterKind(column, table, index);
  return found && `column "${column.name}": ${found}`;
}

function oddCells(column: Column, { columns, spelled, rowCount }: Table, index: number): string | undefined {
  const odd: [number, string][] = [];
  let otherwise = 0;
  for (const [row, text] of spelled?.[index] ?? []) {
    if (valueAt(columns[index]!, row) !== null) otherwise++;
    else if (!saysMissing(text)) odd.push([row, text]);
  }
  const parts: string[] = [];
  if (odd.length > 0) {
    const [row, text] = odd[0]!;
    const what = column.kind === 'datetime' ? 'time' : 'number';
    parts.push(
      `${odd.length} of ${rowCount} cells ${odd.length === 1 ? `is no ${what}` : `are no ${what}s`} and taken as missing, ` +
        `the first in row ${row + 1}: ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  if (otherwise > 0) parts.push(`${otherwise} of ${rowCount} cells are spelled otherwise than new rows will be`);
  return parts.length > 0 ? parts.join('; ') : undefined;
}

/** Text and categories of many values, though most cells are numbers. */
function betterKind(column: Column, { columns, rowCount }: Table, index: number): string | undefined {
  if (column.asked || (column.kind !== 'text' && column.kind !== 'category')) return undefined;
  if (column.kind === 'category' && column.values.length < fewValues) return undefined;
  const step = Math.max(1, Math.floor(rowCount / mostLooked));
  let [looked, numbers] = [0, 0];
  for (let row = 0; row < rowCount; row += step) {
    const text = textAt(column, columns[index]!, row);
    if (text === undefined) continue;
    looked++;
    if (readNumber(text, plainStyle) !== undefined) numbers++;
  }
  if (looked === 0 || numbers * 2 <= looked) return undefined;
  const share = Math.floor((100 * numbers) / looked);
  const what = column.kind === 'text' ? 'text' : `a category of ${column.values.length} values`;
  return `${what}, though ${share} % of its cells are numbers; --numeric ${column.name} takes the others as missing`;
}

function textAt(column: Column, data: ColumnData, row: number): string | undefined {
  const value = valueAt(data, row);
  if (value === null || isPlain(column)) return undefined;
  return typeof value === 'string' ? value : 'values' in column ? column.values[value] : undefined;
}
