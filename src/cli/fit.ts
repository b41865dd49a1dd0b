/** `tabletalk fit`. */
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { modelConfig } from '../../models/config.ts';
import { presetNames } from '../../models/presets.ts';
import { inputError, optionError, TabletalkError } from '../errors/errors.ts';
import { readJson } from '../files/json-file.ts';
import { shownPath } from '../files/output-file.ts';
import { effortNames } from '../finetune/efforts.ts';
import type { Progress } from '../finetune/progress.ts';
import { type FitOptions, fit } from '../model/fit.ts';
import { checkModelFolder } from '../model/manifest.ts';
import { deviceChoices, webgpuPays } from '../onnx/devices.ts';
import { type DomainFile, openDomain } from '../privacy/domain.ts';
import { isClassTarget } from '../table/class-target.ts';
import { tableNotices } from '../table/infer/notices.ts';
import { type ReadTable, readTableAndDialect } from '../table/read.ts';
import { list, number } from './arguments.ts';
import { checkDatasetFolder, fitDatasetFolder, isDatasetPath, refuseOptions } from './dataset.ts';
import { clock, summarizeFit } from './fit-summary.ts';
import { createProgress, type ProgressLine, type ProgressOptions, write } from './progress.ts';
import { type ColumnArguments, readOverrides, tablePath, withColumnOptions } from './table-source.ts';

interface FitArguments
  extends ProgressOptions,
    ColumnArguments,
    Omit<FitOptions, 'onProgress' | 'checkpoint' | 'signal' | 'domain'> {
  readonly out: string;
  readonly sql?: string;
  readonly maxRows?: number;
  readonly minCategoryCount?: number;
  readonly domain?: string;
  readonly dropOrphans?: boolean;
  readonly force?: boolean;
}

/** Ctrl-C, and what a scheduler sends before it takes the machine away. */
const stopSignals = ['SIGINT', 'SIGTERM'] as const;

export const fitCommand = withColumnOptions(new Command('fit'))
  .description('Learn a table: fine-tune a small language model on its rows.')
  .argument(
    '[table]',
    '.csv, .tsv, .jsonl, also gzipped, or .parquet; - is CSV on standard input; .json describes linked tables',
  )
  .requiredOption('--out <model-dir>', 'the model folder to write')
  .option('--target <column>', 'the label: the column to be predicted; it is learned with more weight')
  .option('--base <name|dir>', 'a Hugging Face folder, or a model on the hub, to start from, with its own tokenizer')
  .option('--sql <query>', 'read a DuckDB query instead of a file; needs the package @duckdb/node-api')
  .option('--max-rows <n>', 'learn from a random sample of at most n rows', number)
  .option('--min-category-count <n>', 'leave out categories that fewer than n rows have', number)
  .addOption(new Option('--effort <name>', 'how far to go; by default standard').choices(effortNames))
  .option('--epochs <n>', 'at most n passes over the rows; by default as many as the effort allows', number)
  .option('--max-minutes <m>', 'shorten the fit so that it ends within m minutes', number)
  .option('--batch-size <n>', 'rows per step', number)
  .option('--learning-rate <x>', 'highest learning rate, reached after warm-up', number)
  .option(
    '--patience <n>',
    'after n epochs without a better validation loss, lower the learning rate, then stop',
    number,
  )
  .option('--validation-fraction <x>', 'share of the rows held out to decide when to stop', number)
  .addOption(new Option('--preset <name>', 'size of the model').choices(presetNames))
  .addOption(new Option('--architecture <name>', 'of the model').choices(modelConfig.shape.architecture.options))
  .option('--micro-batch-size <n>', 'rows of a step that are in memory at once', number)
  .option('--lora-rank <n>', 'train adapters of this rank beside the base', number)
  .option('--lora-alpha <x>', 'adapters are scaled by x / rank; by default x is twice the rank', number)
  .option('--lora-targets <names>', 'layers that get an adapter, such as q_proj,v_proj; by default all', list)
  .addOption(new Option('--device <name>', 'what to train on').choices(deviceChoices))
  .option('--threads <n>', 'threads to train with; by default one per core', number)
  .option('--epsilon <x>', 'differential privacy: a row changes the odds of any model by at most e^x', number)
  .option('--delta <x>', 'with --epsilon: the probability that this fails, below 1 / rows; by default 1e-6', number)
  .option(
    '--domain <schema.json>',
    'with --epsilon: public kinds, bounds and categories, null for what is measured; schema --domain begins one',
  )
  .option('--seed <n>', 'the same seed gives the same model; the noise of --epsilon has no seed', number)
  .addOption(
    new Option('--resume [auto]', 'continue a fit that was interrupted; auto: begin one where there is none')
      .argParser(resumeFrom)
      .conflicts('force'),
  )
  .option('--drop-orphans', 'of linked tables: leave out rows whose parent is not there')
  .option('--force', 'replace an existing model folder')
  .option('--quiet', 'print errors only')
  .option('--json-progress', 'print progress as JSON, one object per line, on standard error')
  .action(run);

