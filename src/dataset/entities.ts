/** Gives the entities of a table without parents a table of their own: their ids, and the columns that never change within one. */
import { inputError } from '../errors/errors.ts';
import { valueAt } from '../table/cells.ts';
import { takeRows, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { columnOf, type Dataset, keyTexts, type LinkedTable } from './dataset.ts';
import { type DatasetDescription, structureOf } from './description.ts';

/** The name of the table of a table's entities. Its `file` is that of the table itself, into whose rows it is written. */
const entityTable = (name: string, entity: string): string => `${name} ${entity}`;

/** Throws an `input` error where a row has no entity. */
export function withEntities(dataset: Dataset, place: string): Dataset {
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
    const moved = split(linked, entity, [description.key, description.order, ...linked.parentRows.keys()], place);
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
