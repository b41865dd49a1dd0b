/** Proposes a dataset.json for the tables of a folder: keys by their values, parents by values and names, an order by its time. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../errors/errors.ts';
import { readTable } from '../table/read.ts';
import { isNumeric } from '../table/schema.ts';
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

interface Proposal {
  readonly tables: Record<
    string,
    { file: string; key?: string; parents?: { column: string; table: string }[]; order?: string; lookup?: true }
  >;
}

/** A child column that refers to more rows than this that are not there is no reference. */
const mostOrphans = 0.02;
/** A lookup table has at most so many rows, each used so often. */
const mostLookupRows = 5000;
const fewestUses = 12;
/** With more families for each row there is hardly an order within one. */
const mostFamilies = 0.95;
const timeWords = /(?:year|month|week|day|hour|minute|second|time|date|step|period|visit|wave|age)$/;

const readable = /\.(?:csv|tsv|jsonl|ndjson)(?:\.gz)?$|\.parquet$/i;

/** Throws an `input` error where the folder has no table. */
export async function proposeDataset(folder: string): Promise<Proposal> {
  const files = (await readdir(folder)).filter((file) => readable.test(file)).sort();
  if (files.length === 0) throw inputError(folder, 'no table in it: .csv, .tsv, .jsonl or .parquet');
  const tables: Read[] = [];
  for (const file of files) {
    const name = file.replace(readable, '');
    const other = tables.find((table) => table.name === name);
    if (other) throw inputError(folder, `"${other.file}" and "${file}" are both a table "${name}"; keep one of them`);
    tables.push({ name, file, table: await readTable(join(folder, file)) });
  }
  const keys = new Map(tables.flatMap((one) => keyOf(one).map((key) => [one.name, key] as const)));
  const links = tables.map((one) => parentsOf(one, keys));
  const isLookup = lookupsAmong(tables, links);
  const proposed = tables.map(({ name, file, table }, i) => {
    const parents = links[i]!;
    const owner = parents.find((parent) => parent.table !== name && !isLookup(parent.table));
    const order = owner && !isLookup(name) ? orderOf(table, owner.column) : undefined;
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
      const isNamed = isSame || nameScore(column.name, parent) === 3 || endsLike(column.name, key.column);
      const score = isSame ? 4 : isNamed ? 3 : orphans === 0 && areCodes(texts, key) ? 1 : 0;
      return orphans <= mostOrphans && score > 0 ? [{ parent, score }] : [];
    });
    const best = found.sort((a, b) => b.score - a.score)[0];
    return best ? [{ column: column.name, table: best.parent }] : [];
  });
}

/** Whether texts that are no numbers are all among many keys: that is no chance, whatever the column's name. */
const areCodes = (texts: readonly string[], { values }: Key) =>
  texts.length > 1 && values.size >= 5 && texts.every((text) => !/^[-+\d.]*$/.test(text));

/** `ship_country_id` refers to `country_id`. */
const endsLike = (column: string, key: string) => plain(key).length > 2 && plain(column).endsWith(plain(key));

/**
 * Small tables whose rows are used again and again, beside other parents or by several tables; a table alone above another is what
 * that hangs below. What a lookup table refers to is one, too.
 */
function lookupsAmong(tables: readonly Read[], links: readonly (readonly { column: string; table: string }[])[]) {
  const found = new Set<string>();
  const parentsOf = (name: string) => links[tables.findIndex((one) => one.name === name)]!.map(({ table }) => table);
  for (const { name, table } of tables) {
    const children = tables.filter((child, i) => child.name !== name && links[i]!.some((link) => link.table === name));
    const uses = children.reduce((sum, child) => sum + child.table.rowCount, 0);
    const rowsOf = (other: string) => tables.find((one) => one.name === other)!.table.rowCount;
    const isBeside = children.some((child) => parentsOf(child.name).some((other) => rowsOf(other) > table.rowCount));
    const isUsed = table.rowCount <= mostLookupRows && uses >= fewestUses * table.rowCount;
    // What has a time of its own has happened, and is made.
    const hasTime = table.schema.columns.some(({ kind }) => kind === 'datetime');
    if (isUsed && !hasTime && (isBeside || children.length > 1)) found.add(name);
  }
  // A table that is made may be above none that is kept.
  for (const name of found) for (const parent of parentsOf(name)) found.add(parent);
  return (name: string) => found.has(name);
}

/** A time that is never missing, or a number named as one that never falls within a family; of tables with several rows of one parent. */
function orderOf(table: Table, owner: string): string | undefined {
  const families = keyTexts(
    table,
    table.schema.columns.findIndex(({ name }) => name === owner),
  );
  if (new Set(families).size > mostFamilies * families.length) return undefined;
  const rises = (data: Float64Array) => {
    const last = new Map<string | null, number>();
    return data.every((x, row) => {
      const before = last.get(families[row]!);
      last.set(families[row]!, x);
      return before === undefined || x > before;
    });
  };
  const found = table.schema.columns.flatMap((column, i) => {
    if (!isNumeric(column) || column.missing !== null || column.min === column.max) return [];
    if (column.kind === 'datetime') return [{ name: column.name, rank: 0 }];
    const isTime = timeWords.test(plain(column.name)) && rises(table.columns[i] as Float64Array);
    return isTime ? [{ name: column.name, rank: 1 }] : [];
  });
  return found.sort((a, b) => a.rank - b.rank)[0]?.name;
}
