import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { peopleCsv, place, program } from '../cli/run.ts';
import { noSlurm, type Slurm, startSlurm, until } from './slurm.ts';

const deployed = (name: string) => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const [script, fitScript] = [deployed('slurm.sh'), deployed('slurm-fit.sh')];
const reason = noSlurm();
const { folder, run, write } = place();
let slurm: Slurm | undefined;
afterAll(() => slurm?.stop());

/** The process that writes a part, which its draft is named by. */
function writerOf(out: string, part: number): number | undefined {
  const names = existsSync(out) ? readdirSync(out) : [];
  const draft = names.find((name) => name.startsWith(`..part-0000${part}-of-`) && name.endsWith('-partial'));
  return draft === undefined ? undefined : Number(/-(\d+)\.csv\.tabletalk-partial$/.exec(draft)![1]);
}

const title = 'an array job of eight shards, two of them ended in the middle and requeued, writes the table of one run';

it.skipIf(reason !== undefined)(`${title}${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
  write('people.csv', peopleCsv(120));
  for (const args of [
    ['fit', 'people.csv', '--out', 'model', '--target', 'rich', '--epochs', '1', '--quiet'],
    ['sample', 'model', '--rows', '24000', '--seed', '4', '--out', 'whole.csv', '--quiet'],
  ]) {
    expect(run(args)).toMatchObject({ code: 0 });
  }
  slurm = await startSlurm(join(folder, 'slurm'));
  const { run: call } = slurm;
  const out = join(folder, 'rows');
  const given = { MODEL: join(folder, 'model'), ROWS: '24000', SEED: '4', OUT: out, FORMAT: 'csv' };
  const submit = ['--parsable', '--array=1-8', '--mem-per-cpu=0', '--export=ALL', script];
  const job = call('sbatch', submit, { ...given, TABLETALK: `${process.execPath} ${program}` }).trim();
  const show = (task: number, what: string) =>
    new RegExp(`\\b${what}=(\\S+)`).exec(call('scontrol', ['show', 'job', `${job}_${task}`]))![1];

  for (const [task, signal] of [
    [1, 'SIGKILL'],
    [4, 'SIGTERM'],
  ] as const) {
    await until(() => writerOf(out, task) !== undefined, `a draft of part ${task}`);
    process.kill(writerOf(out, task)!, signal);
    await until(() => show(task, 'Restarts') === '1', `task ${task} to be requeued`);
    expect(show(task, 'JobState')).toBe('PENDING');
    expect(existsSync(join(out, `part-0000${task}-of-00008.csv`))).toBe(false);
    // Slurm waits two minutes before it starts a requeued job.
    call('scontrol', ['update', `JobId=${job}_${task}`, 'StartTime=now']);
  }
  await until(() => call('squeue', ['--noheader', `--jobs=${job}`]).trim() === '', 'the end of the job');

  expect(readdirSync(out)).toHaveLength(16);
  expect(run(['merge', 'rows', '--out', 'merged.csv'])).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'merged.csv')).equals(readFileSync(join(folder, 'whole.csv')))).toBe(true);

  // The same job again draws nothing.
  const again = call('sbatch', ['--wait', ...submit], { ...given, TABLETALK: `${process.execPath} ${program}` }).split(
    /\D/,
  )[0];
  const log = readFileSync(join(folder, 'slurm', `tabletalk-${again}_1.log`), 'utf8');
  expect(log).toContain('is there already, whole');
});

it.skipIf(reason !== undefined)('a fit that Slurm ends before its time is over goes on in the same job', async () => {
  slurm ??= await startSlurm(join(folder, 'slurm'));
  const { run: call } = slurm;
  write('many.csv', peopleCsv(2000));
  const model = join(folder, 'long');
  const given = {
    TABLE: join(folder, 'many.csv'),
    TARGET: 'rich',
    MODEL: model,
    OPTIONS: '--epochs 3 --json-progress',
  };
  const env = { ...given, TABLETALK: `${process.execPath} ${program}` };
  const job = call('sbatch', ['--parsable', '--cpus-per-task=2', '--export=ALL', fitScript], env).trim();
  const log = () => readFileSync(join(folder, 'slurm', `tabletalk-fit-${job}.log`), 'utf8');
  const show = (what: string) => new RegExp(`\\b${what}=(\\S+)`).exec(call('scontrol', ['show', 'job', job]))![1];
  await until(() => log().includes('"step"'), 'a step');
  call('scancel', ['--batch', '--signal=TERM', job]);
  await until(() => show('Restarts') === '1', 'the job to be requeued');
  expect(log()).toContain('give --resume to go on');
  call('scontrol', ['update', `JobId=${job}`, 'StartTime=now']);
  await until(() => call('squeue', ['--noheader', `--jobs=${job}`]).trim() === '', 'the end of the job');
  const inspected = JSON.parse(run(['inspect', 'long', '--json']).stdout);
  expect(inspected.curve).toHaveLength(3);
  expect(existsSync(join(model, 'training.safetensors'))).toBe(false);
});

it.each(['slurm.sh', 'slurm-fit.sh', 'aws-batch.sh'])('%s is one that bash reads, a screen long', (name) => {
  expect(spawnSync('bash', ['-n', deployed(name)]).status).toBe(0);
  expect(readFileSync(deployed(name), 'utf8').split('\n').length).toBeLessThan(45);
});

it('the Indexed Job has as many indexes as its shards', () => {
  const text = readFileSync(deployed('kubernetes.yaml'), 'utf8');
  const [, completions] = /completions: (\d+)/.exec(text)!;
  expect(text).toContain(`auto/${completions}`);
});
