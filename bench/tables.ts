/**
 * How fast and in how much memory tables are read, inferred, tokenized and written: a file of many rows and 15 columns
 * of every kind, made with a seed. Each step runs in a process of its own, which reports its peak memory.
 *
 *   npm run bench:tables                  1,000,000 rows
 *   npm run bench:tables -- --rows 100000
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/numeric/random.ts';
import { createCodec, learnGrammar } from '../src/serialize/codec/codec.ts';
import { encodeTable } from '../src/serialize/codec/encoded-table.ts';
import { readTable, readTableAndDialect } from '../src/table/read.ts';
import { takeRows } from '../src/table/select.ts';
import { createTableWriter } from '../src/table/write.ts';

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, step: { type: 'string' }, file: { type: 'string' } },
});
const rowCount = Number(options.rows);

/** What `step` measures, in seconds by name. */
type Timings = Record<string, number>;

const steps: Record<string, (file: string) => Promise<Timings>> = {
  'read, infer, tokenize': async (file) => {
    const started = performance.now();
    const table = await readTable(file);
    const read = performance.now();
    const codec = createCodec(table.schema, learnGrammar(table));
    const encoded = encodeTable(codec, table);
    const ended = performance.now();
    let tokens = 0;
    for (let row = 0; row < encoded.rowCount; row++) tokens += encoded.length(row);
    process.stderr.write(`${(tokens / encoded.rowCount).toFixed(1)} tokens a row, vocabulary ${codec.pieces.length}\n`);
    return { total: ended - started, read: read - started, tokenize: ended - read };
  },
  'sample 10,000 while reading': async (file) => {
    const started = performance.now();
    await readTable(file, { maxRows: 10_000, seed: 1 });
    return { total: performance.now() - started };
  },
  'write CSV': (file) => writeSteps(file, 'out.csv'),
  'write JSON Lines': (file) => writeSteps(file, 'out.jsonl'),
  'write Parquet': (file) => writeSteps(file, 'out.parquet'),
};

/** Writes the table in batches, as a sampler would, after reading a part of it that stands for all. */
async function writeSteps(file: string, name: string): Promise<Timings> {
  const { table, dialect } = await readTableAndDialect(file, { maxRows: 50_000, seed: 1 });
  const batches = Array.from({ length: Math.ceil(table.rowCount / 512) }, (_, i) => {
    const length = Math.min(512, table.rowCount - i * 512);
    return takeRows(
      table,
      Array.from({ length }, (_, row) => i * 512 + row),
    );
  });
  const started = performance.now();
  const isCsv = name.endsWith('.csv');
  const writer = await createTableWriter(`${file}.${name}`, table.schema, isCsv ? { dialect } : {});
  for (let rows = 0, i = 0; rows < rowCount; i++) {
    const batch = batches[i % batches.length]!;
    await writer.write(batch);
    rows += batch.rowCount;
  }
  await writer.close();
  return { total: performance.now() - started };
}

const pick = <T>(items: readonly T[], random: { int(n: number): number }): T => items[random.int(items.length)]!;

/** 15 columns: codes, words with commas, whole numbers, heavy tails, fractions that hardly repeat, days, times, gaps. */
function makeFile(file: string): void {
  const random = createRandom(1, 9);
  const words = Array.from({ length: 400 }, (_, i) => (i % 50 === 0 ? `"Saint-${i}, Upper"` : `Town ${i}`));
  const descriptor = openSync(file, 'w');
  const date = (ms: number) => new Date(ms).toISOString();
  let text = 'age,work,weight,town,rating,price,amount,latitude,joined,seen,active,grade,visits,code,note\n';
  for (let row = 0; row < rowCount; row++) {
    const tail = Math.exp(random.normal() * 2);
    text += `${17 + random.int(74)},${pick(['Private', 'State-gov', 'Self-emp', '?'], random)},`;
    text += `${12285 + random.int(1_472_420)},${pick(words, random)},${(1 + random.int(9) / 2).toFixed(1)},`;
    text += `${(tail * 100).toFixed(2)},${Math.round(tail * 1e4)},${(random.uniform() * 180 - 90).toFixed(6)},`;
    text += `${date(1.5e12 + random.int(1e9) * 100).slice(0, 10)},${date(1.6e12 + random.int(1e8) * 1000).slice(0, 19)},`;
    text += `${pick(['yes', 'no'], random)},${pick('ABCDF'.split(''), random)},${random.int(3) === 0 ? random.int(200) : 0},`;
    text += `${String(random.int(100_000)).padStart(5, '0')},${random.int(10) === 0 ? '' : `n${random.int(3000)}`}\n`;
    if (text.length > 1 << 20) {
      writeSync(descriptor, text);
      text = '';
    }
  }
  writeSync(descriptor, text);
  closeSync(descriptor);
}

function runStep(step: string, file: string): string[] {
  const args = ['--step', step, '--file', file, '--rows', String(rowCount)];
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`${step} failed`);
  const { timings, megabytes, cpu } = JSON.parse(child.stdout) as {
    timings: Timings;
    megabytes: number;
    cpu: number;
  };
  const { total = Number.NaN, ...parts } = timings;
  const detail = Object.entries(parts).map(([name, ms]) => `${name} ${(ms / 1000).toFixed(2)} s`);
  return [
    step,
    (total / 1000).toFixed(2),
    Math.round(rowCount / (total / 1000)).toLocaleString('en-US'),
    cpu.toFixed(2),
    megabytes.toFixed(0),
    detail.join(', '),
  ];
}

const printRow = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

if (options.step !== undefined && options.file !== undefined) {
  const timings = await steps[options.step]!(options.file);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stdout.write(JSON.stringify({ timings, megabytes: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1e6 }));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'tabletalk-bench-'));
  try {
    const file = join(folder, 'table.csv');
    makeFile(file);
    const size = (statSync(file).size / 1e6).toFixed(0);
    process.stdout.write(`Node ${process.version}, ${cpus()[0]?.model}; ${rowCount} rows, 15 columns, ${size} MB\n\n`);
    printRow(['step', 'seconds', 'rows/s', 'CPU s', 'peak MB', 'of which']);
    printRow(Array(6).fill('---'));
    for (const step of Object.keys(steps)) printRow(runStep(step, file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
