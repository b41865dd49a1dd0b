/** `tabletalk evaluate`. It knows the command's options and the library's verb. */
import { Command } from 'commander';
import { TabletalkError } from '../errors.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import type { EvaluateOptions, EvaluateProgress } from '../evaluate/evaluate-options.ts';
import { readModelFile } from '../model-file.ts';
import { checkWritable, standardStream, writeText } from '../table/files.ts';
import { readTable } from '../table/read.ts';
import { number } from './arguments.ts';
import { createProgress, type ProgressOptions } from './progress.ts';

interface EvaluateArguments extends ProgressOptions {
  readonly train: string;
  readonly synthetic: string;
  readonly test?: string;
  readonly target?: string;
  readonly out?: string;
  readonly json?: string;
  readonly baselines: boolean;
  readonly model?: string;
  readonly quasiIdentifiers?: string;
  readonly seed?: number;
  readonly workers?: number;
  readonly force?: boolean;
}

export const evaluateCommand = new Command('evaluate')
  .description('Judge synthetic rows beside the table they imitate.')
  .requiredOption('--train <table>', 'the rows the model learned from')
  .requiredOption('--synthetic <table>', 'the rows to judge')
  .option('--test <table>', 'real rows the model did not see: the yardstick beside every figure')
  .option('--target <column>', 'the label, which gets a section of its own')
  .option('--out <report.html>', 'write the report as one HTML file')
  .option('--json <report.json>', 'write the figures as JSON')
  .option('--no-baselines', 'leave out the simple generators that stand beside every figure')
  .option('--model <model-dir>', 'the model that made the rows: its training curve is drawn')
  .option('--quasi-identifiers <columns>', 'by which a person might be known, with commas; default: every category')
  .option('--seed <n>', 'the same tables and seed give the same report', number)
  .option('--workers <n>', 'threads; by default one a core; the report does not depend on it', number)
  .option('--force', 'replace existing files')
  .option('--quiet', 'say nothing while at work')
  .option('--json-progress', 'one JSON object a line on standard error')
  .action(run);

async function run(given: EvaluateArguments): Promise<void> {
  const { train, synthetic, test, target, model, out, json, force } = given;
  const files = [out, json].filter((path) => path !== undefined);
  for (const path of files) await checkWritable(path, force ?? false);
  if (out !== undefined && out === json) throw new TabletalkError('option', `--out and --json are both ${out}`);
  const trainTable = await readTable(train);
  const like = { like: trainTable.schema };
  const options = {
    train: trainTable,
    synthetic: await readTable(synthetic, like),
    test: test === undefined ? undefined : await readTable(test, like),
    target,
    training: model === undefined ? undefined : await trainingOf(model),
    baselines: given.baselines,
    quasiIdentifiers: given.quasiIdentifiers?.split(','),
    seed: given.seed,
    workers: given.workers,
  };
  const progress = createProgress(given);
  const onProgress = ({ done, of, next }: EvaluateProgress) =>
    progress.show({ share: done / of, brief: next, data: { done, of, next } });
  const report = await evaluate({ ...options, onProgress }).finally(() => progress.stop());
  if (out !== undefined) await writeText(out, [report.toHtml()], force ?? false);
  if (json !== undefined) await writeText(json, [`${JSON.stringify(report, null, 1)}\n`], force ?? false);
  const stream = files.includes(standardStream) ? process.stderr : process.stdout;
  stream.write(`${report.toText()}\n`);
}

async function trainingOf(folder: string): Promise<EvaluateOptions['training']> {
  const { curve, bestEpoch } = await readModelFile(folder);
  const epochs = curve.map(({ epoch, trainLoss, validationLoss }) => ({ epoch, trainLoss, validationLoss }));
  return { bestEpoch, epochs };
}
