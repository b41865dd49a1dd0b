/**
 * How fast rows are drawn, what many of them take in memory, and how well cells are filled in.
 *
 *   npm run bench:sample                         everything; fits a model of `adult` once, in the folder for temporary files
 *   npm run bench:sample -- speed impute         these parts: speed, stream, impute
 *   npm run bench:sample -- --data <folder>      from another folder than ../shared/data beside the checkout
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
import { loadModel, type Model } from '../src/model/model.ts';
import { readTable } from '../src/table/read.ts';
import { takeRows } from '../src/table/select.ts';
import type { Table } from '../src/table/table.ts';
import { imputationScores } from './impute.ts';
import { type Asked, flopsPerRow, samplingSpeeds } from './sampling-speed.ts';
import { streamToFile } from './streaming.ts';

const beside = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string', default: beside },
    minutes: { type: 'string', default: '3' },
    'stream-rows': { type: 'string', default: '1000000' },
    'impute-rows': { type: 'string', default: '2000' },
    /** For the process that the part `stream` has to itself. */
    alone: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const folder = join(values.data, 'adult');
const workers = cpus().length;

const say = (line: string) => process.stdout.write(`${line}\n`);
const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const cells of [head, head.map(() => '---'), ...rows]) say(`| ${cells.join(' | ')} |`);
}

/** The model of `train.csv`, fitted once for each length of the fit. */
async function fittedModel(): Promise<Model> {
  const path = join(tmpdir(), 'tabletalk-bench', `adult-${values.minutes}-minutes`);
  if (!existsSync(join(path, 'tabletalk.json'))) {
    const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
    const options = ['--target', 'income', '--max-minutes', values.minutes, '--seed', '1', '--out', path];
    const { status, stderr } = spawnSync(process.execPath, [cli, 'fit', join(folder, 'train.csv'), ...options]);
    if (status !== 0) throw new Error(String(stderr));
  }
  return loadModel(path);
}

const asked: Asked = {
  'free rows': {},
  'one given cell': { where: { sex: 'Female' } },
  'conditions on 3 columns': {
    where: {
      age: { gte: 30, lt: 40 },
      workclass: { in: ['Private', 'State-gov'] },
      education: { ne: 'HS-grad' },
    },
  },
  'conditions on 3 columns, rare, 1,024 rows': {
    rows: 1024,
    where: { 'capital-gain': { gt: 20_000 }, age: { lt: 30 }, 'native-country': { ne: 'United-States' } },
  },
  'equal counts of a class': { balance: 'income' },
};

async function speed(model: Model, train: Table): Promise<void> {
  const flops = flopsPerRow(model, train);
  say(`${(flops / 1e6).toFixed(1)} MFLOP a row in products with weights; ${workers} workers of one thread`);
  printTable(
    ['asked for', 'rows/s, best round', 'processor ms a row', 'of a free row', 'of the limit', 'by processor time'],
    (await samplingSpeeds(model, workers, flops, asked)).map((one) => [
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
  const test = await readTable(join(folder, 'test.csv'), { like: model.schema });
  const rows = Array.from({ length: Number(values['impute-rows']) }, (_, i) => i);
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

const ofAdult = { speed, impute };

async function main(): Promise<void> {
  say(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${workers} workers\n`);
  const known = [...Object.keys(ofAdult), 'stream'];
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown) throw new Error(`no part "${unknown}"; there are ${known.join(', ')}`);
  const isWanted = (name: string) => positionals.length === 0 || positionals.includes(name);
  const wanted = Object.entries(ofAdult).filter(([name]) => isWanted(name));
  if (wanted.length > 0 && !existsSync(folder)) {
    say(`the table ${folder} is not there: ${wanted.map(([name]) => name).join(' and ')} not measured`);
  } else if (wanted.length > 0) {
    const model = await fittedModel();
    const train = await readTable(join(folder, 'train.csv'), { schema: model.schema });
    for (const [name, part] of wanted) {
      const started = performance.now();
      await part(model, train);
      say(`\n${name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
    }
  }
  if (isWanted('stream')) stream();
}

await (values.alone ? streamAlone() : main());
