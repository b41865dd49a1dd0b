/** `tabletalk evaluate`. */

import { basename, resolve } from 'node:path';
import type { WriteStream } from 'node:tty';
import { Command } from 'commander';
import { TabletalkError } from '../errors/errors.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import type { EvaluateOptions, EvaluateProgress } from '../evaluate/evaluate-options.ts';
import { type ReportLine, reportLines } from '../evaluate/report/report-text.ts';
import { checkWritable, standardStream, writeText } from '../files/output-file.ts';
import { readModelFile } from '../model/manifest.ts';
import { readTable } from '../table/read.ts';
import { learnedSchema } from '../table/schema.ts';
import { withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import { rejectionsOf } from '../validate/rejections.ts';
import { named, number } from './arguments.ts';
import { evaluateDatasetFolders, isDatasetPath, refuseOptions } from './dataset.ts';
import { createProgress, type ProgressOptions } from './progress.ts';
import { countsText, promise } from './promise.ts';
import { visible } from './visible.ts';

// A text report as a terminal shows it: coloured unless NO_COLOR is set, and wrapped between words. Elsewhere it is
// plain.

const colours = { good: '32', fair: '33', poor: '31', note: '2' } as const;
/** Longer lines are hard to read. */
const widest = 100;

function writeReport(lines: readonly ReportLine[], stream: NodeJS.WriteStream | WriteStream): void {
  const { isTTY, columns } = stream;
  const hasColour = isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const width = isTTY ? Math.max(40, Math.min(widest, columns || 80)) : Number.POSITIVE_INFINITY;
  stream.write(lines.map((line) => `${rendered(line, width, hasColour)}\n`).join(''));
}

/** Lines after the first are indented as far as its text. */
export function rendered({ text, tone, marked }: ReportLine, width: number, hasColour: boolean): string {
  const [first, ...rest] = wrapped(visible(text), width, marked?.[0] === 0 ? 2 : 0);
  if (!hasColour || tone === undefined || marked === undefined) return [first!, ...rest].join('\n');
  const [from, to] = marked;
  const coloured = `${first!.slice(0, from)}\u001b[${colours[tone]}m${first!.slice(from, to)}\u001b[0m${first!.slice(to)}`;
  return [coloured, ...rest].join('\n');
}

/** A word longer than a line has a line of its own. */
function wrapped(text: string, width: number, indent: number): string[] {
  if (text.length <= width) return [text];
  const lines: string[] = [];
  let line = '';
  // The blanks that align a table are part of the word after them.
  for (const part of text.match(/\s*\S+/g) ?? []) {
    if (line !== '' && line.length + part.length > width) {
      lines.push(line);
      line = ' '.repeat(indent) + part.trimStart();
    } else line += part;
  }
  return [...lines, line];
}

interface EvaluateArguments extends ProgressOptions {
  readonly train: string;
  readonly synthetic: string;
  readonly test?: string;
  readonly target?: string;
  readonly out?: string;
  readonly json?: string;
  readonly baselines: boolean;
  readonly exampleRows: boolean;
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
  .option('--no-example-rows', 'show no real rows in the HTML report')
  .option('--no-baselines', 'leave out the simple generators that stand beside every figure')
  .option(
    '--model <model-dir>',
    'the model that made the rows: its training curve, and rows that do not fit its schema',
  )
  .option('--quasi-identifiers <columns>', 'by which a person might be known, with commas; default: every category')
  .option('--seed <n>', 'the same tables and seed give the same report', number)
  .option('--workers <n>', 'threads; by default one per core; the report is the same for any number', number)
  .option('--force', 'replace existing files')
  .option('--quiet', 'print no progress')
  .option('--json-progress', 'print progress as JSON, one object per line, on standard error')
  .action(run);

async function run(given: EvaluateArguments): Promise<void> {
  if (isDatasetPath(given.train)) {
    refuseOptions({ ...given }, ['target', 'model', 'quasiIdentifiers'], `${given.train} describes linked tables`);
    await evaluateDatasetFolders(given);
    return;
  }
  const { train, synthetic, test, target, model, out, json, force } = given;
  const files = [out, json].filter((path) => path !== undefined);
  for (const path of files) await checkWritable(path, force ?? false);
  if (out !== undefined && out === json) throw new TabletalkError('option', `--out and --json are both ${out}`);
  const trainTable = await readTable(train);
  const like = { like: trainTable.schema, lenient: true };
  const syntheticTable = await readTable(synthetic, like);
  const options = {
    ...(model !== undefined && (await modelNotes(model, syntheticTable))),
    train: trainTable,
    synthetic: syntheticTable,
    test: test === undefined ? undefined : await readTable(test, like),
    target,
    baselines: given.baselines,
    exampleRows: given.exampleRows,
    about: { date: new Date().toISOString().slice(0, 10), files: namesOf({ train, synthetic, test }) },
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
  writeReport(reportLines(report), stream);
  if (out !== undefined && out !== standardStream) stream.write(`\nThe report: ${visible(resolve(out))}\n`);
}

/** What a model folder has to say of the rows that it made. */
async function modelNotes(folder: string, table: Table): Promise<Pick<EvaluateOptions, 'training' | 'rejections'>> {
  const file = await readModelFile(folder);
  const { schema, grammar, curve, bestEpoch, privacy } = file;
  const epochs = curve.map(({ epoch, trainLoss, validationLoss }) => ({ epoch, trainLoss, validationLoss }));
  const replaced = schema.columns.filter((column) => column.replaced).map(({ name }) => name);
  const found = await named(folder, async () =>
    rejectionsOf(
      withoutColumns(table, [...replaced, ...(schema.dropped ?? [])]),
      learnedSchema(schema),
      grammar.combinations,
    ),
  );
  const reasons = found.map(({ code, column = null, message, count }) => {
    return { code, column, rule: code === 'broken-check' ? message : null, count };
  });
  const guarantee = privacy && `The rows are ${promise(privacy)}; ${countsText(privacy, file)}.`;
  const training = { bestEpoch, epochs, ...(guarantee && { guarantee }) };
  return { training, rejections: { rows: table.rowCount, reasons } };
}

/** Without their folders, which are the reader's business only. */
function namesOf({ train, synthetic, test }: Pick<EvaluateArguments, 'train' | 'synthetic' | 'test'>) {
  return {
    train: basename(train),
    synthetic: basename(synthetic),
    ...(test !== undefined && { test: basename(test) }),
  };
}
