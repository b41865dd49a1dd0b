/** Rows of a table as they are learned and drawn, and back: what each is told, and its own columns, some of them as distances. */
import { formatValue, parseCell, type Value, valueAt } from '../table/cells.ts';
import { type CodedColumn, type Column, isCoded, type NumericColumn } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import {
  type Anchor,
  balance,
  countsOf,
  distanceColumn,
  type LearnedColumn,
  ledgerSigns,
  moved,
  stepName,
} from './anchors.ts';
import { columnOf, type Dataset, indexOf, onGrid, picked, rowsAbove } from './dataset.ts';
import { type Families, lastKnown } from './families.ts';
import {
  type Family,
  type Feature,
  featureColumn,
  featureReader,
  History,
  type RowView,
  readAbove,
  rowOf,
} from './features.ts';
import { numbersBefore, surprise, surprised } from './forecast.ts';
import { informative } from './informative.ts';
import { otherData } from './other-parents.ts';
import type { TablePlan } from './plan.ts';
import type { Repeat } from './plan-distances.ts';

export interface LearnedRows {
  readonly table: Table;
  /** Those of the plan's features that say something of the rows. */
  readonly features: readonly Feature[];
  readonly given: readonly string[];
  /** By row, the family that is held out or learned as a whole. */
  readonly families: Int32Array;
  /** By anchor, those whose distances could not be measured are left out. */
  readonly anchors: readonly Anchor[];
}

/** The rows of a table as its model learns them, family by family. Columns of one value only are learned, too: they cost little. */
export function learnedRows(
  dataset: Dataset,
  plan: TablePlan,
  owns: ReadonlyMap<string, Table>,
  families: Families,
): LearnedRows {
  const own = owns.get(plan.name)!;
  const measured = plan.anchors.flatMap((anchor) => {
    const columns = distanceData(dataset, plan, owns, families, anchor);
    return columns ? [{ anchor, columns }] : [];
  });
  const drawn: LearnedColumn[] = [
    ...own.schema.columns.flatMap((column, i): LearnedColumn[] => {
      const found = measured.find(({ anchor }) => anchor.column === column.name);
      return found ? found.columns : [withRepeats(dataset, plan, owns, { column, data: own.columns[i]! }, families)];
    }),
    ...plan.others.flatMap((other) => otherData(dataset, plan, owns, other)),
  ];
  const possible = featureData(dataset, plan, owns, families);
  const kept = informative(
    possible.map(({ data }, i) => ({ codes: data as Int32Array, kind: kindOf(plan.features[i]!) })),
    tableWith(own, drawn),
    families.first,
  );
  const told = kept.map((i) => possible[i]!);
  const root = rootFamilies(dataset, plan.name);
  return {
    table: tableWith(own, [...told, ...drawn]),
    features: kept.map((i) => plan.features[i]!),
    given: told.map(({ column }) => column.name),
    families: root,
    anchors: measured.map(({ anchor }) => anchor),
  };
}

const kindOf = ({ of }: Feature) =>
  of === 'place' || of === 'left' ? 'always' : of === 'owner' || of === 'above' ? 'above' : 'before';

/** Rare categories are left out already; a table's own rules still bind its columns. */
const tableWith = ({ schema, rowCount }: Table, columns: readonly LearnedColumn[]): Table => ({
  schema: { ...schema, columns: columns.map(({ column }) => column), minCategoryCount: undefined },
  rowCount,
  columns: columns.map(({ data }) => data),
});

function featureData(
  dataset: Dataset,
  { name, features, owner, above }: TablePlan,
  owns: ReadonlyMap<string, Table>,
  families: Families,
): LearnedColumn[] {
  if (features.length === 0) return [];
  const own = owns.get(name)!;
  const read = featureReader(features, own.schema);
  const views = readAbove(dataset, name, { owner, above }, (table) => owns.get(table)!);
  const data = features.map(() => new Int32Array(own.rowCount));
  for (const rows of families.rows) {
    const [first, size] = [rows[0]!, rows.length];
    const family: Family = { owner: views.owner(first), above: views.above(first), size };
    const history = new History(own.schema);
    for (const row of rows) {
      for (const [i, code] of read(family, history).entries()) data[i]![row] = code;
      history.add(rowOf(own, row).values);
    }
  }
  return features.map((feature, i) => ({ column: featureColumn(feature), data: data[i]! }));
}

