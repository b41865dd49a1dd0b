/**
 * Takes real tables through every command, from the outside: fit, sample, impute, score, augment, evaluate. Each must end
 * without an error, with as many rows as asked for, all of them valid, and no identifier twice. Fits are brief: what the
 * rows are worth is tested elsewhere. One table comes from a package of Debian's, and is left out where apt
 * cannot fetch it. Names of tables as arguments choose among them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel, readTable, tableFromRows, tableRows, takeRows, writeTable } from '../dist/src/index.js';

const cli = fileURLToPath(new URL('../dist/src/cli.js', import.meta.url));
const vega = fileURLToPath(new URL('../node_modules/vega-datasets/data/', import.meta.url));

/** Where each table is, what is to be predicted, and what it is here for. */
const tables = [
  { file: 'penguins.json', target: 'Species', has: 'missing cells' },
  { file: 'cars.json', target: 'Origin', has: 'dates, names that are no persons' },
  { file: 'movies.json', target: 'Major Genre', has: 'titles, dates as words, many missing cells' },
  { file: 'la-riots.csv', target: 'gender', has: 'persons, addresses' },
  { file: 'birdstrikes.csv', target: 'Time of day', has: 'zeros, dates, many categories' },
  { file: 'airports.csv', target: 'state', has: 'codes as identifiers, many categories' },
  { file: 'seattle-weather.csv', target: 'weather', has: 'zeros, dates' },
  { file: 'gapminder-health-income.csv', target: 'region', has: 'a country in every row' },
  { file: 'iowa-electricity.csv', target: 'source', has: 'years, 51 rows' },
  { file: 'zipcodes.csv', target: 'state', has: 'identifiers with leading zeros' },
];
const ofDebian = {
  package: 'ieee-data',
  files: ['oui.csv', 'mam.csv', 'oui36.csv', 'iab.csv'],
  target: 'Registry',
  has: 'identifiers, companies, addresses',
};

const [mostRows, newRows] = [240, 60];

const work = mkdtempSync(join(tmpdir(), 'ten-tables-'));
try {
  const started = Date.now();
  const found = [...tables.map((table) => ({ ...table, path: vega + table.file })), ...fetchDebian()];
  const failures = [];
  const asked = process.argv.slice(2);
  const chosen = asked.length === 0 ? found : found.filter(({ file }) => asked.some((name) => file.includes(name)));
  for (const table of chosen) failures.push(...(await tryTable(table)));
  for (const failure of failures) console.error(`FAILED ${failure}`);
  console.log(`${chosen.length} tables, ${failures.length} failures, ${Math.round((Date.now() - started) / 1000)} s`);
  process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}

function fetchDebian() {
  const folder = join(work, 'debian');
  mkdirSync(folder);
  try {
    execFileSync('apt-get', ['download', '-qq', ofDebian.package], { cwd: folder, stdio: 'ignore' });
    for (const name of readdirSync(folder)) execFileSync('dpkg', ['-x', name, '.'], { cwd: folder });
    const [first, ...others] = ofDebian.files.map((name) =>
      readFileSync(join(folder, 'usr/share', ofDebian.package, name), 'utf8').trimEnd(),
    );
    const path = join(folder, `${ofDebian.package}.csv`);
    writeFileSync(path, [first, ...others.map((text) => text.slice(text.indexOf('\n') + 1))].join('\n'));
    return [{ ...ofDebian, file: ofDebian.package, path }];
  } catch {
    console.log('no package of Debian could be fetched: its table is left out');
    return [];
  }
}

