/** `fit --resume`: what is left of a fit that was interrupted, killed, or had no room, and what becomes of it. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { peopleCsv, place, program } from './run.ts';

const { folder, run, interrupt, write } = place();
const bytes = (name: string) => readFileSync(join(folder, name));
const ok = { code: 0, stdout: '', stderr: '' };
const wrong = (message: string) => ({ code: 2, stdout: '', stderr: `tabletalk: ${message}\n` });

const options = ['--target', 'rich', '--epochs', '6', '--batch-size', '8', '--seed', '1', '--threads', '1'];
const fit = (out: string, ...more: string[]) => ['fit', 'people.csv', '--out', out, ...options, ...more];
const modelFiles = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'onnx',
  'tabletalk.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

beforeAll(() => {
  write('people.csv', peopleCsv(120));
  expect(run(fit('whole', '--quiet'))).toEqual(ok);
});

/** The finished model of `out` is the one of an uninterrupted fit, and nothing else is left. */
function expectWhole(out: string): void {
  expect(readdirSync(join(folder, out)).sort()).toEqual(modelFiles);
  for (const name of ['model.safetensors', 'onnx/model.onnx', 'tokenizer.json', 'config.json']) {
    expect(bytes(`${out}/${name}`).equals(bytes(`whole/${name}`)), name).toBe(true);
  }
  const [is, was] = [out, 'whole'].map((name) => JSON.parse(bytes(`${name}/tabletalk.json`).toString()));
  const timeless = (file: { curve: object[] }) => ({
    ...file,
    curve: file.curve.map((point) => ({ ...point, seconds: 0 })),
  });
  expect(timeless(is)).toEqual(timeless(was));
}

function expectLoads(out: string): void {
  const { code, stdout, stderr } = run(['sample', out, '--rows', '2', '--seed', '1', '--workers', '1']);
  const isOver = !existsSync(join(folder, out, 'training.safetensors'));
  expect(stderr).toMatch(isOver ? /^$/ : /^\S+: the fit of this model .* fit --resume goes on with it\n$/);
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 3]);
}

describe('Ctrl-C', () => {
  it('leaves a model that samples and a checkpoint, and --resume ends as if nothing had happened', async () => {
    const { code, stderr } = await interrupt(fit('model', '--json-progress'));
    expect(code).toBe(130);
    expect(stderr).toMatch(/\ntabletalk: model: interrupted after step \d+ of \d+; give --resume to go on\n$/);
    expect(readdirSync(join(folder, 'model')).sort()).toEqual([...modelFiles, 'training.safetensors'].sort());
    expectLoads('model');
    expect(run(['inspect', 'model']).code).toBe(0);
    expect(run(fit('model'))).toEqual(
      wrong('model: exists already; give --resume to continue its fit, or --force to replace it'),
    );
    expect(run(fit('model', '--resume', '--quiet'))).toEqual(ok);
    expectWhole('model');
  });

  it('again and again, with the options of the first call only', async () => {
    await interrupt(fit('often', '--json-progress'));
    for (let times = 0; times < 2; times++) {
      const { code } = await interrupt(['fit', 'people.csv', '--out', 'often', '--resume', '--json-progress']);
      expect(code).toBe(130);
    }
    expect(run(['fit', 'people.csv', '--out', 'often', '--resume', '--quiet'])).toEqual(ok);
    expectWhole('often');
  });

  it('a second time ends the process at once', async () => {
    // Steps of a large model take longer than a signal: both come before the first could write a checkpoint.
    const large = ['--json-progress', '--preset', 'large', '--batch-size', '64'];
    const child = spawn(process.execPath, [program, ...fit('twice', ...large)], { cwd: folder });
    child.stderr.once('data', () => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 10);
    });
    const [code, signal] = await new Promise<unknown[]>((resolve) => child.on('close', (...ended) => resolve(ended)));
    expect([code, signal]).toEqual([null, 'SIGINT']);
  });
});

