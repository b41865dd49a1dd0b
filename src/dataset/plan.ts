/**
 * How the rows of one table are learned: each as a sentence of what it is told (features.ts) and of its own columns, some of
 * them as distances (anchors.ts), with what it says of its other parents.
 *
 * A table's *own* columns are those that are learned: no keys, no replaced columns, but how many children a row has in
 * each table below it, and the keys of lookup tables that are few enough to be categories.
 */
import { z } from 'zod';
import type { Value } from '../table/cells.ts';
import { parseCheck } from '../table/checks/checks.ts';
import { learnedTable } from '../table/learnable.ts';
import { type Column, columnSchema, isCoded, isNumeric, type Schema } from '../table/schema.ts';
import { withoutColumns } from '../table/select.ts';
import type { ColumnData, Table } from '../table/table.ts';
import { type Anchor, anchor, spread, unitOf } from './anchors.ts';
import type { Check } from './checks.ts';
import { columnOf, type Dataset, picked } from './dataset.ts';
import type { Families } from './families.ts';
import { feature, possibleFeatures, type RowView } from './features.ts';
import { planAnchor, planRepeat, repeat } from './plan-distances.ts';

const link = z.strictObject({ column: z.string(), table: z.string() });

/** A parent beside the owner. */
const otherParent = z.strictObject({
  ...link.shape,
  /** `key`: its key is a category of the row's own. `columns`: a row is drawn with what it says of the parent, and one like that is chosen. */
  by: z.enum(['key', 'columns']),
  /** Columns of the parent that a row says something of. */
  attributes: z.array(z.strictObject({ column: z.string(), unit: z.number().positive().optional() })),
  /** Whether it may be missing. */
  optional: z.boolean(),
  /** Whether a parent is always of the same owner as the row. */
  within: z.boolean(),
});
export type OtherParent = z.infer<typeof otherParent>;

export const tablePlan = z.strictObject({
  name: z.string(),
  owner: link.optional(),
  above: z.string().optional(),
  /** The own columns. */
  own: z.array(columnSchema),
  features: z.array(feature),
  anchors: z.array(anchor),
  repeats: z.array(repeat),
  others: z.array(otherParent),
  /** Own columns that say how many rows of `table` refer to a row by `column`. */
  counts: z.array(z.strictObject({ name: z.string(), ...link.shape, mean: z.number().min(0) })),
  order: z.string().optional(),
  /** For each row with an owner, rows without one. */
  ownerless: z.number().min(0),
});
export type TablePlan = z.infer<typeof tablePlan>;

/** The rows of one table. Those of a lookup table are real. */
export interface MadeTable {
  readonly plan: TablePlan;
  readonly schema: Schema;
  /** Own columns. */
  readonly rows: (Value | null)[][];
  /** By row, the row of its owner, -1 without one. */
  readonly owners: Int32Array;
  /** By column that refers to a parent other than the owner and is no own column: that parent's row, -1 where it is missing. */
  readonly others: Map<string, Int32Array>;
  /** Where the rows were given (`keep`), not drawn, and what their owners say. */
  readonly given?: Table | undefined;
  readonly above?: readonly (RowView | undefined)[];
}

const countName = (table: string, column: string): string => `#${table} ${column}`;
export const attributeName = (column: string, attribute: string): string => `${column} . ${attribute}`;
export const presenceName = (column: string): string => `${column} ?`;
/** Of a table that refers to itself: how many rows are above a row. */
export const levelName = '#level';

/** More keys are no category, nor are keys that hardly come again. */
const mostKeys = 4096;
const fewestUses = 5;
const mostAttributes = 8;

/** The own columns of a table's rows. */
export function ownTable(dataset: Dataset, name: string): Table {
  const { description, structure, tables } = dataset;
  const { key, parents } = description.tables[name]!;
  const { table, parentRows } = tables.get(name)!;
  const references = parents.map(({ column }) => column);
  const learned = learnedTable(withoutColumns(table, [...references, ...(key === undefined ? [] : [key])]));
  const columns: { column: Column; data: ColumnData }[] = learned.columns.map((data, i) => ({
    column: learned.schema.columns[i]!,
    data,
  }));
  for (const { column, table: parent } of parents) {
    if (structure.owners.get(name)?.column === column || !isByKey(dataset, name, column, parent)) continue;
    columns.push(keyColumn(column, tables.get(parent)!.keys!, parentRows.get(column)!));
  }
  for (const { name: count, table: child, column } of countsFor(dataset, name)) {
    columns.push(countColumn(count, tables.get(child)!.parentRows.get(column)!, table.rowCount));
  }
  const self = parents.find((parent) => parent.table === name);
  if (self) columns.push(levelColumn(parentRows.get(self.column)!));
  return {
    schema: { ...learned.schema, columns: columns.map(({ column }) => column) },
    rowCount: table.rowCount,
    columns: columns.map(({ data }) => data),
  };
}

