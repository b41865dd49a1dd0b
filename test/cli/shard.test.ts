import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../src/table/read.ts';
import { tableRows } from '../../src/table/rows.ts';
import { peopleCsv, place, program } from './run.ts';

const { folder, run, write } = place();
const path = (...names: string[]) => join(folder, ...names);
const text = (...names: string[]) => readFileSync(path(...names), 'utf8');

/** Runs the program, which must succeed; returns what it said. */
function done(...args: string[]): string {
  const { code, stdout, stderr } = run(args);
  if (code !== 0) throw new Error(stderr);
  return stdout + stderr;
}

function refused(...args: string[]): string {
  const { code, stderr } = run(args);
  expect(code).toBe(2);
  expect(stderr.trimEnd()).not.toContain('\n');
  return stderr;
}

const sample = ['sample', 'model', '--seed', '5', '--rows', '900'];
const shardsTo = (out: string, of: number, ...more: string[]) => {
  for (let i = 1; i <= of; i++) done(...sample, '--shard', `${i}/${of}`, '--out', out, ...more);
};

beforeAll(() => {
  const rows = peopleCsv(120).trimEnd().split('\n');
  const keyed = rows.map((row, i) => (i === 0 ? `key,${row}` : `K-${100_000 + i},${row}`));
  write('people.csv', `${keyed.join('\n')}\n`);
  // As a spreadsheet may have it: the last line has no end.
  write('semicolons.csv', `\uFEFF${keyed.join('\r\n').replaceAll(',', ';')}`);
  const learn = ['fit', 'people.csv', '--target', 'rich', '--epochs', '1', '--quiet'];
  for (const [out, seed] of [
    ['model', '1'],
    ['other', '2'],
  ] as const) {
    done(...learn, '--out', out, '--seed', seed);
  }
  done(...sample, '--out', 'whole.csv');
  shardsTo('csv/', 3, '--format', 'csv');
  done('sample', 'model', '--rows', '7', '--out', 'one/', '--format', 'csv');
});

describe('shards of a file', () => {
  it.each(['1', '2'])('one after the other are the file of one run, byte for byte, with %s workers', (workers) => {
    for (const of of [1, 2, 5]) {
      let all = '';
      for (let i = 1; i <= of; i++) all += run([...sample, '--shard', `${i}/${of}`, '--workers', workers]).stdout;
      expect(all === text('whole.csv')).toBe(true);
    }
  });

  it('have the column names in the first only, or with --parts in each', () => {
    const names = text('whole.csv').split('\n')[0]!;
    const second = [...sample, '--shard', '2/2'];
    expect(run(second).stdout).not.toContain(names);
    expect(run([...second, '--parts']).stdout.startsWith(`${names}\n`)).toBe(true);
  });
});

it('shards of a table keep its spelling', () => {
  const call = ['impute', 'model', 'semicolons.csv', '--quiet'];
  const single = done(...call);
  expect(single).toMatch(/^\uFEFFkey;(.|\r\n)*;\d+-\d+-\d+$/);
  expect([1, 2, 3].map((i) => done(...call, '--shard', `${i}/3`)).join('')).toBe(single);
});