/** What went wrong with one table. */
async function tryTable({ file, path, target, has }) {
  const started = Date.now();
  const folder = mkdtempSync(join(work, 'table-'));
  const at = (name) => join(folder, name);
  const failures = [];
  const check = (holds, what) => {
    if (!holds) failures.push(`${file}: ${what}`);
  };
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args, '--quiet'], { encoding: 'utf8' });
    check(status === 0, `tabletalk ${args.join(' ')}: exit ${status}: ${stderr.trim()}`);
    return { isDone: status === 0, stdout };
  };
  const [train, test] = split(path, at(''));
  const model = at('model');
  const fitted = run('fit', train, '--out', model, '--epochs', '3', '--preset', 'tiny', '--seed', '1');
  if (!fitted.isDone) return failures;

  const rows = String(newRows);
  run('sample', model, '--rows', rows, '--seed', '1', '--out', at('new.csv'));
  run('sample', model, '--rows', rows, '--seed', '1', '--after', at('new.csv'), '--out', at('more.csv'));
  run('score', model, at('new.csv'), '--real', train, '--out', at('scored.csv'));
  const gaps = await blank(train, at('gaps.csv'));
  run('impute', model, at('gaps.csv'), '--out', at('filled.csv'));
  const brief = ['--epochs', '2', '--folds', '0', '--force-rows', '--mark', 'origin', '--seed', '1'];
  run('augment', train, '--target', target, '--rows', rows, ...brief, '--out', at('larger.csv'));
  const report = ['--json', at('report.json'), '--out', at('report.html'), '--target', target];
  run('evaluate', '--train', train, '--test', test, '--synthetic', at('new.csv'), ...report);
  if (failures.length > 0) return failures;

  const { schema } = await loadModel(model);
  const real = await readTable(train);
  const [first, more] = [await readTable(at('new.csv')), await readTable(at('more.csv'))];
  const larger = await readTable(at('larger.csv'));
  for (const made of [first, more]) check(made.rowCount === newRows, `${made.rowCount} rows for ${newRows}`);
  check(larger.rowCount === real.rowCount + newRows, `augment made ${larger.rowCount} rows of ${real.rowCount}`);
  const valid = tableRows(await readTable(at('scored.csv'))).every((row) => Number(row.quality_validity) === 1);
  check(valid, 'a sampled row is not valid');
  const filled = tableRows(await readTable(at('filled.csv')));
  check(filled.length === gaps.rowCount, `impute wrote ${filled.length} rows of ${gaps.rowCount}`);
  check(
    filled.every((row) => Object.values(row).every((cell) => cell !== null)),
    'impute left a cell empty',
  );
  const keys = schema.columns.filter(({ replaced }) => replaced && replaced.distinct === undefined);
  for (const { name, replaced } of keys.filter((column) => isUnique(column.replaced))) {
    for (const all of [[real, first, more], [larger]]) {
      const cells = all.flatMap((table) => tableRows(table).map((row) => row[name])).filter((cell) => cell !== null);
      check(new Set(cells).size === cells.length, `"${name}" (${replaced.by}) repeats`);
    }
  }
  JSON.parse(readFileSync(at('report.json'), 'utf8'));
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  console.log(`${file}: ${has}; ${real.rowCount} rows, ${keys.length} replaced columns; ${seconds} s`);
  return failures;
}

/** First names alone may come again: there are not so many. */
function isUnique({ by }) {
  return by !== 'firstName' && by !== 'lastName';
}

/** Every k-th line of the table that is a whole record, a quarter of these for the test, as files of the same kind. */
function split(path, folder) {
  const text = readFileSync(path, 'utf8');
  const isJson = path.endsWith('.json');
  const lines = isJson
    ? JSON.parse(text).map((row) => JSON.stringify(row))
    : text.split(/\r?\n/).filter((line) => line !== '' && line.split('"').length % 2 === 1);
  const header = isJson ? [] : [lines.shift()];
  const step = Math.max(1, Math.floor(lines.length / mostRows));
  const kept = lines.filter((_, i) => i % step === 0).slice(0, mostRows);
  const part = (name, isIn) => {
    const out = join(folder, `${name}.${isJson ? 'jsonl' : 'csv'}`);
    writeFileSync(out, `${[...header, ...kept.filter((_, i) => isIn(i % 4 === 3))].join('\n')}\n`);
    return out;
  };
  return [part('train', (isTest) => !isTest), part('test', (isTest) => isTest)];
}

/** A few rows of the table with every fifth cell missing. */
async function blank(path, out) {
  const table = await readTable(path);
  const few = takeRows(
    table,
    Array.from({ length: Math.min(40, table.rowCount) }, (_, i) => i),
  );
  const rows = tableRows(few).map((row, r) =>
    Object.fromEntries(Object.entries(row).map(([name, cell], c) => [name, (r + c) % 5 === 0 ? null : cell])),
  );
  const gaps = tableFromRows(rows, { ...few.schema, columns: few.schema.columns.map(withGaps) });
  await writeTable(gaps, out);
  return gaps;
}

function withGaps(column) {
  return { ...column, missing: column.missing ?? '' };
}