function isByKey({ description, tables }: Dataset, name: string, column: string, parent: string): boolean {
  if (!description.tables[parent]!.lookup) return false;
  const rows = tables.get(name)!.parentRows.get(column)!;
  const used = new Set(rows);
  return used.size <= mostKeys && used.size * fewestUses <= Math.max(rows.length, 12 * fewestUses);
}

function keyColumn(name: string, keys: readonly string[], rows: Int32Array): { column: Column; data: ColumnData } {
  const used = [...new Set(rows)].filter((row) => row >= 0).sort((a, b) => a - b);
  const code = new Map(used.map((row, i) => [row, i]));
  const missing = rows.includes(-1) ? '' : null;
  const column: Column = { name, kind: 'category', missing, values: used.map((row) => keys[row]!) };
  return { column, data: rows.map((row) => code.get(row) ?? -1) };
}

/** Of the tables that are made, those whose rows refer to rows of this one. */
function countsFor(
  { description, structure }: Dataset,
  name: string,
): { name: string; table: string; column: string }[] {
  return structure.order.flatMap((child) =>
    description.tables[child]!.lookup || description.tables[name]!.lookup
      ? []
      : description.tables[child]!.parents.filter(({ table }) => table === name).map(({ column }) => ({
          name: countName(child, column),
          table: child,
          column,
        })),
  );
}

function countColumn(name: string, rows: Int32Array, parents: number): { column: Column; data: ColumnData } {
  const data = new Float64Array(parents);
  for (const row of rows) if (row >= 0) data[row]! += 1;
  const max = data.reduce((most, count) => Math.max(most, count), 0);
  const min = data.reduce((least, count) => Math.min(least, count), max);
  return { column: { name, kind: 'integer', missing: null, min, max }, data };
}

function levelColumn(parents: Int32Array): { column: Column; data: ColumnData } {
  const data = new Float64Array(parents.length).fill(-1);
  for (let row = 0; row < parents.length; row++) {
    const path: number[] = [];
    for (let at = row; at >= 0 && data[at]! < 0; at = parents[at]!) {
      path.push(at);
      // A row that is its own boss at some distance is the top of its circle.
      if (path.includes(parents[at]!)) break;
    }
    for (const at of path.reverse())
      data[at] = parents[at]! < 0 || data[parents[at]!]! < 0 ? 0 : data[parents[at]!]! + 1;
  }
  const max = data.reduce((most, level) => Math.max(most, level), 0);
  return { column: { name: levelName, kind: 'integer', missing: null, min: 0, max }, data };
}

