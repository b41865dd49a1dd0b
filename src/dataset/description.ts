/**
 * dataset.json: the tables of a data set, their keys and how they hang together.
 *
 * A table hangs below its *owner*: the first of its parents that is no lookup, where there are several the one that
 * leads to the root. Rows of one owner are a family. The other parents are chosen for each row among those that exist.
 */
import { z } from 'zod';
import { inputError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import { schemaOverrides } from '../table/infer/schema-overrides.ts';

const tableDescription = z.strictObject({
  /** Beside dataset.json; any kind of file that `readTable` reads. */
  file: z.string().min(1),
  /** The column that names each row: never missing, never twice. */
  key: z.string().optional(),
  /** Columns whose values are keys of other tables, or of this one. They may be missing. */
  parents: z.array(z.strictObject({ column: z.string(), table: z.string() })).default([]),
  /** The column by which the rows of a family are in order: a number or a time. Without it the file's order counts. */
  order: z.string().optional(),
  /** Of a table without a table of parents: the column that says to which entity a row belongs. */
  entity: z.string().optional(),
  /** Whether the rows are kept as they are: products, countries, airports. */
  lookup: z.boolean().default(false),
  /** What of the columns is not to be as it was inferred, as `--schema` has it. */
  schema: schemaOverrides.optional(),
});
export type TableDescription = z.output<typeof tableDescription>;

export const datasetDescription = z.strictObject({
  name: z.string().optional(),
  licence: z.string().optional(),
  /** The table whose rows `--rows` counts; by default the one without an owner that has the most tables below it. */
  root: z.string().optional(),
  tables: z.record(
    z.string().regex(/^[\p{L}\p{N}_][\p{L}\p{N}_ -]{0,99}$/u, { error: 'must be letters, digits, "_", "-" or blanks' }),
    tableDescription,
  ),
  /** Rules across rows (checks.ts). */
  checks: z.array(z.string()).default([]),
});
export type DatasetDescription = z.output<typeof datasetDescription>;

export interface Link {
  readonly column: string;
  readonly table: string;
}

/** How the tables that are made hang together; lookup tables are in `order` only. */
export interface Structure {
  readonly root: string;
  /** Every table behind those it refers to, but for itself. */
  readonly order: readonly string[];
  readonly owners: ReadonlyMap<string, Link>;
}

/** Throws `input` errors with `place`, the file: a name that nothing has, a circle of keys, a second key. */
export function structureOf({ tables, root }: DatasetDescription, place: string): Structure {
  const names = Object.keys(tables);
  if (names.length === 0) throw inputError(place, 'tables: must name at least one table');
  for (const [name, { parents, lookup, key, entity }] of Object.entries(tables)) {
    for (const { table, column } of parents) {
      const parent = tables[table];
      const where = `tables.${name}.parents: column "${column}"`;
      if (!parent) throw inputError(place, `${where}: no table "${table}"${didYouMean(table, names)}`);
      if (parent.key === undefined) throw inputError(place, `${where}: table "${table}" has no "key"`);
      if (lookup && !parent.lookup) {
        throw inputError(place, `${where}: a lookup table is kept, so "${table}" must be a lookup table, too`);
      }
      if (column === key) throw inputError(place, `${where}: it is the key of "${name}" and cannot name its parent`);
    }
    if (entity !== undefined && entity === key) throw inputError(place, `tables.${name}: "entity" is its key`);
    if (entity !== undefined && (lookup || parents.some(({ column }) => column === entity))) {
      throw inputError(place, `tables.${name}: "entity" is for a table that has no table of parents for it`);
    }
  }
  const order = sorted(tables, place);
  const made = order.filter((name) => !tables[name]!.lookup);
  if (made.length === 0) throw inputError(place, 'tables: all are lookup tables; there is nothing to learn');
  if (root !== undefined && !made.includes(root)) {
    throw inputError(place, `root: "${root}" is no table that is learned${didYouMean(root, made)}`);
  }
  const candidates = (name: string) =>
    tables[name]!.parents.filter(({ table }) => table !== name && !tables[table]!.lookup);
  const reaches = (name: string, above: string): boolean =>
    name === above || candidates(name).some(({ table }) => reaches(table, above));
  const size = (name: string) => made.filter((other) => reaches(other, name)).length;
  const roots = made.filter((name) => candidates(name).length === 0);
  const found = root ?? roots.reduce((a, b) => (size(b) > size(a) ? b : a));
  const owners = new Map<string, Link>();
  for (const name of made) {
    const parents = candidates(name);
    const owner = name === found ? undefined : (parents.find(({ table }) => reaches(table, found)) ?? parents[0]);
    if (owner) owners.set(name, owner);
  }
  return { root: found, order, owners };
}

/** Parents before children. Throws an `input` error that names a circle. */
function sorted(tables: DatasetDescription['tables'], place: string): string[] {
  const order: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (order.includes(name)) return;
    if (path.includes(name)) {
      const circle = [...path.slice(path.indexOf(name)), name].map((one) => `"${one}"`).join(' -> ');
      throw inputError(place, `tables refer to each other in a circle: ${circle}; leave out one of these parents`);
    }
    for (const { table } of tables[name]!.parents) if (table !== name) visit(table, [...path, name]);
    order.push(name);
  };
  for (const name of Object.keys(tables)) visit(name, []);
  return order;
}
