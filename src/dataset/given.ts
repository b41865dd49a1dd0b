/** Real rows as the generator sees those that it made: of lookup tables, and of a table that is kept. */
import { TabletalkError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { Completer } from '../model/completer.ts';
import { castLeniently } from '../table/cast.ts';
import type { Value } from '../table/cells.ts';
import { learnedTable } from '../table/learnable.ts';
import type { Column, Schema } from '../table/schema.ts';
import { takeRows, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import type { Dataset } from './dataset.ts';
import { featureReader, History, readAbove } from './features.ts';
import { knownFeatures, schemaOf } from './generate.ts';
import type { DatasetFile } from './manifest.ts';
import { type MadeTable, ownTable, type TablePlan } from './plan.ts';
import { drawnRows } from './sentences.ts';

/** A lookup table has no plan of its own: nothing of it is drawn. */
const planOf = (name: string, own: readonly Column[]): TablePlan => ({
  name,
  own: [...own],
  features: [],
  anchors: [],
  repeats: [],
  others: [],
  counts: [],
  ownerless: 0,
});

export function lookupRows(lookups: ReadonlyMap<string, Table>): Map<string, MadeTable> {
  return new Map(
    [...lookups].map(([name, table]) => {
      const own = learnedTable(table);
      const made: MadeTable = {
        plan: planOf(name, own.schema.columns),
        schema: own.schema,
        rows: valuesOf(own),
        owners: new Int32Array(table.rowCount).fill(-1),
        others: new Map(),
        given: table,
      };
      return [name, made];
    }),
  );
}

const valuesOf = (table: Table): (Value | null)[][] => drawnRows(table).map(({ values }) => [...values]);

interface GivenRows {
  readonly table: string;
  readonly rows: number;
  /** The rows from one on, with how many children each is to have drawn by the table's model. */
  take(
    from: number,
    count: number,
    completer: Completer | undefined,
    seed: number,
  ): Promise<{ made: MadeTable; keys: ReadonlyMap<string, readonly string[]> }>;
}

/** Throws `option` errors for a table that is not there, or is kept anyway. */
export function givenRows(file: DatasetFile, name: string, dataset: Dataset): GivenRows {
  const names = Object.keys(file.tables);
  const entry = file.tables[name];
  if (!entry) throw new TabletalkError('option', `keep "${name}": no such table${didYouMean(name, names)}`);
  const { plan } = entry;
  if (!plan) throw new TabletalkError('option', `keep "${name}": a lookup table is kept anyway`);
  if (plan.counts.length === 0) throw new TabletalkError('option', `keep "${name}": no table hangs below it`);
  const linked = dataset.tables.get(name)!;
  const schema = schemaOf(plan);
  const own = castRows(ownTable(dataset, name), schema);
  const views = readAbove(dataset, name, plan, (table) => ownTable(dataset, table));
  return {
    table: name,
    rows: linked.table.rowCount,
    async take(from, count, completer, seed) {
      const rows = Array.from({ length: count }, (_, i) => from + i);
      const values = rows.map((row) => [...own[row]!]);
      if (completer && count > 0) {
        const known = knownOf(
          plan,
          completer.schema,
          values,
          rows.map((row) => ({
            owner: views.owner(row),
            above: views.above(row),
            size: 1,
            history: new History(schema),
          })),
        );
        const drawn = await completer.complete(count, known, { seed: seed + from });
        for (const { name: column } of plan.counts) {
          const [to, at] = [schema.columns, drawn.schema.columns].map((all) =>
            all.findIndex((one) => one.name === column),
          );
          for (const [i, row] of values.entries()) row[to!] = (drawn.columns[at!] as Float64Array)[i]!;
        }
      }
      const made: MadeTable = {
        plan,
        schema,
        rows: values,
        owners: new Int32Array(count).fill(-1),
        others: new Map(),
        given: takeRows(linked.table, rows),
        above: rows.map(views.owner),
      };
      return { made, keys: new Map([[name, rows.map((row) => linked.keys![row]!)]]) };
    },
  };
}

/** Rows under the model's columns; what these cannot hold is missing. Counts are drawn. */
function castRows(table: Table, schema: Schema): (Value | null)[][] {
  const names = schema.columns.map(({ name }) => name);
  const stray = table.schema.columns.map(({ name }) => name).filter((name) => !names.includes(name));
  const { columns } = castLeniently(withoutColumns(table, stray), schema);
  return Array.from({ length: table.rowCount }, (_, row) => columns.map((cells) => cells?.[row] ?? null));
}

/** What the model is told of given rows: their features, and every own column but counts and distances. */
function knownOf(
  plan: TablePlan,
  learned: Schema,
  rows: readonly (readonly (Value | null)[])[],
  families: Parameters<typeof knownFeatures>[1],
) {
  const drawn = new Set([...plan.counts.map(({ name }) => name), ...plan.anchors.map(({ column }) => column)]);
  const columns = plan.own.flatMap((column, i) => {
    if (drawn.has(column.name) || !learned.columns.some(({ name }) => name === column.name)) return [];
    // A cell that the model has no words for is drawn, and not used.
    return [{ name: column.name, cells: rows.map((row) => row[i] ?? (column.missing === null ? undefined : null)) }];
  });
  const features = featureReader(plan.features, schemaOf(plan));
  return [...knownFeatures(plan, families, features), ...columns];
}
