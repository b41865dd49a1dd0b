/**
 * How good and how fast on linked tables: fit, sample as many families as were learned, evaluate beside held-out families.
 * Every step is the command line's own, each in a process of its own.
 *
 *   npm run bench:linked -- --data <folder> [names]   folders with train/dataset.json and test/dataset.json
 *   npm run bench:linked -- --minutes 4 ...           most minutes of each fit
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type DatasetDescription, datasetDescription, structureOf } from '../src/dataset/description.ts';
import type { DatasetReport } from '../src/dataset/evaluate/evaluate.ts';
import { readTable } from '../src/table/read.ts';
import { measuredRun } from './measured-run.ts';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const { values, positionals: asked } = parseArgs({
  options: { data: { type: 'string' }, minutes: { type: 'string' } },
  allowPositionals: true,
});
if (values.data === undefined) throw new Error('give --data <folder>');

const run = (args: readonly string[]) => measuredRun(cli, args);

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
