/** `tabletalk merge`. */
import { Command } from 'commander';
import { standardStream } from '../files/output-file.ts';
import { mergeParts } from '../parts/merge.ts';
import { checkTableOutput } from '../table/write.ts';
import { write } from './progress.ts';

interface MergeArguments {
  readonly out?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

export const mergeCommand = new Command('merge')
  .description('Check that the parts in a folder are one whole table, and write it.')
  .argument('<folder>', 'a folder that sample, impute or score wrote parts into')
  .option('--out <table>', 'the table to write, of the kind of the parts; by default they are only checked')
  .option('--force', 'replace an existing file')
  .option('--quiet', 'print errors only')
  .action(run);

async function run(folder: string, { out, force, quiet }: MergeArguments): Promise<void> {
  if (out !== undefined) await checkTableOutput(out, force ?? false);
  const { parts, rows } = await mergeParts(folder, out, force ?? false);
  if (quiet) return;
  const whole = `${rows} rows in ${parts} parts, whole and in order`;
  write(
    out === undefined || out === standardStream ? `${folder}: ${whole}` : `${out}: ${rows} rows, from ${parts} parts`,
  );
}
