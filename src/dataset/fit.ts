/** From a data set to a model: one model for each table, of its rows given the rows above and before them. */
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { parseOptions } from '../errors/check-options.ts';
import { TabletalkError } from '../errors/errors.ts';
import { finetuneOptions } from '../finetune/options.ts';
import type { Progress } from '../finetune/progress.ts';
import { fitGiven } from '../model/fit.ts';
import type { Model } from '../model/model.ts';
import { version } from '../model/version.ts';
import type { Table } from '../table/table.ts';
import { type Check, type ColumnNames, parseChecks, requireChecks } from './checks.ts';
import type { Dataset } from './dataset.ts';
import { type Families, familiesOf } from './families.ts';
import { keyFormOf } from './keys.ts';
import { type DatasetFile, datasetFormat, type LinkedModel } from './manifest.ts';
import { createDatasetModel, type DatasetModel } from './model.ts';
import { ownTable, planTable, type TablePlan } from './plan.ts';
import { learnedRows } from './sentences.ts';
import { writtenSchema } from './written.ts';

const datasetFitOptions = finetuneOptions
  .omit({ target: true, loraRank: true, loraAlpha: true, loraTargets: true })
  .extend({
    /** The folder in which the tables' models are kept as they are finished, one folder each. */
    checkpoint: z.string().min(1).optional(),
    /** Goes on with a fit that was interrupted: finished tables are not learned again. */
    resume: z.boolean().default(false),
    signal: z.instanceof(AbortSignal, { error: 'must be an AbortSignal' }).optional(),
    /** Where the data set is, seen from the folder of the model: remembered for `keep`. */
    source: z.string().optional(),
    onProgress: z
      .custom<(progress: DatasetProgress) => void>((value) => typeof value === 'function', 'must be a function')
      .optional(),
  });
export type DatasetFitOptions = z.input<typeof datasetFitOptions>;

export interface DatasetProgress extends Progress {
  readonly table: string;
  /** Number of the table, from 0, and how many there are. */
  readonly index: number;
  readonly tables: number;
}

/**
 * Learns every table that is no lookup. `maxMinutes` is for all of them, shared out by their rows. Throws `input` errors
 * where the rows break the data set's checks, and what `fit` throws.
 */
export async function fitDataset(dataset: Dataset, given: DatasetFitOptions = {}): Promise<DatasetModel> {
  const { checkpoint, resume, signal, source, onProgress, ...options } = parseOptions('fit', datasetFitOptions, given);
  // A fit that goes on keeps its device where none is asked for.
  const asked = { ...options, device: given.device };
  const { description, structure, tables } = dataset;
  const checks = parseChecks(description, structure, columnNames(dataset), 'dataset');
  requireChecks(dataset, checks);
  const names = structure.order.filter((name) => !description.tables[name]!.lookup);
  const owns = new Map(structure.order.map((name) => [name, ownTable(dataset, name)]));
  const families = new Map(names.map((name) => [name, familiesOf(dataset, name)]));
  const allRows = names.reduce((sum, name) => sum + tables.get(name)!.table.rowCount, 0);
  if (checkpoint !== undefined) await mkdir(checkpoint, { recursive: true });
  const models = new Map<string, Model>();
  const entries: Record<string, LinkedModel> = {};
  for (const name of structure.order) {
    const index = names.indexOf(name);
    const found = index < 0 ? undefined : learn(dataset, name, owns, families.get(name)!, checks);
    if (found?.table) {
      const share = tables.get(name)!.table.rowCount / allRows;
      const folder = checkpoint === undefined ? undefined : join(checkpoint, name);
      if (folder !== undefined && !resume) await rm(folder, { recursive: true, force: true });
      const model = await fitGiven(
        found.table,
        {
          ...(found.given.length > 0 && { batchSize: batchOf(found.table) }),
          ...definedOf(asked),
          ...(options.maxMinutes !== undefined && { maxMinutes: Math.max(0.05, options.maxMinutes * share) }),
          ...(folder !== undefined && { checkpoint: folder, resume: resume ? ('auto' as const) : false }),
          ...(signal && { signal }),
          onProgress: (progress) => onProgress?.({ ...progress, table: name, index, tables: names.length }),
        },
        { given: found.given, families: found.families },
      );
      models.set(name, model);
    }
    entries[name] = entryOf(dataset, name, owns.get(name)!, found?.plan, models.has(name));
  }
  const file: DatasetFile = {
    format: datasetFormat,
    writtenBy: `tabletalk ${version}`,
    description,
    ...(source !== undefined && { source }),
    seed: options.seed,
    tables: entries,
  };
  const lookups = structure.order.filter((name) => description.tables[name]!.lookup);
  return createDatasetModel({ file, models, lookups: new Map(lookups.map((name) => [name, tables.get(name)!.table])) });
}

/** What a row is told is learned sooner in small steps (training/LOG.md); a large table has steps enough. A guess beyond 2,000 rows. */
const batchOf = ({ rowCount }: Table) => (rowCount < 20_000 ? 16 : 32);

/** What was given or has a default; a table's fit takes no option that is undefined. */
const definedOf = <Options extends object>(options: Options): Options =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;

export const columnNames = ({ tables }: Dataset): ColumnNames =>
  new Map([...tables].map(([name, { table }]) => [name, table.schema.columns.map((column) => column.name)]));

/** The plan of a table, and its rows as they are learned; no rows where there is nothing to learn. */
function learn(
  dataset: Dataset,
  name: string,
  owns: ReadonlyMap<string, Table>,
  families: Families,
  checks: readonly Check[],
): { plan: TablePlan; table?: Table; given: readonly string[]; families: Int32Array } {
  const planned = planTable(dataset, name, owns, families, checks);
  const rows = learnedRows(dataset, planned, owns, families);
  const plan = { ...planned, anchors: [...rows.anchors], features: [...rows.features] };
  const { rowCount, schema } = rows.table;
  const isRoot = !dataset.structure.owners.has(name);
  if (isRoot && rowCount < 2) {
    throw new TabletalkError('input', `table "${name}" has ${rowCount} rows: a table without parents needs at least 2`);
  }
  const hasContent = rowCount >= 2 && schema.columns.length > rows.given.length;
  return { plan, ...(hasContent && { table: rows.table }), given: rows.given, families: rows.families };
}

function entryOf(
  { description, tables }: Dataset,
  name: string,
  own: Table,
  plan: TablePlan | undefined,
  learned: boolean,
): LinkedModel {
  const described = description.tables[name]!;
  const linked = tables.get(name)!;
  const isEntity = [...tables.values()].some(({ joined }) => joined?.from === name);
  return {
    ...(!isEntity && { file: basename(described.file) }),
    schema: described.lookup ? linked.table.schema : writtenSchema(linked, described, own.schema),
    ...(linked.dialect && { dialect: { ...linked.dialect, unnamed: [...linked.dialect.unnamed] } }),
    ...(plan && linked.keys && { key: keyFormOf(linked.keys) }),
    rows: linked.table.rowCount,
    ...(plan && { plan }),
    ...(linked.joined && { entityColumns: { from: linked.joined.from, columns: [...linked.joined.columns] } }),
    learned,
  };
}