/** A column with the marker where the value that it repeats comes again. */
function withRepeats(
  dataset: Dataset,
  { name, repeats, owner }: TablePlan,
  owns: ReadonlyMap<string, Table>,
  { column, data }: LearnedColumn,
  families: Families,
): LearnedColumn {
  const found = repeats.find((one) => one.column === column.name);
  if (!found) return { column, data };
  const last = lastKnown(families, data);
  if (found.cycle) return cycled(found, column as CodedColumn, data as Int32Array, last);
  const above = readAbove(dataset, name, { owner }, (table) => owns.get(table)!);
  const own = Array.from({ length: data.length }, (_, row) => valueAt(data, row));
  const isSame = (row: number) => {
    const like = repeated(found, column, last[row]! < 0 ? null : own[last[row]!]!, above.owner(row));
    return own[row] !== null && own[row] === like;
  };
  if (!isCoded(column))
    return { column, data: own.map((text, row) => (isSame(row) ? found.marker : (text as string | null))) };
  const { name: title, missing, values } = column;
  return {
    column: { name: title, kind: 'category', missing, values: [...values, found.marker] },
    data: (data as Int32Array).map((code, row) => (isSame(row) ? values.length : code)),
  };
}

/** How many values after the last one each is, behind the values themselves, which first rows have. */
function cycled(
  { marker }: Repeat,
  { name, missing, values }: CodedColumn,
  codes: Int32Array,
  last: Int32Array,
): LearnedColumn {
  const size = values.length;
  return {
    column: { name, kind: 'category', missing, values: [...values, ...values.map((_, i) => `${marker}${i}`)] },
    data: codes.map((code, row) =>
      code < 0 || last[row]! < 0 ? code : size + ((code - codes[last[row]!]! + size) % size),
    ),
  };
}

/** The value that the marker stands for: the last one of the family, else the owner's. */
function repeated(
  { last: byLast, owner: name }: Repeat,
  column: Column,
  last: Value | null,
  owner: RowView | undefined,
): Value | null {
  if (byLast && last !== null) return last;
  if (name === undefined || !owner) return null;
  const at = indexOf(owner.schema).get(name)!;
  const value = owner.values[at]!;
  return value === null ? null : (parseCell(column, formatValue(owner.schema.columns[at]!, value)) ?? null);
}

/** The distances of one column; undefined where they are no whole numbers that a double holds. */
function distanceData(
  dataset: Dataset,
  { name }: TablePlan,
  owns: ReadonlyMap<string, Table>,
  families: Families,
  anchor: Anchor,
): LearnedColumn[] | undefined {
  const own = owns.get(name)!;
  const at = columnOf(own, anchor.column);
  const column = own.schema.columns[at] as NumericColumn;
  const values = own.columns[at] as Float64Array;
  const last = lastKnown(families, values);
  if (anchor.ledger) return ledgerData(own, anchor, column, values, last);
  const isLater = (row: number) => anchor.step !== undefined && last[row]! >= 0;
  const bases = anchor.base && baseTimes(dataset, owns, name, anchor.base);
  const starts = values.map((x, row) => (isLater(row) ? Number.NaN : x - (bases?.[row] ?? 0)));
  const start = bases
    ? distanceColumn(anchor.column, countsOf(starts, anchor.unit))
    : { column: withMissing(column, starts), data: starts };
  if (anchor.step === undefined) return start && [start];
  const { step: unit, forecast } = anchor;
  const before = forecast && numbersBefore(families, values);
  const counts = before
    ? values.map((x, row) => (before[row] ? surprise(forecast, before[row], x, unit) : Number.NaN))
    : countsOf(
        values.map((x, row) => (isLater(row) ? x - values[last[row]!]! : Number.NaN)),
        unit,
      );
  const step = distanceColumn(stepName(anchor.column), counts);
  return start && step && [start, step];
}