describe('kill -9 at any moment', () => {
  it('leaves a folder that loads, or none, and --resume ends as if nothing had happened', async () => {
    const random = createRandom(11);
    const seen = { absent: 0, killed: 0, finished: 0 };
    for (let trial = 0; trial < 5; trial++) {
      rmSync(join(folder, 'shot'), { recursive: true, force: true });
      for (let shots = 0; shots < 3; shots++) {
        const more = existsSync(join(folder, 'shot')) ? ['--resume'] : [];
        const signal = await killedIn(fit('shot', ...more), 1 + random.int(50), random.int(30));
        if (signal === null) seen.finished++;
        else if (!existsSync(join(folder, 'shot'))) seen.absent++;
        else seen.killed++;
        if (existsSync(join(folder, 'shot'))) expectLoads('shot');
      }
      if (existsSync(join(folder, 'shot'))) {
        expect(run(fit('shot', '--resume', '--quiet'))).toEqual(ok);
        expectWhole('shot');
      } else {
        expect(run(fit('shot', '--resume'))).toEqual(wrong('shot: nothing to resume: it holds no checkpoint'));
      }
    }
    expect(seen.killed).toBeGreaterThan(2);
  });

  it('within --force leaves the old model, or the new one', async () => {
    const random = createRandom(12);
    for (let trial = 0; trial < 3; trial++) {
      rmSync(join(folder, 'forced'), { recursive: true, force: true });
      run(['fit', 'people.csv', '--out', 'forced', '--epochs', '1', '--preset', 'small', '--quiet']);
      await killedIn(fit('forced', '--force'), 10 + random.int(10), random.int(30));
      expectLoads('forced');
    }
  });
});

/** Runs the program, kills it so many lines of progress and milliseconds later; the signal that ended it, null if it was done. */
function killedIn(args: readonly string[], lines: number, milliseconds: number): Promise<string | null> {
  const child = spawn(process.execPath, [program, ...args, '--json-progress'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let seen = 0;
  child.stderr.on('data', (chunk: Buffer) => {
    const before = seen;
    seen += chunk.toString().split('\n').length - 1;
    if (before < lines && seen >= lines) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  });
  return new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)));
}

describe('--resume', () => {
  beforeAll(async () => {
    await interrupt(fit('stopped', '--json-progress'));
  });

  it('says which options differ', () => {
    const args = ['fit', 'people.csv', '--out', 'stopped', '--resume'];
    expect(run([...args, '--seed', '2', '--batch-size', '9', '--max-minutes', '3'])).toEqual(
      wrong('stopped: cannot resume: --max-minutes was not given, is 3; --batch-size was 8, is 9; --seed was 1, is 2'),
    );
    expect(run([...args, '--target', 'work'])).toEqual(wrong('stopped: cannot resume: --target was "rich", is "work"'));
  });

  it('says how the table differs', () => {
    const resumed = (content: string) => {
      write('other.csv', content);
      return run(['fit', 'other.csv', '--out', 'stopped', '--resume']);
    };
    const rows = peopleCsv(120).split('\n');
    const swapped = [rows[0], rows[2], rows[1], ...rows.slice(3)].join('\n');
    expect(resumed(swapped)).toEqual(wrong('stopped: cannot resume: the table has other cells'));
    const repeated = [...rows.slice(0, -1), rows[1], ''].join('\n');
    expect(resumed(repeated)).toEqual(wrong('stopped: cannot resume: the table had 120 rows, has 121'));
    expect(resumed(peopleCsv(120).replace(/^age/, 'years'))).toEqual(
      wrong(
        'stopped: cannot resume: the columns were "age", "pay", "work", "rich", "born", are "years", "pay", "work", "rich", "born"',
      ),
    );
    const older = [rows[0], rows[1]!.replace(/^\d+/, '99'), ...rows.slice(2)].join('\n');
    expect(resumed(older)).toEqual(wrong('stopped: cannot resume: max of column "age" was 76, is 99'));
  });

  it('says how the schema differs', () => {
    const age = { name: 'age', kind: 'text', missing: null };
    write('text.json', JSON.stringify({ version: 1, columns: [age] }));
    expect(run(fit('stopped', '--resume', '--schema', 'text.json'))).toEqual(
      wrong('stopped: cannot resume: column "age" was of kind integer, is text'),
    );
  });

  it('of a finished model says so and leaves it alone, but only for the same fit', () => {
    const before = bytes('whole/model.safetensors');
    const { code, stderr } = run(fit('whole', '--resume'));
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^whole: 120 rows x .*\nwhole: was finished already, best of 6 epochs was \d: held-out loss .* s\nwhole: more time would .*\nnext: tabletalk sample whole .*\n$/,
      ),
    ]);
    expect(bytes('whole/model.safetensors').equals(before)).toBe(true);
    expect(run(fit('whole', '--resume', '--learning-rate', '1'))).toEqual(
      wrong('whole: cannot resume: --learning-rate was 0.004, is 1'),
    );
  });

  it('without a checkpoint says so, and makes nothing', () => {
    expect(run(fit('nowhere', '--resume'))).toEqual(wrong('nowhere: nothing to resume: it holds no checkpoint'));
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('and --force exclude each other', () => {
    const { code, stderr } = run(fit('whole', '--resume', '--force'));
    expect([code, stderr]).toEqual([2, "tabletalk: option '--resume [auto]' cannot be used with option '--force'\n"]);
  });

  it('of a torn or a foreign checkpoint names the file', () => {
    const state = bytes('stopped/training.safetensors');
    run(fit('torn', '--quiet'));
    write('torn/training.safetensors', state.subarray(0, -4));
    const { code, stderr } = run(fit('torn', '--resume'));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^tabletalk: torn\/training\.safetensors: tensor "secondMoment\/.*": the file is truncated: .*\n$/,
    );
    copyFileSync(join(folder, 'whole/model.safetensors'), join(folder, 'torn/training.safetensors'));
    expect(run(fit('torn', '--resume'))).toEqual(
      wrong('torn/training.safetensors: Invalid input: expected object, received undefined'),
    );
  });
});

