/**
 * What a shard costs, how fast parts are joined, and how many rows a fit needs: the figures of docs/scale.md.
 *
 *   npm run bench:scale                            everything
 *   npm run bench:scale -- cost merge              these parts: cost, identifiers, merge, fit
 *   npm run bench:scale -- cost --model adult      with a model of your own; --rows of a shard (250,000), --shards (2)
 *   npm run bench:scale -- identifiers --every 10  every 10th of 1,000 shards by the command line as well
 *   npm run bench:scale -- fit --folder fits --sizes 5000,100000x5 --effort quick --part-minutes 5
 *
 * `fit` takes a number of rows, or rows x epochs, and keeps each fit and its figures in the folder: the same command goes on with it.
 * The table is made up, with a known joint distribution (known-joint.ts). Processor time is user and system time of the whole
 * process, memory the most that it ever held.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TabletalkError } from '../src/errors/errors.ts';
import { detect } from '../src/evaluate/metrics/fidelity/detection.ts';
import type { EffortName } from '../src/finetune/efforts.ts';
import { fit } from '../src/model/fit.ts';
import { loadModel, type Model } from '../src/model/model.ts';
import { createRandom } from '../src/numeric/random.ts';
import { rangeOf } from '../src/numeric/shard.ts';
import { createPartWriter, manifestName, partFormats, type Run } from '../src/parts/part.ts';
import { alignTables } from '../src/table/align.ts';
import { tableFromRows, tableRows } from '../src/table/rows.ts';
import { takeRows } from '../src/table/select.ts';
import type { Table } from '../src/table/table.ts';
import { knownTable } from './known-joint.ts';

const { values, positionals } = parseArgs({
  options: {
    model: { type: 'string' },
    rows: { type: 'string', default: '250000' },
    shards: { type: 'string', default: '2' },
    every: { type: 'string', default: '10' },
    effort: { type: 'string', default: 'standard' },
    sizes: { type: 'string', default: '5000,20000,100000,500000' },
    folder: { type: 'string' },
    threads: { type: 'string', default: '0' },
    'part-minutes': { type: 'string', default: '600' },
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

/** What a process says at its end of what it used. */
const atExit = join(home, 'at-exit.cjs');
writeFileSync(
  atExit,
  `process.on('exit',()=>{const{user,system}=process.cpuUsage();require('fs').writeSync(3,JSON.stringify([(user+system)/1e6,process.resourceUsage().maxRSS/1024]))})`,
);

/** Runs the command in a process of its own. */
async function run(...args: readonly string[]): Promise<Ran> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--require', atExit, cli, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const said = ['', ''];
  for (const [i, stream] of [child.stdio[2], child.stdio[3]].entries())
    stream!.on('data', (chunk) => {
      said[i] += chunk;
    });
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (status !== 0) throw new Error(said[0]);
  const [processor, memory] = JSON.parse(said[1]!) as [number, number];
  return { processor, memory, seconds: (performance.now() - started) / 1000 };
}

/** A model of the made-up table with keys and persons, that is saved in a folder. */
async function shortModel(): Promise<{ path: string; training: Table }> {
  const { table } = knownTable(5000, 1);
  const [first, last] = ['Anna Bob Carl Dora Emil'.split(' '), 'Meyer Ray Zed Low Berg Hall'.split(' ')];
  const training = tableFromRows(
    tableRows(table).map((row, i) => {
      const name = `${first[i % 5]} ${last[(7 * i) % 6]}`;
      const email = `${name.replace(' ', '.').toLowerCase()}${i}@firma.de`;
      return {
        order: `Q${i + 1}`,
        code: `K-${1_000_000 + ((i * 7919) % 5000) * 1000 + (i % 997)}`,
        name,
        email,
        ...row,
      };
    }),
  );
  const path = join(home, 'model');
  if (!existsSync(path)) await (await fit(training, { target: 'returned', epochs: 3, seed: 1 })).save(path);
  return { path, training };
}

