/** Where a command's rows go: a file, a shard of one, or a part in a folder. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { TabletalkError } from '../errors/errors.ts';
import { modelChecksum } from '../model/manifest.ts';
import { version } from '../model/version.ts';
import { mostShards, onlyShard, type Shard } from '../numeric/shard.ts';
import { createPartWriter, isPartDone, partFormats, partName, type Run } from '../parts/part.ts';
import type { Dialect } from '../table/csv/dialect.ts';
import { fileKind } from '../table/file-kind.ts';
import type { Schema } from '../table/schema.ts';
import { checkTableOutput, createTableWriter, type TableWriter } from '../table/write.ts';
import { write } from './progress.ts';

// `--shard` as a number and a count, or as the engine that started this process numbers its array.

type Environment = Readonly<Record<string, string | undefined>>;

interface Engine {
  readonly name: string;
  /** The variable that holds this task's number. */
  readonly index: string;
  /** The variable that holds the number of tasks; undefined where the engine does not say. */
  readonly count?: string;
  /** The variable that holds the first task's number, where that is not always 0. */
  readonly first?: string;
  readonly last?: string;
}

const engines: readonly Engine[] = [
  {
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    count: 'SLURM_ARRAY_TASK_COUNT',
    first: 'SLURM_ARRAY_TASK_MIN',
    last: 'SLURM_ARRAY_TASK_MAX',
  },
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX' },
  { name: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
];

function withShard(command: Command, what: string): Command {
  return command.option(
    '--shard <i/n|auto>',
    `only the i-th of n equal parts of ${what}; auto, or auto/n: as the array job of Slurm, Kubernetes or AWS Batch numbers this task`,
  );
}

/** Throws `option` errors. Whether the index fits the count, the library says as well. */
function parseShard(text: string | undefined, environment: Environment): Shard | undefined {
  if (text === undefined) return undefined;
  const refuse = (problem: string) => new TabletalkError('option', `--shard ${text}: ${problem}`, { value: text });
  const [, index = '', count] = /^(auto|\d{1,9})(?:\/(\d{1,9}))?$/.exec(text) ?? [];
  if (index === '' || (index !== 'auto' && count === undefined)) {
    throw refuse('expected a number and a count, such as 3/16, or auto, or auto/16');
  }
  const given = count === undefined ? undefined : Number(count);
  const shard = index === 'auto' ? fromEngine(given, environment, refuse) : { index: Number(index), of: given! };
  if (shard.of < 1 || shard.of > mostShards) throw refuse(`there may be 1 to ${mostShards} shards, got ${shard.of}`);
  if (shard.index < 1 || shard.index > shard.of) {
    throw refuse(`the shards of ${shard.of} are 1/${shard.of} to ${shard.of}/${shard.of}, got ${shard.index}`);
  }
  return shard;
}

function fromEngine(
  given: number | undefined,
  environment: Environment,
  refuse: (problem: string) => TabletalkError,
): Shard {
  const found = engines.filter(({ index }) => environment[index] !== undefined);
  const [engine] = found;
  if (!engine) {
    const names = engines.map(({ name, index }) => `${index} (${name})`).join(', ');
    throw refuse(`this process is no task of an array job: none of ${names} is set`);
  }
  if (found.length > 1) {
    throw refuse(`${found.map(({ name }) => name).join(' and ')} both number this task; give the number itself`);
  }
  const read = (variable: string): number => {
    const value = environment[variable];
    if (value === undefined || !/^\d{1,9}$/.test(value)) {
      throw refuse(
        `${variable}: expected a whole number, got ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
      );
    }
    return Number(value);
  };
  const index = read(engine.index);
  if (engine.first !== undefined && engine.last !== undefined) {
    return ofArray(
      engine,
      { index, first: read(engine.first), last: read(engine.last), count: read(engine.count!) },
      given,
      refuse,
    );
  }
  if (given === undefined && engine.count === undefined) {
    throw refuse(`${engine.name} does not say how many tasks there are; give their number, as in auto/16`);
  }
  const count = engine.count === undefined ? given! : read(engine.count);
  if (given !== undefined && given !== count) throw refuse(`${engine.name} has ${count} tasks in this array`);
  return { index: index + 1, of: count };
}

/** Slurm's arrays begin where the user says, and may be a few tasks of an array that ran before. */
function ofArray(
  { name }: Engine,
  { index, first, last, count }: { index: number; first: number; last: number; count: number },
  given: number | undefined,
  refuse: (problem: string) => TabletalkError,
): Shard {
  const isFull = last - first + 1 === count && (given ?? count) === count && first <= 1;
  if (isFull) return { index: index - first + 1, of: count };
  if (given !== undefined) return { index, of: given };
  throw refuse(
    `${name}'s array has ${count} tasks from ${first} to ${last}; number them 1 to n without gaps, or give the count of all, as in auto/16`,
  );
}

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
    return partDestination(out.replace(/(?<=.)[/\\]+$/, ''), shard ?? onlyShard, given);
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
