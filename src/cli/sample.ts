/** `tabletalk sample`. It knows the command's options and the library's verb. */
import { rename } from 'node:fs/promises';
import { Command } from 'commander';
import { TabletalkError } from '../errors.ts';
import { loadModel } from '../model.ts';
import type { SampleOptions, SampleProgress } from '../sample/options.ts';
import { tableFromValues } from '../table/from-values.ts';
import { checkTableOutput, readTable, writeTable } from '../table/read.ts';
import { concatTables } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { inTable, names, number, parseWhere, repeated } from './arguments.ts';
import { createProgress, type ProgressOptions, write } from './progress.ts';

interface SampleArguments extends ProgressOptions, Omit<SampleOptions, 'where' | 'like'> {
  readonly out: string;
  readonly where: readonly string[];
  readonly like?: string;
  readonly force?: boolean;
}

export const sampleCommand = new Command('sample')
  .description('Write new rows.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .option('--rows <n>', 'how many rows; exactly these come', number)
  .option('--out <table>', '.csv, .tsv, .jsonl, also gzipped; - is CSV on standard output', '-')
  .option(
    '--where <condition>',
    'every row meets it: "age>=30", "work in Private|State-gov", "sex!=Male", "age is not missing"; repeatable',
    repeated,
    [],
  )
  .option('--like <table>', 'one row for each row of this table, with the cells it has')
  .option('--keep <columns>', 'with --like: only these columns keep their cells (names between commas)', names)
  .option('--balance <column>', 'equal counts of each value of this column')
  .option('--prompt <text>', 'how every row begins: "age is 39, sex is"')
  .option('--temperature <x>', '1 is the learned distribution, lower prefers the likely', number)
  .option('--top-k <n>', 'only the k likeliest tokens', number)
  .option('--top-p <x>', 'only the likeliest tokens that reach this probability', number)
  .option('--max-seconds <s>', 'end after this time with the rows that are done', number)
  .option('--seed <n>', 'the same seed gives the same rows', number)
  .option('--workers <n>', 'threads; by default one a core; the rows do not depend on it', number)
  .option('--force', 'replace an existing file')
  .option('--quiet', 'say nothing but errors')
  .option('--json-progress', 'one JSON object a line on standard error')
  .action(run);

async function run(
  folder: string,
  { out, where, like, force, quiet, jsonProgress, ...options }: SampleArguments,
): Promise<void> {
  await checkTableOutput(out, force ?? false);
  const model = await loadModel(folder);
  const likeTable = like === undefined ? undefined : await readTable(like);
  const wanted = likeTable?.rowCount ?? options.rows ?? 0;
  const asked = { ...options, where: parseWhere(where, model.schema), ...(likeTable && { like: likeTable }) };
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  const batches: [Table, ...Table[]] = [tableFromValues(model.schema, [])];
  let interrupted = false;
  let again = 0;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  try {
    const onProgress = ({ rows, redrawn }: SampleProgress) => {
      again = redrawn / Math.max(1, rows + redrawn);
      progress.show({ share: rows / wanted, brief: `${rows} rows`, data: { rows, of: wanted, redrawn } });
    };
    for await (const batch of inTable(like, model.stream({ ...asked, onProgress }))) {
      batches.push(batch);
      if (interrupted) break;
    }
  } finally {
    process.off('SIGINT', interrupt);
    progress.stop();
  }
  const table = concatTables(batches);
  if (interrupted && table.rowCount < wanted) return keepPartial(table, out, wanted);
  await writeTable(table, out, { force: force ?? false });
  if (table.rowCount < wanted) {
    const place = out === '-' ? 'written' : `in ${out}`;
    throw new TabletalkError('failed', `time is up: ${table.rowCount} of ${wanted} rows are ${place}`);
  }
  if (!quiet && !jsonProgress && out !== '-') write(`${out}: ${table.rowCount} rows${redrawnShare(again)}`);
}

/** How much was drawn in vain for conditions and checks, where that is not next to nothing. */
const redrawnShare = (share: number) =>
  share < 0.001 ? '' : `; ${(100 * share).toFixed(1)} % of what was begun did not meet them and was drawn again`;

/** What was finished before Ctrl-C. */
async function keepPartial(table: Table, out: string, wanted: number): Promise<void> {
  if (out === '-') throw new TabletalkError('failed', `interrupted after ${table.rowCount} of ${wanted} rows`);
  const ending = /\.[^./\\]+(\.gz)?$/.exec(out)?.[0] ?? '.csv';
  const partial = `${out}.partial`;
  await writeTable(table, `${partial}${ending}`, { force: true });
  await rename(`${partial}${ending}`, partial);
  throw new TabletalkError('failed', `interrupted: ${table.rowCount} of ${wanted} rows are in ${partial}`);
}
