/** Proposes a dataset.json for the tables of a folder: keys by their values, parents by values and names, an order by its time. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../errors/errors.ts';
import { readTable } from '../table/read.ts';
import type { Table } from '../table/table.ts';
import { keyTexts } from './dataset.ts';

interface Read {
  readonly name: string;
  readonly file: string;
  readonly table: Table;
}

interface Key {
  readonly column: string;
  readonly values: ReadonlySet<string>;
}

export interface Proposal {
  readonly tables: Record<
    string,
    { file: string; key?: string; parents?: { column: string; table: string }[]; order?: string; lookup?: true }
  >;
}

/** A child column that refers to more rows than this that are not there is no reference. */
const mostOrphans = 0.02;
/** Tables that no other hangs below, of at most so many rows, of which each is used by many, are taken for lookup tables. */
const mostLookupRows = 5000;
const fewestUses = 3;

const readable = /\.(?:csv|tsv|jsonl|ndjson)(?:\.gz)?$|\.parquet$/i;

/** Throws an `input` error where the folder has no table. */
export async function proposeDataset(folder: string): Promise<Proposal> {
  const files = (await readdir(folder)).filter((file) => readable.test(file)).sort();
  if (files.length === 0) throw inputError(folder, 'no table in it: .csv, .tsv, .jsonl or .parquet');
  const tables: Read[] = [];
  for (const file of files) {
    tables.push({ name: file.replace(readable, ''), file, table: await readTable(join(folder, file)) });
  }
  const keys = new Map(tables.flatMap((one) => keyOf(one).map((key) => [one.name, key] as const)));
  const links = tables.map((one) => parentsOf(one, keys));
  const isLookup = lookupsAmong(tables, links);
  const proposed = tables.map(({ name, file, table }, i) => {
    const parents = links[i]!;
    const order = parents.length > 0 && !isLookup(name) ? orderOf(table) : undefined;
    return [
      name,
      {
        file,
        ...(keys.has(name) && { key: keys.get(name)!.column }),
        ...(parents.length > 0 && { parents }),
        ...(order !== undefined && { order }),
        ...(isLookup(name) && { lookup: true as const }),
      },
    ] as const;
  });
  return { tables: Object.fromEntries(proposed) };
}

/** The column that is never missing and never repeats and is named or placed as a key is: `<table>_id`, `id`, or the first. */
function keyOf({ name, table }: Read): Key[] {
  const candidates = table.schema.columns.flatMap((column, i) => {
    if (column.missing !== null || table.rowCount < 2 || column.kind === 'decimal' || column.kind === 'datetime')
      return [];
    const texts = keyTexts(table, i) as string[];
    const values = new Set(texts);
    const score = nameScore(column.name, name) + (i === 0 ? 1 : 0);
    return values.size === texts.length && score > 0 ? [{ column: column.name, values, score }] : [];
  });
  const best = candidates.sort((a, b) => b.score - a.score)[0];
  return best ? [{ column: best.column, values: best.values }] : [];
}

/** How much a column's name says that it is the key of a table: 3 for its own name, 2 for "id", 1 for a name that ends so. */
function nameScore(column: string, table: string): number {
  const [short, stem] = [plain(column), plain(table)];
  const singular = stem.replace(/ies$/, 'y').replace(/s$/, '');
  if ([`${stem}id`, `${singular}id`, `${singular}key`, `${singular}no`, `${singular}code`, singular].includes(short))
    return 3;
  if (['id', 'key', 'uuid', 'guid', 'code'].includes(short)) return 2;
  return /(?:id|key|no|code|nr|num)$/.test(short) ? 1 : 0;
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** For each column the table whose keys its values are, where the names agree; the best fit of several. */
function parentsOf({ name, table }: Read, keys: ReadonlyMap<string, Key>): { column: string; table: string }[] {
  return table.schema.columns.flatMap((column, i) => {
    if (column.name === keys.get(name)?.column || column.kind === 'datetime') return [];
    const texts = [...new Set(keyTexts(table, i).filter((text) => text !== null))];
    if (texts.length === 0) return [];
    const found = [...keys].flatMap(([parent, key]) => {
      const orphans = texts.filter((text) => !key.values.has(text)).length / texts.length;
      const isSame = plain(column.name) === plain(key.column) && plain(key.column) !== 'id';
      const score = isSame ? 4 : nameScore(column.name, parent) === 3 ? 3 : endsLike(column.name, key.column) ? 2 : 0;
      return orphans <= mostOrphans && score > 0 ? [{ parent, score }] : [];
    });
    const best = found.sort((a, b) => b.score - a.score)[0];
    return best ? [{ column: column.name, table: best.parent }] : [];
  });
}

/** `ship_country_id` refers to `country_id`. */
const endsLike = (column: string, key: string) => plain(key).length > 2 && plain(column).endsWith(plain(key));

function lookupsAmong(tables: readonly Read[], links: readonly (readonly { column: string; table: string }[])[]) {
  const rowsOf = new Map(tables.map(({ name, table }) => [name, table.rowCount]));
  const made = new Set(
    tables.flatMap(({ name }, i) => {
      const children = tables.filter((_, j) => j !== i && links[j]!.some(({ table }) => table === name));
      const uses = children.reduce((sum, { table }) => sum + table.rowCount, 0);
      const hasParents = links[i]!.some(({ table }) => table !== name);
      const isSmall = rowsOf.get(name)! <= mostLookupRows && uses >= fewestUses * 4 * rowsOf.get(name)!;
      return children.length > 0 && isSmall && !hasParents ? [] : [name];
    }),
  );
  // Somebody must be made: where all tables without parents look like lookup tables, the one with the most rows is no lookup.
  const tops = tables.filter(({ name }, i) => !made.has(name) && !links[i]!.some(({ table }) => table !== name));
  const isRooted = tables.some(({ name }, i) => made.has(name) && links[i]!.every(({ table }) => table === name));
  if (!isRooted && tops.length > 0)
    made.add(tops.reduce((a, b) => (rowsOf.get(b.name)! > rowsOf.get(a.name)! ? b : a)).name);
  return (name: string) => !made.has(name);
}

/** The first time that is never missing and is no single value. */
function orderOf({ schema, columns }: Table): string | undefined {
  return schema.columns.find(
    (column, i) =>
      column.kind === 'datetime' && column.missing === null && new Set(columns[i] as Float64Array).size > 1,
  )?.name;
}