/** One run of n shards' rows beside the shards, on one thread each; at the same time, so that a busy machine slows both. */
async function cost(): Promise<void> {
  const path = values.model ?? (await shortModel()).path;
  const [size, count] = [Number(values.rows), Number(values.shards)];
  const shared = ['sample', path, '--workers', '1', '--quiet'];
  const starts: Ran[] = [];
  for (let i = 0; i < 7; i++) {
    starts.push(await run(...shared, '--rows', '1', '--shard', '2/2', '--out', join(home, 'empty.csv'), '--force'));
  }
  const middle = (of: keyof Ran) => starts.map((ran) => ran[of]).sort((a, b) => a - b)[3]!;
  say(
    `start of a shard, the middle of 7: ${middle('seconds').toFixed(2)} s, ${middle('processor').toFixed(2)} s of processor time, ${middle('memory').toFixed(0)} MB`,
  );
  const call = [...shared, '--rows', String(size * count), '--seed', '2'];
  printTable(['run', 'processor s', 'most memory, MB', 'rows a processor second']);
  const row = (name: string, rows: number, { processor, memory }: Ran) =>
    printRow([name, processor.toFixed(1), memory.toFixed(0), (rows / processor).toFixed(0)]);
  const inShards = async () => {
    let sum = 0;
    for (let i = 1; i <= count; i++) {
      const shard = await run(
        ...call,
        '--shard',
        `${i}/${count}`,
        '--out',
        `${join(home, 'parts')}/`,
        '--format',
        'csv',
      );
      row(`shard ${i} of ${count}`, size, shard);
      sum += shard.processor;
    }
    return sum;
  };
  const [one, sum] = await Promise.all([run(...call, '--out', join(home, 'one.csv')), inShards()]);
  row(`one of ${size * count} rows`, size * count, one);
  say(`\nshards together: ${(100 * (sum / one.processor - 1)).toFixed(1)} % more processor time than one run`);
  const merged = await run('merge', join(home, 'parts'), '--out', join(home, 'merged.csv'), '--quiet');
  const isSame = spawnSync('cmp', [join(home, 'one.csv'), join(home, 'merged.csv')]).status === 0;
  say(`merged in ${merged.seconds.toFixed(1)} s: ${isSame ? 'the same bytes as one run' : 'OTHER BYTES'}`);
  const parquet = [...shared, '--seed', '2', '--rows', '50000', '--shard', '1/1', '--out', `${join(home, 'parquet')}/`];
  await run(...parquet);
  const bytes = (...names: string[]) => statSync(join(home, ...names)).size;
  say(
    `bytes a row: ${(bytes('one.csv') / (size * count)).toFixed(1)} as CSV, ${(bytes('parquet', 'part-00001-of-00001.parquet') / 50_000).toFixed(1)} as Parquet`,
  );
}

/** Columns of which no two rows may have the same. */
const unique = ['order', 'code', 'email'] as const;

/** A thousand shards of ten rows through the library, and some of them through the command line, beside one run. */
async function identifiers(): Promise<void> {
  const { path, training } = await shortModel();
  const model = await loadModel(path);
  const of = 1000;
  const call = { rows: 10 * of, seed: 5, workers: 1 };
  await byCommandLine(path, of);
  const whole = tableRows(await model.sample(call)).map((row) => JSON.stringify(row));
  const started = performance.now();
  const rows: Record<string, unknown>[] = [];
  for (let index = 1; index <= of; index++) {
    rows.push(...tableRows(await model.sample({ ...call, shard: { index, of } })));
  }
  const seconds = (performance.now() - started) / 1000;
  const isWhole = rows.every((row, i) => JSON.stringify(row) === whole[i]);
  say(
    `\n${of} shards of 10 rows in ${seconds.toFixed(0)} s: ${rows.length} rows, ${isWhole ? 'those of one run' : 'OTHER THAN ONE RUN'}`,
  );
  for (const name of unique) {
    const values = rows.map((row) => row[name]);
    const known = new Set(tableRows(training).map((row) => row[name]));
    say(
      `${name}: ${new Set(values).size} different, ${values.filter((value) => known.has(value as string)).length} of training's`,
    );
  }
}

