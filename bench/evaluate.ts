/**
 * How long a whole evaluation takes and how much memory: every family of metrics, every baseline, the report.
 *
 *   npm run bench:evaluate                           birdstrikes, from a dev dependency (bench-tables.ts)
 *   npm run bench:evaluate -- penguins               another of its tables
 *   npm run bench:evaluate -- --data <folder> adult  a table in a folder
 *   npm run bench:evaluate -- penguins rows.csv      these rows as the synthetic table; otherwise training columns, resampled
 *
 * Prints the seconds between one step's beginning and the next, longest first (threads work side by side), the processor
 * time and the peak memory of the process; writes demo/evaluate-<table>.html and .json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { baselines } from '../src/evaluate/baselines/baselines.ts';
import { evaluate } from '../src/evaluate/evaluate.ts';
import { createRandom } from '../src/numeric/random.ts';
import { readTable } from '../src/table/read.ts';
import { benchTables, pickTable } from './bench-tables.ts';

const { values, positionals } = parseArgs({
  options: { data: { type: 'string' } },
  allowPositionals: true,
});
const [name = 'birdstrikes', rowsFile] = positionals;
const say = (line = '') => process.stdout.write(`${line}\n`);

async function measure(): Promise<void> {
  const { target, ...files } = pickTable(await benchTables(values.data), name);
  const started = performance.now();
  const train = await readTable(files.train);
  const like = { like: train.schema };
  const test = await readTable(files.test, like);
  const synthetic =
    rowsFile === undefined
      ? baselines['independent columns'](train, train.rowCount, createRandom(1), null)
      : await readTable(rowsFile, like);
  const seconds = new Map<string, number>();
  let [step, since] = ['', performance.now()];
  const end = () => {
    if (step) seconds.set(step, (seconds.get(step) ?? 0) + (performance.now() - since) / 1000);
    since = performance.now();
  };
  const report = await evaluate({
    train,
    test,
    synthetic,
    target,
    onProgress({ next }) {
      end();
      step = next;
    },
  });
  end();
  mkdirSync('demo', { recursive: true });
  const html = report.toHtml();
  writeFileSync(`demo/evaluate-${name}.html`, html);
  writeFileSync(`demo/evaluate-${name}.json`, `${JSON.stringify(report, null, 1)}\n`);
  const total = (performance.now() - started) / 1000;

  say(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}`);
  say(`${name}: ${train.rowCount} training, ${synthetic.rowCount} synthetic, ${test.rowCount} test rows`);
  say(`synthetic rows: ${rowsFile ?? 'training columns, resampled independently'}\n`);
  for (const [what, time] of [...seconds].sort((a, b) => b[1] - a[1]).slice(0, 30))
    say(`${time.toFixed(1).padStart(7)} s  ${what}`);
  say(`\n${report.toText()}\n`);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const [megabytes, busy] = [maxRSS / 1024, (userCPUTime + systemCPUTime) / 1e6];
  say(
    `whole evaluation ${total.toFixed(1)} s (${busy.toFixed(0)} s of processor time in all threads), peak memory ${megabytes.toFixed(0)} MB, report ${(html.length / 1000).toFixed(0)} kB`,
  );
}

await measure();
