/** `tabletalk impute`. It knows the command's options and the library's verb. */
import { Command } from 'commander';
import { shownPath } from '../files/output-file.ts';
import type { ImputeOptions, Notice } from '../sample/options.ts';
import { readTableAndDialect } from '../table/read.ts';
import { checkTableOutput } from '../table/write.ts';
import { named, number } from './arguments.ts';
import { openModel } from './open-model.ts';
import { write } from './progress.ts';
import { type ResultArguments, withSafeCsv, writeResult } from './table-result.ts';

interface ImputeArguments extends ImputeOptions, ResultArguments {
  readonly out: string;
}

export const imputeCommand = withSafeCsv(new Command('impute'))
  .description('Fill the missing cells of a table; every other cell stays as it is.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .argument('<table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard input')
  .option('--out <table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard output', '-')
  .option('--draws <n>', 'draw each missing cell n times and take the median or the most frequent value', number)
  .option('--temperature <x>', '1 samples the learned distribution, 0 takes the likeliest', number)
  .option('--top-k <n>', 'sample from the k likeliest tokens only', number)
  .option('--top-p <x>', 'sample from the likeliest tokens that together reach this probability', number)
  .option('--seed <n>', 'the same seed gives the same cells', number)
  .option('--workers <n>', 'threads; by default one per core; the cells are the same for any number', number)
  .option('--force', 'replace an existing file')
  .option('--quiet', 'print errors only')
  .action(run);

async function run(
  folder: string,
  path: string,
  { out, force, safeCsv, quiet, ...options }: ImputeArguments,
): Promise<void> {
  await checkTableOutput(out, force ?? false);
  const model = await openModel(folder, quiet);
  const { table, dialect } = await readTableAndDialect(path);
  const onNotice = ({ message }: Notice) => !quiet && write(`${shownPath(path)}: ${message}`);
  const filled = await named(path, () => model.impute(table, { ...options, onNotice }));
  await writeResult(filled, out, { dialect, force, safeCsv, quiet });
  if (!quiet && out !== '-') write(`${out}: ${filled.rowCount} rows`);
}