describe('parts in a folder', () => {
  it.each(['csv', 'csv.gz', 'jsonl', 'jsonl.gz'])(
    'in %s are merged to the file of one run, byte for byte',
    (format) => {
      shardsTo(`${format}/`, 3, '--format', format);
      expect(readdirSync(path(format))).toEqual([
        ...[1, 2, 3].map((i) => `_part-0000${i}-of-00003.json`),
        ...[1, 2, 3].map((i) => `part-0000${i}-of-00003.${format}`),
      ]);
      expect(done('merge', format)).toBe(`${format}: 900 rows in 3 parts, whole and in order\n`);
      done('merge', format, '--out', `merged.${format}`);
      done(...sample, '--out', `single.${format}`);
      expect(readFileSync(path(`merged.${format}`)).equals(readFileSync(path(`single.${format}`)))).toBe(true);
    },
  );

  it('in parquet, the default, are merged to the same rows', async () => {
    shardsTo('parquet/', 3);
    done('merge', 'parquet', '--out', 'merged.parquet');
    done(...sample, '--out', 'single.parquet');
    const [merged, single] = [await readTable(path('merged.parquet')), await readTable(path('single.parquet'))];
    expect(tableRows(merged)).toEqual(tableRows(single));
    expect(merged.schema).toEqual(single.schema);
  });

  it('may be fewer rows than parts, one part, and named without a slash once they are there', () => {
    for (let i = 1; i <= 3; i++)
      done('sample', 'model', '--rows', '2', '--shard', `${i}/3`, '--out', 'few/', '--format', 'csv');
    done('merge', 'few', '--out', 'few.csv');
    expect(text('few.csv')).toBe(done('sample', 'model', '--rows', '2'));
    expect(done('sample', 'model', '--rows', '7', '--out', 'one', '--format', 'csv')).toContain(
      'is there already, whole',
    );
    expect(readdirSync(path('one'))).toContain('part-00001-of-00001.csv');
  });

  it('that are whole are not drawn again; one that is cut short is', () => {
    const part = path('csv', 'part-00002-of-00003.csv');
    const before = { ...statSync(part), text: readFileSync(part, 'utf8') };
    const again = [...sample, '--shard', '2/3', '--out', 'csv/', '--format', 'csv'];
    expect(done(...again)).toBe('csv/part-00002-of-00003.csv: is there already, whole\n');
    expect(statSync(part).mtimeMs).toBe(before.mtimeMs);
    writeFileSync(part, before.text.slice(0, -20));
    expect(done(...again)).toBe('csv/part-00002-of-00003.csv: 300 rows\n');
    expect(readFileSync(part, 'utf8')).toBe(before.text);
    rmSync(path('csv', '_part-00002-of-00003.json'));
    expect(done(...again)).toContain('300 rows');
  });

  it.each(['impute', 'score'])('and shards of a file are what %s makes of the whole table', (command) => {
    const call = [command, 'model', 'people.csv', '--seed', '3'];
    const single = done(...call, '--quiet');
    let all = '';
    for (let i = 1; i <= 3; i++) {
      all += run([...call, '--shard', `${i}/3`, '--quiet']).stdout;
      done(...call, '--shard', `${i}/3`, '--quiet', '--out', `${command}/`, '--format', 'csv');
    }
    done('merge', command, '--out', `${command}.csv`);
    expect(all).toBe(single);
    expect(text(`${command}.csv`)).toBe(single);
  });
});

