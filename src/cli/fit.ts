/** `tabletalk fit`. It knows the command's options and the library's verb. */
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { modelConfig } from '../../models/config.ts';
import { presetNames } from '../../models/presets.ts';
import { TabletalkError } from '../errors.ts';
import type { Progress } from '../finetune/finetune.ts';
import { type FitOptions, fit } from '../fit.ts';
import { checkJson, readJson } from '../json-file.ts';
import { checkModelFolder } from '../model-file.ts';
import { readTable } from '../table/read.ts';
import { schemaOverrides, tableSchema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { named, number } from './arguments.ts';
import { createProgress, type ProgressLine, type ProgressOptions, write } from './progress.ts';

interface FitArguments extends ProgressOptions, Omit<FitOptions, 'onProgress'> {
  readonly out: string;
  readonly schema?: string;
  readonly force?: boolean;
}

export const fitCommand = new Command('fit')
  .description('Learn a table: fine-tune a small language model on its rows.')
  .argument('<table>', '.csv, .tsv, .jsonl, also gzipped; - is CSV on standard input')
  .requiredOption('--out <model-dir>', 'the model folder to write')
  .option('--target <column>', 'the label, remembered in the model')
  .option('--schema <schema.json>', 'overrides what was inferred, column by column')
  .option('--epochs <n>', 'most passes over the rows; by default about 3,000 steps, at most 32 passes', number)
  .option('--max-minutes <m>', 'shorten the run to end before this much time has passed', number)
  .option('--batch-size <n>', 'rows a step', number)
  .option('--learning-rate <x>', 'highest learning rate', number)
  .option('--patience <n>', 'epochs without a better validation loss before stopping', number)
  .option('--validation-fraction <x>', 'share of the rows held out to judge when to stop', number)
  .addOption(new Option('--preset <name>', 'size of the model').choices(presetNames))
  .addOption(new Option('--architecture <name>', 'of the model').choices(modelConfig.shape.architecture.options))
  .option('--threads <n>', 'threads to train with; by default one a core', number)
  .option('--seed <n>', 'the same seed gives the same model', number)
  .option('--force', 'replace an existing model folder')
  .option('--quiet', 'say nothing but errors')
  .option('--json-progress', 'one JSON object a line on standard error')
  .action(run);

async function run(path: string, { out, schema, force, quiet, jsonProgress, ...options }: FitArguments): Promise<void> {
  await checkModelFolder(out, force ?? false);
  await checkParent(out);
  const table = await readWithSchema(path, schema);
  const progress = createProgress({ quiet: quiet ?? false, jsonProgress: jsonProgress ?? false });
  try {
    const model = await named(path, () =>
      fit(table, { ...options, onProgress: (event) => progress.show(describe(event)) }),
    );
    progress.stop();
    await model.save(out);
    const { bestEpoch, curve } = model.file;
    if (!quiet && !jsonProgress) write(`${out}: best of ${curve.length} epochs was ${bestEpoch}`);
  } finally {
    progress.stop();
  }
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

/** Infers the schema, then lets the file's columns replace those of the same name. */
async function readWithSchema(path: string, schemaPath: string | undefined): Promise<Table> {
  const table = await readTable(path);
  if (schemaPath === undefined) return table;
  const overrides = checkJson(schemaOverrides, await readJson(schemaPath), schemaPath);
  const names = table.schema.columns.map(({ name }) => name);
  const stray = overrides.columns.find(({ name }) => !names.includes(name));
  if (stray) throw new TabletalkError('input', `${schemaPath}: ${path} has no column "${stray.name}"`);
  if (path === '-') throw new TabletalkError('option', '--schema: the table must be a file, because it is read twice');
  const columns = table.schema.columns.map(
    (column) => overrides.columns.find(({ name }) => name === column.name) ?? column,
  );
  const { checks } = overrides;
  return readTable(path, {
    schema: checkJson(tableSchema, { version: 1, columns, ...(checks && { checks }) }, schemaPath),
  });
}

function describe({ point, ...event }: Progress): ProgressLine {
  const { epoch, epochs, step, maxSteps, loss, tokensPerSecond } = event;
  const at = `epoch ${epoch} of at most ${epochs}`;
  const validation = point?.validationLoss;
  return {
    share: step / maxSteps,
    brief: `${at} | loss ${loss.toFixed(3)} | ${Math.round(tokensPerSecond)} tokens/s`,
    ...(point && {
      line: `${at}: loss ${point.trainLoss.toFixed(4)}, validation ${validation?.toFixed(4) ?? 'none'}, ${point.seconds.toFixed(0)} s`,
    }),
    data: { ...event, ...(point && { point }) },
  };
}