/** @param owns the own columns of every table. */
export function planTable(
  dataset: Dataset,
  name: string,
  owns: ReadonlyMap<string, Table>,
  families: Families,
  checks: readonly Check[],
): TablePlan {
  const { description, structure } = dataset;
  const { parents, order } = description.tables[name]!;
  const own = owns.get(name)!;
  const owner = structure.owners.get(name);
  const above = owner && structure.owners.get(owner.table)?.table;
  const others = parents
    .filter(({ column }) => column !== owner?.column)
    .map(({ column, table }) => planOther(dataset, own, owns, { name, column, table }));
  const bound = new Set((own.schema.checks ?? []).flatMap((check) => parseCheck(check, own.schema.columns).columns));
  const monotone = checks.flatMap((check) =>
    check.is === 'monotone' && check.of.table === name ? [check.of.column] : [],
  );
  const repeats = own.schema.columns.flatMap((column, i) =>
    bound.has(i) ? [] : (planRepeat(dataset, { name, column, data: own.columns[i]! }, owns, families) ?? []),
  );
  /** What is learned as it is: distances and repetitions say little of the others in their row. */
  const beside = new Map(
    [...own.schema.columns.keys()].map((i) => [
      own.schema.columns[i]!.name,
      { column: own.schema.columns[i]!, data: own.columns[i]! },
    ]),
  );
  for (const { column } of repeats) beside.delete(column);
  for (const { column, table, attributes } of others) {
    const [parent, rows] = [owns.get(table)!, dataset.tables.get(name)!.parentRows.get(column)!];
    for (const attribute of attributes) {
      const i = columnOf(parent, attribute.column);
      beside.set(attributeName(column, attribute.column), {
        column: parent.schema.columns[i]!,
        data: picked(parent.columns[i]!, rows),
      });
    }
  }
  const anchored = own.schema.columns.flatMap((column, i) => {
    if (!isNumeric(column)) return [];
    // A rule of the table's own schema binds the column as it is; numbers of children go no way.
    if (bound.has(i) || column.name.startsWith('#')) return [];
    const data = own.columns[i] as Float64Array;
    const others = [...beside].flatMap(([other, cells]) => (other === column.name || other === order ? [] : [cells]));
    const found = planAnchor(dataset, { name, column, data, beside: others }, owns, families, monotone);
    if (found) beside.delete(column.name);
    return found ?? [];
  });
  const rankOf = ({ column, ledger }: Anchor) => (column === order ? 0 : ledger ? 2 : 1);
  return {
    name,
    ...(owner && { owner }),
    ...(above !== undefined && { above }),
    own: own.schema.columns,
    features: owner
      ? possibleFeatures(own, families, owns.get(owner.table)!, above === undefined ? undefined : owns.get(above))
      : [],
    repeats,
    // The order comes first: others are measured from it. Balances come last: they move by others.
    anchors: anchored.sort((a, b) => rankOf(a) - rankOf(b)),
    others,
    counts: countsFor(dataset, name).map((count) => ({ ...count, mean: meanOf(own, count.name) })),
    ...(order !== undefined && { order }),
    ownerless: owner ? ownerless(dataset.tables.get(name)!.parentRows.get(owner.column)!) : 0,
  };
}

function meanOf(own: Table, name: string): number {
  const counts = own.columns[columnOf(own, name)] as Float64Array;
  return counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length);
}

function ownerless(owners: Int32Array): number {
  const without = owners.filter((owner) => owner < 0).length;
  return without / Math.max(1, owners.length - without);
}

interface Place {
  readonly name: string;
  readonly column: string;
  readonly table: string;
}

function planOther(
  dataset: Dataset,
  own: Table,
  owns: ReadonlyMap<string, Table>,
  { name, column, table }: Place,
): OtherParent {
  const rows = dataset.tables.get(name)!.parentRows.get(column)!;
  const link = { column, table, optional: rows.includes(-1) };
  if (isByKey(dataset, name, column, table)) return { ...link, by: 'key', attributes: [], within: false };
  const parent = owns.get(table)!;
  const { order } = dataset.description.tables[name]!;
  const attributes = parent.schema.columns
    .flatMap((attribute, i) => {
      const isTold = (isNumeric(attribute) || isCoded(attribute)) && !attribute.name.startsWith('#');
      return isTold
        ? [{ column: attribute.name, unit: orderUnit(own, order, rows, attribute, parent.columns[i]!) }]
        : [];
    })
    .slice(0, mostAttributes)
    .map(({ column, unit }) => ({ column, ...(unit !== undefined && { unit }) }));
  return { ...link, by: 'columns', attributes, within: isWithin(dataset, name, table, rows) };
}

/** The unit in which a parent's time is steadier as a distance from the row's own, if it is. */
function orderUnit(
  own: Table,
  order: string | undefined,
  rows: Int32Array,
  attribute: Column,
  data: ColumnData,
): number | undefined {
  const at = order === undefined ? -1 : columnOf(own, order);
  if (at < 0 || attribute.kind !== 'datetime' || own.schema.columns[at]!.kind !== 'datetime') return undefined;
  const values = picked(data, rows) as Float64Array;
  const distances = values.map((x, row) => x - (own.columns[at] as Float64Array)[row]!);
  return spread(distances) < 0.5 * spread(values) ? unitOf(attribute, distances) : undefined;
}

/** Whether row and parent always hang below the same owner. */
function isWithin({ structure, tables }: Dataset, name: string, table: string, rows: Int32Array): boolean {
  const [owner, parents] = [structure.owners.get(name), structure.owners.get(table)];
  if (!owner || !parents || owner.table !== parents.table) return false;
  const mine = tables.get(name)!.parentRows.get(owner.column)!;
  const theirs = tables.get(table)!.parentRows.get(parents.column)!;
  return rows.every((row, i) => row < 0 || theirs[row] === mine[i]);
}
