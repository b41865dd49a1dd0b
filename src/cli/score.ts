/** `tabletalk score`. */
import { Command, InvalidArgumentError } from 'commander';
import { TabletalkError } from '../errors/errors.ts';
import { contentHash } from '../model/manifest.ts';
import { onlyShard, rangeOf } from '../numeric/shard.ts';
import { readTable, readTableAndDialect } from '../table/read.ts';
import type { Column } from '../table/schema.ts';
import { takeRange } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import type { Scores } from '../validate/score.ts';
import { attributes, type ScoreOptions, type ScoreWeights } from '../validate/score-options.ts';
import { named, number } from './arguments.ts';
import { type DestinationArguments, openDestination, sayDone, withDestination } from './destination.ts';
import { openModel } from './open-model.ts';
import { write } from './progress.ts';
import { type ResultArguments, withSafeCsv, writeResult } from './table-result.ts';

interface ScoreArguments
  extends Omit<ScoreOptions, 'real'>,
    Omit<DestinationArguments, 'force' | 'safeCsv'>,
    ResultArguments {
  readonly real?: string;
}

const command = withSafeCsv(new Command('score'))
  .description('Say how good each row is: adds a column "quality" and one for each attribute, all between 0 and 1.')
  .argument('<model-dir>', 'a folder that fit wrote')
  .argument('<table>', '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard input');

export const scoreCommand = withDestination(command, "the table's rows")
  .option('--real <table>', 'real rows, as the model learned from: realism, consistency and novelty need them')
  .option('--allow-real-rows', 'let real rows judge those of a private model: what is written is outside its promise')
  .option('--weights <list>', 'what attributes count in "quality": likelihood=0,realism=2; 1 unless said', parseWeights)
  .option('--seed <n>', 'the same seed gives the same scores', number)
  .option('--threads <n>', 'threads for the model; 0 means one per core', number)
  .option('--force', 'replace an existing file')
  .option('--quiet', 'print errors only')
  .action(run);

function parseWeights(text: string): ScoreWeights {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [name = '', value] = part.split('=');
      if (value === undefined) throw new InvalidArgumentError('Expected name=number, with commas between.');
      return [name.trim(), number(value)];
    }),
  );
}

async function run(folder: string, path: string, args: ScoreArguments): Promise<void> {
  const { out, shard: _, parts, format, real, force, safeCsv, quiet, ...options } = args;
  const destination = await openDestination({ out, shard: args.shard, parts, format, force, safeCsv });
  const { shard = onlyShard } = destination;
  if (real !== undefined && shard.of > 1) {
    const why = 'realism compares the whole table with the real rows, so a part would get other scores';
    throw new TabletalkError('option', `--shard cannot be given with --real: ${why}`);
  }
  const { table, dialect } = await readTableAndDialect(path);
  const realTable = real === undefined ? undefined : await readTable(real);
  const { seed = 0, threads: __, ...others } = options;
  const identity = () => ({
    ...{ command: 'score' as const, model: folder, seed, rows: table.rowCount },
    options: { ...others, tables: [table, ...(realTable ? [realTable] : [])].map(contentHash) },
  });
  if (await destination.isDone(identity)) return sayDone(destination, quiet);
  const model = await openModel(folder, quiet);
  const own = takeRange(table, rangeOf(shard, table.rowCount));
  const scores = await named(path, () => model.score(own, { ...options, ...(realTable && { real: realTable }) }));
  await writeResult(withScores(own, scores), destination, dialect, { safeCsv, quiet });
  if (!quiet) for (const line of summary(scores, destination.place)) write(line);
}

/** Ten thousandths: finer differences say nothing. */
const scale = 4;

/** The table with its scores as columns: "quality", "quality_validity" and so on, or "quality2" where that name is taken. */
function withScores({ schema, rowCount, columns }: Table, scores: Scores): Table {
  const added = [['', scores.total] as const, ...attributes.map((name) => [`_${name}`, scores[name]] as const)];
  const isTaken = (prefix: string) => schema.columns.some(({ name }) => added.some(([end]) => name === prefix + end));
  let prefix = 'quality';
  for (let i = 2; isTaken(prefix); i++) prefix = `quality${i}`;
  const there = added.flatMap(([end, data]) => (data ? [{ name: prefix + end, data }] : []));
  const columnOf = (name: string): Column => {
    return { name, kind: 'decimal', missing: null, scale, minScale: scale, min: 0, max: 1 };
  };
  return {
    schema: { ...schema, columns: [...schema.columns, ...there.map(({ name }) => columnOf(name))] },
    rowCount,
    columns: [...columns, ...there.map(({ data }) => data.map((score) => Number(score.toFixed(scale))))],
  };
}

/** How many rows there are, how good, and which attributes are not there and why. */
function summary({ total, validity, absent }: Scores, out: string): string[] {
  const mean = total.reduce((sum, score) => sum + score, 0) / Math.max(1, total.length);
  const invalid = validity?.filter((score) => score < 1).length ?? 0;
  const place = out === '-' ? 'standard output' : out;
  const quality = total.length === 0 ? '' : `, quality ${mean.toFixed(3)} in the mean, ${invalid} not valid`;
  return [
    `${place}: ${total.length} rows${quality}`,
    ...Object.entries(absent).map(([attribute, reason]) => `no ${attribute}: ${reason}`),
  ];
}