/** Of later rows whether the amount is added or taken away, whichever is nearer; of first ones too where it begins at 0. */
function ledgerData(
  own: Table,
  { column: name, ledger }: Anchor,
  column: NumericColumn,
  values: Float64Array,
  last: Int32Array,
): LearnedColumn[] {
  const { column: other, fromZero } = ledger!;
  const amounts = own.columns[columnOf(own, other)] as Float64Array;
  const signs = Int32Array.from(values, (x, row) => {
    if (Number.isNaN(x) || (last[row]! < 0 && !fromZero)) return -1;
    const before = last[row]! < 0 ? 0 : values[last[row]!]!;
    const [plus, minus] = [0, 1].map((sign) => Math.abs(x - balance(before, amounts[row]!, sign)));
    return plus! <= minus! ? 0 : 1;
  });
  const missing = signs.includes(-1) ? '' : null;
  const sign: LearnedColumn = {
    column: { name: stepName(name), kind: 'category', missing, values: [...ledgerSigns] },
    data: signs,
  };
  if (fromZero) return [sign];
  const starts = values.map((x, row) => (last[row]! < 0 ? x : Number.NaN));
  return [{ column: withMissing(column, starts), data: starts }, sign];
}

const withMissing = (column: Column, data: Float64Array): Column =>
  column.missing === null && data.some(Number.isNaN) ? { ...column, missing: '' } : column;

function baseTimes(
  dataset: Dataset,
  owns: ReadonlyMap<string, Table>,
  name: string,
  { of, column }: NonNullable<Anchor['base']>,
): Float64Array {
  const above = of === 'order' ? undefined : rowsAbove(dataset, name, of)!;
  const table = owns.get(above?.table ?? name)!;
  const times = table.columns[columnOf(table, column)]!;
  return (above ? picked(times, above.rows) : times) as Float64Array;
}

/** By row, the row of the root above it: what is held out together. */
function rootFamilies({ structure, tables }: Dataset, name: string): Int32Array {
  const { table, parentRows } = tables.get(name)!;
  const owner = structure.owners.get(name);
  if (!owner) return Int32Array.from({ length: table.rowCount }, (_, row) => row);
  const above = rootFamilies({ structure, tables } as Dataset, owner.table);
  // A row without an owner is a family of its own.
  return parentRows.get(owner.column)!.map((row, i) => (row < 0 ? -1 - i : above[row]!));
}

/** What is drawn of one row, made into its own columns. */
export function ownRow(
  { own, anchors, repeats, order }: TablePlan,
  drawn: RowView,
  {
    owner,
    above,
    history,
  }: { readonly owner: RowView | undefined; readonly above: RowView | undefined; readonly history: History },
): (Value | null)[] {
  const { last } = history;
  const index = indexOf(drawn.schema);
  const row = own.map(({ name }) => drawn.values[index.get(name) ?? -1] ?? null);
  for (const { column, base, unit, step, forecast, ledger } of anchors) {
    const at = own.findIndex(({ name }) => name === column);
    const before = last[at] ?? (ledger?.fromZero ? 0 : null);
    if (step !== undefined && before !== null) {
      const count = drawn.values[index.get(stepName(column))!]!;
      if (ledger && count !== null) {
        const amount = row[own.findIndex(({ name }) => name === ledger.column)] as number;
        row[at] = onGrid(own[at]!, balance(before as number, amount, count as number));
      } else if (!forecast) row[at] = moved(own[at]!, before, count, step);
      else if (count === null) row[at] = null;
      else row[at] = surprised(forecast, history.numbers(at), count as number, step, own[at] as NumericColumn);
    } else if (base) {
      const view = base.of === 'owner' ? owner : above;
      const from =
        base.of === 'order'
          ? row[own.findIndex(({ name }) => name === order)]!
          : (view?.values[indexOf(view.schema).get(base.column)!] ?? null);
      row[at] = moved(own[at]!, from, row[at]!, unit);
    }
  }
  for (const one of repeats) {
    const at = own.findIndex(({ name }) => name === one.column);
    const column = own[at]!;
    if (one.cycle) {
      const size = (column as CodedColumn).values.length;
      const code = row[at] as number | null;
      if (code !== null && code >= size) row[at] = ((last[at] as number) + code) % size;
      continue;
    }
    const isMarked = row[at] === (isCoded(column) ? column.values.length : one.marker);
    if (isMarked) row[at] = repeated(one, column, last[at] ?? null, owner);
  }
  return row;
}

/** The rows of a drawn table. */
export const drawnRows = (table: Table): RowView[] =>
  Array.from({ length: table.rowCount }, (_, row) => rowOf(table, row));
