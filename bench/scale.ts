/**
 * What a shard costs, how fast parts are joined, and how many rows a fit needs: the figures of docs/scale.md.
 *
 *   npm run bench:scale                       everything
 *   npm run bench:scale -- cost merge         these parts: cost, identifiers, merge, fit
 *   npm run bench:scale -- cost --rows 50000  rows of a shard (default 250,000)
 *   npm run bench:scale -- fit --sizes 5000,20000 --minutes 4
 *
 * The table is made up, with a known joint distribution (known-joint.ts). Processor time is user and system time of the whole
 * process, memory the most that it ever held.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { detect } from '../src/evaluate/metrics/fidelity/detection.ts';
import { fit } from '../src/model/fit.ts';
import { loadModel, type Model } from '../src/model/model.ts';
import { createRandom } from '../src/numeric/random.ts';
import { rangeOf } from '../src/numeric/shard.ts';
import { manifestName, partFormats, type Run } from '../src/parts/manifest.ts';
import { createPartWriter } from '../src/parts/part.ts';
import { alignTables } from '../src/table/align.ts';
import { tableFromRows, tableRows } from '../src/table/rows.ts';
import { takeRows } from '../src/table/select.ts';
import type { Table } from '../src/table/table.ts';
import { knownTable } from './known-joint.ts';

const { values, positionals } = parseArgs({
  options: {
    rows: { type: 'string', default: '250000' },
    shards: { type: 'string', default: '4' },
    sizes: { type: 'string', default: '5000,20000,100000,500000' },
    minutes: { type: 'string', default: '30' },
  },
  allowPositionals: true,
});

const home = mkdtempSync(join(tmpdir(), 'tabletalk-scale-'));
const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const say = (line: string) => process.stdout.write(`${line}\n`);
const printTable = (head: readonly string[]) => {
  say(`\n| ${head.join(' | ')} |`);
  say(`|${' --- |'.repeat(head.length)}`);
};
const printRow = (cells: readonly (string | number)[]) => say(`| ${cells.join(' | ')} |`);

interface Ran {
  /** Processor seconds, seconds, and most memory in MB. */
  readonly processor: number;
  readonly seconds: number;
  readonly memory: number;
}