describe('an array job says which shard it is', () => {
  const slurm = (id: number, min: number, max: number, count: number) => ({
    ...{ SLURM_ARRAY_TASK_ID: `${id}`, SLURM_ARRAY_TASK_MIN: `${min}`, SLURM_ARRAY_TASK_MAX: `${max}` },
    SLURM_ARRAY_TASK_COUNT: `${count}`,
  });
  const auto = (shard: string, env: Record<string, string>) =>
    spawnSync(process.execPath, [program, ...sample, '--shard', shard], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });

  it.each([
    ['Slurm, from 1', 'auto', slurm(2, 1, 3, 3)],
    ['Slurm, from 0', 'auto', slurm(1, 0, 2, 3)],
    ['Slurm, one task again', 'auto/3', slurm(2, 2, 2, 1)],
    ['Kubernetes', 'auto/3', { JOB_COMPLETION_INDEX: '1' }],
    ['AWS Batch', 'auto', { AWS_BATCH_JOB_ARRAY_INDEX: '1', AWS_BATCH_JOB_ARRAY_SIZE: '3' }],
  ])('%s', (_, shard, env) => {
    expect(auto(shard, env).stdout).toBe(run([...sample, '--shard', '2/3']).stdout);
  });

  it.each([
    ['none', 'auto', {}, 'no task of an array job'],
    ['no count', 'auto', { JOB_COMPLETION_INDEX: '1' }, 'give their number, as in auto/16'],
    ['gaps', 'auto', slurm(7, 3, 7, 2), 'without gaps'],
    ['another count', 'auto/4', { AWS_BATCH_JOB_ARRAY_INDEX: '1', AWS_BATCH_JOB_ARRAY_SIZE: '3' }, 'has 3 tasks'],
    ['no number', 'auto/4', { JOB_COMPLETION_INDEX: 'x' }, 'expected a whole number, got "x"'],
    ['too high a number', 'auto/4', { JOB_COMPLETION_INDEX: '4' }, 'got 5'],
    ['two engines', 'auto/4', { JOB_COMPLETION_INDEX: '1', ...slurm(1, 1, 4, 4) }, 'Slurm and Kubernetes both'],
  ])('but not with %s', (_, shard, env, message) => {
    const { status, stderr } = auto(shard, env);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('bad calls', () => {
  it.each(['0/4', '5/4', '1/0', 'x', '3', '1.5/4', '-1/4', '1/100000', 'auto/0'])('--shard %s', (shard) => {
    expect(refused(...sample, '--shard', shard)).toContain(`--shard ${shard}`);
  });

  it.each([
    [['--shard', '1/2', '--max-seconds', '1'], '--shard: cannot be given with'],
    [['--out', 'new/', '--max-seconds', '1'], '--max-seconds cannot be given with a folder'],
    [['--parts'], '--parts needs --shard'],
    [['--shard', '1/2', '--parts', '--out', 'x.jsonl'], '--parts is for CSV'],
    [['--shard', '1/2', '--parts', '--out', 'new/'], '--parts is for a file'],
    [['--format', 'csv', '--out', 'x.csv'], '--format is for a folder'],
    [['--out', 'new/', '--format', 'xml'], 'Allowed choices are parquet'],
    [['--out', 'new/', '--safe-csv'], '--safe-csv is for CSV'],
    [['--out', 'people.csv/'], 'is a file, not a folder'],
    [['--out', 'model'], 'cannot tell the kind of table'],
  ])('%j', (args, message) => {
    expect(refused(...sample, ...args)).toContain(message);
    expect(existsSync(path('new'))).toBe(false);
  });

  it('score with real rows, which compares the whole table', () => {
    expect(refused('score', 'model', 'people.csv', '--real', 'people.csv', '--shard', '1/2')).toContain('whole table');
  });

  it('augment, which chooses among all new rows', () => {
    const call = ['augment', 'people.csv', '--target', 'rich', '--model', 'model', '--rows', '9'];
    expect(refused(...call, '--shard', '1/2')).toContain('augment chooses among all new rows');
  });
});

describe('a folder of parts that are not one table is refused', () => {
  /** A copy of the three parts in CSV. */
  function copied(name: string): string {
    mkdirSync(path(name));
    for (const file of readdirSync(path('csv'))) copyFileSync(path('csv', file), path(name, file));
    return name;
  }

  /** As an earlier version wrote it. */
  const ageManifest = (file: string) =>
    writeFileSync(file, readFileSync(file, 'utf8').replace(/("writtenBy": ")[^"]*/, '$10.0.1'));

  it('by sample: another seed, model, version, options, number of parts; --force replaces', () => {
    const of3 = (...args: string[]) => [...args, '--shard', '1/3', '--out', 'csv/', '--format', 'csv'];
    expect(refused(...of3('sample', 'model', '--rows', '900', '--seed', '6'))).toContain('of seed 5, not of seed 6');
    expect(refused(...of3('sample', 'other', '--rows', '900', '--seed', '5'))).toContain('of model');
    expect(refused(...of3(...sample, '--where', 'age>30'))).toContain('of other options or tables');
    expect(refused(...sample, '--shard', '1/4', '--out', 'csv/', '--format', 'csv')).toContain('one of 3, not of 4');
    const aged = copied('aged');
    ageManifest(path(aged, '_part-00001-of-00003.json'));
    expect(refused(...sample, '--shard', '1/3', '--out', aged, '--format', 'csv')).toContain('by version 0.0.1, not');
    const forced = copied('forced');
    done(
      'sample',
      'model',
      '--rows',
      '900',
      '--seed',
      '6',
      '--shard',
      '1/3',
      '--out',
      forced,
      '--format',
      'csv',
      '--force',
    );
    expect(refused('merge', forced)).toContain('part-00002-of-00003.csv is of seed 5, not of seed 6');
  });

  it('by merge: parts of two models, versions, counts', () => {
    const two = copied('two');
    done(
      'sample',
      'other',
      '--rows',
      '900',
      '--seed',
      '5',
      '--shard',
      '3/3',
      '--out',
      two,
      '--format',
      'csv',
      '--force',
    );
    expect(refused('merge', two)).toContain('part-00003-of-00003.csv is of model');
    const version = copied('version');
    ageManifest(path(version, '_part-00002-of-00003.json'));
    expect(refused('merge', version)).toContain('written by version 0.0.1');
    const counts = copied('counts');
    copyFileSync(path('one', 'part-00001-of-00001.csv'), path(counts, 'part-00001-of-00001.csv'));
    expect(refused('merge', counts)).toContain('parts of 3 and parts of 1');
    const formats = copied('formats');
    copyFileSync(path('one', 'part-00001-of-00001.csv'), path(formats, 'part-00001-of-00003.jsonl'));
    expect(refused('merge', formats)).toContain('part-00001-of-00003.jsonl is of another run; remove it');
  });

  it.each<[string, (at: (i: number, manifest?: boolean) => string) => void, string]>([
    [
      'a part and its manifest missing',
      (at) => {
        for (const file of [at(2), at(2, true)]) rmSync(file);
      },
      '1 of 3 parts: part 2 is missing',
    ],
    ['a part without a manifest', (at) => rmSync(at(3, true)), 'with --shard 3/3'],
    ['a part missing', (at) => rmSync(at(2)), 'part-00002-of-00003.csv is missing, cut short or changed'],
    ['a part cut short', (at) => writeFileSync(at(2), readFileSync(at(2)).subarray(0, -1)), 'cut short'],
    ['a part changed', (at) => writeFileSync(at(1), readFileSync(at(1), 'utf8').replace('yes', 'Yes')), 'changed'],
    ['parts exchanged', (at) => copyFileSync(at(1), at(2)), 'part-00002-of-00003.csv'],
    [
      'a manifest cut short',
      (at) => writeFileSync(at(2, true), readFileSync(at(2, true)).subarray(0, 100)),
      'part 2 is missing or not whole',
    ],
    [
      'a manifest with other rows',
      (at) => writeFileSync(at(2, true), readFileSync(at(2, true), 'utf8').replace('"to": 600', '"to": 599')),
      'part 2 is missing or not whole',
    ],
  ])('by merge: %s', (name, damage, message) => {
    const damaged = copied(name.replaceAll(' ', '-'));
    damage((i, manifest) => path(damaged, `${manifest ? '_' : ''}part-0000${i}-of-00003.${manifest ? 'json' : 'csv'}`));
    expect(refused('merge', damaged, '--out', `${damaged}.csv`)).toContain(message);
    expect(existsSync(path(`${damaged}.csv`))).toBe(false);
    // The run that the message names mends it.
    for (let i = 1; i <= 3; i++) done(...sample, '--shard', `${i}/3`, '--out', damaged, '--format', 'csv');
    done('merge', damaged, '--out', `${damaged}.csv`);
    expect(text(`${damaged}.csv`)).toBe(text('whole.csv'));
  });

  it('by merge: no parts, another kind of file, a file that is there', () => {
    mkdirSync(path('empty'));
    for (const name of ['empty', 'absent']) expect(refused('merge', name)).toContain('has no parts');
    expect(refused('merge', 'people.csv')).toContain('is a file, not a folder');
    expect(refused('merge', 'csv', '--out', 'x.parquet')).toContain('the parts are .csv; name a .csv file');
    expect(refused('merge', 'csv', '--out', 'whole.csv')).toContain('--force');
  });
});

describe('a part is whole or not there', () => {
  const big = [
    'sample',
    'model',
    '--seed',
    '5',
    '--rows',
    '12000',
    '--workers',
    '1',
    '--shard',
    '1/2',
    '--format',
    'csv',
  ];
  const start = (out: string, [command, ...args]: string[] = [process.execPath, program]) =>
    spawn(command!, [...args, ...big, '--out', out], { cwd: folder });
  const ended = (child: ReturnType<typeof start>) =>
    new Promise<{ code: number | null }>((resolve) => child.on('close', (code) => resolve({ code })));
  const drafts = (out: string) =>
    existsSync(path(out)) ? readdirSync(path(out)).filter((name) => name.startsWith('.')) : [];
  const begun = async (out: string, child: ReturnType<typeof start>) => {
    while (drafts(out).length === 0 && child.exitCode === null) await setTimeout(20);
  };

  /** Runs the program where no file may have more than 8 kB. */
  const onFullDisk = (...args: string[]) =>
    spawnSync('bash', ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, program, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });

  it.each(['csv', 'jsonl.gz', 'parquet'])('when the disk is full: the error says so, and no %s is left', (format) => {
    const { status, stderr } = onFullDisk(...big, '--format', format, '--out', `full-${format}/`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tabletalk: full-.*cannot write/);
    expect(readdirSync(path(`full-${format}`))).toEqual([]);
  });

  it.each(['csv', 'jsonl.gz', 'parquet'])('when merge fills the disk: no %s is left, nor a lock', (format) => {
    const before = readdirSync(folder);
    const { status, stderr } = onFullDisk('merge', format, '--out', `full.${format}`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tabletalk: full.*cannot write/);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('when it is killed: the next run writes it, and cleans up', async () => {
    const child = start('killed/');
    await begun('killed', child);
    child.kill('SIGKILL');
    await ended(child);
    expect(drafts('killed').length).toBeGreaterThan(0);
    expect(refused('merge', 'killed')).toContain('has no parts');
    done(...big, '--out', 'killed/');
    expect(readdirSync(path('killed'))).toEqual(['_part-00001-of-00002.json', 'part-00001-of-00002.csv']);
  });

  it('when a scheduler ends it: the exit code says "again", and nothing is left', async () => {
    const child = start('preempted/');
    await begun('preempted', child);
    child.kill('SIGTERM');
    expect(await ended(child)).toEqual({ code: 75 });
    expect(readdirSync(path('preempted'))).toEqual([]);
  });

  const twice = async (out: string, command?: string[]) => {
    const codes = await Promise.all([ended(start(`${out}/`, command)), ended(start(`${out}/`, command))]);
    expect(codes).toEqual([{ code: 0 }, { code: 0 }]);
    expect(readdirSync(path(out))).toEqual(['_part-00001-of-00002.json', 'part-00001-of-00002.csv']);
    expect(text(out, 'part-00001-of-00002.csv')).toBe(text('killed', 'part-00001-of-00002.csv'));
  };

  it('when the same shard runs twice at once: both succeed, one part is there', () => twice('twice'));

  /** As a container runs it: process 1, under a host name that another one has, too. */
  const container = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc', process.execPath];
  const canContain = spawnSync(container[0]!, [...container.slice(1), '-e', '0']).status === 0;
  it.skipIf(!canContain)('when two containers of one host name run it at once', () =>
    twice('pods', [...container, program]),
  );
});

it('a gzipped part is text that other programs read', () => {
  const part = gunzipSync(readFileSync(path('csv.gz', 'part-00002-of-00003.csv.gz'))).toString();
  expect(part).toBe(text('csv', 'part-00002-of-00003.csv'));
});
