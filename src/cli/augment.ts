/** `tabletalk augment`. */
import { Command, Option } from 'commander';
import { augment } from '../augment/augment.ts';
import type { AugmentOptions, AugmentProgress } from '../augment/options.ts';
import { augmentText } from '../augment/report.ts';
import { TabletalkError } from '../errors/errors.ts';
import { readTableAndDialect } from '../table/read.ts';
import { named, number } from './arguments.ts';
import { openFile } from './destination.ts';
import { clock } from './fit-summary.ts';
import { openModel } from './open-model.ts';
import { createProgress, type ProgressLine, type ProgressOptions, write } from './progress.ts';
import { type ResultArguments, withSafeCsv, writeResult } from './table-result.ts';
import { readOverrides } from './table-source.ts';

interface AugmentArguments extends ProgressOptions, ResultArguments, Omit<AugmentOptions, 'model' | 'onProgress'> {
  readonly out: string;
  readonly model?: string;
  readonly schema?: string;
  readonly shard?: string;
}

export const augmentCommand = withSafeCsv(new Command('augment'))
  .description('Enlarge a table, or balance its classes, with synthetic rows, where these help to predict the label.')
  .argument('<table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard input')
  .requiredOption('--target <column>', 'the label: what is to be predicted from the other columns')
  .option('--balance', 'bring every class to as many rows as the largest one has')
  .option('--rows <n>', 'add up to n rows; fewer if fewer help more', number)
  .option('--out <table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard output', '-')
  .option('--model <model-dir>', 'draw from this model; by default one is fitted to the real rows')
  .option('--allow-real-rows', 'let real rows judge those of a private model: what is written is outside its promise')
  .option('--mark <column>', 'add this column, with "real" or "synthetic" in each row')
  .option('--synthetic-only', 'write the new rows only')
  .option('--force-rows', 'add all rows, whether they help or not')
  .option(
    '--folds <n>',
    'measure on n parts of the real rows, with one fit each; 0, with --force-rows, measures nothing',
    number,
  )
  .option('--schema <schema.json>', 'overrides what was inferred, column by column')
  .option('--epochs <n>', 'at most n passes over the rows in each fit', number)
  .option('--max-minutes <m>', 'shorten each fit so that it ends within m minutes', number)
  .option('--seed <n>', 'the same seed gives the same rows', number)
  .addOption(new Option('--shard <i/n>').hideHelp())
  .option('--force', 'replace an existing file')
  .option('--quiet', 'print errors only')
  .option('--json-progress', 'print progress as JSON, one object per line, on standard error')
  .action(run);

async function run(path: string, args: AugmentArguments): Promise<void> {
  const { out, model: folder, schema, shard, force, safeCsv, quiet, jsonProgress, ...options } = args;
  if (shard !== undefined) {
    const why = 'augment chooses among all new rows, in exact counts of each class';
    throw new TabletalkError('option', `--shard cannot be given: ${why}; sample --balance and --where have shards`);
  }
  const destination = await openFile({ out, force, safeCsv });
  const model = folder === undefined ? undefined : await openModel(folder, quiet);
  const { table, dialect } = await readTableAndDialect(path, { overrides: await readOverrides({ schema }) });
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  const lines = linesOf();
  const onProgress = (event: AugmentProgress) => progress.show(lines(event));
  const augmented = await named(path, () =>
    augment(table, { ...options, ...(model && { model }), onProgress }),
  ).finally(() => progress.stop());
  await writeResult(augmented.table, destination, dialect, { safeCsv, quiet: quiet || jsonProgress });
  if (jsonProgress) write(JSON.stringify(augmented.report));
  else if (!quiet) for (const line of augmentText(augmented.report)) write(line);
}

/** A line for each new thing that is done, where no bar is shown; with the time that is left, once some has gone by. */
function linesOf(): (event: AugmentProgress) => ProgressLine {
  const began = performance.now();
  let last = '';
  return ({ share, doing }) => {
    const isNew = doing !== last;
    last = doing;
    const seconds = (performance.now() - began) / 1000;
    const left = share < 0.05 ? '' : `, about ${clock((seconds * (1 - share)) / share)} left`;
    return { share, brief: `${doing}${left}`, ...(isNew && { line: `${doing}${left}` }), data: { share, doing } };
  };
}
