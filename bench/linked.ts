/**
 * How good and how fast on linked tables: fit, sample as many families as were learned, evaluate beside held-out families.
 * Every step is the command line's own, each in a process of its own.
 *
 *   npm run bench:linked -- --data <folder> [names]   folders with train/dataset.json and test/dataset.json
 *   npm run bench:linked -- --minutes 4 ...           most minutes of each fit
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type DatasetDescription, datasetDescription, structureOf } from '../src/dataset/description.ts';
import type { DatasetReport } from '../src/dataset/evaluate/evaluate.ts';
import { readTable } from '../src/table/read.ts';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const { values, positionals: asked } = parseArgs({
  options: { data: { type: 'string' }, minutes: { type: 'string' } },
  allowPositionals: true,
});
if (values.data === undefined) throw new Error('give --data <folder>');

/** Seconds and the most memory of a command, in MB. */
function run(args: readonly string[]): { seconds: number; megabytes: number; stdout: string } {
  const report = 'process.on("exit",()=>require("fs").writeSync(3,process.resourceUsage().maxRSS+" "))';
  const preload = `data:text/javascript,import{createRequire}from"module";const require=createRequire(${JSON.stringify(import.meta.url)});${report}`;
  const started = performance.now();
  const child = spawnSync(process.execPath, ['--import', preload, cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`tabletalk ${args.join(' ')}\n${child.stderr}`);
  const seconds = (performance.now() - started) / 1000;
  // Threads say it, too, each of the whole process.
  const kilobytes = (child.output[3] ?? '').trim().split(' ').map(Number);
  return { seconds, megabytes: Math.max(...kilobytes) / 1024, stdout: child.stdout };
}

async function rootRows(path: string, description: DatasetDescription): Promise<number> {
  const { root } = structureOf(description, path);
  return (await readTable(join(path, '..', description.tables[root]!.file))).rowCount;
}

async function measure(name: string, folder: string): Promise<void> {
  const [train, test] = ['train', 'test'].map((part) => join(values.data!, name, part, 'dataset.json'));
  const description = datasetDescription.parse(JSON.parse(readFileSync(train!, 'utf8')));
  const [model, out, json] = ['model', 'new', 'report.json'].map((part) => join(folder, `${name}-${part}`));
  const limit = values.minutes === undefined ? [] : ['--max-minutes', values.minutes];
  const fit = run(['fit', train!, '--out', model!, '--seed', '1', '--quiet', ...limit]);
  const rows = await rootRows(train!, description);
  const sample = run(['sample', model!, '--rows', String(rows), '--seed', '1', '--quiet', '--out', out!]);
  const judged = run(['evaluate', '--train', train!, '--test', test!, '--synthetic', out!, '--json', json!]);
  const report: DatasetReport = JSON.parse(readFileSync(json!, 'utf8'));
  const made = report.tables.filter(({ lookup }) => !lookup).reduce((sum, table) => sum + table.rows.synthetic, 0);
  const peak = Math.max(fit.megabytes, sample.megabytes).toFixed(0);
  const telling = report.synthetic.c2stAgg.map(({ place, value, telling = [] }) => {
    const columns = telling.map(({ column, lost }) => `${column} ${lost.toFixed(3)}`);
    return `told by (${place}, ${value?.toFixed(3)}): ${columns.join(', ')}\n`;
  });
  console.log(
    `== ${name}: fit ${fit.seconds.toFixed(0)} s, ${made} rows in ${sample.seconds.toFixed(0)} s, ${peak} MB\n${judged.stdout}\n${telling.join('')}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'linked-'));
try {
  const names = readdirSync(values.data).filter((name) => existsSync(join(values.data!, name, 'train/dataset.json')));
  for (const name of asked.length > 0 ? names.filter((one) => asked.includes(one)) : names) await measure(name, folder);
} finally {
  rmSync(folder, { recursive: true });
}
