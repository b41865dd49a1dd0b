/** `tabletalk evaluate`. It knows the command's options and the library's verb. */
import { Command } from 'commander';
import { TabletalkError } from '../errors.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { checkWritable, standardStream, writeText } from '../table/files.ts';
import { readTable } from '../table/read.ts';

interface EvaluateArguments {
  readonly train: string;
  readonly synthetic: string;
  readonly test?: string;
  readonly target?: string;
  readonly out?: string;
  readonly json?: string;
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
  .option('--force', 'replace existing files')
  .action(run);

async function run({ train, synthetic, test, target, out, json, force }: EvaluateArguments): Promise<void> {
  const files = [out, json].filter((path) => path !== undefined);
  for (const path of files) await checkWritable(path, force ?? false);
  if (out !== undefined && out === json) throw new TabletalkError('option', `--out and --json are both ${out}`);
  const trainTable = await readTable(train);
  const like = { like: trainTable.schema };
  const report = await evaluate({
    train: trainTable,
    synthetic: await readTable(synthetic, like),
    ...(test !== undefined && { test: await readTable(test, like) }),
    ...(target !== undefined && { target }),
  });
  if (out !== undefined) await writeText(out, [report.toHtml()], force ?? false);
  if (json !== undefined) await writeText(json, [`${JSON.stringify(report, null, 1)}\n`], force ?? false);
  const stream = files.includes(standardStream) ? process.stderr : process.stdout;
  stream.write(`${report.toText()}\n`);
}
