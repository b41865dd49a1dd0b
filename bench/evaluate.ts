/**
 * How long a whole evaluation takes and how much memory: every family of metrics, every baseline, the report.
 *
 *   npm run bench:evaluate                     adult, judged on another generator's rows or, without them, resampled columns
 *   npm run bench:evaluate -- insurance        another table
 *   npm run bench:evaluate -- adult rows.csv   these rows as the synthetic table
 *   npm run bench:evaluate -- --data <folder>  tables from elsewhere than ../shared beside the checkout
 *
 * Prints the seconds between one step's beginning and the next, longest first (threads work side by side), the processor
 * time and the peak memory of the process; writes demo/evaluate-<table>.html
 * and .json. Without tables there is nothing to measure, and it says so.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { baselines } from '../src/evaluate/baselines/baselines.ts';
import { evaluate } from '../src/evaluate/evaluate.ts';
import { createRandom } from '../src/numeric/random.ts';
import { readTable } from '../src/table/read.ts';

const { values, positionals } = parseArgs({
  options: { data: { type: 'string', default: fileURLToPath(new URL('../../../shared/', import.meta.url)) } },
  allowPositionals: true,
});
const [name = 'adult', given] = positionals;
const folder = join(values.data, 'data', name);
const peers = join(values.data, 'peers/rows', name, 'tabularargn.csv.gz');
const say = (line = '') => process.stdout.write(`${line}\n`);

async function measure(): Promise<void> {
  const { target } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  const started = performance.now();
  const train = await readTable(join(folder, 'train.csv'));
  const like = { like: train.schema };
  const test = await readTable(join(folder, 'test.csv'), like);
  const rowsFile = given ?? (existsSync(peers) ? peers : null);
  const synthetic =
    rowsFile === null
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

if (existsSync(folder)) await measure();
else say(`bench:evaluate needs ${folder}, which is not there: nothing measured`);
