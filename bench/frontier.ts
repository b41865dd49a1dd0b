/**
 * How far a fit goes for its time: one line for the synthetic rows of each table, one for its real test rows in their place, and one for
 * columns drawn independently.
 *
 *   npm run bench:frontier                              tables of a dev dependency (bench-tables.ts)
 *   npm run bench:frontier -- --data <folder> adult     these tables of a folder
 *   npm run bench:frontier -- --effort best --seeds 1,2,3
 *   npm run bench:frontier -- --keep <folder>           keep the models there; a fit that is found there goes on, or is over
 *
 * C2ST: AUC of boosted trees that tell the rows from training rows, and from test rows; 0.5 is best. The latter's marginal part is
 * what is left when the columns of both sides are shuffled; the dependency part is the rest. TSTR: trees learn from the rows and
 * predict test rows; the line of real rows has trees that learned from training rows (TRTR).
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { baselines } from '../src/evaluate/baselines/baselines.ts';
import { columnPairTrends, meanTrend } from '../src/evaluate/metrics/fidelity/column-pair-trends.ts';
import { columnShapes } from '../src/evaluate/metrics/fidelity/column-shapes.ts';
import { detect } from '../src/evaluate/metrics/fidelity/detection.ts';
import { closerShare } from '../src/evaluate/metrics/privacy/closest-records.ts';
import { copies } from '../src/evaluate/metrics/privacy/copies.ts';
import { utility } from '../src/evaluate/metrics/utility/utility.ts';
import { type Task, taskOf } from '../src/learn/task.ts';
import { createRandom } from '../src/numeric/random.ts';
import { alignTables } from '../src/table/align.ts';
import { readTable } from '../src/table/read.ts';
import { takeRows } from '../src/table/select.ts';
import type { Table } from '../src/table/table.ts';
import { type BenchTable, benchTables, pickTable } from './bench-tables.ts';
import { measuredRun } from './measured-run.ts';

const { values, positionals: asked } = parseArgs({
  options: {
    data: { type: 'string' },
    effort: { type: 'string', default: 'standard' },
    keep: { type: 'string' },
    seeds: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});

/** Rows that a detector, or a search for neighbours, looks at on either side. */
const mostRows = 20_000;

interface Line {
  readonly rows: string;
  readonly 'fit s': string;
  readonly 'fit MB': string;
  readonly 'rows/s': string;
  readonly figures: Record<string, number>;
}

/** What `rows` look like beside training and test rows. */
function figuresOf(task: Task | null, train: Table, test: Table, rows: Table): Record<string, number> {
  const random = createRandom(1, 61);
  const auc = (real: Table, judged: Table) => detect(real, judged, mostRows, random).trees.auc;
  const heldOut = auc(test, rows);
  const marginal = auc(shuffledColumns(test), shuffledColumns(rows));
  const scores = task && utility(task, 'trees', rows, test, [0, 1, 2])?.scores;
  return {
    'shapes error %': 100 * (1 - mean(columnShapes(train, rows).map(({ score }) => score))),
    'pairs error %': 100 * (1 - meanTrend(columnPairTrends(train, rows), 'legacy')),
    'C2ST, training': auc(train, rows),
    'C2ST, test': heldOut,
    marginal,
    dependency: heldOut - marginal,
    TSTR: scores ? ('auc' in scores ? scores.auc : scores.r2) : Number.NaN,
    'DCR share': closerShare(train, rows, test, mostRows, random).share,
    'copies %': 100 * copies(train, rows).copiesOfTrain,
  };
}

function shuffledColumns(table: Table): Table {
  const random = createRandom(1, 62);
  const every = Array.from({ length: table.rowCount }, (_, row) => row);
  const columns = table.columns.map((_, i) => takeRows(table, random.shuffle([...every])).columns[i]!);
  return { ...table, columns };
}

/** Test rows cannot be told from themselves, and nothing is nearer to them. */
const besideItself = {
  'C2ST, test': Number.NaN,
  marginal: Number.NaN,
  dependency: Number.NaN,
  'DCR share': Number.NaN,
};

const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));

async function linesOf({ name, train, test, target }: BenchTable, folder: string): Promise<Line[]> {
  const read = await readTable(train);
  const rows = String(read.rowCount);
  const fitted: { line: Omit<Line, 'figures' | 'rows'>; table: Table }[] = [];
  for (const seed of values.seeds.split(',')) {
    const [model, out] = [join(folder, `${name}-${seed}`), join(folder, `${name}-${seed}.csv`)];
    const wasBegun = existsSync(model);
    // A kept model of another effort is refused.
    const fit = measuredRun(cli, [
      'fit',
      train,
      '--target',
      target,
      '--out',
      model,
      '--effort',
      values.effort,
      '--seed',
      seed,
      '--resume',
      'auto',
      '--quiet',
    ]);
    const sample = measuredRun(cli, [
      'sample',
      model,
      '--rows',
      rows,
      '--seed',
      seed,
      '--quiet',
      '--force',
      '--out',
      out,
    ]);
    const line = {
      'fit s': wasBegun ? '' : fit.seconds.toFixed(0),
      'fit MB': wasBegun ? '' : fit.megabytes.toFixed(0),
      'rows/s': (Number(rows) / sample.seconds).toFixed(0),
    };
    fitted.push({ line, table: await readTable(out) });
  }
  const named = fitted.map(({ table }, i) => ({ name: `rows ${i}`, table }));
  const aligned = alignTables({ name: 'train', table: read }, [
    { name: 'test', table: await readTable(test) },
    ...named,
  ]);
  const [real, held, ...synthetic] = aligned as [Table, Table, ...Table[]];
  const task = taskOf(
    real,
    real.schema.columns.findIndex((column) => column.name === target),
  );
  const of = (table: Table) => figuresOf(task, real, held, table);
  const none = { 'fit s': '', 'fit MB': '', 'rows/s': '' };
  const independent = baselines['independent columns'](real, real.rowCount, createRandom(1, 63), null);
  const trtr = figuresOf(task, real, held, real).TSTR!;
  return [
    ...synthetic.map((table, i) => ({
      rows: `${name}, seed ${values.seeds.split(',')[i]}`,
      ...fitted[i]!.line,
      figures: of(table),
    })),
    { rows: 'real test rows', ...none, figures: { ...of(held), ...besideItself, TSTR: trtr } },
    { rows: 'independent columns', ...none, figures: of(independent) },
  ];
}

function print({ figures, ...rest }: Line, isFirst: boolean): void {
  const cells = {
    ...rest,
    ...Object.fromEntries(
      Object.entries(figures).map(([name, x]) => [name, Number.isNaN(x) ? '' : x.toFixed(name.includes('%') ? 2 : 3)]),
    ),
  };
  const show = (row: readonly string[]) => process.stdout.write(`| ${row.join(' | ')} |\n`);
  if (isFirst) for (const row of [Object.keys(cells), Object.keys(cells).map(() => '---')]) show(row);
  show(Object.values(cells));
}

const tables = await benchTables(values.data);
const chosen = asked.length > 0 ? asked.map((name) => pickTable(tables, name)) : [...tables.values()];
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'tabletalk-bench-'));
mkdirSync(folder, { recursive: true });
try {
  for (const [t, table] of chosen.entries()) {
    for (const [i, line] of (await linesOf(table, folder)).entries()) print(line, t === 0 && i === 0);
  }
} finally {
  if (!values.keep) rmSync(folder, { recursive: true });
}
