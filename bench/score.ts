/**
 * What filtering does to rows, and how fast rows are scored. For every table: fit shortly, sample four times the rows that are
 * wanted, and keep as many as wanted in four ways: the first, those of at least the median quality, the best, and those
 * that discriminator rejection sampling draws.
 *
 *   npm run bench:score                      tables of a dev dependency (bench-tables.ts)
 *   npm run bench:score -- --data <folder>   all tables in a folder
 *   npm run bench:score -- penguins cars     these
 *   npm run bench:score -- --draws 8         more pools of each model; figures are means over them (default 4)
 *   npm run bench:score -- --speed penguins  only how fast: test rows beside all training rows
 *
 * Column Shapes are against the training rows. Detection (the ROC AUC of boosted trees and of a linear model, 0.5 best) is
 * against the real test rows, by detectors trained anew: neither the model nor the filter, whose discriminator learned from
 * training rows and is cross-fitted over the pool, ever saw those. The spread is the mean over numeric columns of the kept
 * rows' standard deviation over the training rows'. Models are kept in a temporary folder for the next run.
 */
import { existsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { columnShapes } from '../src/evaluate/metrics/fidelity/column-shapes.ts';
import { detect } from '../src/evaluate/metrics/fidelity/detection.ts';
import { fit } from '../src/model/fit.ts';
import { contentHash } from '../src/model/manifest.ts';
import { loadModel, type Model } from '../src/model/model.ts';
import { createRandom } from '../src/numeric/random.ts';
import { alignTables } from '../src/table/align.ts';
import { readTable } from '../src/table/read.ts';
import { isNumeric } from '../src/table/schema.ts';
import { takeRows } from '../src/table/select.ts';
import type { Table } from '../src/table/table.ts';
import { type FilterRule, filterRows } from '../src/validate/filter.ts';
import { createScorer, type Scores } from '../src/validate/score.ts';
import { benchTables, pickTable } from './bench-tables.ts';
import { createMatMul } from './matmul.ts';

const { values, positionals: asked } = parseArgs({
  options: {
    data: { type: 'string' },
    models: { type: 'string', default: join(tmpdir(), 'tabletalk-bench-score') },
    draws: { type: 'string', default: '4' },
    speed: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const tables = await benchTables(values.data);

const [mostTrainRows, mostWanted, poolOver, detections] = [5000, 1000, 4, 3];

const mean = (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
const printRow = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

interface Case {
  readonly name: string;
  readonly model: Model;
  readonly train: Table;
  readonly test: Table;
}

async function load(name: string, size: 'part' | 'whole' = 'part'): Promise<Case> {
  const { target, ...files } = pickTable(tables, name);
  const train = await readTable(files.train, {
    ...(size === 'part' && { maxRows: mostTrainRows }),
    seed: 1,
  });
  const test = await readTable(files.test, { like: train.schema });
  const kept = join(values.models, `${name}-${contentHash(train).slice(0, 16)}`);
  if (!existsSync(kept)) await (await fit(train, { target, seed: 1, maxMinutes: 1 })).save(kept);
  return { name, train, test, model: await loadModel(kept) };
}

/** What a filter keeps of a pool, and as what it is shown. */
type Keep = (scores: Scores, rows: number, seed: number) => Int32Array;

const by =
  (rule: (scores: Scores, rows: number) => FilterRule): Keep =>
  (scores, rows, seed) =>
    filterRows(scores, rule(scores, rows), createRandom(seed, 21));

const median = (numbers: Float64Array) => numbers.slice().sort()[numbers.length >> 1]!;

const filters: Record<string, Keep> = {
  unfiltered: (_, rows) => Int32Array.from({ length: rows }, (_, row) => row),
  threshold: by(({ total }) => ({ kind: 'threshold', minQuality: median(total) })),
  'top n': by((_, rows) => ({ kind: 'top', rows })),
  rejection: by((_, rows) => ({ kind: 'rejection', rows })),
  'rejection, not raked': ({ total, realism }, rows, seed) =>
    filterRows({ total, realism: realism! }, { kind: 'rejection', rows }, createRandom(seed, 21)),
  'rejection, as many as pass': by(() => ({ kind: 'rejection' })),
};

interface Figures {
  readonly shapes: number;
  readonly trees: number;
  readonly linear: number;
  readonly spread: number;
  readonly rows: number;
}

function judge({ train, test }: Pick<Case, 'train' | 'test'>, kept: Table, seed: number): Figures {
  const found = Array.from({ length: detections }, (_, i) => detect(test, kept, mostWanted, createRandom(seed, 22, i)));
  return {
    shapes:
      100 *
      mean(
        columnShapes(train, kept)
          .map(({ score }) => score)
          .filter(Number.isFinite),
      ),
    trees: mean(found.map(({ trees }) => trees.auc)),
    linear: mean(found.map(({ linear }) => linear.auc)),
    spread: spreadRatio(train, kept),
    rows: kept.rowCount,
  };
}

function spreadRatio(train: Table, kept: Table): number {
  const deviations = [train, kept].map(({ schema, columns }) =>
    schema.columns.flatMap((column, c) => (isNumeric(column) ? deviation(columns[c] as Float64Array) : [])),
  );
  return mean(deviations[0]!.map((real, i) => (real > 0 ? deviations[1]![i]! / real : 1)));
}

function deviation(cells: Float64Array): number {
  const present = [...cells].filter((x) => !Number.isNaN(x));
  const middle = mean(present);
  return Math.sqrt(mean(present.map((x) => (x - middle) ** 2)));
}

async function compare({ name, model, train, test }: Case): Promise<void> {
  const wanted = Math.min(train.rowCount, mostWanted);
  const figures: Record<string, Figures[]> = {};
  for (let seed = 1; seed <= Number(values.draws); seed++) {
    const pool = await model.sample({ rows: poolOver * wanted, seed });
    const scores = await model.score(pool, { real: train, seed });
    const [real, unseen, aligned] = alignTables({ name: 'training', table: train }, [
      { name: 'test', table: test },
      { name: 'pool', table: pool },
    ]) as [Table, Table, Table];
    for (const [filter, keep] of Object.entries(filters)) {
      const kept = keep(scores, wanted, seed);
      const rows = takeRows(aligned, kept.slice(0, wanted));
      figures[filter] = [...(figures[filter] ?? []), judge({ train: real, test: unseen }, rows, seed)];
    }
  }
  for (const [filter, each] of Object.entries(figures)) {
    const of = (figure: keyof Figures, digits: number) => mean(each.map((one) => one[figure])).toFixed(digits);
    printRow([name, filter, of('rows', 0), of('shapes', 2), of('trees', 3), of('linear', 3), of('spread', 3)]);
  }
}

interface Speed {
  readonly rowsPerSecond: number;
  /** Milliseconds of one core a row. */
  readonly core: number;
}

const timings = 5;

/** The median of some timings by the clock, and what that one took of the cores. */
async function speedOf(rows: number, work: () => Promise<unknown>): Promise<Speed> {
  const found: Speed[] = [];
  for (let i = 0; i < timings; i++) {
    const [started, used] = [performance.now(), process.cpuUsage()];
    await work();
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(used);
    found.push({ rowsPerSecond: rows / seconds, core: (user + system) / 1000 / rows });
  }
  return found.sort((a, b) => a.rowsPerSecond - b.rowsPerSecond)[timings >> 1]!;
}

/** Test rows beside all training rows: what a model adds to the attributes, what they take without it, and all together. */
async function time({ name, model, train, test }: Case): Promise<void> {
  const rows = test.rowCount;
  const { target } = model.file.options;
  const parts: Record<string, () => Promise<Scores>> = {
    'validity, likelihood': () => model.score(test),
    'all but likelihood': () => createScorer({ schema: model.schema, train, target }).score(test),
    'all five': () => model.score(test, { real: train }),
  };
  for (const [part, work] of Object.entries(parts)) {
    const { rowsPerSecond, core } = await speedOf(rows, work);
    printRow([name, part, String(rows), String(train.rowCount), rowsPerSecond.toFixed(0), core.toFixed(3)]);
  }
}

process.stdout.write(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n\n`);
const names = asked.length > 0 ? asked : [...tables.keys()];
if (!values.speed) {
  printRow(['table', 'kept', 'rows', 'Column Shapes %', 'C2ST trees', 'C2ST linear', 'spread']);
  printRow(Array(7).fill('---'));
  for (const name of names) await compare(await load(name));
  process.stdout.write('\n');
}
const product = await createMatMul(cpus().length);
const peak = async () => `${((await product.measure(10)).flopsPerSecond / 1e9).toFixed(0)} GFLOP/s`;
process.stdout.write(`A product of 1024 x 1024 on all cores: ${await peak()}\n\n`);
printRow(['table', 'attributes', 'rows', 'real rows', 'rows/s', 'core ms a row']);
printRow(Array(6).fill('---'));
for (const name of names) await time(await load(name, 'whole'));
process.stdout.write(`\nThe product again: ${await peak()}\n`);
