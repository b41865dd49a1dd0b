/**
 * Whether `augment` is worth it: boosted trees learn from a cut table with and without new rows and predict real test rows,
 * over five cuts. The same for rows of simple generators.
 *
 *   npm run bench:augment                            every part, on tables of a dev dependency (bench-tables.ts)
 *   npm run bench:augment -- --data <folder>         on the tables in a folder
 *   npm run bench:augment -- cars seattle-weather    these: a table's name for 200 rows and 1,000 new ones
 *   npm run bench:augment -- rare                    100 rows of the rarest class among 5,000, balanced, of the largest table
 *   npm run bench:augment -- cars --seeds 1,2        these cuts only
 *
 * Fitted models are kept in a temporary folder, so that a part that was cut short goes on where it was.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { augmentWith, generatorsOf } from '../src/augment/augment.ts';
import type { Fit } from '../src/augment/fitted.ts';
import type { AugmentOptions } from '../src/augment/options.ts';
import type { AugmentReport } from '../src/augment/report.ts';
import { type BaselineName, baselines } from '../src/evaluate/baselines/baselines.ts';
import { utility } from '../src/evaluate/metrics/utility/utility.ts';
import { concatTables, fit, loadModel, readTable, type Table, takeRows, writeTable } from '../src/index.ts';
import { taskOf } from '../src/learn/task.ts';
import { contentHash } from '../src/model/manifest.ts';
import { createRandom } from '../src/numeric/random.ts';
import { alignTables } from '../src/table/align.ts';
import { type CodedColumn, isCoded } from '../src/table/schema.ts';
import { type BenchTable, benchTables } from './bench-tables.ts';

const { values: given, positionals } = parseArgs({
  options: {
    data: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    models: { type: 'string', default: join(tmpdir(), 'tabletalk-bench-augment') },
  },
  allowPositionals: true,
});
const seeds = given.seeds.split(',').map(Number);
const files = mkdtempSync(join(tmpdir(), 'tabletalk-bench-'));
const say = (line = '') => process.stdout.write(`${line}\n`);

const figures = ['auc', 'averagePrecision', 'f1'] as const;
type Figures = Record<(typeof figures)[number], number>;

/** A task: which real rows there are, what is asked for, and which rows predictions are judged by. */
interface Part {
  readonly table: BenchTable;
  /** The rows to learn from, out of the whole training table. */
  cut(train: Table, label: CodedColumn, codes: Int32Array, seed: number): ArrayLike<number>;
  readonly ask: Pick<AugmentOptions, 'rows' | 'balance'>;
  /** Test rows, by what they are called. */
  readonly tests: Record<string, (test: Table, label: CodedColumn, codes: Int32Array) => Table>;
}

const everyTestRow = { 'real test rows': (test: Table) => test };
const small = (table: BenchTable): Part => ({
  table,
  cut: (train, _, __, seed) => shuffledRows(train.rowCount, seed).slice(0, 200),
  ask: { rows: 1000 },
  tests: everyTestRow,
});

const rareRows = 100;
const otherRows = 4900;
const rare = (table: BenchTable): Part => ({
  table,
  cut(train, _, codes, seed) {
    const order = shuffledRows(train.rowCount, seed);
    const least = rarest(codes);
    const isRare = (row: number) => codes[row] === least;
    const rows = [
      ...order.filter(isRare).slice(0, rareRows),
      ...order.filter((row) => !isRare(row)).slice(0, otherRows),
    ];
    return createRandom(seed, 78).shuffle(rows);
  },
  ask: { balance: true },
  tests: {
    ...everyTestRow,
    'test rows with as few of the class': (test, _, codes) => {
      const least = rarest(codes);
      const every = Int32Array.from(codes.keys());
      const others = every.filter((row) => codes[row] !== least);
      const few = Math.round((others.length * rareRows) / otherRows);
      return takeRows(test, [...others, ...every.filter((row) => codes[row] === least).slice(0, few)]);
    },
  },
});

const tables = [...(await benchTables(given.data)).values()];
const largest = tables.reduce((a, b) => (statSync(b.train).size > statSync(a.train).size ? b : a));
const parts: Record<string, Part> = {
  ...Object.fromEntries(tables.map((table) => [table.name, small(table)])),
  rare: rare(largest),
};

function shuffledRows(count: number, seed: number): Int32Array {
  return createRandom(seed, 77).shuffle(Int32Array.from({ length: count }, (_, row) => row));
}

function rarest(codes: Int32Array): number {
  const counts = [...new Set(codes)].map((code) => [code, codes.filter((other) => other === code).length] as const);
  return counts.sort((a, b) => a[1] - b[1])[0]![0];
}

/** Keeps every fitted model under what it was fitted to. */
const keptFit: Fit = async (table, { onProgress: _, ...options }) => {
  const hash = contentHash(table).slice(0, 16);
  const folder = join(given.models, `${hash}-${JSON.stringify(options).replaceAll(/\W+/g, '-')}`);
  if (existsSync(join(folder, 'tabletalk.json'))) return loadModel(folder);
  const model = await fit(table, options);
  await mkdir(given.models, { recursive: true });
  await model.save(folder);
  return model;
};
const keptGenerator = generatorsOf(keptFit);

/** A cut as a user has it: read from a file of its own, which knows no categories but its own. */
async function cutTable(part: Part, train: Table, target: string, seed: number): Promise<Table> {
  const { column, codes } = labelOf(train, target);
  const path = join(files, `${part.table.name}-${seed}.csv`);
  await writeTable(takeRows(train, part.cut(train, column, codes, seed)), path, { force: true });
  return readTable(path);
}

