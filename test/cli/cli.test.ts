import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { version } from '../../src/model/version.ts';
import { peopleCsv, place } from './run.ts';

const { folder, run, interrupt, write } = place();
const bytes = (name: string) => readFileSync(join(folder, name));
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const lines = (content: string) => content.trimEnd().split('\n');

/** A message of the program: one line, and the place in it. */
const wrong = (message: string, code = 2) => ({ code, stdout: '', stderr: `tabletalk: ${message}\n` });

beforeAll(() => {
  write('people.csv', peopleCsv(120));
  const fitted = run([
    'fit',
    'people.csv',
    '--out',
    'model',
    '--target',
    'rich',
    '--epochs',
    '2',
    '--seed',
    '1',
    '--quiet',
  ]);
  if (fitted.code !== 0) throw new Error(fitted.stderr);
});

describe('fit', () => {
  it('says each epoch and the best one on standard error, and writes a folder', () => {
    const { code, stdout, stderr } = run(['fit', 'people.csv', '--out', 'deep/model', '--epochs', '2', '--seed', '1']);
    expect([code, stdout]).toEqual([0, '']);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^epoch 1 of at most 2: loss \d\.\d{4}, validation \d\.\d{4}, \d+ s$/),
      expect.stringMatching(/^epoch 2 of at most 2: loss \d\.\d{4}, validation \d\.\d{4}, \d+ s$/),
      expect.stringMatching(/^deep\/model: \d+ rows x 5 columns: \d+ integer, .* category.*$/),
      expect.stringMatching(
        /^deep\/model: best of 2 epochs was [12]: held-out loss \d\.\d{4}, -?\d+\.\d % below the first epoch's, in \d+ s$/,
      ),
      'deep/model: more time would help: the last epoch allowed came first; try --effort best, or more --epochs',
      expect.stringMatching(/^next: tabletalk sample deep\/model --rows \d+ --out new.csv$/),
    ]);
    expect(existsSync(join(folder, 'deep/model/tabletalk.json'))).toBe(true);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['model']);
  });

  it('ends with its effort, also within the first pass over the rows, and says how many rows are as good', () => {
    write('many.csv', peopleCsv(2400));
    const brief = ['--effort', 'quick', '--batch-size', '1', '--preset', 'tiny', '--threads', '1'];
    const all = run(['fit', 'many.csv', '--out', 'spare', ...brief]);
    expect(all.stderr).toContain(
      'spare: its steps saw 1000 of 2160 rows, once each: --max-rows 1112 makes as good a model',
    );
    expect(JSON.parse(run(['inspect', 'spare', '--json']).stdout).curve).toMatchObject([{ epoch: 1, step: 1000 }]);
    const some = run(['fit', 'many.csv', '--out', 'spared', '--max-rows', '1112', ...brief]);
    expect(some.stderr).not.toContain('once each');
    expect(JSON.parse(run(['inspect', 'spared', '--json']).stdout).curve).toMatchObject([{ epoch: 1, step: 1000 }]);
  });

  it('says that more rows would help where it learned its rows by heart', () => {
    const noise = Array.from(
      { length: 60 },
      (_, i) => `${'ABCD'[(i * 7 + (i >> 2)) % 4]},${(i * i * 37) % 900},${(i * 13) % 5}`,
    );
    write('noise.csv', `shop,sold,rating\n${noise.join('\n')}\n`);
    const { stderr } = run(['fit', 'noise.csv', '--out', 'noisy', '--seed', '1', '--threads', '1']);
    expect(stderr).toMatch(/^noisy: more time would hardly help: .*; more rows would$/m);
  });

  it('the same seed gives the same model, byte for byte', () => {
    const args = ['fit', 'people.csv', '--target', 'rich', '--epochs', '2', '--seed', '1', '--quiet', '--out', 'twin'];
    expect(run(args)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(bytes('twin/model.safetensors').equals(bytes('model/model.safetensors'))).toBe(true);
  });

  it('reads standard input, and speaks JSON when asked', () => {
    const args = ['fit', '-', '--out', 'piped', '--epochs', '1', '--json-progress'];
    const { code, stderr } = run(args, peopleCsv(20));
    const events = lines(stderr).map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(events.at(-1)).toMatchObject({ epoch: 1, epochs: 1, point: { epoch: 1, trainLoss: expect.any(Number) } });
  });

  it('replaces a model only by force', () => {
    const args = ['fit', 'people.csv', '--out', 'piped', '--epochs', '1', '--quiet'];
    const before = bytes('piped/model.safetensors');
    expect(run(args)).toEqual(wrong('piped: exists already; give --force to replace it'));
    expect(bytes('piped/model.safetensors').equals(before)).toBe(true);
    expect(run([...args, '--force'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(bytes('piped/model.safetensors').equals(before)).toBe(false);
  });

  it('takes columns from a schema file', () => {
    const note = {
      name: 'age',
      kind: 'category',
      missing: null,
      values: lines(peopleCsv(120))
        .slice(1)
        .map((line) => line.slice(0, 2)),
    };
    const values = [...new Set(note.values)].sort();
    write('schema.json', JSON.stringify({ version: 1, columns: [{ ...note, values }] }));
    const args = ['fit', 'people.csv', '--out', 'by-schema', '--epochs', '1', '--quiet', '--schema', 'schema.json'];
    expect(run(args)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(text('by-schema/tabletalk.json')).schema.columns[0]).toEqual({ ...note, values });
  });
});

describe('sample', () => {
  it('writes CSV to standard output, only rows', () => {
    const { code, stdout, stderr } = run(['sample', 'model', '--rows', '5', '--seed', '2']);
    expect([code, stderr]).toEqual([0, '']);
    expect(lines(stdout)[0]).toBe('age,pay,work,rich,born');
    expect(lines(stdout)).toHaveLength(6);
  });

  it('the same seed gives the same file, byte for byte, for any number of workers; another seed another', () => {
    const files = [
      ['a.csv', '--seed', '4', '--workers', '1'],
      ['b.csv', '--seed', '4', '--workers', '1'],
      ['c.csv', '--seed', '4', '--workers', '2'],
      ['d.csv', '--seed', '5', '--workers', '2'],
    ].map(([name, ...options]) => {
      const ended = run(['sample', 'model', '--rows', '1200', '--out', name!, ...options]);
      expect(ended).toEqual({ code: 0, stdout: '', stderr: `${name}: 1200 rows\n` });
      return bytes(name!);
    });
    const [a, b, c, d] = files as [Buffer, Buffer, Buffer, Buffer];
    expect([b.equals(a), c.equals(a), d.equals(a)]).toEqual([true, true, false]);
    expect(lines(a.toString())).toHaveLength(1201);
    const [once, other] = [a, d].map((file) => new Set(lines(file.toString()).slice(1)));
    expect([...once!].filter((line) => other!.has(line)).length).toBeLessThan(20);
  });

  it('writes JSON lines with types, and tabs', () => {
    run(['sample', 'model', '--rows', '4', '--out', 'rows.jsonl', '--quiet']);
    const rows = lines(text('rows.jsonl')).map((line) => JSON.parse(line));
    expect(rows).toHaveLength(4);
    expect(rows[0]).toEqual({
      age: expect.any(Number),
      pay: expect.any(Number),
      work: rows[0].work === null ? null : expect.any(String),
      rich: expect.any(Boolean),
      born: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    });
    run(['sample', 'model', '--rows', '4', '--out', 'rows.tsv', '--quiet']);
    expect(lines(text('rows.tsv'))[0]).toBe('age\tpay\twork\trich\tborn');
  });

  it('rows have what was asked', () => {
    const conditions = ['--where', 'rich=yes', '--where', 'work is missing', '--where', 'age=40'];
    const { stdout } = run(['sample', 'model', '--rows', '6', ...conditions]);
    for (const line of lines(stdout).slice(1)) expect(line).toMatch(/^40,[\d.]+,,yes,\d{4}-\d{2}-\d{2}$/);
    expect(lines(stdout)).toHaveLength(7);
  });

  it('none are none', () => {
    expect(run(['sample', 'model', '--rows', '0'])).toEqual({
      code: 0,
      stdout: 'age,pay,work,rich,born\n',
      stderr: '',
    });
  });

  it('Ctrl-C keeps the rows that are done', async () => {
    const { code, stderr } = await interrupt([
      'sample',
      'model',
      '--rows',
      '400000',
      '--out',
      'interrupted.csv',
      '--json-progress',
    ]);
    const kept = /interrupted: (\d+) of 400000 rows are in interrupted\.csv\.partial\n$/;
    expect([code, stderr]).toEqual([1, expect.stringMatching(kept)]);
    const [, rows] = kept.exec(stderr)!;
    expect(Number(rows)).toBeGreaterThan(0);
    expect(lines(text('interrupted.csv.partial'))).toHaveLength(Number(rows) + 1);
    expect(existsSync(join(folder, 'interrupted.csv'))).toBe(false);
  });
});

describe('evaluate', () => {
  it('prints a table, and writes a page and figures', () => {
    write('test.csv', peopleCsv(60, 9));
    run(['sample', 'model', '--rows', '60', '--out', 'synthetic.csv', '--quiet']);
    const args = [
      'evaluate',
      '--train',
      'people.csv',
      '--synthetic',
      'synthetic.csv',
      '--test',
      'test.csv',
      '--target',
      'rich',
    ];
    const files = ['--out', 'report.html', '--json', 'report.json'];
    const { code, stdout, stderr } = run([...args, '--model', 'model', ...files]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Column Shapes +[\d.]+ %/);
    expect(text('report.html')).toMatch(/^<!doctype html>/i);
    const { curve, bestEpoch } = JSON.parse(text('model/tabletalk.json'));
    const { training, rejections } = JSON.parse(text('report.json'));
    expect(rejections).toEqual({ rows: 60, reasons: [] });
    expect(training.bestEpoch).toBe(bestEpoch);
    expect(training.epochs).toHaveLength(curve.length);
    expect(training.epochs[0].trainLoss).toBe(curve[0].trainLoss);
    expect(text('report.html')).toContain('How the model learned');
    const before = text('report.html');
    expect(run([...args, '--out', 'report.html'])).toEqual(
      wrong('report.html: exists already; give --force to replace it'),
    );
    expect(text('report.html')).toBe(before);
  });
});

it('inspect shows where a model comes from and what it knows', () => {
  const { code, stdout, stderr } = run(['inspect', 'model']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`written by   tabletalk ${version}\nlearned from 120 rows, 5 columns (sha256 `);
  expect(stdout).toMatch(/^target +rich$/m);
  expect(stdout).toMatch(/^work +category +3: Private, Self, "own", State-gov +""$/m);
  expect(stdout).toMatch(/^rich +boolean +2: no, yes +never$/m);
});

describe('help and version', () => {
  it('go to standard output with code 0', () => {
    expect(run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    for (const args of [['--help'], ['help', 'fit'], ['sample', '--help']]) {
      const { code, stdout, stderr } = run(args);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: tabletalk /);
    }
  });

  it('no command is a wrong call: the help goes to standard error', () => {
    const { code, stdout, stderr } = run([]);
    expect([code, stdout, stderr.startsWith('Usage: tabletalk')]).toEqual([2, '', true]);
  });
});

describe('wrong calls end with code 2 and one line', () => {
  it.each<[string[], string]>([
    [['frob'], "unknown command 'frob'"],
    [['fit', 'people.csv'], "required option '--out <model-dir>' not specified"],
    [['fit', '--out', 'm'], "missing required argument 'table'"],
    [['fit', 'people.csv', '--out', 'm', '--epoch', '1'], "unknown option '--epoch' (Did you mean --epochs?)"],
    [
      ['fit', 'people.csv', '--out', 'm', '--epochs', 'x'],
      "option '--epochs <n>' argument 'x' is invalid. Expected a number.",
    ],
    [['fit', 'people.csv', '--out', 'm', '--epochs', '0'], '--epochs: Too small: expected number to be >0'],
    [['fit', 'people.csv', '--out', 'm', '--target', 'Rich'], '--target: no column "Rich"; did you mean "rich"?'],
    [['fit', 'gone.csv', '--out', 'm'], 'gone.csv: no such file'],
    [['fit', 'people.csv', '--out', 'notes'], 'notes: exists already and is not a model folder'],
    [['fit', 'people.csv', '--out', 'people.csv'], 'people.csv: exists already and is not a model folder'],
    [['fit', 'people.csv', '--out', 'notes', '--force'], 'notes: exists already and is not a model folder'],
    [
      ['fit', 'people.doc', '--out', 'm'],
      'people.doc: cannot tell the kind of table from the name; it must end in .parquet, or in .csv, .tsv, .jsonl or .ndjson, or one of these and .gz',
    ],
    [['sample', 'model'], '--rows: say how many rows'],
    [['sample', 'model', '--rows', 'many'], "option '--rows <n>' argument 'many' is invalid. Expected a number."],
    [['sample', 'model', '--rows', '-1'], '--rows: Too small: expected number to be >=0'],
    [['sample', 'model', '--rows', '3', '--top-p', '2'], '--top-p: Too big: expected number to be <=1'],
    [['sample', 'notes', '--rows', '3'], 'notes: not a tabletalk model: it has no readable tabletalk.json'],
    [
      ['sample', 'model', '--rows', '3', '--out', 'people.csv'],
      'people.csv: exists already; give --force to replace it',
    ],
    [['sample', 'model', '--rows', '3', '--out', 'none/x.csv'], 'none/x.csv: no such folder "none"'],
    [
      ['sample', 'model', '--rows', '3', '--out', 'x.doc'],
      'x.doc: cannot tell the kind of table from the name; it must end in .parquet, or in .csv, .tsv, .jsonl or .ndjson, or one of these and .gz',
    ],
    [
      ['sample', 'model', '--rows', '3', '--where', 'agee=30'],
      '--where "agee=30": no column "agee"; did you mean "age"?',
    ],
    [
      ['sample', 'model', '--rows', '3', '--where', 'age'],
      '--where "age": expected =, !=, <, <=, >, >=, " in ", " is missing" or " is not missing" after "age"',
    ],
    [
      ['sample', 'model', '--rows', '3', '--where', 'age=old'],
      'cannot satisfy --where "age=old": expected a whole number, got "old"',
    ],
    [
      ['sample', 'model', '--rows', '3', '--where', 'age=200'],
      'cannot satisfy --where "age=200": "age" was 17..76 in training',
    ],
    [
      ['sample', 'model', '--rows', '3', '--where', 'age is missing'],
      'cannot satisfy --where "age is missing": "age" was never missing in training',
    ],
    [
      ['sample', 'model', '--rows', '3', '--where', 'rich=yes', '--where', 'rich=no'],
      'cannot satisfy --where "rich=no" with --where "rich=yes"',
    ],
    [['evaluate', '--train', 'people.csv'], "required option '--synthetic <table>' not specified"],
    [['evaluate', '--train', 'people.csv', '--synthetic', 'gone.csv'], 'gone.csv: no such file'],
    [['inspect', 'notes'], 'notes: not a tabletalk model: it has no readable tabletalk.json'],
  ])('%j', (args, message) => {
    mkdirSync(join(folder, 'notes'), { recursive: true });
    writeFileSync(join(folder, 'notes', 'todo.txt'), 'milk');
    const before = readdirSync(folder).sort();
    expect(run(args)).toEqual(wrong(message));
    expect(readdirSync(folder).sort()).toEqual(before);
  });
});