async function run(given: string | undefined, args: FitArguments): Promise<void> {
  const {
    out,
    schema,
    drop,
    categorical,
    numeric,
    text,
    sql,
    maxRows,
    minCategoryCount,
    domain: domainPath,
    dropOrphans,
    force,
    quiet,
    jsonProgress,
    ...options
  } = args;
  if (isDatasetPath(given)) return runDataset(given, args);
  if (dropOrphans) throw new TabletalkError('option', '--drop-orphans is for linked tables: a dataset.json');
  const path = tablePath(given, sql);
  const domain = domainPath === undefined ? undefined : await readDomainFile(domainPath, args);
  if (options.epsilon !== undefined) {
    const other = readOtherwise.find((name) => name !== 'drop' && args[name] !== undefined);
    if (other) throw optionError('fit', other, 'cannot be given with "epsilon"; "domain" says what is public');
    if (maxRows !== undefined) {
      throw optionError(
        'fit',
        'maxRows',
        'cannot be given with "epsilon": one row more would change which others are read',
      );
    }
  }
  await checkModelFolder(out, (force || options.resume !== undefined) ?? false);
  await checkParent(out);
  const overrides = {
    ...(await readOverrides({ schema, drop, categorical, numeric, text })),
    ...(minCategoryCount !== undefined && { minCategoryCount }),
  };
  const read = await readTableAndDialect(path, { overrides, maxRows, seed: options.seed });
  const { table } = read;
  const isPrivate = options.epsilon !== undefined;
  if (!quiet && !jsonProgress && !isPrivate) remark(shownPath(path), read, options.target);
  if (options.device === 'webgpu' && !quiet && !jsonProgress && !(await webgpuPays())) {
    write('--device webgpu: less than twice as fast as the CPU here, or a driver in software');
  }
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  const { interrupt, release } = onStopSignals();
  let steps = 0;
  /** Why the last checkpoint could not be written, if so; said once. */
  let problem: string | undefined;
  const onProgress = (event: Progress) => {
    steps++;
    if (event.outside && !quiet && !jsonProgress) write(`${shownPath(path)}: ${outsideText(event.outside)}`);
    const isNew = event.checkpoint?.problem !== undefined && problem === undefined;
    if (event.checkpoint) problem = event.checkpoint.problem;
    progress.show(describe(event, problem, isNew));
  };
  try {
    const model = await named(path, out, interrupt.signal, () =>
      fit(table, { ...options, ...(domain && { domain }), checkpoint: out, signal: interrupt.signal, onProgress }),
    );
    progress.stop();
    summarizeFit(out, table, model.file, {
      wasFinished: steps === 0,
      quiet: quiet ?? false,
      asJson: jsonProgress ?? false,
    });
  } finally {
    release();
    progress.stop();
  }
}

/** What only the rows, read without a promise, would decide beside a domain. */
const readOtherwise = ['schema', 'drop', 'categorical', 'numeric', 'text', 'minCategoryCount'] as const;

async function readDomainFile(path: string, args: FitArguments): Promise<DomainFile> {
  const other = readOtherwise.find((name) => args[name] !== undefined);
  if (other) throw optionError('fit', other, 'cannot be given with "domain", which says what the columns are');
  const json = await readJson(path);
  return openDomain(json, path);
}

const outsideText = (cells: number): string =>
  `${cells} ${cells === 1 ? 'cell is' : 'cells are'} outside the domain and taken as missing; this line is no part of the promise`;

/** Options that say something of one table: a data set's tables have theirs in its file. */
const tableOptions = [
  ...['target', 'base', 'loraRank', 'loraAlpha', 'loraTargets', 'sql', 'maxRows', 'minCategoryCount'],
  ...['schema', 'drop', 'categorical', 'numeric', 'text', 'epsilon', 'delta', 'domain'],
];

async function runDataset(path: string, args: FitArguments): Promise<void> {
  refuseOptions({ ...args }, tableOptions, 'a data set has "schema" for each table');
  const { out, force, resume, dropOrphans, ...options } = args;
  await checkDatasetFolder(out, path, force ?? false, resume !== undefined);
  await checkParent(out);
  const { interrupt, release } = onStopSignals();
  try {
    const fitted = fitDatasetFolder(
      path,
      { ...options, out, resume: resume !== undefined, ...(dropOrphans && { dropOrphans }) },
      interrupt.signal,
    );
    await named(path, out, interrupt.signal, () => fitted);
  } finally {
    release();
  }
}

