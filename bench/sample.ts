/**
 * How fast rows are drawn, what many of them take in memory, and how well cells are filled in.
 *
 *   npm run bench:sample                         everything; fits a model of a table once, in the folder for temporary files
 *   npm run bench:sample -- speed impute         these parts: speed, stream, impute
 *   npm run bench:sample -- --table penguins     another table than birdstrikes, of a dev dependency (bench-tables.ts)
 *   npm run bench:sample -- --data <folder> --table adult
 *   npm run bench:sample -- --stream-rows 100000 fewer rows than a million in the part `stream`
 *   npm run bench:sample -- --impute-rows 500    fewer rows than 2,000 in the part `impute`
 *   npm run bench:sample -- --minutes 8          longest fit
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contentHash } from '../src/model/manifest.ts';
import { loadModel, type Model } from '../src/model/model.ts';
import { readTable } from '../src/table/read.ts';
import { isNumeric } from '../src/table/schema.ts';
import { takeRows } from '../src/table/select.ts';
import type { Table } from '../src/table/table.ts';
import { benchTables, pickTable } from './bench-tables.ts';
import { imputationScores } from './impute.ts';
import { type Asked, flopsPerRow, samplingSpeeds } from './sampling-speed.ts';
import { streamToFile } from './streaming.ts';

const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string' },
    table: { type: 'string', default: 'birdstrikes' },
    minutes: { type: 'string', default: '3' },
    'stream-rows': { type: 'string', default: '1000000' },
    'impute-rows': { type: 'string', default: '2000' },
    /** For the process that the part `stream` has to itself. */
    alone: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const source = pickTable(await benchTables(values.data), values.table);
const workers = cpus().length;

const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const cells of [head, head.map(() => '---'), ...rows]) say(`| ${cells.join(' | ')} |`);
}

/** The model of the table, fitted once for each length of the fit. */
async function fittedModel(train: Table): Promise<Model> {
  const path = join(
    tmpdir(),
    'tabletalk-bench',
    `${source.name}-${contentHash(train).slice(0, 16)}-${values.minutes}-minutes`,
  );
  if (!existsSync(join(path, 'tabletalk.json'))) {
    const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
    const options = ['--target', source.target, '--max-minutes', values.minutes, '--seed', '1', '--out', path];
    const { status, stderr } = spawnSync(process.execPath, [cli, 'fit', source.train, ...options]);
    if (status !== 0) throw new Error(String(stderr));
  }
  return loadModel(path);
}

/**
 * Conditions that any table can meet, made of its own columns: a quarter to three quarters of a number's rows, two categories, all
 * categories but the commonest; and, for the rare ones, the highest two in a hundred of a number besides.
 */
function askedOf({ schema, columns }: Table, target: string): Asked {
  const numbers = schema.columns.flatMap((column, c) =>
    isNumeric(column) && column.kind !== 'datetime' && !column.replaced
      ? [{ name: column.name, cells: (columns[c] as Float64Array).filter((x) => !Number.isNaN(x)).sort() }]
      : [],
  );
  const categories = schema.columns.flatMap((column, c) =>
    column.kind === 'category' && column.values.length > 2 && !column.replaced
      ? [{ name: column.name, values: commonestFirst(column.values, columns[c] as Int32Array) }]
      : [],
  );
  const [number] = numbers;
  const [first, second = first] = categories;
  if (!number || !first || !second) throw new Error('the table needs a number and a column of three categories');
  const at = (share: number) => number.cells[Math.floor(share * (number.cells.length - 1))]!;
  const others = { [first.name]: { in: first.values.slice(0, 2) }, [second.name]: { ne: second.values[0]! } };
  return {
    'free rows': {},
    'one given cell': { where: { [first.name]: first.values[0]! } },
    'conditions on 3 columns': { where: { [number.name]: { gte: at(0.25), lte: at(0.75) }, ...others } },
    'conditions on 3 columns, rare, 1,024 rows': {
      rows: 1024,
      where: { [number.name]: { gte: at(0.98) }, ...others },
    },
    'equal counts of a class': { balance: target },
  };
}

function commonestFirst(values: readonly string[], codes: Int32Array): string[] {
  const counts = new Float64Array(values.length);
  for (const code of codes) if (code >= 0) counts[code]!++;
  return values
    .map((value, code) => ({ value, count: counts[code]! }))
    .sort((a, b) => b.count - a.count)
    .map(({ value }) => value);
}

async function speed(model: Model, train: Table): Promise<void> {
  const flops = flopsPerRow(model, train);
  say(`${(flops / 1e6).toFixed(1)} MFLOP a row in products with weights; ${workers} workers of one thread`);
  printTable(
    ['asked for', 'rows/s, best round', 'processor ms a row', 'of a free row', 'of the limit', 'by processor time'],
    (await samplingSpeeds(model, workers, flops, askedOf(train, source.target))).map((one) => [
      one.asked,
      one.rowsPerSecond.toFixed(0),
      one.processorMsPerRow.toFixed(2),
      one.ofFirst.toFixed(2),
      percent(one.share),
      percent(one.processorShare),
    ]),
  );
}

async function impute(model: Model, train: Table): Promise<void> {
  const test = await readTable(source.test, { like: model.schema });
  const rows = Array.from({ length: Math.min(test.rowCount, Number(values['impute-rows'])) }, (_, i) => i);
  printTable(
    ['filled in by', 'categories right, %', "mean error of numbers, in the column's standard deviations"],
    (await imputationScores(model, train, takeRows(test, rows))).map(({ by, accuracy, error }) => [
      by,
      (100 * accuracy).toFixed(1),
      error.toFixed(3),
    ]),
  );
}

/** In a process of its own, whose memory is then all the part's. */
function stream(): void {
  const script = fileURLToPath(import.meta.url);
  const { status } = spawnSync(process.execPath, [script, '--alone', '--stream-rows', values['stream-rows']], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the part "stream" failed');
}

async function streamAlone(): Promise<void> {
  printTable(['rows written', 'seconds', 'most memory so far, MB'], []);
  const bytes = await streamToFile(Number(values['stream-rows']), workers, ({ rows, seconds, peak }) =>
    say(`| ${rows} | ${seconds.toFixed(0)} | ${peak.toFixed(0)} |`),
  );
  say(`\n${(bytes / 1e6).toFixed(1)} MB of CSV`);
}

const ofTable = { speed, impute };

async function main(): Promise<void> {
  say(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${workers} workers\n`);
  const known = [...Object.keys(ofTable), 'stream'];
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown) throw new Error(`no part "${unknown}"; there are ${known.join(', ')}`);
  const isWanted = (name: string) => positionals.length === 0 || positionals.includes(name);
  const wanted = Object.entries(ofTable).filter(([name]) => isWanted(name));
  if (wanted.length > 0) {
    const model = await fittedModel(await readTable(source.train));
    const train = await readTable(source.train, { schema: model.schema });
    for (const [name, part] of wanted) {
      const started = performance.now();
      await part(model, train);
      say(`\n${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
    }
  }
  if (isWanted('stream')) stream();
}

await (values.alone ? streamAlone() : main());
