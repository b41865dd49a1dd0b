/**
 * How fast rows are drawn and how well cells are filled in, on the table `adult` and a model of default size.
 *
 *   npm run bench:sample                         everything; fits the model once, in the system's folder for temporary files
 *   npm run bench:sample -- speed impute         these parts: speed, stream, impute
 *   npm run bench:sample -- --data <folder>      from another folder than ../shared/data beside the checkout
 *   npm run bench:sample -- --stream-rows 100000 fewer rows than a million in the part `stream`
 *   npm run bench:sample -- --minutes 8          longest fit
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { architectures } from '../models/architectures.ts';
import type { ModelConfig } from '../models/config.ts';
import { loadModel, type Model } from '../src/model.ts';
import { Graph } from '../src/onnx/graph.ts';
import { createSession, floats } from '../src/onnx/session.ts';
import type { SampleOptions } from '../src/sample/options.ts';
import { createCodec } from '../src/serialize/codec.ts';
import { encodeTable } from '../src/serialize/encoded-table.ts';
import { readTable } from '../src/table/read.ts';
import { takeRows } from '../src/table/select.ts';
import { imputationScores } from './impute.ts';

const beside = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string', default: beside },
    minutes: { type: 'string', default: '3' },
    'stream-rows': { type: 'string', default: '1000000' },
  },
  allowPositionals: true,
});
const folder = join(values.data, 'adult');
const workers = cpus().length;

const say = (line: string) => process.stdout.write(`${line}\n`);
const printRow = (cells: readonly (string | number)[]) => say(`| ${cells.join(' | ')} |`);

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

interface Timing {
  readonly rowsPerSecond: number;
  /** Processor time of all threads, which other programs on the machine do not add to. */
  readonly cpuSecondsPerRow: number;
}

async function timed(model: Model, options: Omit<SampleOptions, 'rows'>): Promise<Timing> {
  const rows = 2048;
  const [started, used] = [performance.now(), process.cpuUsage()];
  for await (const _ of model.stream({ rows, workers, ...options }));
  const { user, system } = process.cpuUsage(used);
  return {
    rowsPerSecond: rows / ((performance.now() - started) / 1000),
    cpuSecondsPerRow: (user + system) / 1e6 / rows,
  };
}

const threeColumns = {
  age: { gte: 30, lt: 40 },
  workclass: { in: ['Private', 'State-gov'] },
  education: { ne: 'HS-grad' },
};

async function speed(model: Model): Promise<void> {
  const asked: Record<string, Omit<SampleOptions, 'rows'>> = {
    'free rows': {},
    'one given cell': { where: { sex: 'Female' } },
    'conditions on 3 columns': { where: threeColumns },
    'conditions on 3 columns, rare': {
      where: { 'capital-gain': { gt: 20_000 }, age: { lt: 30 }, 'native-country': { ne: 'United-States' } },
    },
    'equal counts of a class': { balance: 'income' },
  };
  const timings = new Map(Object.keys(asked).map((name) => [name, [] as Timing[]]));
  await timed(model, {});
  // Taken in turns, so that a busy minute of the machine falls on all alike.
  for (let seed = 0; seed < 3; seed++) {
    for (const [name, options] of Object.entries(asked))
      timings.get(name)!.push(await timed(model, { ...options, seed }));
  }
  const rate = (name: string) => Math.max(...timings.get(name)!.map(({ rowsPerSecond }) => rowsPerSecond));
  const cpu = (name: string) => Math.min(...timings.get(name)!.map(({ cpuSecondsPerRow }) => cpuSecondsPerRow));
  const free = cpu('free rows');
  printRow(['asked for', 'rows/s, best of 3', 'processor ms a row, least of 3', 'of a free row']);
  printRow(['---', '---', '---', '---']);
  for (const name of timings.keys()) {
    printRow([name, rate(name).toFixed(0), (1000 * cpu(name)).toFixed(2), (cpu(name) / free).toFixed(2)]);
  }
  const tokens = await tokensPerRow(model);
  const products = (await matrixSeconds(model.config, 64)) * (tokens / 64);
  say('');
  say(
    `${tokens.toFixed(1)} tokens a row; the model's matrix products alone take ${(1000 * products).toFixed(2)} ms of them, 64 rows a step`,
  );
  say(`share of the matrix-product limit: ${((100 * products) / free).toFixed(0)} %`);
}