/** A second Ctrl-C ends the process at once, as it ends others. Both may come during one step. */
function onStopSignals(): { interrupt: AbortController; release: () => void } {
  const interrupt = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (!interrupt.signal.aborted) return interrupt.abort(signal);
    process.off(signal, stop);
    process.kill(process.pid, signal);
  };
  for (const signal of stopSignals) process.on(signal, stop);
  return {
    interrupt,
    release: () => {
      for (const signal of stopSignals) process.off(signal, stop);
    },
  };
}

/** `--resume` alone comes as true (`joinResume`). */
function resumeFrom(text: string): boolean | 'auto' {
  if (text === 'auto') return 'auto';
  if (text === 'true') return true;
  throw new InvalidArgumentError('Expected auto, or nothing.');
}

/**
 * What follows `--resume` is its value only where that is `auto`: `fit --resume people.csv` names the table. Commander would
 * take any word.
 */
export function joinResume(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    if (arg === 'auto' && joined.at(-1) === '--resume=true') joined[joined.length - 1] = '--resume=auto';
    else joined.push(arg === '--resume' ? '--resume=true' : arg);
  }
  return joined;
}

/** Whether the folder can be made, asked before hours of work. */
async function checkParent(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    await access(dirname(folder), constants.W_OK);
  } catch (error) {
    throw new TabletalkError('option', `${folder}: cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** What a person should know of what was read before hours are spent on it. */
function remark(path: string, { table, rowsSeen }: ReadTable, target: string | undefined): void {
  const { columns } = table.schema;
  if (rowsSeen > table.rowCount) {
    write(`${path}: a random sample of ${table.rowCount} of ${rowsSeen} rows; categories and ranges are theirs`);
  }
  for (const notice of tableNotices(table)) write(`${path}: ${notice}`);
  if (target !== undefined && isClassTarget(table, target)) {
    write(
      `${path}: column "${target}": few different numbers, and the target: classes; --numeric ${target} keeps them numbers`,
    );
  }
  for (const { name, replaced, reason } of columns) {
    if (replaced) write(`${path}: column "${name}": ${reason ?? 'not learned, replaced in new rows'}`);
  }
}

/** The library does not know the table's file; its errors should, where their place is not the model folder. */
async function named<T>(path: string, out: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TabletalkError)) throw error;
    const { code, message } = error;
    if (code === 'interrupted') {
      throw new TabletalkError(code, `${out}: ${message}; give --resume to go on`, {
        place: out,
        value: signal.reason,
      });
    }
    if (code !== 'input' || message.startsWith(out)) throw error;
    throw inputError(shownPath(path), message, error);
  }
}

/** Lines about the private steps of a fit, which have no epochs. */
const privateLines = 10;

/** @param problem why the last checkpoint could not be written, if so; `isNew` where the one before could. */
function describe(
  { point, checkpoint, ...event }: Progress,
  problem: string | undefined,
  isNew: boolean,
): ProgressLine {
  const { epoch, epochs, step, maxSteps, secondsLeft, loss, tokensPerSecond } = event;
  const at = `epoch ${epoch} of at most ${epochs}`;
  const validation = point?.validationLoss;
  const measured =
    loss === null || tokensPerSecond === null
      ? [`private step ${step} of ${maxSteps}`]
      : [at, `loss ${loss.toFixed(3)}`, `${Math.round(tokensPerSecond)} tokens/s`];
  const unkept = problem === undefined ? '' : ` | no checkpoint: ${problem}`;
  return {
    share: step / maxSteps,
    brief: [`at most ${clock(secondsLeft)} left`, ...measured].join(' | ') + unkept,
    ...(point && {
      line: `${at}: loss ${point.trainLoss.toFixed(4)}, validation ${validation?.toFixed(4) ?? 'none'}, ${point.seconds.toFixed(0)} s`,
    }),
    ...(loss === null &&
      step % Math.ceil(maxSteps / privateLines) === 0 && {
        line: `private step ${step} of ${maxSteps}, at most ${clock(secondsLeft)} left`,
      }),
    ...(isNew && {
      line: `no checkpoint of step ${step} could be written, the fit goes on: ${problem}`,
    }),
    data: { ...event, ...(point && { point }), ...(checkpoint && { checkpoint }) },
  };
}
