/** Tables as they are written: own columns as they were drawn, keys and references made, the rest filled in. */
import { createRandom } from '../numeric/random.ts';
import { formatValue, type Value, valueAt } from '../table/cells.ts';
import { tableFromValues } from '../table/from-values.ts';
import { createReplacer, type Replacer } from '../table/identifiers/replace.ts';
import { type Column, isPlain, type Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { columnOf, keyTexts, type LinkedTable } from './dataset.ts';
import type { TableDescription } from './description.ts';
import { keyMaker } from './keys.ts';
import type { DatasetFile } from './manifest.ts';
import type { MadeTable } from './plan.ts';

/** Columns that hold keys are numbers of any size, or texts. */
export function writtenSchema({ table }: LinkedTable, { key, parents }: TableDescription, learned: Schema): Schema {
  const keys = [key, ...parents.map(({ column }) => column)];
  const columns = table.schema.columns.map((column): Column => {
    if (keys.includes(column.name)) return keyColumn(column);
    return learned.columns.find(({ name }) => name === column.name) ?? column;
  });
  return { version: 1, columns, ...(table.schema.locale !== undefined && { locale: table.schema.locale }) };
}

function keyColumn({ name, missing, ...column }: Column): Column {
  if (!isPlain({ ...column, name, missing } as Column)) return { name, kind: 'text', missing };
  const {
    reason: _,
    replaced: __,
    missingShare: ___,
    ...plain
  } = { ...column, name, missing } as Extract<Column, { kind: 'integer' | 'decimal' }>;
  return { ...plain, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
}

/** Keys of the rows of each table; they go on from chunk to chunk. */
export interface Writer {
  /** The tables of one chunk, by name, those of lookup tables left out. @param givenKeys the keys of lookup tables, and of rows that were given. */
  write(
    made: ReadonlyMap<string, MadeTable>,
    givenKeys: ReadonlyMap<string, readonly string[]>,
  ): Promise<Map<string, Table>>;
}

export function createWriter(file: DatasetFile, seed: number): Writer {
  const written = new Map<string, number>();
  const replacers = new Map<string, Promise<Replacer>>();
  const keysOf = (name: string, rows: number): readonly string[] | undefined => {
    const { key } = file.tables[name]!;
    if (!key) return undefined;
    const make = keyMaker(key, createRandom(seed, 22).int(2 ** 31));
    const from = written.get(name) ?? 0;
    return Array.from({ length: rows }, (_, i) => make(from + i));
  };
  return {
    async write(made, givenKeys) {
      const keys = new Map(
        [...made].map(([name, { rows }]) => [name, givenKeys.get(name) ?? keysOf(name, rows.length)]),
      );
      const tables = new Map<string, Table>();
      for (const [name, one] of made) {
        if (file.tables[name]!.plan === undefined) continue;
        tables.set(name, one.given ?? (await fill(name, one, keys)));
        written.set(name, (written.get(name) ?? 0) + one.rows.length);
      }
      for (const [name, { entityColumns }] of Object.entries(file.tables)) {
        const rows = tables.get(name);
        const entities = entityColumns && tables.get(entityColumns.from);
        if (rows && entities) tables.set(name, joined(rows, entities, entityColumns.columns, made.get(name)!.owners));
      }
      for (const [name, { file: path }] of Object.entries(file.tables)) if (path === undefined) tables.delete(name);
      return tables;
    },
  };

  async function fill(
    name: string,
    made: MadeTable,
    keys: ReadonlyMap<string, readonly string[] | undefined>,
  ): Promise<Table> {
    const { plan } = made;
    const { schema } = file.tables[name]!;
    const key = keys.get(name);
    const { key: keyName } = file.description.tables[name]!;
    const replaced = schema.columns.filter((column) => column.replaced);
    const replacer = await replacerOf(name, { ...schema, columns: replaced });
    const filled = replacer?.({ schema: { ...schema, columns: [] }, rowCount: made.rows.length, columns: [] });
    const sources = schema.columns.map((column): ((row: number) => Value | null) => {
      const asKey = (text: string | null | undefined) => (text == null ? null : isPlain(column) ? Number(text) : text);
      if (column.name === keyName) return (row) => asKey(key![row]);
      if (column.name === plan.owner?.column) {
        const above = keys.get(plan.owner.table)!;
        return (row) => asKey(above[made.owners[row]!]);
      }
      const other = plan.others.find((one) => one.column === column.name);
      if (other?.by === 'columns') {
        const [beside, rows] = [keys.get(other.table)!, made.others.get(other.column)!];
        return (row) => asKey(beside[rows[row]!]);
      }
      const own = made.schema.columns.findIndex((one) => one.name === column.name);
      if (other) {
        const values = made.schema.columns[own]!;
        return (row) => {
          const code = made.rows[row]![own]!;
          return asKey(code === null ? null : formatValue(values, code));
        };
      }
      if (own >= 0) return (row) => made.rows[row]![own]!;
      const at = replaced.findIndex((one) => one.name === column.name);
      const cells = filled!.columns[at]!;
      return (row) => valueAt(cells, row);
    });
    return tableFromValues(
      schema,
      made.rows.map((_, row) => sources.map((source) => source(row))),
    );
  }

  function replacerOf(name: string, schema: Schema): Promise<Replacer> | undefined {
    if (schema.columns.length === 0) return undefined;
    let replacer = replacers.get(name);
    if (!replacer) {
      replacer = createReplacer(schema, { seed, rows: 0 });
      replacers.set(name, replacer);
    }
    return replacer;
  }
}

/** Rows with the columns of their entity, in the order of the file. */
function joined(rows: Table, entities: Table, names: readonly string[], owners: Int32Array): Table {
  const columns = names.map((name) => {
    const own = columnOf(rows, name);
    const [table, at] = own >= 0 ? [rows, own] : [entities, columnOf(entities, name)];
    const places = own >= 0 ? owners.keys() : owners.values();
    return { column: table.schema.columns[at]!, cells: Array.from(places, (row) => valueAt(table.columns[at]!, row)) };
  });
  return tableFromValues(
    { ...rows.schema, columns: columns.map(({ column }) => column) },
    Array.from({ length: rows.rowCount }, (_, row) => columns.map(({ cells }) => cells[row]!)),
  );
}

/** The keys of a table that is there. */
export const keysOfTable = (table: Table, key: string): string[] =>
  keyTexts(table, columnOf(table, key)).map((text) => text ?? '');
