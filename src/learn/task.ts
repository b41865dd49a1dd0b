/** The target as something to be learned: its classes or numbers, and which rows can be used. */

import { type Column, isCoded } from '../table/schema.ts';
import { takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { tableMatrix } from './features.ts';
import type { Labels, Matrix } from './matrix.ts';

/** Classes beyond these are learned as one, "other": a score a class, and a tree a class, are enough of so many. */
const maxClasses = 10;

export interface Task {
  readonly target: number;
  /** The names of the classes, most frequent in training first; null for a number. */
  readonly classes: readonly string[] | null;
  /** The rows whose label is there, and one that training showed. */
  rows(table: Table): Int32Array;
  /** What these rows teach. */
  examples(table: Table): { readonly matrix: Matrix; readonly labels: Labels };
}

/** Null when training shows less than two classes or values. */
export function taskOf(train: Table, target: number): Task | null {
  const column = train.schema.columns[target]!;
  return isCoded(column) ? classification(train, target, column) : regression(train, target);
}

function classification(train: Table, target: number, { values }: Extract<Column, { values: string[] }>): Task | null {
  const counts = new Array<number>(values.length).fill(0);
  for (const code of train.columns[target] as Int32Array) if (code >= 0) counts[code]! += 1;
  const seen = [...counts.keys()].filter((code) => counts[code]! > 0).sort((a, b) => counts[b]! - counts[a]!);
  if (seen.length < 2) return null;
  const own = seen.length > maxClasses ? seen.slice(0, maxClasses - 1) : seen;
  const classes = own.map((code) => values[code]!);
  if (own.length < seen.length) classes.push(`other (${seen.length - own.length} classes)`);
  const classOf = values.map((_, code) => {
    const index = own.indexOf(code);
    return index >= 0 || own.length === seen.length ? index : own.length;
  });
  const labelsOf = (table: Table) => (table.columns[target] as Int32Array).map((code) => classOf[code] ?? -1);
  return {
    target,
    classes,
    rows: (table) => rowsWhere(labelsOf(table), (label) => label >= 0),
    examples(table) {
      const known = takeKnown(table, this.rows(table));
      return {
        matrix: tableMatrix(known, target),
        labels: { kind: 'class', codes: labelsOf(known), classes: classes.length },
      };
    },
  };
}

function regression(train: Table, target: number): Task | null {
  const present = (train.columns[target] as Float64Array).filter((x) => !Number.isNaN(x));
  if (present.every((x) => x === present[0])) return null;
  return {
    target,
    classes: null,
    rows: (table) => rowsWhere(table.columns[target] as Float64Array, (x) => !Number.isNaN(x)),
    examples(table) {
      const known = takeKnown(table, this.rows(table));
      return {
        matrix: tableMatrix(known, target),
        labels: { kind: 'number', values: known.columns[target] as Float64Array },
      };
    },
  };
}

function rowsWhere(cells: ArrayLike<number>, holds: (cell: number) => boolean): Int32Array {
  return Int32Array.from({ length: cells.length }, (_, row) => row).filter((row) => holds(cells[row]!));
}

function takeKnown(table: Table, rows: Int32Array): Table {
  return rows.length === table.rowCount ? table : takeRows(table, rows);
}
