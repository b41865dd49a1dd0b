/** `tabletalk sample`. */

import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { isDatasetModel } from '../dataset/model.ts';
import { TabletalkError } from '../errors/errors.ts';
import { shownPath } from '../files/output-file.ts';
import { contentHash } from '../model/manifest.ts';
import { onlyShard, rangeOf } from '../numeric/shard.ts';
import type { Notice, SampleOptions, SampleProgress } from '../sample/options.ts';
import { readTable } from '../table/read.ts';
import type { Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import type { TableWriter } from '../table/write.ts';
import { inTable, list, number, parseWhere, repeated } from './arguments.ts';
import { refuseOptions, sampleDatasetFolder } from './dataset.ts';
import {
  type Destination,
  type DestinationArguments,
  openDestination,
  sayDone,
  withDestination,
} from './destination.ts';
import { openModel } from './open-model.ts';
import { createProgress, type ProgressOptions, write } from './progress.ts';
import { formulaCells, type ResultArguments, remarkFormulas, withSafeCsv } from './table-result.ts';

interface SampleArguments
  extends ProgressOptions,
    Omit<DestinationArguments, 'force' | 'safeCsv'>,
    ResultArguments,
    Omit<SampleOptions, 'where' | 'like' | 'real' | 'after' | 'shard'> {
  readonly where: readonly string[];
  readonly like?: string;
  readonly real?: string;
  readonly after: readonly string[];
}

const command = withSafeCsv(new Command('sample'))
  .description('Write new rows.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .option('--rows <n>', 'number of rows to write, exactly', number);

export const sampleCommand = withDestination(command, 'these rows')
  .option(
    '--where <condition>',
    'every row meets it: "age>=30", "work in Private|State-gov", "sex!=Male", "age is not missing"; repeatable',
    repeated,
    [],
  )
  .option('--like <table>', 'one row for each row of this table, with the cells it has')
  .option(
    '--keep <columns>',
    'with --like: columns that keep their cells, with commas between them; the others are drawn',
    list,
  )
  .option('--balance <column>', 'equal counts of each value of this column')
  .option('--prompt <text>', 'how every row begins: "age is 39, sex is"')
  .option('--temperature <x>', '1 samples the learned distribution; lower values prefer likely cells', number)
  .option('--top-k <n>', 'sample from the k likeliest tokens only', number)
  .option('--top-p <x>', 'sample from the likeliest tokens that together reach this probability', number)
  .option(
    '--min-quality <q>',
    'keep only rows of at least this quality (see score), from 0 to 1; more rows are drawn until there are enough',
    number,
  )
  .option('--real <table>', 'with --min-quality: real rows, for the parts of the quality that need them')
  .option('--allow-real-rows', 'let real rows judge those of a private model: what is written is outside its promise')
  .option(
    '--after <table>',
    'rows written earlier: their identifiers and persons are not used again; repeatable',
    repeated,
    [],
  )
  .option(
    '--max-seconds <s>',
    'end after this time with the rows that are complete; that is no error unless there is none',
    number,
  )
  .option('--seed <n>', 'the same seed gives the same rows', number)
  .option('--workers <n>', 'threads; by default one per core; the rows are the same for any number', number)
  .option('--force', 'replace an existing file')
  .option('--quiet', 'print errors only')
  .option('--json-progress', 'print progress as JSON, one object per line, on standard error')
  .action(run);

/** Options that linked tables do not have. */
const tableOptions = [
  ...['balance', 'prompt', 'temperature', 'topK', 'topP', 'minQuality', 'maxSeconds', 'real', 'after'],
  ...['shard', 'parts', 'format'],
];

async function run(folder: string, args: SampleArguments): Promise<void> {
  const {
    out,
    shard: _,
    parts,
    format,
    where,
    like,
    real,
    after,
    force,
    safeCsv,
    quiet,
    jsonProgress,
    ...options
  } = args;
  if (await isDatasetModel(folder)) {
    refuseOptions({ ...args, after: after[0] }, tableOptions, `${folder} is a model of linked tables`);
    await sampleDatasetFolder(folder, { out, where, like, force, safeCsv, quiet, jsonProgress, ...options });
    return;
  }
  const destination = await openDestination({ out, shard: args.shard, parts, format, force, safeCsv });
  const { shard } = destination;
  if (destination.isPart && options.maxSeconds !== undefined) {
    throw new TabletalkError('option', '--max-seconds cannot be given with a folder: a part has all of its rows');
  }
  const isSilent = quiet || jsonProgress;
  const likeTable = like === undefined ? undefined : await readTable(like);
  const realTable = real === undefined ? undefined : await readTable(real);
  const afterTables: Table[] = [];
  for (const path of after) afterTables.push(await readTable(path));
  const rows = likeTable?.rowCount ?? options.rows ?? 0;
  const { seed = 0, rows: __, workers: ___, ...others } = options;
  const identity = () => ({
    ...{ command: 'sample' as const, model: folder, seed, rows },
    options: {
      ...others,
      where,
      tables: [likeTable, realTable, ...afterTables].map((table) => table && contentHash(table)),
    },
  });
  if (await destination.isDone(identity)) return sayDone(destination, isSilent);
  const model = await openModel(folder, isSilent);
  const range = rangeOf(shard ?? onlyShard, rows);
  const wanted = range.to - range.from;
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  let again = 0;
  const onProgress = ({ rows, redrawn }: SampleProgress) => {
    again = redrawn / Math.max(1, rows + redrawn);
    progress.show({ share: Math.min(1, rows / wanted), brief: `${rows} rows`, data: { rows, of: wanted, redrawn } });
  };
  const asked = {
    ...options,
    where: parseWhere(where, model.schema),
    ...(shard && { shard }),
    ...(likeTable && { like: likeTable }),
    ...(realTable && { real: realTable }),
    ...(afterTables.length > 0 && { after: afterTables }),
  };
  const onNotice = ({ message }: Notice) => !isSilent && write(`${shownPath(like!)}: ${message}`);
  const batches = inTable(like, model.stream({ ...asked, onProgress, onNotice }));
  try {
    const written = await writeBatches(batches, destination, model.schema, wanted, safeCsv ?? false);
    progress.stop();
    if (isSilent) return;
    remarkFormulas(destination.place, written.formulas);
    const late = written.rows < wanted ? ` of ${wanted}, as time is up` : '';
    if (out !== '-' || late !== '') {
      write(
        `${out === '-' ? 'standard output' : destination.place}: ${written.rows} rows${late}${redrawnShare(again)}`,
      );
    }
  } finally {
    progress.stop();
  }
}

/** How much was drawn in vain for conditions, checks and quality, where that is not next to nothing. */
const redrawnShare = (share: number) =>
  share < 0.001 ? '' : `; ${(100 * share).toFixed(1)} % of what was begun did not meet them and was drawn again`;

// Batches of rows to where a command's rows go, up to the last one or to a signal.

/** Ends at a signal with what is finished, where that may be kept. A scheduler's SIGTERM only matters to a part. */
async function writeBatches(
  batches: AsyncGenerator<Table>,
  destination: Destination,
  schema: Schema,
  wanted: number,
  safeCsv: boolean,
): Promise<{ rows: number; formulas: number }> {
  const signals: NodeJS.Signals[] = destination.isPart ? ['SIGINT', 'SIGTERM'] : ['SIGINT'];
  const written = { rows: 0, formulas: 0 };
  let interrupted: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = signal;
  };
  for (const signal of signals) process.once(signal, interrupt);
  let writer: TableWriter | undefined;
  try {
    // The first batch comes before the file is opened: what is wrong with the call must leave no trace.
    let next = await batches.next();
    writer = await destination.open(schema);
    while (!next.done) {
      await writer.write(next.value);
      written.rows += next.value.rowCount;
      if (!safeCsv) written.formulas += formulaCells(next.value);
      if (interrupted) break;
      next = await batches.next();
    }
  } catch (error) {
    await writer?.abort();
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    await batches.return(undefined);
  }
  if (interrupted && written.rows < wanted)
    throw await interruption(writer, destination, interrupted, written.rows, wanted);
  if (written.rows === 0 && wanted > 0) {
    await writer.abort();
    throw new TabletalkError('failed', 'time is up before the first row is complete');
  }
  await writer.close();
  return written;
}

/** What was finished before Ctrl-C stays, beside the file; of a part nothing does, for the same command writes it whole. */
async function interruption(
  writer: TableWriter,
  { isPart, place }: Destination,
  signal: NodeJS.Signals,
  done: number,
  wanted: number,
): Promise<TabletalkError> {
  const rows = `${done} of ${wanted} rows`;
  if (isPart) {
    await writer.abort();
    const message = `${place}: interrupted after ${rows}, none of which are kept; run the same command again`;
    return new TabletalkError('interrupted', message, { place, value: signal });
  }
  if (place === '-') {
    await writer.close();
    return new TabletalkError('failed', `interrupted after ${rows}`);
  }
  const partial = await unusedName(`${place}.partial`);
  await writer.close(partial);
  return new TabletalkError('failed', `interrupted: ${rows} are in ${partial}`);
}

/** The name, or with the first number after it that no file has: what an earlier Ctrl-C kept stays. */
async function unusedName(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}.${i}`;
    if (!(await stat(candidate).catch(() => undefined))) return candidate;
  }
}
