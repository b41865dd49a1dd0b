/** The rows of a table by family and in their order. */
import { valueAt } from '../table/cells.ts';
import { isNumeric } from '../table/schema.ts';
import type { ColumnData } from '../table/table.ts';
import { columnOf, type Dataset } from './dataset.ts';

export interface Families {
  /** Rows by family, in order within each. */
  readonly rows: readonly Int32Array[];
  /** By family, its owner's row; a row without one is a family of its own, and this is -1. */
  readonly owners: Int32Array;
  readonly sizes: Int32Array;
  /** The first row of each family. */
  readonly first: Int32Array;
  /** By row, the row before it in its family, -1 for the first. */
  readonly before: Int32Array;
}

/** By row, the last row before it in its family that has a value, -1 without one. */
export function lastKnown({ rows, before }: Families, data: ColumnData): Int32Array {
  const last = new Int32Array(before.length).fill(-1);
  for (const family of rows) {
    let known = -1;
    for (const row of family) {
      last[row] = known;
      if (valueAt(data, row) !== null) known = row;
    }
  }
  return last;
}

/** Families in the order of their owners; rows of one in the order of its `order` column, and of the file where that is the same. */
export function familiesOf({ description, structure, tables }: Dataset, name: string): Families {
  const { table, parentRows } = tables.get(name)!;
  const owner = structure.owners.get(name);
  const members = new Map<number, number[]>();
  const alone: number[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const family = owner ? parentRows.get(owner.column)![row]! : row;
    if (family < 0) {
      alone.push(row);
      continue;
    }
    const rows = members.get(family);
    if (rows) rows.push(row);
    else members.set(family, [row]);
  }
  const { order } = description.tables[name]!;
  const at = order === undefined ? -1 : columnOf(table, order);
  const times = at >= 0 && isNumeric(table.schema.columns[at]!) ? (table.columns[at] as Float64Array) : undefined;
  const rankOf = (row: number) => {
    const time = times![row]!;
    return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
  };
  const found = [...[...members].sort(([a], [b]) => a - b), ...alone.map((row): [number, number[]] => [-1, [row]])];
  const rows = found.map(([, rows]) =>
    Int32Array.from(times ? rows.toSorted((a, b) => rankOf(a) - rankOf(b) || a - b) : rows),
  );
  const before = new Int32Array(table.rowCount).fill(-1);
  for (const family of rows) for (let i = 1; i < family.length; i++) before[family[i]!] = family[i - 1]!;
  return {
    rows,
    owners: Int32Array.from(found, ([family]) => (owner ? family : -1)),
    sizes: Int32Array.from(rows, ({ length }) => length),
    first: Int32Array.from(rows, (family) => family[0]!),
    before,
  };
}
