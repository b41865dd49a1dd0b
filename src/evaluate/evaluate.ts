/**
 * Judges a synthetic table beside the training table it imitates, real rows held out from it, and simple baselines.
 * It sees tables only: which model made the rows, or how, it does not know.
 */
import { availableParallelism } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { TabletalkError } from '../errors/errors.ts';
import { noColumn } from '../errors/suggest.ts';
import { version } from '../model/version.ts';
import { alignTables } from '../table/align.ts';
import { isClassTarget, withClasses } from '../table/class-target.ts';
import { isCoded } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { allNames, startBaselines } from './baselines/baseline-threads.ts';
import { type CheckedOptions, checkEvaluateOptions, type EvaluateOptions } from './evaluate-options.ts';
import { exampleRows } from './example-rows.ts';
import { measureSections, ownEffort, stepsEach } from './measure.ts';
import { eachTable } from './metrics/distributions.ts';
import type { Tables } from './metrics/figure.ts';
import type { BaselineFigures, Report, ReportData, Sections } from './report/report.ts';
import { reportToHtml } from './report/report-html.ts';
import { reportToText } from './report/report-text.ts';
import { verdict } from './report/verdict/verdict.ts';

/**
 * The report of `synthetic` against `train`; with `test`, every figure has a reference, what those real rows score in
 * the synthetic ones' place, and what needs unseen rows is measured; with `target`, the label gets a section of its own.
 *
 * @throws {TabletalkError} `option` for a wrong call, `input` for tables whose columns do not match or that are empty.
 */
export async function evaluate(options: EvaluateOptions): Promise<Report> {
  const checked = checkEvaluateOptions(options);
  const tables = readTables(checked);
  const steps = { done: 0, of: stepsEach * (checked.baselines ? 1 + allNames.length : 1) };
  const say = (next: string) => {
    checked.onProgress?.({ ...steps, next });
    steps.done += 1;
  };
  const helpers = Math.min(checked.workers ?? usefulWorkers(tables), 1 + allNames.length) - 1;
  const baselines = checked.baselines ? startBaselines(tables, helpers, say) : null;
  try {
    const sections = await measureSections(tables, 'the synthetic table', say);
    return asReport(tables, sections, checked, (await baselines?.finish()) ?? []);
  } finally {
    await baselines?.stop();
  }
}

/** Below this a thread takes longer to start than it saves. */
const cellsWorthThreads = 100_000;

function usefulWorkers({ train }: Tables): number {
  return train.rowCount * train.columns.length < cellsWorthThreads ? 1 : availableParallelism();
}

function readTables(options: CheckedOptions): Tables {
  const { target, quasiIdentifiers, seed } = options;
  // Grades are classes in every table where they are in the training table.
  const isClass = target !== undefined && isClassTarget(options.train, target);
  const [train, test, synthetic] = [options.train, options.test, options.synthetic].map((table) =>
    table && isClass ? withClasses(table, target) : table,
  ) as [Table, Table | undefined, Table];
  const named = { name: 'the training table', table: train };
  const others = [{ name: 'the synthetic table', table: synthetic }];
  if (test) others.push({ name: 'the test table', table: test });
  for (const { name, table } of [named, ...others]) {
    if (table.rowCount === 0) throw new TabletalkError('input', `${name} has no rows`);
  }
  if (test && isDeepStrictEqual(test.columns, train.columns)) {
    throw new TabletalkError(
      'input',
      'test: has the rows of the training table; it needs real rows that the model did not see',
    );
  }
  const [aligned, alignedSynthetic, alignedTest] = alignTables(named, others) as [Table, Table, Table | undefined];
  if (aligned.columns.length === 0) {
    throw new TabletalkError('input', 'every column is an identifier or of a person: there is nothing to compare');
  }
  // Replaced columns are not compared, so a column's index in the aligned tables is another than in the given ones.
  const columnOf = (name: string, option: string) => findColumn(train, aligned, name, option);
  const index = target === undefined ? null : requireLabel(aligned, columnOf(target, 'target'));
  return {
    train: aligned,
    synthetic: alignedSynthetic,
    test: alignedTest ?? null,
    holdout: alignedTest ?? null,
    target: index,
    quasiIdentifiers: quasiIdentifiers?.map((name) => columnOf(name, 'quasiIdentifiers')) ?? categories(aligned, index),
    unreadable: eachTable({ train, synthetic, test: test ?? null }, (table) => unreadableIn(table, aligned)),
    seed,
    effort: ownEffort,
  };
}

/** Of each aligned column; a reader counts them in the column (`readTable` with `lenient`). */
function unreadableIn(table: Table, { schema }: Table): number[] {
  return schema.columns.map(({ name }) => table.schema.columns.find((own) => own.name === name)?.unreadable ?? 0);
}

function categories({ schema }: Table, target: number | null): number[] {
  return schema.columns.flatMap((column, index) => (isCoded(column) && index !== target ? [index] : []));
}

function requireLabel({ schema }: Table, index: number): number {
  const { name, kind } = schema.columns[index]!;
  if (kind !== 'text') return index;
  throw new TabletalkError('option', `target: column "${name}" is text, which has no distribution to judge`);
}

/** The index of a column in the aligned tables. */
function findColumn(train: Table, { schema }: Table, name: string, option: string): number {
  const index = schema.columns.findIndex((column) => column.name === name);
  if (index >= 0) return index;
  if (train.schema.columns.some((column) => column.name === name)) {
    throw new TabletalkError(
      'option',
      `${option}: column "${name}" is an identifier or of a person; it is replaced in new rows and not compared`,
    );
  }
  const names = schema.columns.map((column) => column.name);
  throw new TabletalkError('option', `${option}: the training table has ${noColumn(name, names)}`, { column: name });
}

function asReport(
  tables: Tables,
  sections: Sections,
  options: CheckedOptions,
  references: readonly BaselineFigures[],
): Report {
  const rows = {
    train: tables.train.rowCount,
    synthetic: tables.synthetic.rowCount,
    test: tables.test?.rowCount ?? null,
  };
  const judged = {
    seed: tables.seed,
    rows,
    ...sections,
    madeBy: version,
    about: options.about ?? null,
    training: options.training ?? null,
    rejections: options.rejections ?? null,
    baselines: references,
  };
  const data: ReportData = {
    version: 2,
    ...judged,
    verdict: verdict(judged),
    notJudged: notJudged(options.train, sections),
  };
  const examples = options.exampleRows ? exampleRows(options.train, options.synthetic, tables.seed) : null;
  return Object.defineProperties(data, {
    toHtml: { value: () => reportToHtml(data, examples) },
    toText: { value: () => reportToText(data) },
  }) as Report;
}

// Columns that the figures say nothing, or hardly anything, about.

/** In the training table's order. */
function notJudged(train: Table, { columnShapes }: Sections): ReportData['notJudged'] {
  const shapes = new Map(columnShapes.columns.map(({ column, value }) => [column, value]));
  return train.schema.columns.flatMap(({ name, kind, replaced }) => {
    const why = replaced
      ? 'replaced in new rows, not learned'
      : kind === 'text'
        ? 'text: only missing cells and copies are compared'
        : shapes.get(name) === null
          ? 'has no value in training'
          : null;
    return why === null ? [] : [{ column: name, why }];
  });
}
