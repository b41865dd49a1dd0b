/**
 * npm run demo: the whole path on a real table. Fits Palmer Station's penguins (344 rows with numbers, categories and
 * missing cells, from the vega-datasets package), writes as many new rows, and a report that judges them beside real
 * penguins the model never saw. Everything lands in demo/.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { evaluate, fit, readTable, type Table, tableRows, takeRows, writeTable } from '../src/index.ts';
import { readPackaged, splitTable } from './bench-tables.ts';

const folder = fileURLToPath(new URL('../../demo/', import.meta.url));
const seed = 1;

const say = (line = '') => process.stdout.write(`${line}\n`);

function printRows(table: Table): void {
  const names = table.schema.columns.map(({ name }) => name);
  const rows = tableRows(table).map((row) => names.map((name) => (row[name] === null ? '' : String(row[name]))));
  const widths = names.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  for (const row of [names, ...rows]) say(`  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
}

const started = performance.now();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await writeTable(await readPackaged('penguins.json'), `${folder}penguins.csv`);
const table = await readTable(`${folder}penguins.csv`);
const { train, test } = splitTable(table, seed);
await writeTable(train, `${folder}train.csv`);
await writeTable(test, `${folder}test.csv`);

say(`Learning ${train.rowCount} penguins; ${test.rowCount} more are held out to judge by.`);
const model = await fit(train, {
  target: 'Species',
  seed,
  onProgress: ({ point }) => {
    if (!point || point.epoch % 10 !== 0) return;
    say(`  epoch ${point.epoch}: loss ${point.trainLoss.toFixed(3)}, held-out ${point.validationLoss?.toFixed(3)}`);
  },
});
await model.save(`${folder}model`);

const synthetic = await model.sample({ rows: train.rowCount, seed });
await writeTable(synthetic, `${folder}synthetic.csv`);
say('\nNew penguins:');
printRows(takeRows(synthetic, [0, 1, 2, 3, 4]));
say('\nAsked for: Species = Gentoo, Sex missing');
printRows(await model.sample({ rows: 3, where: { Species: 'Gentoo', Sex: null }, seed }));

const report = await evaluate({
  train,
  test,
  synthetic,
  target: 'Species',
  about: {
    date: new Date().toISOString().slice(0, 10),
    files: { train: 'train.csv', synthetic: 'synthetic.csv', test: 'test.csv' },
  },
});
await writeFile(`${folder}report.html`, report.toHtml());
say(`\n${report.toText()}\n`);
say(`Took ${((performance.now() - started) / 1000).toFixed(0)} s. Open these:`);
for (const name of ['synthetic.csv', 'report.html', 'model']) say(`  ${folder}${name}`);
