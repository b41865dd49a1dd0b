/** Judges new families beside the data set that they imitate, beside families that were held out, and beside independent children. */
import { z } from 'zod';
import { parseOptions } from '../../errors/check-options.ts';
import { optionError } from '../../errors/errors.ts';
import { createRandom } from '../../numeric/random.ts';
import { takeRows } from '../../table/select.ts';
import { parseChecks } from '../checks.ts';
import type { Dataset, LinkedTable } from '../dataset.ts';
import { columnNames } from '../fit.ts';
import { type DatasetReportData, figureNames, meanFigure, shown } from './figures.ts';
import { type Measured, measure } from './measure.ts';
import { reportPage } from './page.ts';

const dataset = z.custom<Dataset>((value) => typeof value === 'object' && value !== null && 'structure' in value, {
  error: 'must be a data set that readDataset read',
});
const evaluateOptions = z.strictObject({
  train: dataset,
  /** Read with `like: train`. */
  synthetic: dataset,
  /** Families that were not learned from, read like `train`. */
  test: dataset.optional(),
  baselines: z.boolean().default(true),
  seed: z.int().min(0).default(0),
});
export type EvaluateDatasetOptions = z.input<typeof evaluateOptions>;

export interface DatasetReport extends DatasetReportData {
  /** A few aligned lines for a terminal. */
  toText(): string;
  /** One page that needs no network. */
  toHtml(): string;
}

export function evaluateDataset(given: EvaluateDatasetOptions): DatasetReport {
  const { train, synthetic, test, baselines, seed } = parseOptions('evaluateDataset', evaluateOptions, given);
  for (const [option, other] of Object.entries({ synthetic, test })) {
    const lacking = other && [...train.tables.keys()].find((name) => !other.tables.has(name));
    if (lacking !== undefined) throw optionError('evaluateDataset', option, `has no table "${lacking}"`);
  }
  const checks = parseChecks(train.description, train.structure, columnNames(train), 'dataset');
  const rowsOf = (name: string, of: Dataset) => of.tables.get(name)!.table.rowCount;
  const data: DatasetReportData = {
    version: 1,
    tables: train.structure.order.map((name) => ({
      name,
      lookup: train.description.tables[name]!.lookup,
      parents: train.description.tables[name]!.parents.map(({ table, column }) => ({ table, column })),
      rows: { train: rowsOf(name, train), synthetic: rowsOf(name, synthetic), test: test ? rowsOf(name, test) : null },
    })),
    synthetic: measure(train, synthetic, checks, seed),
    test: test ? measure(train, test, checks, seed) : null,
    independent: baselines ? measure(train, independentChildren(train, seed), checks, seed) : null,
    seed,
  };
  return { ...data, toText: () => reportText(data), toHtml: () => reportPage(data) };
}

function reportText({ tables, synthetic, test, independent }: DatasetReportData): string {
  const sides = [
    ['synthetic', synthetic],
    ...(test ? [['held out', test] as const] : []),
    ...(independent ? [['independent', independent] as const] : []),
  ] as const;
  const rows = Object.entries(figureNames).flatMap(([key, { label, as, best }]) => {
    const values = sides.map(([, side]) => meanFigure(side[key as keyof Measured]));
    return values[0] === null ? [] : [[label, ...values.map((value) => shown(value, as)), best]];
  });
  const sizes = tables.filter(({ lookup }) => !lookup).map(({ name, rows }) => `${name} ${rows.synthetic}`);
  const all = [['', ...sides.map(([name]) => name), 'best'], ...rows];
  const widths = all[0]!.map((_, i) => all.reduce((most, row) => Math.max(most, row[i]!.length), 0));
  const lines = all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return [`rows: ${sizes.join(', ')}`, '', ...lines].join('\n');
}

// The baseline: children that know nothing of their parents, in the right numbers.

/** Every table with an owner gets rows of its own at random, below owners as they are. */
function independentChildren(dataset: Dataset, seed: number): Dataset {
  const tables = new Map<string, LinkedTable>();
  for (const [index, name] of dataset.structure.order.entries()) {
    const linked = dataset.tables.get(name)!;
    const owner = dataset.structure.owners.get(name);
    if (!owner) {
      tables.set(name, linked);
      continue;
    }
    const random = createRandom(seed, 31, index);
    const rows = Int32Array.from({ length: linked.table.rowCount }, () => random.int(linked.table.rowCount));
    const parentRows = [...linked.parentRows].map(([column, parents]): [string, Int32Array] => [
      column,
      column === owner.column ? parents : rows.map((row) => parents[row]!),
    ]);
    tables.set(name, { ...linked, table: takeRows(linked.table, rows), parentRows: new Map(parentRows) });
  }
  return { ...dataset, tables };
}
