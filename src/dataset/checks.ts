/**
 * Rules across rows, as a data set's `checks` write them:
 *
 *     monotone(visits.day)                 never falls within a family; `visits.` may be left out where one table has the column
 *     unique(lines.order_id, lines.sku)    no two rows have the same
 *     sum(lines.amount) = orders.total     of the rows below a row
 *     orders.date >= customers.since       of a row and its parent, the parent's parent, or of one row
 */
import { inputError, TabletalkError } from '../errors/errors.ts';
import { formatValue, type Value, valueAt } from '../table/cells.ts';
import { isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { columnOf, type Dataset, keyTexts, rowsAbove } from './dataset.ts';
import type { DatasetDescription, Structure } from './description.ts';

export interface Named {
  readonly table: string;
  readonly column: string;
}

export type Check = { readonly text: string } & (
  | { readonly is: 'monotone'; readonly of: Named }
  | { readonly is: 'unique'; readonly table: string; readonly columns: readonly string[] }
  | { readonly is: 'sum'; readonly of: Named; readonly total: Named }
  /** Of rows of `below`; `above` is a column of the same table, of its owner or of the owner's owner. */
  | { readonly is: 'comparison'; readonly below: Named; readonly operator: Operator; readonly above: Named }
);

const operators = {
  '<=': (a: number, b: number) => a <= b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
} as const;
type Operator = keyof typeof operators;
const reversed: Record<Operator, Operator> = { '<=': '>=', '>=': '<=', '<': '>', '>': '<' };

/** The columns of each table, for checks to name. */
export type ColumnNames = ReadonlyMap<string, readonly string[]>;

/** Throws `input` errors with `place` for a check of another form, or of names that nothing has. */
export function parseChecks(
  { checks }: Pick<DatasetDescription, 'checks'>,
  structure: Structure,
  names: ColumnNames,
  place: string,
): Check[] {
  return checks.map((text) => {
    const fail = (problem: string) => inputError(place, `checks: "${text}": ${problem}`);
    const find = (written: string) => named(written.trim(), names, fail);
    const inner = /^(monotone|unique)\((.*)\)$/.exec(text.trim());
    if (inner?.[1] === 'monotone') return { text, is: 'monotone', of: find(inner[2]!) };
    if (inner) {
      const columns = inner[2]!.split(',').map((one) => one.trim());
      const table = tableWith(columns, names, fail);
      return { text, is: 'unique', table, columns: columns.map((one) => one.split('.').at(-1)!) };
    }
    const sum =
      /^sum\((.*)\)\s*=\s*(.*)$/.exec(text.trim()) ?? /^(?<total>[^=<>]*)=\s*sum\((?<of>.*)\)$/.exec(text.trim());
    if (sum) {
      const of = find(sum.groups?.of ?? sum[1]!);
      const total = find(sum.groups?.total ?? sum[2]!);
      if (structure.owners.get(of.table)?.table === total.table) return { text, is: 'sum', of, total };
      throw fail(`rows of "${of.table}" do not hang below rows of "${total.table}"`);
    }
    const compared = /^([^<>=]+?)\s*(<=|>=|<|>)\s*([^<>=]+)$/.exec(text.trim());
    if (!compared) {
      throw fail(
        'must be monotone(a), unique(a, b), sum(table.a) = table.b, or a comparison such as a.date >= b.since',
      );
    }
    const [left, right, operator] = [find(compared[1]!), find(compared[3]!), compared[2] as Operator];
    if (isAbove(structure, right.table, left.table))
      return { text, is: 'comparison', below: left, operator, above: right };
    if (isAbove(structure, left.table, right.table)) {
      return { text, is: 'comparison', below: right, operator: reversed[operator], above: left };
    }
    throw fail(`one of the two must hang below the other, at most two tables down`);
  });
}

/** Whether `above` is `below`, its owner, or the owner's owner. */
function isAbove({ owners }: Structure, above: string, below: string): boolean {
  const owner = owners.get(below)?.table;
  return above === below || above === owner || (owner !== undefined && above === owners.get(owner)?.table);
}

type Fail = (problem: string) => TabletalkError;

function named(written: string, names: ColumnNames, fail: Fail): Named {
  const column = written.includes('.') ? written.slice(written.indexOf('.') + 1) : written;
  return { table: tableWith([written], names, fail), column };
}

/** The one table that has all the columns, as it is written before them or where no other has them. */
function tableWith(written: readonly string[], names: ColumnNames, fail: Fail): string {
  const found = [...names].filter(([table, columns]) =>
    written.every(
      (one) => columns.includes(one) || (one.startsWith(`${table}.`) && columns.includes(one.slice(table.length + 1))),
    ),
  );
  if (found.length === 1) return found[0]![0];
  const shown = written.map((one) => `"${one}"`).join(' and ');
  throw fail(found.length === 0 ? `no table has ${shown}` : `${found.length} tables have ${shown}: write table.column`);
}

/** The table whose rows break the check: for `sum` those that have the total. */
export function brokenTable(check: Check): string {
  if (check.is === 'unique') return check.table;
  return check.is === 'comparison' ? check.below.table : check.is === 'sum' ? check.total.table : check.of.table;
}

/** Whether the comparison holds; a missing cell breaks none. */
export function compares(operator: Operator, below: Value | null, above: Value | null): boolean {
  return typeof below !== 'number' || typeof above !== 'number' || operators[operator](below, above);
}

/** The nearest number that the comparison allows beside `above`, on a grid of `unit`. */
export function nearest(operator: Operator, above: number, unit: number): number {
  return operator === '<' ? above - unit : operator === '>' ? above + unit : above;
}

/** Half the last decimal that a sum of a thousand cents may lose. */
const sumTolerance = 5e-3;

/** By check, the rows (of families, for `sum`) in which it does not hold, at most all of them. */
export function brokenRows(dataset: Dataset, check: Check): number[] {
  const { tables, structure } = dataset;
  const numbers = ({ table, column }: Named) => numbersOf(tables.get(table)!.table, column, check.text);
  if (check.is === 'unique') return repeatedRows(dataset, check);
  const below = check.is === 'comparison' ? check.below : check.of;
  const owner = structure.owners.get(below.table);
  const owners = owner && tables.get(below.table)!.parentRows.get(owner.column)!;
  const values = numbers(below);
  if (check.is === 'monotone') {
    const last = new Map<number, number>();
    const order = dataset.description.tables[below.table]!.order;
    const rows = orderedRows(dataset, below.table, order);
    return rows.filter((row) => {
      const family = owners?.[row] ?? 0;
      const before = last.get(family);
      if (Number.isNaN(values[row]!)) return false;
      last.set(family, values[row]!);
      return before !== undefined && values[row]! < before;
    });
  }
  if (check.is === 'sum') {
    const sums = new Map<number, number>();
    for (const [row, family] of owners!.entries()) {
      if (family >= 0) sums.set(family, (sums.get(family) ?? 0) + (Number.isNaN(values[row]!) ? 0 : values[row]!));
    }
    const totals = numbers(check.total);
    return [...sums]
      .filter(([family, sum]) => Math.abs(sum - totals[family]!) > sumTolerance)
      .map(([family]) => family);
  }
  const above = numbers(check.above);
  const isOwn = check.below.table === check.above.table;
  const up = isOwn
    ? undefined
    : rowsAbove(dataset, check.below.table, owner!.table === check.above.table ? 'owner' : 'above');
  return [...values.keys()].filter((row) => {
    const at = up ? up.rows[row]! : row;
    const [a, b] = [values[row]!, at < 0 ? Number.NaN : above[at]!];
    return !Number.isNaN(a) && !Number.isNaN(b) && !compares(check.operator, a, b);
  });
}

function orderedRows({ tables }: Dataset, name: string, order: string | undefined): number[] {
  const { table } = tables.get(name)!;
  const rows = Array.from({ length: table.rowCount }, (_, row) => row);
  const at = order === undefined ? -1 : columnOf(table, order);
  if (at < 0) return rows;
  const times = table.columns[at] as Float64Array;
  return rows.sort((a, b) => times[a]! - times[b]! || a - b);
}

function repeatedRows({ tables }: Dataset, { table: name, columns }: Extract<Check, { is: 'unique' }>): number[] {
  const { table } = tables.get(name)!;
  const texts = columns.map((column) => keyTexts(table, columnOf(table, column)));
  const seen = new Set<string>();
  return Array.from({ length: table.rowCount }, (_, row) => row).filter((row) => {
    const known = seen.size;
    return seen.add(JSON.stringify(texts.map((one) => one[row]))).size === known;
  });
}

function numbersOf(table: Table, name: string, text: string): Float64Array {
  const at = columnOf(table, name);
  const column = table.schema.columns[at]!;
  if (isNumeric(column)) return table.columns[at] as Float64Array;
  const example = formatValue(column, valueAt(table.columns[at]!, 0) ?? '');
  throw new TabletalkError(
    'input',
    `check "${text}": column "${name}" must be a number or a time, got ${column.kind} (${JSON.stringify(example)})`,
  );
}

/** Throws an `input` error where the real rows break a check: rows that break it would teach the model to. */
export function requireChecks(dataset: Dataset, checks: readonly Check[]): void {
  for (const check of checks) {
    const broken = brokenRows(dataset, check);
    if (broken.length === 0) continue;
    const where = `${broken.length} rows of "${brokenTable(check)}", the first is row ${broken[0]! + 1}`;
    throw new TabletalkError('input', `check "${check.text}" does not hold in ${where}`);
  }
}