/** Tokens the model sees of an average training row. */
async function tokensPerRow(model: Model): Promise<number> {
  const table = await readTable(join(folder, 'train.csv'), { schema: model.schema });
  const { grammar } = model.file;
  if (grammar.version !== 1) throw new Error('the bench is for a model of its own vocabulary');
  const encoded = encodeTable(createCodec(model.schema, grammar), table);
  let sum = 0;
  // The last token and the end of a sentence are not shown to the model.
  for (let row = 0; row < table.rowCount; row++) sum += encoded.length(row) - 2;
  return sum / table.rowCount;
}

/** Processor seconds for every product with a weight matrix that one step of `rows` sequences takes, on one thread. */
async function matrixSeconds(config: ModelConfig, rows: number): Promise<number> {
  const g = new Graph();
  const inputs = new Map<number, ReturnType<Graph['input']>>();
  const feeds: Record<string, ReturnType<typeof floats>> = {};
  for (const { name, shape } of architectures[config.architecture].weights(config)) {
    const [outputs, width] = shape;
    if (outputs === undefined || width === undefined) continue;
    if (!inputs.has(width)) {
      inputs.set(width, g.input(`x${width}`, 'float32', [rows, width]));
      feeds[`x${width}`] = floats(new Float32Array(rows * width).fill(0.5), [rows, width]);
    }
    const weight = g.initializer(name, new Float32Array(outputs * width).fill(0.1), shape);
    // A sum leaves little to copy out.
    const product = g.op('FusedMatMul', [inputs.get(width)!, weight], { transB: 1 });
    g.output(`${name}.sum`, g.op('ReduceSum', [product], { keepdims: 0 }));
  }
  const session = await createSession(g.encode(), { threads: 1 });
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round++) {
    const used = process.cpuUsage();
    for (let i = 0; i < 20; i++) await session.run(feeds);
    const { user, system } = process.cpuUsage(used);
    best = Math.min(best, (user + system) / 1e6 / 20);
  }
  await session.release();
  return best;
}

async function stream(model: Model): Promise<void> {
  const rows = Number(values['stream-rows']);
  const megabytes = () => process.resourceUsage().maxRSS / 1024;
  const started = performance.now();
  let count = 0;
  let next = rows / 10;
  printRow(['rows streamed', 'seconds', 'most memory so far, MB']);
  printRow(['---', '---', '---']);
  for await (const batch of model.stream({ rows, workers })) {
    count += batch.rowCount;
    if (count < next) continue;
    printRow([count, ((performance.now() - started) / 1000).toFixed(0), megabytes().toFixed(0)]);
    next += rows / 10;
  }
}

async function impute(model: Model): Promise<void> {
  const test = await readTable(join(folder, 'test.csv'), { like: model.schema });
  const train = await readTable(join(folder, 'train.csv'), { schema: model.schema });
  const scores = await imputationScores(
    model,
    train,
    takeRows(
      test,
      Array.from({ length: 1000 }, (_, i) => i),
    ),
  );
  printRow(['filled in by', 'categories right, %', "mean error of numbers, in the column's standard deviations"]);
  printRow(['---', '---', '---']);
  for (const { by, accuracy, error } of scores) printRow([by, (100 * accuracy).toFixed(1), error.toFixed(3)]);
}

const parts = { speed, impute, stream };

if (!existsSync(folder)) {
  say(`bench:sample needs the table ${folder}, which is not there: nothing measured`);
} else {
  say(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, ${workers} workers\n`);
  const model = await fittedModel();
  for (const [name, part] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    await part(model);
    say('');
  }
}
