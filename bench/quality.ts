/**
 * How good and how fast, on real tables: fit, sample as many rows as the training table has, evaluate beside the real
 * test rows. Every step is the command line's own, each in a process of its own, so that times and memory are a user's.
 *
 *   npm run bench:quality                          tables of a dev dependency (bench-tables.ts)
 *   npm run bench:quality -- --data <folder>       all tables in a folder
 *   npm run bench:quality -- penguins birdstrikes  these
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ReportData } from '../src/evaluate/report/report.ts';
import { readTable } from '../src/table/read.ts';
import { type BenchTable, benchTables, pickTable } from './bench-tables.ts';
import { measuredRun } from './measured-run.ts';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const { values, positionals: asked } = parseArgs({
  options: { data: { type: 'string' } },
  allowPositionals: true,
});
const seed = '1';

const run = (args: readonly string[]) => measuredRun(cli, args);

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

async function measure({ name, train, test, target }: BenchTable, folder: string): Promise<Record<string, string>> {
  const rows = (await readTable(train)).rowCount;
  const [model, synthetic, again, few] = ['model', 'a.csv', 'b.csv', 'c.csv'].map((part) =>
    join(folder, `${name}-${part}`),
  );
  const json = join(folder, `${name}.json`);
  const fit = run(['fit', train, '--target', target, '--out', model!, '--seed', seed, '--quiet']);
  const sample = ['sample', model!, '--rows', String(rows), '--seed', seed, '--quiet', '--out'];
  const sampled = run([...sample, synthetic!]);
  run([...sample, again!]);
  const ten = run(['sample', model!, '--rows', '10', '--out', few!]);
  run(['evaluate', '--train', train, '--synthetic', synthetic!, '--test', test, '--json', json]);
  const report: ReportData = JSON.parse(readFileSync(json, 'utf8'));
  const error = (score: number | null) => (100 * (1 - (score ?? Number.NaN))).toFixed(2);
  const both = ({ value, reference }: { value: number | null; reference: number | null }) =>
    `${error(value)} (${error(reference)})`;
  return {
    table: name,
    'fit s': fit.seconds.toFixed(0),
    'fit MB': fit.megabytes.toFixed(0),
    'rows/s': (rows / sampled.seconds).toFixed(0),
    '10 rows s': ten.seconds.toFixed(2),
    rows: `${report.rows.synthetic}/${rows}`,
    'shapes error %': both(report.columnShapes),
    'pairs error %': both(report.columnPairTrends),
    'valid %': (100 * (report.validity.value ?? Number.NaN)).toFixed(2),
    'copies %': `${(100 * (report.copies.copiesOfTrain.value ?? 0)).toFixed(2)} (${(100 * (report.copies.copiesOfTrain.reference ?? 0)).toFixed(2)})`,
    'same seed': hashOf(synthetic!) === hashOf(again!) ? 'same bytes' : 'DIFFERS',
  };
}

function printRow(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

const tables = await benchTables(values.data);
const chosen = asked.length > 0 ? asked.map((name) => pickTable(tables, name)) : [...tables.values()];
const folder = mkdtempSync(join(tmpdir(), 'tabletalk-bench-'));
process.stdout.write(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}; in brackets: the real test rows in the synthetic ones' place\n\n`,
);
try {
  for (const [i, table] of chosen.entries()) {
    const figures = await measure(table, folder);
    if (i === 0) for (const cells of [Object.keys(figures), Object.keys(figures).map(() => '---')]) printRow(cells);
    printRow(Object.values(figures));
  }
} finally {
  rmSync(folder, { recursive: true });
}
