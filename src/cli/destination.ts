/** Where a command's rows go: a file, a shard of one, or a part in a folder. It knows what may be said of each. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { TabletalkError } from '../errors/errors.ts';
import { modelChecksum } from '../model/manifest.ts';
import { version } from '../model/version.ts';
import type { Shard } from '../numeric/shard.ts';
import { partFormats, partName, type Run } from '../parts/manifest.ts';
import { createPartWriter, isPartDone } from '../parts/part.ts';
import type { Dialect } from '../table/csv/dialect.ts';
import { fileKind } from '../table/file-kind.ts';
import type { Schema } from '../table/schema.ts';
import { checkTableOutput, createTableWriter, type TableWriter } from '../table/write.ts';
import { write } from './progress.ts';
import { parseShard, withShard } from './shard.ts';

export interface DestinationArguments {
  readonly out: string;
  readonly shard?: string;
  readonly parts?: boolean;
  readonly format?: Run['format'];
  readonly force?: boolean;
  readonly safeCsv?: boolean;
}

export interface Destination {
  readonly shard: Shard | undefined;
  /** The file, for messages. */
  readonly place: string;
  /** Whether it is a part of a folder; such a part is written whole or not at all. */
  readonly isPart: boolean;
  /** Whether the rows are there already. Asked for before any work. */
  isDone(identity: () => Identity): Promise<boolean>;
  open(schema: Schema, dialect?: Dialect): Promise<TableWriter>;
}

/** What a part's rows depend on, beside its number. */
interface Identity extends Pick<Run, 'command' | 'seed' | 'rows'> {
  readonly model: string;
  /** JSON of all else. */
  readonly options: unknown;
}

export function withDestination(command: Command, what: string): Command {
  return withShard(
    command.option(
      '--out <table|folder>',
      '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard output; a folder, with / at its end, gets part-00001-of-00001.parquet',
      '-',
    ),
    what,
  )
    .option('--parts', 'with --shard and a CSV file: the column names in every shard, not in the first only')
    .addOption(new Option('--format <kind>', 'of the parts in a folder; by default parquet').choices(partFormats));
}

/** Throws `option` errors before any work. */
export async function openDestination(given: DestinationArguments): Promise<Destination> {
  const { out, parts, format } = given;
  const shard = parseShard(given.shard, process.env);
  const refuse = (problem: string) => new TabletalkError('option', problem);
  const isAsked = shard !== undefined || format !== undefined;
  if (/[/\\]$/.test(out) || (isAsked && (await stat(out).catch(() => undefined))?.isDirectory())) {
    if (parts) throw refuse('--parts is for a file; the parts in a folder have the column names each');
    return partDestination(out.replace(/(?<=.)[/\\]+$/, ''), shard ?? { index: 1, of: 1 }, given);
  }
  if (format !== undefined)
    throw refuse(`--format is for a folder, with / at its end; ${out} has its kind in its name`);
  if (parts && !shard) throw refuse('--parts needs --shard');
  if (parts && !isCsv(out)) throw refuse(`--parts is for CSV, and ${out} is not`);
  return openFile(given, shard);
}

const isCsv = (path: string): boolean => ['csv', 'tsv'].includes(fileKind(path));

/** A file, or one shard of one. */
export async function openFile(
  { out, parts, force, safeCsv }: Omit<DestinationArguments, 'shard' | 'format'>,
  shard?: Shard,
): Promise<Destination> {
  await checkTableOutput(out, force ?? false);
  const header = !shard || shard.index === 1 || parts === true;
  const isLast = !shard || shard.index === shard.of;
  return {
    shard,
    place: out,
    isPart: false,
    isDone: async () => false,
    open(schema, dialect) {
      // The next shard's first row begins a line.
      const own = dialect && isCsv(out) && { dialect: isLast ? dialect : { ...dialect, finalNewline: true } };
      return createTableWriter(out, schema, { force, safeCsv, ...(header ? {} : { header }), ...own });
    },
  };
}

function partDestination(folder: string, shard: Shard, given: DestinationArguments): Destination {
  const { format = 'parquet', force = false, safeCsv } = given;
  const place = `${folder}/${partName(shard, format)}`;
  if (safeCsv && !format.startsWith('csv'))
    throw new TabletalkError('option', '--safe-csv is for CSV; add --format csv.gz');
  let run: Run | undefined;
  return {
    shard,
    place,
    isPart: true,
    async isDone(identify) {
      const { model, options, ...identity } = identify();
      const hash = createHash('sha256')
        .update(JSON.stringify({ options, safeCsv: safeCsv ?? false }))
        .digest('hex');
      run = { ...identity, model: await modelChecksum(model), writtenBy: version, options: hash, format };
      return isPartDone(folder, { run, shard }, force);
    },
    open: (schema) => createPartWriter(folder, schema, { run: run!, shard }, { safeCsv }),
  };
}

export function sayDone({ place }: Destination, quiet: boolean | undefined): void {
  if (!quiet) write(`${place}: is there already, whole`);
}
