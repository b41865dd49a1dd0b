/** `tabletalk sample`. It knows the command's options and the library's verb. */
import { Command } from 'commander';
import { TabletalkError } from '../errors.ts';
import { loadModel } from '../model.ts';
import type { SampleOptions } from '../sample/options.ts';
import { checkTableOutput, createTableWriter, type TableWriter } from '../table/write.ts';
import { number, parseWhere, repeated } from './arguments.ts';
import { createProgress, type ProgressOptions, write } from './progress.ts';

interface SampleArguments extends ProgressOptions, Omit<SampleOptions, 'where'> {
  readonly out: string;
  readonly where: readonly string[];
  readonly force?: boolean;
}

export const sampleCommand = new Command('sample')
  .description('Write new rows.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .requiredOption('--rows <n>', 'how many rows; exactly these come', number)
  .option('--out <table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard output', '-')
  .option('--where <condition>', 'every row has it, e.g. "sex=Female"; repeatable', repeated, [])
  .option('--temperature <x>', '1 is the learned distribution, lower prefers the likely', number)
  .option('--top-k <n>', 'only the k likeliest tokens', number)
  .option('--top-p <x>', 'only the likeliest tokens that reach this probability', number)
  .option('--seed <n>', 'the same seed gives the same rows', number)
  .option('--workers <n>', 'threads; by default one a core; the rows do not depend on it', number)
  .option('--force', 'replace an existing file')
  .option('--quiet', 'say nothing but errors')
  .option('--json-progress', 'one JSON object a line on standard error')
  .action(run);

async function run(
  folder: string,
  { out, where, force, quiet, jsonProgress, ...options }: SampleArguments,
): Promise<void> {
  await checkTableOutput(out, force ?? false);
  const model = await loadModel(folder);
  const batches = model.stream({ ...options, where: parseWhere(where, model.schema) });
  // The first batch comes before the file is opened: what is wrong with the call must leave no trace.
  const first = await batches.next();
  const writer = await createTableWriter(out, model.schema, { force: force ?? false });
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  let rows = 0;
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  try {
    for (let next = first; !next.done && !interrupted; next = await batches.next()) {
      await writer.write(next.value);
      rows += next.value.rowCount;
      progress.show({ share: rows / options.rows, brief: `${rows} rows`, data: { rows, of: options.rows } });
    }
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    progress.stop();
    await batches.return(undefined);
  }
  if (rows < options.rows) return keepPartial(writer, out, `${rows} of ${options.rows} rows`);
  await writer.close();
  if (!quiet && !jsonProgress && out !== '-') write(`${out}: ${rows} rows`);
}

/** What was finished before Ctrl-C. */
async function keepPartial(writer: TableWriter, out: string, rows: string): Promise<void> {
  if (out === '-') {
    await writer.close();
    throw new TabletalkError('failed', `interrupted after ${rows}`);
  }
  const partial = `${out}.partial`;
  await writer.close(partial);
  throw new TabletalkError('failed', `interrupted: ${rows} are in ${partial}`);
}