/** Runs the command in a process of its own, which says at its end what it used. */
function run(...args: readonly string[]): Ran {
  const atExit = `process.on('exit',()=>{const{user,system}=process.cpuUsage();require('fs').writeSync(3,JSON.stringify([(user+system)/1e6,process.resourceUsage().maxRSS/1024]))})`;
  const script = join(home, 'at-exit.cjs');
  if (!existsSync(script)) spawnSync('sh', ['-c', 'printf %s "$1" > "$2"', 'sh', atExit, script]);
  const started = performance.now();
  const { status, stderr, output } = spawnSync(process.execPath, ['--require', script, cli, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  if (status !== 0) throw new Error(stderr);
  const [processor, memory] = JSON.parse(output[3]!) as [number, number];
  return { processor, memory, seconds: (performance.now() - started) / 1000 };
}

/** A model of the made-up table with a key, that is saved in a folder. */
async function shortModel(): Promise<{ path: string; training: Table }> {
  const { table } = knownTable(5000, 1);
  // A counter has no end; the strings of a form, of which a model keeps a million, do.
  const training = tableFromRows(tableRows(table).map((row, i) => ({ order: `Q${i + 1}`, ...row })));
  const path = join(home, 'model');
  const model = await fit(training, { target: 'returned', epochs: 3, seed: 1 });
  await model.save(path);
  return { path, training };
}

/** One run of n shards' rows beside the shards, on one thread each. */
async function cost(): Promise<void> {
  const { path } = await shortModel();
  const [size, count] = [Number(values.rows), Number(values.shards)];
  const call = ['sample', path, '--rows', String(size * count), '--seed', '2', '--workers', '1', '--quiet'];
  const start = run(
    'sample',
    path,
    '--rows',
    '1000000000',
    '--shard',
    '1/99999',
    '--workers',
    '1',
    '--out',
    join(home, 'start.csv'),
    '--quiet',
  );
  const empty = run(
    'sample',
    path,
    '--rows',
    '1',
    '--shard',
    '2/2',
    '--workers',
    '1',
    '--out',
    join(home, 'empty.csv'),
    '--quiet',
  );
  say(
    `start of a shard: ${empty.seconds.toFixed(2)} s, ${empty.processor.toFixed(2)} s of processor time, ${empty.memory.toFixed(0)} MB`,
  );
  say(`shard 1/99999 of 10^9 rows (10,001 rows): ${start.seconds.toFixed(1)} s, ${start.memory.toFixed(0)} MB`);
  printTable(['run', 'processor s', 'most memory, MB', 'rows a processor second']);
  const one = run(...call, '--out', join(home, 'one.csv'));
  printRow([
    `one of ${size * count} rows`,
    one.processor.toFixed(1),
    one.memory.toFixed(0),
    ((size * count) / one.processor).toFixed(0),
  ]);
  let sum = 0;
  for (let i = 1; i <= count; i++) {
    const shard = run(...call, '--shard', `${i}/${count}`, '--out', `${join(home, 'parts')}/`, '--format', 'csv.gz');
    sum += shard.processor;
    printRow([
      `shard ${i} of ${count}`,
      shard.processor.toFixed(1),
      shard.memory.toFixed(0),
      (size / shard.processor).toFixed(0),
    ]);
  }
  say(`\nshards together: ${(100 * (sum / one.processor - 1)).toFixed(1)} % more processor time than one run`);
  const merged = run('merge', join(home, 'parts'), '--out', join(home, 'merged.csv'), '--quiet');
  const isSame = spawnSync('cmp', [join(home, 'one.csv'), join(home, 'merged.csv')]).status === 0;
  say(`merged in ${merged.seconds.toFixed(1)} s: ${isSame ? 'the same bytes as one run' : 'OTHER BYTES'}`);
  const bytes = (name: string) => statSync(join(home, name)).size;
  const parts = readdirSync(join(home, 'parts')).reduce((total, name) => total + bytes(join('parts', name)), 0);
  say(
    `bytes a row: ${(bytes('one.csv') / (size * count)).toFixed(1)} as CSV, ${(parts / (size * count)).toFixed(1)} in parts of csv.gz`,
  );
}

/** A thousand shards of ten rows. */
async function identifiers(): Promise<void> {
  const { path, training } = await shortModel();
  const model = await loadModel(path);
  const of = 1000;
  const started = performance.now();
  const keys = new Set<unknown>();
  const rows = new Set<string>();
  for (let index = 1; index <= of; index++) {
    for (const row of tableRows(await model.sample({ rows: 10 * of, seed: 5, shard: { index, of }, workers: 1 }))) {
      keys.add(row.order);
      rows.add(JSON.stringify(row));
    }
  }
  const known = tableRows(training).filter(({ order }) => keys.has(order)).length;
  const seconds = (performance.now() - started) / 1000;
  say(
    `\n${of} shards of 10 rows: ${rows.size} different rows, ${keys.size} different keys, ${known} of training's; ${seconds.toFixed(0)} s`,
  );
}

/** Two million rows in eight parts, made of a sample that is repeated. */
async function merge(): Promise<void> {
  const { path } = await shortModel();
  const model = await loadModel(path);
  const batch = await model.sample({ rows: 10_000, seed: 1 });
  const [rows, of] = [2_000_000, 8];
  printTable(['2,000,000 rows in 8 parts of', 'bytes of the parts', 'checked, s', 'joined, s', 'most memory, MB']);
  for (const format of partFormats) {
    const folder = join(home, `merge-${format}`);
    const shared = { command: 'sample', seed: 1, writtenBy: 'bench', rows, format } as const;
    const run_: Run = { ...shared, model: '0'.repeat(64), options: '0'.repeat(64) };
    for (let index = 1; index <= of; index++) await writePart(folder, batch, run_, { index, of });
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const checked = run('merge', folder, '--quiet');
    const joined = run('merge', folder, '--quiet', '--out', join(home, `merged.${format}`));
    printRow([format, bytes, checked.seconds.toFixed(1), joined.seconds.toFixed(1), joined.memory.toFixed(0)]);
    rmSync(folder, { recursive: true });
    rmSync(join(home, `merged.${format}`));
  }
}

async function writePart(folder: string, batch: Table, run_: Run, shard: { index: number; of: number }): Promise<void> {
  const writer = await createPartWriter(folder, batch.schema, { run: run_, shard });
  const { from, to } = rangeOf(shard, run_.rows);
  for (let left = to - from; left > 0; left -= batch.rowCount) {
    const some =
      left >= batch.rowCount
        ? batch
        : takeRows(
            batch,
            Array.from({ length: left }, (_, i) => i),
          );
    await writer.write(some);
  }
  await writer.close();
  if (!existsSync(join(folder, manifestName(shard)))) throw new Error('the part has no manifest');
}

/** Fits of more and more rows of one table, against rows that none has seen. */
async function fits(): Promise<void> {
  const test = knownTable(5000, 2);
  say(`\nthe truth has ${(-test.logProb).toFixed(3)} nats a row on 5,000 rows that no fit sees`);
  printTable([
    'rows learned from',
    'minutes',
    'epochs',
    'nats a row above the truth',
    'detection (trees, 0.5 is best)',
  ]);
  for (const size of values.sizes.split(',').map(Number)) {
    const train = knownTable(size, 1).table;
    const started = performance.now();
    const model = await fit(train, { target: 'returned', seed: 1, maxMinutes: Number(values.minutes) });
    const minutes = (performance.now() - started) / 60_000;
    const excess = await excessOf(model, test.table, test.logProb);
    printRow([
      size,
      minutes.toFixed(1),
      model.file.curve.length,
      excess.toFixed(3),
      (await detection(model, test.table)).toFixed(3),
    ]);
  }
}

async function excessOf(model: Model, test: Table, truth: number): Promise<number> {
  const { rows } = await model.logProb(test);
  const known = rows.filter((logProb) => logProb > Number.NEGATIVE_INFINITY);
  const lost = rows.length - known.length;
  if (lost > 0) say(`${lost} of ${rows.length} rows have a value that this fit never saw; they are left out`);
  return truth - known.reduce((sum, logProb) => sum + logProb, 0) / known.length;
}

/** How well boosted trees tell new rows from rows that no fit has seen. */
async function detection(model: Model, test: Table): Promise<number> {
  const synthetic = await model.sample({ rows: test.rowCount, seed: 3 });
  const [real, made] = alignTables({ name: 'the test table', table: test }, [
    { name: 'the new rows', table: synthetic },
  ]);
  return detect(real!, made!, test.rowCount, createRandom(7)).trees.auc;
}

const parts = { cost, identifiers, merge, fit: fits };

say(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`);
try {
  for (const [name, part] of Object.entries(parts))
    if (positionals.length === 0 || positionals.includes(name)) await part();
} finally {
  rmSync(home, { recursive: true });
}
