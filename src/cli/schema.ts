/** `tabletalk schema`. */
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { proposeDataset } from '../dataset/propose.ts';
import { TabletalkError } from '../errors/errors.ts';
import { shownPath, standardStream, writeText } from '../files/output-file.ts';
import { blankDomain } from '../privacy/domain.ts';
import { tableNotices } from '../table/infer/notices.ts';
import { readTable } from '../table/read.ts';
import { number } from './arguments.ts';
import { refuseOptions } from './dataset.ts';
import { write } from './progress.ts';
import { type ColumnArguments, readOverrides, tablePath, withColumnOptions } from './table-source.ts';

interface SchemaArguments extends ColumnArguments {
  readonly out: string;
  readonly sql?: string;
  readonly maxRows?: number;
  readonly seed?: number;
  readonly domain?: boolean;
  readonly force?: boolean;
}

export const schemaCommand = withColumnOptions(new Command('schema'))
  .description('Show what a table’s columns are taken for, and why; fit --schema takes the file, whole or in part.')
  .argument(
    '[table]',
    '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard input; of a folder, a dataset.json is proposed',
  )
  .option('--sql <query>', 'read a DuckDB query instead of a file')
  .option('--out <schema.json>', 'where to write it; - is standard output', standardStream)
  .option('--max-rows <n>', 'look at a random sample of at most n rows', number)
  .option('--seed <n>', 'the same seed gives the same sample', number)
  .option('--domain', 'with bounds and categories blank, to be filled in with what is public: for fit --epsilon')
  .option('--force', 'replace an existing file')
  .action(run);

async function run(asked: string | undefined, given: SchemaArguments): Promise<void> {
  const { out, sql, maxRows, seed, domain, force } = given;
  if (out !== standardStream && !/\.json$/i.test(out))
    throw new TabletalkError('option', `--out: ${out} must end in .json`);
  const path = tablePath(asked, sql);
  if (
    await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
  ) {
    refuseOptions({ ...given }, ['schema', 'drop', 'categorical', 'numeric', 'text', 'maxRows'], `${path} is a folder`);
    const proposal = await proposeDataset(path);
    for (const [name, { lookup }] of Object.entries(proposal.tables)) {
      if (lookup) write(`${name}: taken for a lookup table: its rows are kept as they are, in the model folder too`);
    }
    await writeText(out, [`${JSON.stringify(proposal, null, 2)}\n`], force ?? false);
    return;
  }
  const table = await readTable(path, {
    overrides: await readOverrides(given),
    maxRows,
    seed,
  });
  if (!domain) for (const notice of tableNotices(table)) write(`${shownPath(path)}: ${notice}`);
  const schema = domain ? blankDomain(table.schema) : table.schema;
  await writeText(out, [`${JSON.stringify(schema, null, 2)}\n`], force ?? false);
}
