/** `tabletalk sample`. It knows the command's options and the library's verb. */
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { isDatasetModel } from '../dataset/model.ts';
import { TabletalkError } from '../errors/errors.ts';
import { shownPath } from '../files/output-file.ts';
import type { Notice, SampleOptions, SampleProgress } from '../sample/options.ts';
import { readTable } from '../table/read.ts';
import type { Table } from '../table/table.ts';
import { checkTableOutput, createTableWriter, type TableWriter } from '../table/write.ts';
import { inTable, list, number, parseWhere, repeated } from './arguments.ts';
import { refuseOptions, sampleDatasetFolder } from './dataset.ts';
import { openModel } from './open-model.ts';
import { createProgress, type ProgressOptions, write } from './progress.ts';
import { formulaCells, type ResultArguments, remarkFormulas, withSafeCsv } from './table-result.ts';

interface SampleArguments
  extends ProgressOptions,
    ResultArguments,
    Omit<SampleOptions, 'where' | 'like' | 'real' | 'after'> {
  readonly out: string;
  readonly where: readonly string[];
  readonly like?: string;
  readonly real?: string;
  readonly after: readonly string[];
}

export const sampleCommand = withSafeCsv(new Command('sample'))
  .description('Write new rows.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .option('--rows <n>', 'number of rows to write, exactly', number)
  .option('--out <table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard output', '-')
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
];

async function run(
  folder: string,
  { out, where, like, real, after, force, safeCsv, quiet, jsonProgress, ...options }: SampleArguments,
): Promise<void> {
  if (await isDatasetModel(folder)) {
    refuseOptions({ ...options, real, after: after[0] }, tableOptions, `${folder} is a model of linked tables`);
    await sampleDatasetFolder(folder, { out, where, like, force, safeCsv, quiet, jsonProgress, ...options });
    return;
  }
  await checkTableOutput(out, force ?? false);
  const model = await openModel(folder, quiet || jsonProgress);
  const likeTable = like === undefined ? undefined : await readTable(like);
  const realTable = real === undefined ? undefined : await readTable(real);
  const afterTables: Table[] = [];
  for (const path of after) afterTables.push(await readTable(path));
  const wanted = likeTable?.rowCount ?? options.rows ?? 0;
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  let again = 0;
  const onProgress = ({ rows, redrawn }: SampleProgress) => {
    again = redrawn / Math.max(1, rows + redrawn);
    progress.show({ share: rows / wanted, brief: `${rows} rows`, data: { rows, of: wanted, redrawn } });
  };
  const asked = {
    ...options,
    where: parseWhere(where, model.schema),
    ...(likeTable && { like: likeTable }),
    ...(realTable && { real: realTable }),
    ...(afterTables.length > 0 && { after: afterTables }),
  };
  const onNotice = ({ message }: Notice) => !quiet && !jsonProgress && write(`${shownPath(like!)}: ${message}`);
  const batches = inTable(like, model.stream({ ...asked, onProgress, onNotice }));
  let rows = 0;
  let formulas = 0;
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  let writer: TableWriter | undefined;
  try {
    // The first batch comes before the file is opened: what is wrong with the call must leave no trace.
    let next = await batches.next();
    writer = await createTableWriter(out, model.schema, { force, safeCsv });
    while (!next.done) {
      await writer.write(next.value);
      rows += next.value.rowCount;
      if (!safeCsv) formulas += formulaCells(next.value);
      if (interrupted) break;
      next = await batches.next();
    }
  } catch (error) {
    await writer?.abort();
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    progress.stop();
    await batches.return(undefined);
  }
  if (interrupted && rows < wanted) return keepPartial(writer, out, `${rows} of ${wanted} rows`);
  if (rows === 0 && wanted > 0) {
    await writer.abort();
    throw new TabletalkError('failed', 'time is up before the first row is complete');
  }
  await writer.close();
  if (!quiet && !jsonProgress) remarkFormulas(out, formulas);
  const late = rows < wanted ? ` of ${wanted}, as time is up` : '';
  if (!quiet && !jsonProgress && (out !== '-' || late !== '')) {
    write(`${out === '-' ? 'standard output' : out}: ${rows} rows${late}${redrawnShare(again)}`);
  }
}

/** How much was drawn in vain for conditions, checks and quality, where that is not next to nothing. */
const redrawnShare = (share: number) =>
  share < 0.001 ? '' : `; ${(100 * share).toFixed(1)} % of what was begun did not meet them and was drawn again`;

/** What was finished before Ctrl-C. */
async function keepPartial(writer: TableWriter, out: string, rows: string): Promise<void> {
  if (out === '-') {
    await writer.close();
    throw new TabletalkError('failed', `interrupted after ${rows}`);
  }
  const partial = await unusedName(`${out}.partial`);
  await writer.close(partial);
  throw new TabletalkError('failed', `interrupted: ${rows} are in ${partial}`);
}

/** The name, or with the first number after it that no file has: what an earlier Ctrl-C kept stays. */
async function unusedName(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}.${i}`;
    if (!(await stat(candidate).catch(() => undefined))) return candidate;
  }
}
