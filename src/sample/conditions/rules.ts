/** What a schema's checks leave of a cell once others of its row are known, as sets of cells. */

import { above, atLeast, atMost, below, type Interval, otherThan, points } from '../../numeric/intervals.ts';
import { type CellSet, commonCells, everyValue, hasCell } from '../../serialize/codec/cell-set.ts';
import type { Value } from '../../table/cells.ts';
import { holds, solve } from '../../table/checks/check-values.ts';
import { type Check, type Comparison, parseCheck } from '../../table/checks/checks.ts';
import type { Schema } from '../../table/schema.ts';

/** Values by column of `combination` checks, as often as there are such checks, in their order. */
export type Combinations = readonly (readonly (readonly number[])[])[];

/** By column: null is missing, undefined not known yet. */
export type Known = readonly (Value | null | undefined)[];

export interface Rules {
  /** The columns that checks name. */
  readonly columns: readonly number[];
  /** Equations with a number alone on a side, in a column that is not listed, and the columns it is computed from. */
  readonly formulas: readonly { readonly column: number; readonly inputs: readonly number[] }[];
  /** The number that formulas give to the last of their columns to be known; undefined where they give none. */
  formula(column: number, known: Known): CellSet | undefined;
  /**
   * The cells that checks leave to a column, undefined where they leave all; and whether it is to be set: a number that
   * is not listed, and the only one that an equation allows.
   */
  allowed(column: number, known: Known): { readonly set: CellSet; readonly isSet: boolean } | undefined;
  /** Whether every check holds in a row. */
  accept(row: Known): boolean;
}

export interface RuleColumns {
  /** Whether a cell of the column is to be drawn. */
  isDrawn(column: number): boolean;
  /** Whether each of the column's cells is one token, whose probability the model learns directly. */
  isListed(column: number): boolean;
}

/** Made of the checks that name a column of which a cell is to be drawn; undefined when there are none. */
export function createRules(
  schema: Schema,
  combinations: Combinations,
  { isDrawn, isListed }: RuleColumns,
): Rules | undefined {
  const parsed = (schema.checks ?? []).map((text) => parseCheck(text, schema.columns));
  const learned = new Map(
    parsed.filter(({ is }) => is === 'combination').map((check, i) => [check, combinations[i] ?? []]),
  );
  const checks = parsed.filter(({ columns }) => columns.some(isDrawn));
  if (checks.length === 0) return undefined;
  const loneOf = new Map(checks.map((check) => [check, loneColumn(check)]));
  const formulas = checks.flatMap((check) => {
    const column = loneOf.get(check);
    return column === undefined || isListed(column) || !isDrawn(column) ? [] : [{ check, column }];
  });
  const named = [...new Set(checks.flatMap(({ columns }) => columns))];
  const everything = (column: number): CellSet => ({ missing: true, present: everyValue(schema.columns[column]!) });
  const setOf = (check: Check, column: number, known: Known): CellSet | undefined =>
    check.is === 'combination'
      ? combined(check.columns, learned.get(check)!, column, known)
      : compared(check, column, known, everything(column));
  const setsOf = (list: readonly Check[], column: number, known: Known) => {
    const sets = list
      .filter(({ columns }) => columns.includes(column))
      .flatMap((check) => setOf(check, column, known) ?? []);
    return sets.length === 0 ? undefined : sets.reduce(commonCells);
  };
  return {
    columns: named,
    formulas: formulas.map(({ check, column }) => ({
      column,
      inputs: check.columns.filter((other) => other !== column),
    })),
    formula: (column, known) =>
      isListed(column)
        ? undefined
        : setsOf(
            formulas.map(({ check }) => check),
            column,
            known,
          ),
    allowed(column, known) {
      const set = setsOf(checks, column, known);
      return set && { set, isSet: !isListed(column) && !set.missing && set.present.is === 'numbers' };
    },
    accept: (row) =>
      checks.every((check) =>
        check.is === 'comparison'
          ? holds(check, row as readonly (Value | null)[])
          : check.columns.every((column) => hasCell(setOf(check, column, row) ?? everything(column), row[column]!)),
      ),
  };
}

/** The column that stands alone on a side of an equation. */
function loneColumn(check: Check): number | undefined {
  if (check.is === 'combination' || check.sign !== '=') return undefined;
  const lone = [check.left, check.right].find(({ is }) => is === 'column');
  return lone?.is === 'column' ? lone.column : undefined;
}

const intervals: Record<Comparison, (x: number) => readonly Interval[]> = {
  ...{ '=': (x) => points([x]), '!=': otherThan, '<': below, '<=': atMost, '>': above, '>=': atLeast },
};

function compared(
  check: Extract<Check, { is: 'comparison' }>,
  column: number,
  known: Known,
  everything: CellSet,
): CellSet | undefined {
  const others = check.columns.filter((other) => other !== column).map((other) => known[other]);
  if (others.includes(undefined) || others.includes(null)) return undefined;
  const solution = solve(check, known, column);
  if (solution === undefined || solution === true) return undefined;
  if (solution === false) return { missing: everything.missing, present: { is: 'numbers', intervals: [] } };
  const present = { is: 'numbers' as const, intervals: intervals[solution.sign](solution.bound) };
  // Where an equation gives a number, that number is written, and not that it is missing.
  return { missing: solution.sign !== '=', present };
}

/** What stands in the column in the combinations that have the known cells. */
function combined(
  columns: readonly number[],
  combinations: Combinations[number],
  column: number,
  known: Known,
): CellSet | undefined {
  const at = columns.indexOf(column);
  const fits = (row: readonly number[]) =>
    columns.every((other, i) => i === at || known[other] === undefined || row[i] === (known[other] ?? -1));
  const codes = [...new Set(combinations.filter(fits).map((row) => row[at]!))].sort((a, b) => a - b);
  return { missing: codes.includes(-1), present: { is: 'codes', codes: codes.filter((code) => code >= 0) } };
}
