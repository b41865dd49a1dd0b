/**
 * Judges a synthetic table beside the training table it imitates and real rows held out from it.
 * It sees tables only: which model made the rows, or how, it does not know.
 */
import { TabletalkError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { Table } from '../table/table.ts';
import { alignTables } from './align.ts';
import { checkEvaluateOptions, type EvaluateOptions } from './evaluate-options.ts';
import { families } from './families.ts';
import type { Tables } from './figure.ts';
import type { Report, ReportData, Sections } from './report.ts';
import { reportToHtml } from './report-html.ts';
import { reportToText } from './report-text.ts';
import { verdict } from './verdict.ts';

/**
 * The report of `synthetic` against `train`; with `test`, every figure has a reference, what those real rows score in
 * the synthetic ones' place; with `target`, the label gets a section of its own.
 *
 * @throws {TabletalkError} `option` for a wrong call, `input` for tables whose columns do not match or that are empty.
 */
export async function evaluate(options: EvaluateOptions): Promise<Report> {
  checkEvaluateOptions(options);
  const tables = readTables(options);
  const sections = Object.fromEntries(Object.entries(families).map(([name, section]) => [name, section(tables)]));
  return asReport(tables, sections as unknown as Sections);
}

function readTables({ train, test, synthetic, target }: EvaluateOptions): Tables {
  const named = { name: 'the training table', table: train };
  const others = [{ name: 'the synthetic table', table: synthetic }];
  if (test) others.push({ name: 'the test table', table: test });
  for (const { name, table } of [named, ...others]) {
    if (table.rowCount === 0) throw new TabletalkError('input', `${name} has no rows`);
  }
  const [alignedTrain, alignedSynthetic, alignedTest] = alignTables(named, others);
  return {
    train: alignedTrain!,
    synthetic: alignedSynthetic!,
    test: alignedTest ?? null,
    target: target === undefined ? null : findTarget(train, target),
  };
}

function findTarget(train: Table, target: string): number {
  const index = train.schema.columns.findIndex(({ name }) => name === target);
  if (index < 0) {
    const names = train.schema.columns.map(({ name }) => name);
    const hint = didYouMean(target, names);
    throw new TabletalkError('option', `target: the training table has no column "${target}"${hint}`);
  }
  if (train.schema.columns[index]!.kind === 'text') {
    throw new TabletalkError('option', `target: column "${target}" is text, which has no distribution to judge`);
  }
  return index;
}

function asReport(tables: Tables, sections: Sections): Report {
  const rows = {
    train: tables.train.rowCount,
    synthetic: tables.synthetic.rowCount,
    test: tables.test?.rowCount ?? null,
  };
  const data: ReportData = { version: 1, rows, verdict: verdict({ rows, ...sections }), ...sections };
  return Object.defineProperties(data, {
    toHtml: { value: () => reportToHtml(data) },
    toText: { value: () => reportToText(data) },
  }) as Report;
}