/** The largest file the process may write, in bytes, is a limit that every Unix has: a disk with little room. */
const limited = (kilobytes: number, args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-c', `ulimit -f ${kilobytes}; exec "$@"`, 'bash', process.execPath, program, ...args],
    { cwd: folder, encoding: 'utf8' },
  );
  return { code: status, stdout, stderr };
};

describe.skipIf(process.platform === 'win32')('a disk with room for a model', () => {
  const kilobytes = () => Math.ceil((1.5 * bytes('whole/model.safetensors').length) / 1024);

  it('and none for a checkpoint: the fit goes on without', () => {
    const { code, stderr } = limited(kilobytes(), fit('narrow'));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^no checkpoint of step \d+ could be written, the fit goes on: EFBIG: file too large, write$/m,
    );
    expectWhole('narrow');
  });

  it('and none for many checkpoints: one line says so', () => {
    const long = ['--epochs', '24', '--effort', 'best'];
    const told = limited(kilobytes(), fit('retold', '--json-progress', ...long));
    const problems = `${told.stdout}${told.stderr}`.match(/"problem":"EFBIG/g) ?? [];
    expect(problems.length).toBeGreaterThan(2);
    const { code, stderr } = limited(kilobytes(), fit('told', ...long));
    expect(code).toBe(0);
    expect(stderr.match(/could be written/g)).toHaveLength(1);
  });

  it('and then none for a checkpoint: the earlier one and its model stay', async () => {
    await interrupt(fit('filled', '--json-progress'));
    const before = bytes('filled/training.safetensors');
    const { code, stderr } = limited(300, fit('filled', '--resume'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tabletalk: filled: the model could not be written: EFBIG: file too large, write$/m);
    expect(bytes('filled/training.safetensors').equals(before)).toBe(true);
    expectLoads('filled');
    expect(run(fit('filled', '--resume', '--quiet'))).toEqual(ok);
    expectWhole('filled');
  });
});

it('a loss that is no number leaves no folder, and an older model as it was', () => {
  const wild = ['--learning-rate', '1e30', '--quiet'];
  const message = /^tabletalk: the loss is NaN at step \d+; try a lower learning rate\n$/;
  const failed = { code: 1, stdout: '', stderr: expect.stringMatching(message) };
  expect(run(fit('wild', ...wild))).toEqual(failed);
  expect(existsSync(join(folder, 'wild'))).toBe(false);
  run(fit('tame', '--quiet'));
  const before = bytes('tame/model.safetensors');
  expect(run(fit('tame', '--force', ...wild))).toEqual(failed);
  expect(bytes('tame/model.safetensors').equals(before)).toBe(true);
});
