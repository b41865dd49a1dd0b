/** A fitted data set: it writes new families, and is saved to and loaded from a folder. */
import { lstat, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { parseOptions } from '../errors/check-options.ts';
import { optionError, TabletalkError } from '../errors/errors.ts';
import { didYouMean, noColumn } from '../errors/suggest.ts';
import { fileOf } from '../files/atomic-folder.ts';
import { checkJson, readJson } from '../files/json-file.ts';
import { loadModel, type Model } from '../model/model.ts';
import { type Where, whereSchema } from '../sample/conditions/where.ts';
import { readTable } from '../table/read.ts';
import { concatTables } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { writeTable } from '../table/write.ts';
import { mostThreads } from '../threads/pool.ts';
import { parseChecks } from './checks.ts';
import type { Dataset } from './dataset.ts';
import { structureOf } from './description.ts';
import { makeFamilies } from './generate.ts';
import { givenRows, lookupRows } from './given.ts';
import { type DatasetFile, datasetFile, datasetFileName, datasetFormat } from './manifest.ts';
import { createRules } from './rules.ts';
import { createWriter, keysOfTable } from './written.ts';

const sampleOptions = z.strictObject({
  /** Rows of the root table; with `keep` as many as there are. */
  rows: z.int().min(0).max(1e12).optional(),
  /** Conditions by `table.column`, or by column where only one table has it. */
  where: whereSchema.default({}),
  /** Real rows of a table, as they are: rows are drawn for what hangs below them. */
  keep: z
    .strictObject({
      table: z.string(),
      dataset: z.custom<Dataset>((value) => typeof value === 'object' && value !== null),
    })
    .optional(),
  seed: z.int().min(0).default(0),
  /** Rows of the root that are drawn at once, with all that hangs below them: memory grows with it. Other sizes give other rows. */
  chunkRows: z.int().positive().max(1_000_000).default(1000),
  workers: z.int().positive().max(mostThreads).optional(),
  /** Called after every chunk of families, with the rows of the root so far and what rules cost. */
  onProgress: z
    .custom<(progress: DatasetSampleProgress) => void>((value) => typeof value === 'function', 'must be a function')
    .optional(),
});
export type DatasetSampleOptions = z.input<typeof sampleOptions>;

interface DatasetSampleProgress {
  readonly rows: number;
  readonly of: number;
  /** Rows drawn again for the data set's checks, rows changed to keep them, and totals set to the sum of their rows. */
  readonly redrawn: number;
  readonly moved: number;
  readonly totals: number;
}

export interface DatasetModel {
  readonly file: DatasetFile;
  /** The model of each table. */
  readonly models: ReadonlyMap<string, Model>;
  /** Every table of `rows` new families, by name; lookup tables are the real ones. */
  sample(options: DatasetSampleOptions): Promise<Record<string, Table>>;
  /** The same chunk by chunk, without lookup tables (`lookups`): memory does not grow with the rows. */
  stream(options: DatasetSampleOptions): AsyncGenerator<Record<string, Table>>;
  readonly lookups: ReadonlyMap<string, Table>;
  /** Writes the model folder: one folder for each table, lookup tables as files. */
  save(folder: string): Promise<void>;
}

interface DatasetParts {
  readonly file: DatasetFile;
  readonly models: ReadonlyMap<string, Model>;
  readonly lookups: ReadonlyMap<string, Table>;
}

export function createDatasetModel({ file, models, lookups }: DatasetParts): DatasetModel {
  const structure = structureOf(file.description, datasetFileName);
  const names = new Map(
    Object.entries(file.tables).map(([name, { schema }]) => [name, schema.columns.map((column) => column.name)]),
  );
  const checks = parseChecks(file.description, structure, names, datasetFileName);
  const plans = new Map(
    Object.entries(file.tables).flatMap(([name, { plan }]) => (plan ? [[name, plan] as const] : [])),
  );
  const stream: DatasetModel['stream'] = async function* (given) {
    const { rows, where, keep, seed, chunkRows, workers, onProgress } = parseOptions('sample', sampleOptions, given);
    const kept = keep && givenRows(file, keep.table, keep.dataset);
    if (rows === undefined && !kept) throw optionError('sample', 'rows', 'must say how many rows the root table gets');
    if (rows !== undefined && kept) throw optionError('sample', 'rows', 'cannot be given with "keep"');
    const byTable = conditionsByTable(where, names, file);
    const completers = new Map([...models].map(([name, model]) => [name, model.completer(workers)]));
    try {
      const rules = createRules(checks);
      const shared = { structure, plans, completers, lookups: lookupRows(lookups), rules };
      const keys = new Map([...lookups].map(([name, table]) => [name, keysOfLookup(file, name, table)]));
      const total = kept?.rows ?? rows!;
      const writer = createWriter(file, seed);
      for (let from = 0; from < total || from === 0; from += chunkRows) {
        const count = Math.min(chunkRows, total - from);
        const chunk = kept && (await kept.take(from, count, completers.get(kept.table), seed));
        const wanted = { root: kept?.table ?? structure.root, rows: count, where: byTable, seed: seed + from };
        const made = await makeFamilies(shared, { ...wanted, given: chunk?.made });
        yield Object.fromEntries(await writer.write(made, new Map([...keys, ...(chunk?.keys ?? [])])));
        onProgress?.({ rows: from + count, of: total, ...rules.counts });
      }
    } finally {
      for (const completer of completers.values()) await completer.release();
    }
  };
  return {
    file,
    models,
    lookups,
    stream,
    async sample(options) {
      const chunks: Record<string, Table>[] = [];
      for await (const chunk of stream(options)) chunks.push(chunk);
      const made = Object.keys(chunks[0]!).map((name) => {
        const [first, ...rest] = chunks.map((chunk) => chunk[name]!);
        return [name, concatTables([first!, ...rest])] as const;
      });
      return Object.fromEntries([...lookups, ...made]);
    },
    async save(folder) {
      const staging = `${hidden(folder)}-partial`;
      const old = `${hidden(folder)}-old`;
      for (const path of [staging, old]) await rm(path, { recursive: true, force: true });
      await mkdir(staging, { recursive: true });
      for (const [name, model] of models) await model.save(join(staging, name));
      await writeRest(staging, { file, models, lookups });
      if (await isDatasetModel(folder)) await rename(folder, old);
      await rename(staging, folder);
      await rm(old, { recursive: true, force: true });
    },
  };
}

/** What a model folder holds beside the models of the tables; the last file makes it one. */
export async function writeRest(folder: string, { file, lookups }: DatasetParts): Promise<void> {
  for (const [name, table] of lookups) {
    await mkdir(join(folder, 'lookups', name), { recursive: true });
    const { dialect, file: path } = file.tables[name]!;
    await writeTable(table, join(folder, 'lookups', name, path!), { force: true, ...(dialect && { dialect }) });
  }
  await writeFile(join(folder, datasetFileName), `${JSON.stringify(file, null, 1)}\n`);
}

/** Opens a folder that `save` wrote. */
export async function loadDatasetModel(folder: string): Promise<DatasetModel> {
  const place = join(folder, datasetFileName);
  const path = await fileOf(folder, datasetFileName);
  const json = await readJson(
    path ?? place,
    `${folder}: not a model of a data set: it has no readable ${datasetFileName}`,
  );
  const known = z.object({ format: z.number(), writtenBy: z.string() }).safeParse(json);
  if (known.success && known.data.format > datasetFormat) {
    const { format, writtenBy } = known.data;
    throw new TabletalkError(
      'input',
      `${place}: format ${format}, written by ${writtenBy}; this version reads up to ${datasetFormat}`,
    );
  }
  const file = checkJson(datasetFile, json, place);
  const models = new Map<string, Model>();
  const lookups = new Map<string, Table>();
  for (const [name, { plan, learned, file: path, schema }] of Object.entries(file.tables)) {
    if (learned) {
      // A link would lead out of the folder.
      const isFolder = await lstat(join(folder, name)).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (!isFolder) throw new TabletalkError('input', `${join(folder, name)}: is no folder`);
      models.set(name, await loadModel(join(folder, name)));
    }
    if (plan || path === undefined) continue;
    const found = await fileOf(folder, join('lookups', name, path));
    if (!found) throw new TabletalkError('input', `${join(folder, 'lookups', name, path)}: is missing`);
    lookups.set(name, await readTable(found, { schema }));
  }
  return createDatasetModel({ file, models, lookups });
}

/** Beside a folder, for what is not finished: no name that a person would choose. */
const hidden = (folder: string) => join(dirname(resolve(folder)), `.${basename(resolve(folder))}.tabletalk`);

export const isDatasetModel = async (folder: string): Promise<boolean> =>
  (await stat(join(folder, datasetFileName)).catch(() => undefined)) !== undefined;

const keysOfLookup = ({ description }: DatasetFile, name: string, table: Table): string[] => {
  const { key } = description.tables[name]!;
  return key === undefined ? [] : keysOfTable(table, key);
};

/** `customers.country` as a condition on `country` of "customers". */
function conditionsByTable(
  where: Where,
  names: ReadonlyMap<string, readonly string[]>,
  { description, tables }: DatasetFile,
): Map<string, Where> {
  const found = new Map<string, Record<string, Where[string]>>();
  for (const [written, condition] of Object.entries(where)) {
    const fail = (problem: string) => new TabletalkError('option', `where "${written}": ${problem}`);
    const [table, column] = tableAndColumn(written, names, fail);
    const { key, parents, lookup } = description.tables[table]!;
    if (lookup) throw fail(`"${table}" is a lookup table: its rows are kept`);
    const isReference = parents.some((parent) => parent.column === column);
    const own = tables[table]!.plan!.own;
    if (column === key || (isReference && !own.some(({ name }) => name === column))) {
      throw fail(`"${column}" holds keys, which are made, not learned`);
    }
    if (!own.some(({ name }) => name === column)) throw fail(`"${column}" was not learned: it is filled in afterwards`);
    if (tables[table]!.plan!.anchors.some((anchor) => anchor.column === column)) {
      throw fail(`"${column}" is learned as a distance from another time; conditions on it cannot be met`);
    }
    const isRepeated = tables[table]!.plan!.repeats.some((repeat) => repeat.column === column);
    if (isRepeated && !isListed(condition)) {
      throw fail(`"${column}" is learned as a repetition of the row before; only = and in can be asked of it`);
    }
    found.set(table, { ...found.get(table), [column]: condition });
  }
  return found;
}

/** Whether a condition lists the values that it allows. */
function isListed(condition: Where[string]): boolean {
  if (condition === null || typeof condition !== 'object' || condition instanceof Date) return true;
  return [condition].flat().every((one) => Object.keys(one).every((operator) => ['eq', 'in'].includes(operator)));
}

function tableAndColumn(
  written: string,
  names: ReadonlyMap<string, readonly string[]>,
  fail: (problem: string) => TabletalkError,
): [string, string] {
  for (const [table, columns] of names) {
    if (!written.startsWith(`${table}.`)) continue;
    const column = written.slice(table.length + 1);
    if (columns.includes(column)) return [table, column];
    throw fail(`table "${table}": ${noColumn(column, columns)}`);
  }
  const tables = [...names].filter(([, columns]) => columns.includes(written)).map(([table]) => table);
  if (tables.length === 1) return [tables[0]!, written];
  if (tables.length > 1) throw fail(`${tables.length} tables have it: write ${tables[0]}.${written}`);
  const all = [...names].flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`));
  throw fail(`no table has such a column${didYouMean(written, all)}`);
}