function labelOf({ schema, columns }: Table, target: string) {
  const index = schema.columns.findIndex(({ name }) => name === target);
  return { index, column: schema.columns[index] as CodedColumn, codes: columns[index] as Int32Array };
}

/** New rows of a simple generator: for balance of the rarer class, from its rows alone. */
function baselineRows(name: BaselineName, real: Table, target: string, { rows }: Part['ask'], seed: number): Table {
  const { index, codes } = labelOf(real, target);
  const random = createRandom(seed, 79);
  if (rows !== undefined) return baselines[name](real, rows, random, index);
  const least = rarest(codes);
  const own = Int32Array.from(codes.keys()).filter((row) => codes[row] === least);
  return baselines[name](takeRows(real, own), real.rowCount - 2 * own.length, random, index);
}

/** What is said of `augment`'s choice beside its figures. */
type Choice = string;

async function tablesOf(part: Part, real: Table, target: string, seed: number): Promise<[string, Table, Choice?][]> {
  const simple = (['SMOTE-NC', 'Gaussian copula', 'noise'] as const).map((name): [string, Table] => [
    name,
    concatTables([real, baselineRows(name, real, target, part.ask, seed)]),
  ]);
  const asked = { target, ...part.ask, seed };
  const drawn = await augmentWith(real, { ...asked, forceRows: true, folds: 0 }, keptGenerator);
  const chosen = await augmentWith(real, asked, keptGenerator);
  const isWhole = chosen.report.helps && chosen.report.added?.share === 1;
  const forced = isWhole ? chosen : await augmentWith(real, { ...asked, forceRows: true }, keptGenerator);
  return [
    ['real rows only', real],
    ...simple,
    ['model, as drawn', drawn.table],
    ['augment --force-rows', forced.table, choice(forced.report)],
    ['augment', chosen.table, choice(chosen.report)],
  ];
}

function choice({ added, rows, trials }: AugmentReport): Choice {
  if (!added) return 'none';
  const trial = trials.find(({ pick, share }) => pick === added.pick && share === added.share)!;
  return `${rows.added} ${added.pick} (${signed(trial.gain)} ± ${trial.error.toFixed(3)} by cross-validation)`;
}

/** Aligned, so that a category that only one of them has is one of all. */
function judged(table: Table, test: Table, target: string): Figures {
  const [train, real] = alignTables({ name: 'the table', table }, [{ name: 'the test rows', table: test }]);
  const { index } = labelOf(train!, target);
  return utility(taskOf(train!, index)!, 'trees', train!, real!, [0, 1, 2, 3, 4])!.scores as Figures;
}

async function runPart(name: string, part: Part): Promise<Map<string, Figures[]> | null> {
  const { target, ...files } = part.table;
  const [train, test] = [await readTable(files.train), await readTable(files.test)];
  const { column, codes } = labelOf(test, target);
  if (!isCoded(column)) {
    say(`${name}: the label "${target}" is no category: not measured`);
    return null;
  }
  const tests = Object.entries(part.tests).map(([key, rows]) => [key, rows(test, column, codes)] as const);
  const found = new Map<string, Figures[]>();
  for (const seed of seeds) {
    const started = performance.now();
    const real = await cutTable(part, train, target, seed);
    const remarks: string[] = [];
    for (const [method, table, remark] of await tablesOf(part, real, target, seed)) {
      if (remark) remarks.push(`${method}: ${remark}`);
      for (const [key, rows] of tests) {
        const of = `${key} | ${method}`;
        found.set(of, [...(found.get(of) ?? []), judged(table, rows, target)]);
      }
    }
    say(`${name}, cut ${seed}: ${remarks.join('; ')} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  }
  return found;
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)));
const signed = (x: number) => `${x < 0 ? '' : '+'}${x.toFixed(3)}`;

function printTable(name: string, found: Map<string, Figures[]>): void {
  say(`\n${name}: mean ± deviation over ${seeds.length} cuts\n`);
  say(`| judged by | rows learned from | ${figures.join(' | ')} |`);
  say(`| --- | --- | ${figures.map(() => '---').join(' | ')} |`);
  for (const [of, runs] of found) {
    const cells = figures.map((figure) => {
      const values = runs.map((run) => run[figure]);
      return `${mean(values).toFixed(4)} ± ${deviation(values).toFixed(3)}`;
    });
    say(`| ${of} | ${cells.join(' | ')} |`);
  }
  say();
}

/** The AUC of each method over all parts that enlarge a table. */
function printMeans(all: readonly Map<string, Figures[]>[]): void {
  say(`mean AUC over ${all.length} tables\n`);
  for (const of of all[0]!.keys()) {
    say(`| ${of} | ${mean(all.map((found) => mean(found.get(of)!.map(({ auc }) => auc)))).toFixed(4)} |`);
  }
}

try {
  const names = positionals.length === 0 ? Object.keys(parts) : positionals;
  const enlarged: Map<string, Figures[]>[] = [];
  for (const name of names) {
    const part = parts[name];
    if (!part) throw new Error(`no part "${name}": ${Object.keys(parts).join(', ')}`);
    const found = await runPart(name, part);
    if (!found) continue;
    printTable(name, found);
    if (part.ask.rows !== undefined) enlarged.push(found);
  }
  if (enlarged.length > 1) printMeans(enlarged);
} finally {
  rmSync(files, { recursive: true });
}