/** Some of the shards, each a process of its own, beside the lines of one run's file. */
async function byCommandLine(path: string, of: number): Promise<void> {
  const call = ['sample', path, '--rows', String(10 * of), '--seed', '5', '--workers', '1', '--quiet'];
  const out = join(home, 'lines.csv');
  await run(...call, '--out', out);
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
  let differing = 0;
  const ran: Ran[] = [];
  for (let index = 1; index <= of; index += Number(values.every)) {
    ran.push(await run(...call, '--shard', `${index}/${of}`, '--parts', '--out', out, '--force'));
    const own = [lines[0], ...lines.slice(10 * (index - 1) + 1, 10 * index + 1)];
    if (readFileSync(out, 'utf8') !== `${own.join('\n')}\n`) differing++;
  }
  const mean = (of: keyof Ran) => ran.reduce((sum, each) => sum + each[of], 0) / ran.length;
  say(
    `${ran.length} of the shards by the command line: ${differing} differ from one run's lines; ${mean('seconds').toFixed(2)} s and ${mean('processor').toFixed(2)} s of processor time each`,
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
    const checked = await run('merge', folder, '--quiet');
    const joined = await run('merge', folder, '--quiet', '--out', join(home, `merged.${format}`));
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

interface Fitted {
  readonly rows: number;
  readonly minutes: number;
  readonly epochs: number;
  readonly steps: number;
  /** Nats a row above the truth, and the area under boosted trees' curve that tell its rows from real ones. */
  readonly excess: number;
  readonly detection: number;
}

/** Fits of more and more rows of one table, against rows that none has seen. */
async function fits(): Promise<void> {
  const test = knownTable(20_000, 2);
  say(`\nthe truth has ${(-test.logProb).toFixed(3)} nats a row on 20,000 rows that no fit sees`);
  printTable(['rows', 'epochs', 'steps', 'minutes', 'nats a row above the truth', 'detection (trees, 0.5 is best)']);
  const folder = values.folder ?? join(home, 'fits');
  mkdirSync(folder, { recursive: true });
  const signal = AbortSignal.timeout(60_000 * Number(values['part-minutes']));
  for (const asked of values.sizes.split(',')) {
    const name = `${asked}-${values.effort}`;
    const figures = join(folder, `${name}.json`);
    if (!existsSync(figures))
      writeFileSync(figures, JSON.stringify(await fitted(join(folder, name), asked, test, signal)));
    const { rows, epochs, steps, minutes, excess, detection } = JSON.parse(readFileSync(figures, 'utf8')) as Fitted;
    printRow([rows, epochs, steps, minutes.toFixed(1), excess.toFixed(4), detection.toFixed(3)]);
  }
  const other = await telling(knownTable(20_000, 3).table, test.table);
  say(`rows of the truth itself: detection ${other.toFixed(3)}`);
}

async function fitted(
  checkpoint: string,
  asked: string,
  test: { table: Table; logProb: number },
  signal: AbortSignal,
): Promise<Fitted> {
  const [rows, epochs] = asked.split('x').map(Number) as [number, number | undefined];
  const effort = values.effort as EffortName;
  const options = { target: 'returned', seed: 1, effort, threads: Number(values.threads), ...(epochs && { epochs }) };
  const model = await fit(knownTable(rows, 1).table, { ...options, checkpoint, resume: 'auto', signal });
  const { epoch, step, seconds } = model.file.curve.at(-1)!;
  return {
    ...{ rows, epochs: epoch, steps: step, minutes: seconds / 60 },
    excess: await excessOf(model, test.table, test.logProb),
    detection: await telling(await model.sample({ rows: test.table.rowCount, seed: 3 }), test.table),
  };
}

async function excessOf(model: Model, test: Table, truth: number): Promise<number> {
  const { rows } = await model.logProb(test);
  const known = rows.filter((logProb) => logProb > Number.NEGATIVE_INFINITY);
  const lost = rows.length - known.length;
  if (lost > 0) say(`${lost} of ${rows.length} rows have a value that this fit never saw; they are left out`);
  return truth - known.reduce((sum, logProb) => sum + logProb, 0) / known.length;
}

/** How well boosted trees tell rows from as many that no fit has seen. */
async function telling(synthetic: Table, test: Table): Promise<number> {
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
} catch (error) {
  if (!(error instanceof TabletalkError) || error.code !== 'interrupted') throw error;
  say(`${error.message}; the same command goes on`);
  process.exitCode = 75;
} finally {
  rmSync(home, { recursive: true });
}
