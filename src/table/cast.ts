/** The cells of one table read as the values of another's schema, column by column. */
import { TabletalkError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import { castValue, formatValue, mapKey, misfit, type Value, valueAt } from './cells.ts';
import { type Column, isNumeric, isOutside, isPlain, type NumericColumn, type Schema } from './schema.ts';
import type { Table } from './table.ts';

/** Cells of a column that its schema cannot hold. */
export interface Unfit {
  readonly column: number;
  /** A number that the column cannot hold is read as the nearest that it can; any other such cell as missing. */
  readonly is: 'outside' | 'unseen';
  readonly cells: number;
  /** How the first of them is spelled. */
  readonly text: string;
}

/**
 * By column of `schema`: the value of each row, null where it is missing; undefined for a column that the table lacks.
 * Throws `input` errors for a column that the schema lacks and for a cell that does not fit: `row 3: column "age": ...`.
 */
export function castTable(table: Table, schema: Schema): ((Value | null)[] | undefined)[] {
  return castColumns(table, schema, (problem) => {
    throw problem;
  });
}

/** The same for tables with cells that do not fit, which are counted. */
export function castLeniently(
  table: Table,
  schema: Schema,
): { readonly columns: ((Value | null)[] | undefined)[]; readonly unfit: readonly Unfit[] } {
  const unfit: Unfit[] = [];
  return { columns: castColumns(table, schema, (_, found) => unfit.push(found)), unfit };
}

/** The same for a table that has all columns. */
export function columnsOf(table: Table, schema: Schema): (Value | null)[][] {
  return castTable(table, schema).map((cells, index) => {
    if (cells) return cells;
    throw new TabletalkError('input', `no column "${schema.columns[index]!.name}"`);
  });
}

/** Called with the first problem of a column and all the cells that have it. */
type Report = (problem: TabletalkError, found: Unfit) => void;

function castColumns(table: Table, schema: Schema, report: Report): ((Value | null)[] | undefined)[] {
  const names = schema.columns.map(({ name }) => name);
  const stray = table.schema.columns.find(({ name }) => !names.includes(name));
  if (stray) {
    throw new TabletalkError('input', `unexpected column "${stray.name}"${didYouMean(stray.name, names)}`);
  }
  return schema.columns.map((column, c) => {
    const index = table.schema.columns.findIndex(({ name }) => name === column.name);
    return index < 0 ? undefined : castColumn(table, index, column, c, report);
  });
}

function castColumn(table: Table, index: number, column: Column, c: number, report: Report): (Value | null)[] {
  const own = table.schema.columns[index]!;
  const data = table.columns[index]!;
  const known = new Map<Value, Fitted>();
  const problems = new Map<Unfit['is'], { row: number; cells: number; text: string; problem: string }>();
  const cells: (Value | null)[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const stored = valueAt(data, row);
    if (stored === null) {
      cells.push(null);
      continue;
    }
    const key = mapKey(stored)!;
    let fitted = known.get(key);
    if (!fitted) {
      fitted = fittedValue(column, own, stored);
      known.set(key, fitted);
    }
    cells.push(fitted.value);
    if (!fitted.is) continue;
    const found = problems.get(fitted.is);
    if (found) found.cells++;
    else problems.set(fitted.is, { row, cells: 1, text: formatValue(own, stored), problem: fitted.problem });
  }
  for (const [is, { row, cells: count, text, problem }] of problems) {
    const error = new TabletalkError('input', `row ${row + 1}: column "${column.name}": ${problem}`);
    report(error, { column: c, is, cells: count, text });
  }
  return cells;
}

type Fitted =
  | { readonly value: Value | null; readonly is?: undefined }
  | { readonly value: Value | null; readonly is: Unfit['is']; readonly problem: string };

function fittedValue(column: Column, own: Column, stored: Value): Fitted {
  const text = formatValue(own, stored);
  if (text === column.missing) return { value: null };
  const value = castValue(own, column, stored);
  if (value === undefined) {
    const nearest = isPlain(own) && isPlain(column) ? nearestIn(column, stored as number) : undefined;
    const problem = misfit(column, text);
    return nearest === undefined ? { value: null, is: 'unseen', problem } : { value: nearest, is: 'outside', problem };
  }
  if (isNumeric(column) && isOutside(column, value as number)) {
    const range = `${formatValue(column, column.min)}..${formatValue(column, column.max)}`;
    const problem = `expected one of ${range} as in training, got ${text}`;
    return { value: nearestIn(column, value as number), is: 'outside', problem };
  }
  return { value };
}

function nearestIn(column: NumericColumn, x: number): number {
  const rounded =
    column.kind === 'integer' ? Math.round(x) : column.kind === 'decimal' ? Number(x.toFixed(column.scale)) : x;
  return Math.min(column.max, Math.max(column.min, rounded));
}
