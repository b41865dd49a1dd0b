/** `tabletalk impute`. */
import { Command } from 'commander';
import { shownPath } from '../files/output-file.ts';
import { contentHash } from '../model/manifest.ts';
import type { ImputeOptions, Notice } from '../sample/options.ts';
import { readTableAndDialect } from '../table/read.ts';
import { named, number } from './arguments.ts';
import { type DestinationArguments, openDestination, sayDone, withDestination } from './destination.ts';
import { openModel } from './open-model.ts';
import { write } from './progress.ts';
import { type ResultArguments, withSafeCsv, writeResult } from './table-result.ts';

interface ImputeArguments
  extends Omit<ImputeOptions, 'shard'>,
    Omit<DestinationArguments, 'force' | 'safeCsv'>,
    ResultArguments {}

const command = withSafeCsv(new Command('impute'))
  .description('Fill the missing cells of a table; every other cell stays as it is.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .argument('<table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard input');

export const imputeCommand = withDestination(command, "the table's rows")
  .option('--draws <n>', 'draw each missing cell n times and take the median or the most frequent value', number)
  .option('--temperature <x>', '1 samples the learned distribution, 0 takes the likeliest', number)
  .option('--top-k <n>', 'sample from the k likeliest tokens only', number)
  .option('--top-p <x>', 'sample from the likeliest tokens that together reach this probability', number)
  .option('--seed <n>', 'the same seed gives the same cells', number)
  .option('--workers <n>', 'threads; by default one per core; the cells are the same for any number', number)
  .option('--force', 'replace an existing file')
  .option('--quiet', 'print errors only')
  .action(run);

async function run(folder: string, path: string, args: ImputeArguments): Promise<void> {
  const { out, shard: _, parts, format, force, safeCsv, quiet, ...options } = args;
  const destination = await openDestination({ out, shard: args.shard, parts, format, force, safeCsv });
  const { table, dialect } = await readTableAndDialect(path);
  const { seed = 0, workers: __, ...others } = options;
  const identity = () => ({
    ...{ command: 'impute' as const, model: folder, seed, rows: table.rowCount },
    options: { ...others, tables: [contentHash(table)] },
  });
  if (await destination.isDone(identity)) return sayDone(destination, quiet);
  const model = await openModel(folder, quiet);
  const onNotice = ({ message }: Notice) => !quiet && write(`${shownPath(path)}: ${message}`);
  const { shard } = destination;
  const filled = await named(path, () => model.impute(table, { ...options, ...(shard && { shard }), onNotice }));
  await writeResult(filled, destination, dialect, { safeCsv, quiet });
  if (!quiet && out !== '-') write(`${destination.place}: ${filled.rowCount} rows`);
}
