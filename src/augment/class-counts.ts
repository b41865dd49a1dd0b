/** How many new rows each label gets. */
import { optionError, TabletalkError } from '../errors/errors.ts';
import { noColumn } from '../errors/suggest.ts';
import { type CodedColumn, isCoded, isNumeric } from '../table/schema.ts';
import type { Table } from '../table/table.ts';

/** A class with the rows that are there and those to be added. */
interface ClassCount {
  readonly label: string;
  /** Its code in the target's column. */
  readonly code: number;
  readonly real: number;
  readonly synthetic: number;
  readonly wanted: number;
}

/** What is to be added: so many rows of each class, or so many whose number is left to the generator. */
export interface Wanted {
  /** Index of the label's column. */
  readonly target: number;
  readonly rows: number;
  /** Null for a number. */
  readonly classes: readonly ClassCount[] | null;
  /** Whether the classes are wanted as often as they are among the real rows. */
  readonly proportional: boolean;
}

interface CountOptions {
  readonly target: string;
  readonly balance: boolean;
  readonly rows?: number | undefined;
}

/** @throws {TabletalkError} `option` and `input`, before any work, for a target that nothing can be learned of. */
export function wantedRows(real: Table, synthetic: Table | null, options: CountOptions): Wanted {
  const { columns } = real.schema;
  const target = columns.findIndex(({ name }) => name === options.target);
  const column = columns[target];
  if (!column) {
    const names = columns.map(({ name }) => name);
    throw optionError('augment', 'target', noColumn(options.target, names), { column: options.target });
  }
  const refuse = (why: string) => optionError('augment', 'target', `"${column.name}" ${why}`);
  if (column.replaced) throw refuse(`is not learned: ${column.reason ?? 'it is replaced'}`);
  if (isCoded(column)) return wantedClasses(real, synthetic, target, column, options);
  if (!isNumeric(column)) throw refuse('is text: a label is a class or a number');
  if (options.balance) {
    throw optionError(
      'augment',
      'balance',
      `"${column.name}" is ${column.kind} and has no classes; say how many "rows"`,
    );
  }
  const values = new Set((real.columns[target] as Float64Array).filter((x) => !Number.isNaN(x)));
  if (values.size < 2) throw onlyOne(column.name, values.size, 'value');
  return { target, rows: options.rows!, classes: null, proportional: true };
}

function wantedClasses(
  real: Table,
  synthetic: Table | null,
  target: number,
  column: CodedColumn,
  { balance, rows }: CountOptions,
): Wanted {
  const [own, earlier] = [real, synthetic].map((table) => countCodes(table, target, column.values.length));
  const seen = [...column.values.keys()].filter((code) => own![code]! > 0);
  if (seen.length < 2) throw onlyOne(column.name, seen.length, 'class');
  const there = seen.map((code) => own![code]! + earlier![code]!);
  const most = Math.max(...there);
  const wanted = balance
    ? there.map((count) => most - count)
    : inProportion(
        rows!,
        seen.map((code) => own![code]!),
      );
  const total = wanted.reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    throw new TabletalkError('input', `the classes of "${column.name}" are balanced: each has ${most} rows`);
  }
  const classes = seen.map((code, i) => ({
    label: column.values[code]!,
    code,
    real: own![code]!,
    synthetic: earlier![code]!,
    wanted: wanted[i]!,
  }));
  return { target, rows: total, classes, proportional: !balance };
}

function onlyOne(name: string, count: number, what: string): TabletalkError {
  const came = count === 0 ? `no ${what}` : `one ${what} only`;
  return new TabletalkError('input', `column "${name}" has ${came} among the real rows: there is nothing to predict`);
}

function countCodes(table: Table | null, target: number, size: number): number[] {
  const counts = new Array<number>(size).fill(0);
  for (const code of (table?.columns[target] as Int32Array | undefined) ?? []) if (code >= 0) counts[code]! += 1;
  return counts;
}

/** Whole numbers with this sum, as near to the proportions as can be (the largest remainders are rounded up). */
export function inProportion(total: number, parts: readonly number[]): number[] {
  const sum = parts.reduce((a, b) => a + b, 0);
  const exact = parts.map((part) => (total * part) / sum);
  const counts = exact.map(Math.floor);
  const rest = total - counts.reduce((a, b) => a + b, 0);
  const byRemainder = [...exact.keys()].sort((a, b) => exact[b]! - counts[b]! - (exact[a]! - counts[a]!) || a - b);
  for (const i of byRemainder.slice(0, rest)) counts[i]! += 1;
  return counts;
}

/** The same classes, with a share of what was wanted: at least one row where any was. */
export function shareOf(wanted: Wanted, share: number): Wanted {
  const { rows, classes } = wanted;
  const part = (count: number) => (count === 0 ? 0 : Math.max(1, Math.round(count * share)));
  if (!classes) return { ...wanted, rows: part(rows) };
  const shared = classes.map((each) => ({ ...each, wanted: part(each.wanted) }));
  return { ...wanted, rows: shared.reduce((sum, each) => sum + each.wanted, 0), classes: shared };
}
