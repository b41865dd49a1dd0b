/** Reads a data set: the tables that a dataset.json names, each row beside those that it refers to. */
import { dirname, join } from 'node:path';
import { inputError, TabletalkError } from '../errors/errors.ts';
import { noColumn } from '../errors/suggest.ts';
import { checkJson, readJson } from '../files/json-file.ts';
import { formatValue, valueAt } from '../table/cells.ts';
import { readTableAndDialect } from '../table/read.ts';
import { isNumeric, type Schema } from '../table/schema.ts';
import { takeRows, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { columnOf, type Dataset, keyTexts, type LinkedTable } from './dataset.ts';
import { type DatasetDescription, datasetDescription, structureOf } from './description.ts';

export interface ReadDatasetOptions {
  /** Leave out rows whose parent is not there, instead of an error at the first. */
  readonly dropOrphans?: boolean | undefined;
  /** Tables are read with these schemas' kinds, from this folder: a synthetic copy of another data set. */
  readonly like?: { readonly tables: ReadonlyMap<string, { readonly schema: Schema }>; readonly folder: string };
}

/**
 * Reads dataset.json and the tables beside it. Throws `input` errors with file, line and value: a key that repeats or is
 * missing, a row without its parent, an order column that is no number or time.
 */
export async function readDataset(path: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const description = checkJson(datasetDescription, await readJson(path), path);
  return readTables(description, options.like?.folder ?? dirname(path), path, options);
}

/** @param place dataset.json, for messages. */
async function readTables(
  description: DatasetDescription,
  folder: string,
  place: string,
  { dropOrphans = false, like }: ReadDatasetOptions = {},
): Promise<Dataset> {
  const structure = structureOf(description, place);
  const tables = new Map<string, LinkedTable>();
  const orphans = new Map<string, number>();
  for (const name of structure.order) {
    const { file, key, parents, order, entity, schema } = description.tables[name]!;
    const path = join(folder, file);
    const known = like?.tables.get(name)?.schema;
    const read = await readTableAndDialect(
      path,
      known ? { like: known, lenient: true } : { ...(schema && { overrides: schema }) },
      true,
    );
    const columns = read.table.schema.columns.map((column) => column.name);
    for (const column of [key, order, entity, ...parents.map((parent) => parent.column)]) {
      if (column !== undefined && !columns.includes(column)) throw inputError(path, noColumn(column, columns));
    }
    if (order !== undefined) checkOrder(path, read.table, order);
    const linked = link(name, read, description, tables, dropOrphans);
    if (linked.dropped > 0) orphans.set(name, linked.dropped);
    tables.set(name, linked);
  }
  return withEntities({ description, structure, tables, orphans }, place);

  function link(
    name: string,
    { table, dialect, place: lineOf }: Awaited<ReturnType<typeof readTableAndDialect>>,
    { tables: described }: DatasetDescription,
    before: ReadonlyMap<string, LinkedTable>,
    drop: boolean,
  ): LinkedTable & { dropped: number } {
    const { key, parents } = described[name]!;
    const found = linkRows(table, key, parents, (parent) => (parent === name ? undefined : before.get(parent)?.keys), {
      lineOf,
      drop,
      own: name,
    });
    return { ...found, dialect };
  }
}

interface LinkContext {
  readonly lineOf: (row: number) => string;
  readonly drop: boolean;
  readonly own: string;
}

/** Finds the parent's row of every row; with `drop`, rows without one are left out, and then those that refer to them. */
function linkRows(
  table: Table,
  key: string | undefined,
  parents: DatasetDescription['tables'][string]['parents'],
  keysOf: (table: string) => readonly string[] | undefined,
  { lineOf, drop, own }: LinkContext,
): LinkedTable & { dropped: number } {
  let rows = Array.from({ length: table.rowCount }, (_, row) => row);
  const texts = (column: string) => keyTexts(table, columnOf(table, column));
  const allKeys = key === undefined ? undefined : uniqueKeys(texts(key), key, lineOf);
  const references = parents.map(({ column, table: parent }) => ({ column, parent, texts: texts(column) }));
  for (let before = -1; before !== rows.length; ) {
    before = rows.length;
    for (const { column, parent, texts } of references) {
      const known = new Set(parent === own ? rows.map((row) => allKeys![row]!) : keysOf(parent)!);
      rows = rows.filter((row) => {
        const text = texts[row]!;
        if (text === null || known.has(text)) return true;
        if (drop) return false;
        throw new TabletalkError(
          'input',
          `${lineOf(row)}: column "${column}": no row of "${parent}" has the key ${JSON.stringify(text)}; ` +
            '--drop-orphans leaves such rows out',
          { column, value: text, place: lineOf(row) },
        );
      });
    }
  }
  const keys = allKeys && rows.map((row) => allKeys[row]!);
  const parentRows = new Map(
    references.map(({ column, parent, texts }) => {
      const index = new Map((parent === own ? keys! : keysOf(parent)!).map((text, row) => [text, row]));
      const found = Int32Array.from(rows, (row) => (texts[row] === null ? -1 : index.get(texts[row]!)!));
      return [column, found] as const;
    }),
  );
  const dropped = table.rowCount - rows.length;
  return { table: dropped > 0 ? takeRows(table, rows) : table, keys, parentRows, dropped };
}

function uniqueKeys(texts: readonly (string | null)[], key: string, lineOf: (row: number) => string): string[] {
  const seen = new Map<string, number>();
  return texts.map((text, row) => {
    const place = lineOf(row);
    const fail = (problem: string) =>
      new TabletalkError('input', `${place}: column "${key}": ${problem}`, { column: key, value: text, place });
    if (text === null) throw fail('a key must not be missing');
    const first = seen.get(text);
    if (first !== undefined)
      throw fail(`a key must not repeat, got ${JSON.stringify(text)} again (first at ${lineOf(first)})`);
    seen.set(text, row);
    return text;
  });
}

function checkOrder(path: string, { schema, columns }: Table, name: string): void {
  const index = schema.columns.findIndex((column) => column.name === name);
  const column = schema.columns[index]!;
  if (isNumeric(column) || columns[index]!.length === 0) return;
  const example = formatValue(column, valueAt(columns[index]!, 0) ?? '');
  throw inputError(
    path,
    `column "${name}": the order must be a number or a time, and it was read as ${column.kind} (${JSON.stringify(example)}); ` +
      `say its kind in the table's "schema", or leave out "order"`,
    { column: name },
  );
}

// Gives the entities of a table without parents a table of their own: their ids, and the columns that never change
// within one.

/** The name of the table of a table's entities. Its `file` is that of the table itself, into whose rows it is written. */
const entityTable = (name: string, entity: string): string => `${name} ${entity}`;

/** Throws an `input` error where a row has no entity. */
function withEntities(dataset: Dataset, place: string): Dataset {
  const described = Object.entries(dataset.description.tables).filter(([, { entity }]) => entity !== undefined);
  if (described.length === 0) return dataset;
  const tables = new Map(dataset.tables);
  const descriptions: DatasetDescription['tables'] = {};
  const renamed = new Map<string, string>();
  for (const [name, { entity, ...description }] of Object.entries(dataset.description.tables)) {
    if (entity === undefined) {
      descriptions[name] = description;
      continue;
    }
    if (dataset.structure.owners.has(name)) {
      throw inputError(place, `tables.${name}: "entity" is for a table without parents but lookup tables`);
    }
    const parent = entityTable(name, entity);
    renamed.set(name, parent);
    const linked = dataset.tables.get(name)!;
    const moved = split(
      linked,
      entity,
      [description.key, description.order, ...linked.parentRows.keys()],
      join(place, '..', description.file),
    );
    tables.set(parent, moved.entities);
    const columns = linked.table.schema.columns.map((column) => column.name);
    tables.set(name, { ...moved.rows, joined: { columns, from: parent } });
    const { file } = description;
    descriptions[parent] = { file, key: entity, parents: [], lookup: false };
    descriptions[name] = { ...description, parents: [...description.parents, { column: entity, table: parent }] };
  }
  const { root, ...rest } = dataset.description;
  const description: DatasetDescription = {
    ...rest,
    ...(root !== undefined && { root: renamed.get(root) ?? root }),
    tables: descriptions,
  };
  return { ...dataset, description, structure: structureOf(description, place), tables };
}

function split(linked: LinkedTable, entity: string, fixed: readonly (string | undefined)[], place: string) {
  const { table } = linked;
  const texts = keyTexts(table, columnOf(table, entity));
  const absent = texts.indexOf(null);
  if (absent >= 0) throw inputError(place, `row ${absent + 1}: column "${entity}": an entity must not be missing`);
  const first = new Map<string, number>();
  for (const [row, text] of (texts as string[]).entries()) if (!first.has(text)) first.set(text, row);
  const keys = [...first.keys()];
  const index = new Map(keys.map((key, row) => [key, row]));
  const owner = Int32Array.from(texts as string[], (text) => index.get(text)!);
  const heads = Int32Array.from(first.values());
  const isConstant = (column: number) =>
    owner.every(
      (entity, row) => valueAt(table.columns[column]!, row) === valueAt(table.columns[column]!, heads[entity]!),
    );
  const names = table.schema.columns.map(({ name }) => name);
  const constant = names.filter((name, i) => name !== entity && !fixed.includes(name) && isConstant(i));
  const others = names.filter((name) => name !== entity && !constant.includes(name));
  const entities: Table = takeRows(withoutColumns(table, others), heads);
  const rows = withoutColumns(table, constant);
  return {
    entities: { table: entities, keys, parentRows: new Map(), dialect: linked.dialect } satisfies LinkedTable,
    rows: { ...linked, table: rows, parentRows: new Map([...linked.parentRows, [entity, owner]]) },
  };
}
