/** The commands on a data set: what `fit`, `sample`, `evaluate`, `inspect` and `schema` do with a dataset.json, its model or a folder. */
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Dataset } from '../dataset/dataset.ts';
import { datasetDescription } from '../dataset/description.ts';
import { evaluateDataset } from '../dataset/evaluate/evaluate.ts';
import { type DatasetFitOptions, type DatasetProgress, fitDataset } from '../dataset/fit.ts';
import { type DatasetFile, datasetFileName } from '../dataset/manifest.ts';
import { type DatasetModel, loadDatasetModel, writeRest } from '../dataset/model.ts';
import { readDataset } from '../dataset/read-dataset.ts';
import { TabletalkError } from '../errors/errors.ts';
import { checkJson, readJson } from '../files/json-file.ts';
import { checkWritable, standardStream, writeText } from '../files/output-file.ts';
import type { Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { createTableWriter, type TableWriter } from '../table/write.ts';
import { parseWhere } from './arguments.ts';
import { createProgress, type ProgressOptions, write } from './progress.ts';
import { visibleLines } from './visible.ts';

export const isDatasetPath = (path: string | undefined): path is string => path !== undefined && /\.json$/i.test(path);

/** Throws an `option` error for options that are for one table only. */
export function refuseOptions(given: Readonly<Record<string, unknown>>, names: readonly string[], hint: string): void {
  const found = names.find((name) => given[name] !== undefined && given[name] !== false);
  if (found === undefined) return;
  const flag = `--${found.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new TabletalkError('option', `${flag} is for one table; ${hint}`, { option: found });
}

/** A model folder that may be written: none, an empty one, or with --force or --resume one of this data set's. */
export async function checkDatasetFolder(out: string, path: string, force: boolean, resume: boolean): Promise<void> {
  const { tables } = checkJson(datasetDescription, await readJson(path), path);
  const ours = new Set([datasetFileName, 'lookups', ...Object.keys(tables)]);
  const found = await readdir(out).catch(({ code }: NodeJS.ErrnoException) => {
    if (code === 'ENOENT') return [];
    throw new TabletalkError('option', `${out}: exists already and is not a model folder`);
  });
  const isOurs = (name: string) =>
    ours.has(name) || Object.entries(tables).some(([table, { entity }]) => name === `${table} ${entity}`);
  if (found.length === 0) return;
  if (!found.every(isOurs))
    throw new TabletalkError('option', `${out}: exists already and is not a model of this data set`);
  if (!force && !resume)
    throw new TabletalkError(
      'option',
      `${out}: exists already; give --resume to go on with it, or --force to replace it`,
    );
  await rm(join(out, datasetFileName), { force: true });
}

export interface DatasetFitArguments
  extends ProgressOptions,
    Omit<DatasetFitOptions, 'onProgress' | 'checkpoint' | 'signal' | 'source'> {
  readonly out: string;
  readonly dropOrphans?: boolean;
}

export async function fitDatasetFolder(
  path: string,
  { out, dropOrphans, quiet, jsonProgress, ...options }: DatasetFitArguments,
  signal: AbortSignal,
): Promise<void> {
  const dataset = await readDataset(path, { dropOrphans });
  for (const [name, count] of dataset.orphans) {
    if (!quiet && !jsonProgress) write(`${path}: ${name}: ${count} rows left out, their parent is not there`);
  }
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  const onProgress = (event: DatasetProgress) => {
    const { table, index, tables, epoch, step, maxSteps, loss, point } = event;
    const at = `${table} (${index + 1} of ${tables}), epoch ${epoch}`;
    const validation = point?.validationLoss?.toFixed(4) ?? 'none';
    progress.show({
      share: (index + step / maxSteps) / tables,
      brief: `${at} | loss ${loss?.toFixed(3) ?? 'none'}`,
      ...(point && {
        line: `${at}: loss ${point.trainLoss.toFixed(4)}, validation ${validation}, ${point.seconds.toFixed(0)} s`,
      }),
      data: { table, epoch, step, maxSteps, loss, ...(point && { point }) },
    });
  };
  try {
    const model = await fitDataset(dataset, {
      ...options,
      checkpoint: out,
      source: relative(out, path),
      signal,
      onProgress,
    });
    await writeRest(out, model);
    progress.stop();
    if (!quiet && !jsonProgress) {
      const learned = Object.entries(model.file.tables).filter(([, { plan }]) => plan);
      write(`${out}: learned ${learned.map(([name, { rows }]) => `${name} (${rows} rows)`).join(', ')}`);
    }
  } finally {
    progress.stop();
  }
}

export interface DatasetSampleArguments extends ProgressOptions {
  readonly out: string;
  readonly rows?: number;
  readonly where: readonly string[];
  readonly keep?: readonly string[];
  readonly like?: string;
  readonly seed?: number;
  readonly workers?: number;
  readonly force?: boolean;
  readonly safeCsv?: boolean;
}

export async function sampleDatasetFolder(
  folder: string,
  { out, where, keep, like, force, safeCsv, quiet, jsonProgress, ...options }: DatasetSampleArguments,
): Promise<void> {
  if (out === standardStream)
    throw new TabletalkError('option', '--out must name a folder: a data set has several tables');
  if (keep && keep.length !== 1) throw new TabletalkError('option', '--keep names one table of a data set');
  if (like !== undefined && !keep)
    throw new TabletalkError('option', '--like goes with --keep: the dataset.json whose rows are kept');
  const model = await loadDatasetModel(folder);
  const names = Object.values(model.file.tables).flatMap(({ file }) => file ?? []);
  await checkFolder(out, names, force ?? false);
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  let last = { redrawn: 0, moved: 0, totals: 0 };
  const chunks = model.stream({
    ...options,
    where: parseWhere(where, columnsByTable(model.file)),
    ...(keep && { keep: { table: keep[0]!, dataset: await keptDataset(model, folder, like) } }),
    onProgress: ({ rows, of, ...counts }) => {
      last = counts;
      progress.show({ share: rows / Math.max(1, of), brief: `${rows} families`, data: { rows, of, ...counts } });
    },
  });
  const staging = join(dirname(resolve(out)), `.${basename(out)}.tabletalk-partial`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    const rows = await writeChunks(model, chunks, staging, safeCsv ?? false);
    await place(staging, out, names);
    progress.stop();
    if (!quiet && !jsonProgress)
      write(
        `${out}: ${Object.entries(rows)
          .map(([name, count]) => `${name} ${count}`)
          .join(', ')} rows${costs(last)}`,
      );
  } finally {
    progress.stop();
    await rm(staging, { recursive: true, force: true });
  }
}

function costs({ redrawn, moved, totals }: { redrawn: number; moved: number; totals: number }): string {
  const parts = [
    redrawn > 0 && `${redrawn} rows were drawn again`,
    moved > 0 && `${moved} changed to keep the checks`,
    totals > 0 && `${totals} totals set to the sum of their rows`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}

/** Lookup tables once, the others chunk by chunk. @returns rows by table. */
async function writeChunks(
  model: DatasetModel,
  chunks: AsyncGenerator<Record<string, Table>>,
  folder: string,
  safeCsv: boolean,
): Promise<Record<string, number>> {
  const writers = new Map<string, TableWriter>();
  const rows: Record<string, number> = {};
  const writerOf = async (name: string, schema: Schema) => {
    const { file, dialect } = model.file.tables[name]!;
    const isCsv = /\.[ct]sv(\.gz)?$/i.test(file!);
    const writer =
      writers.get(name) ??
      (await createTableWriter(join(folder, file!), schema, {
        ...(dialect && { dialect }),
        ...(isCsv && { safeCsv }),
      }));
    writers.set(name, writer);
    return writer;
  };
  try {
    for (const [name, table] of model.lookups) await (await writerOf(name, table.schema)).write(table);
    for await (const chunk of chunks) {
      for (const [name, table] of Object.entries(chunk)) {
        rows[name] = (rows[name] ?? 0) + table.rowCount;
        await (await writerOf(name, table.schema)).write(table);
      }
    }
    for (const writer of writers.values()) await writer.close();
  } catch (error) {
    for (const writer of writers.values()) await writer.abort().catch(() => {});
    throw error;
  }
  return rows;
}

/** A folder that is not there, is empty, or with --force one that holds an earlier data set and nothing else. */
async function checkFolder(out: string, names: readonly string[], force: boolean): Promise<void> {
  const found = await readdir(out).catch(({ code }: NodeJS.ErrnoException) => {
    if (code === 'ENOENT') return [];
    throw new TabletalkError('option', `${out}: is no folder (${code})`);
  });
  if (found.length === 0) return;
  const other = found.find((name) => !names.includes(name));
  if (other !== undefined)
    throw new TabletalkError(
      'option',
      `${out}: holds "${other}", which is no table of the data set; name another folder`,
    );
  if (!force) throw new TabletalkError('option', `${out}: exists already; give --force to replace it`);
}

async function place(staging: string, out: string, names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(out, name), { force: true });
  await rmdir(out).catch(() => {});
  await rename(staging, out);
}

/** Columns as conditions name them: `customers.country`, and `country` where one table has it. */
function columnsByTable({ tables }: DatasetFile): Schema {
  const all = Object.entries(tables).flatMap(([table, { schema }]) =>
    schema.columns.map((column) => ({ table, column })),
  );
  const named = all.map(({ table, column }) => ({ ...column, name: `${table}.${column.name}` }));
  const bare = all.filter(({ column }, i) => all.every((other, j) => i === j || other.column.name !== column.name));
  return { version: 1, columns: [...named, ...bare.map(({ column }) => column)] };
}

async function keptDataset({ file }: DatasetModel, folder: string, like: string | undefined): Promise<Dataset> {
  const path = like ?? (file.source === undefined ? undefined : join(folder, file.source));
  if (path === undefined) throw new TabletalkError('option', '--keep: give --like <dataset.json>, whose rows are kept');
  try {
    return await readDataset(path);
  } catch (error) {
    if (like !== undefined || !(error instanceof TabletalkError)) throw error;
    throw new TabletalkError(
      'input',
      `${error.message}; --like <dataset.json> names another data set whose rows are kept`,
    );
  }
}

export interface DatasetEvaluateArguments {
  readonly train: string;
  readonly synthetic: string;
  readonly test?: string;
  readonly out?: string;
  readonly json?: string;
  readonly baselines: boolean;
  readonly seed?: number;
  readonly force?: boolean;
}

export async function evaluateDatasetFolders({
  train,
  synthetic,
  test,
  out,
  json,
  baselines,
  seed,
  force,
}: DatasetEvaluateArguments): Promise<void> {
  for (const path of [out, json]) if (path !== undefined) await checkWritable(path, force ?? false);
  const trainSet = await readDataset(train);
  const schemas = new Map([...trainSet.tables].map(([name, { table }]) => [name, { schema: table.schema }]));
  const like = (folder: string) => ({ like: { tables: schemas, folder }, dropOrphans: true });
  const report = evaluateDataset({
    train: trainSet,
    synthetic: await readDataset(train, like(synthetic)),
    ...(test !== undefined && { test: await readDataset(train, like(isDatasetPath(test) ? dirname(test) : test)) }),
    baselines,
    seed: seed ?? 0,
  });
  if (out !== undefined) await writeText(out, [report.toHtml()], force ?? false);
  if (json !== undefined) await writeText(json, [`${JSON.stringify(report, null, 1)}\n`], force ?? false);
  const stream = [out, json].includes(standardStream) ? process.stderr : process.stdout;
  stream.write(`${visibleLines(report.toText())}\n`);
}

export function describeDataset({ file, models }: DatasetModel): string {
  const rows = Object.entries(file.tables).map(([name, { rows, plan, learned }]) => {
    const below = plan?.owner ? `below ${plan.owner.table} by ${plan.owner.column}` : plan ? 'root' : 'lookup, kept';
    const others = (plan?.others ?? []).map(({ column, table, by }) => `${column} -> ${table} by ${by}`);
    const times = (plan?.anchors ?? []).map(
      ({ column, step, base }) => `${column} as ${step ? 'steps' : `distance from ${base?.column}`}`,
    );
    const best = learned
      ? models.get(name)!.file.curve.find(({ epoch }) => epoch === models.get(name)!.file.bestEpoch)
      : undefined;
    const loss = best?.validationLoss == null ? '' : `held-out loss ${best.validationLoss.toFixed(4)}`;
    return `${name}: ${[`${rows} rows`, below, ...others, ...times, loss].filter(Boolean).join('; ')}`;
  });
  const checks = file.description.checks.map((check) => `check: ${check}`);
  return [
    `written by ${file.writtenBy}`,
    `data set of ${rows.length} tables, root "${file.description.root ?? 'chosen'}" (${datasetFileName})`,
    '',
    ...rows,
    ...checks,
  ].join('\n');
}
