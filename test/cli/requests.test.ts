import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { peopleCsv, place, program } from './run.ts';

const { folder, run, write } = place();
const lines = (content: string) => content.trimEnd().split('\n');
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const cells = (content: string) => lines(content).map((line) => line.match(/"(?:[^"]|"")*"|[^,]+|(?<=,)(?=,|$)/g)!);

const sample = (...args: string[]) => {
  const { code, stdout, stderr } = run(['sample', 'model', ...args]);
  if (code !== 0) throw new Error(stderr);
  return cells(stdout).slice(1);
};

beforeAll(() => {
  write('people.csv', peopleCsv(120));
  const fitted = run(['fit', 'people.csv', '--out', 'model', '--target', 'rich', '--epochs', '2', '--quiet']);
  if (fitted.code !== 0) throw new Error(fitted.stderr);
});

describe('rows', () => {
  it('meet every condition, whatever blanks are in it', () => {
    const conditions = [
      'age>=30',
      'age < 50',
      'age!=33',
      'work in Private|State-gov',
      'born>1980-06-01',
      'pay > 90.125',
    ];
    const rows = sample('--rows', '40', ...conditions.flatMap((condition) => ['--where', condition]));
    expect(rows).toHaveLength(40);
    for (const [age, pay, work, , born] of rows) {
      expect(Number(age) >= 30 && Number(age) < 50 && age !== '33' && Number(pay) > 90.125).toBe(true);
      expect(['Private', 'State-gov']).toContain(work);
      expect(born! > '1980-06-01').toBe(true);
    }
    expect(new Set(rows.map(([age]) => age)).size).toBeGreaterThan(3);
  });

  it('under conditions are the same for any number of workers', () => {
    const args = [
      'sample',
      'model',
      '--rows',
      '1100',
      '--where',
      'age>=30',
      '--where',
      'work is not missing',
      '--quiet',
    ];
    for (const workers of ['1', '2']) run([...args, '--workers', workers, '--out', `by-${workers}.csv`]);
    expect(text('by-1.csv') === text('by-2.csv')).toBe(true);
  });

  it('have equal counts of a class, under conditions too', () => {
    const rich = sample('--rows', '50', '--balance', 'rich', '--where', 'age>40').map((row) => row[3]);
    expect([rich.filter((cell) => cell === 'yes').length, rich.filter((cell) => cell === 'no').length]).toEqual([
      25, 25,
    ]);
  });

  it('begin as the prompt says', () => {
    for (const [age, , work] of sample('--rows', '8', '--prompt', 'work is missing, age is 40, rich is')) {
      expect([age, work]).toEqual(['40', '']);
    }
  });

  it('are like those of a table, cell for cell where it has any', () => {
    write('like.csv', 'work,age,born\nPrivate,31,\n,,1990-01-01\n"Self, ""own""",60,\n');
    const rows = sample('--like', 'like.csv');
    expect(rows.map(([age, , work, , born], i) => [[work, age], [born], [work, age]][i])).toEqual([
      ['Private', '31'],
      ['1990-01-01'],
      ['"Self, ""own"""', '60'],
    ]);
    const kept = sample('--like', 'like.csv', '--keep', 'age', '--where', 'work=State-gov', '--seed', '3');
    expect([kept[0]![0], kept[2]![0], ...kept.map((row) => row[2])]).toEqual([
      '31',
      '60',
      ...Array(3).fill('State-gov'),
    ]);
  });

  it('that are not done in time are left out, and it says so', () => {
    const { code, stderr } = run(['sample', 'model', '--rows', '400000', '--max-seconds', '4', '--out', 'late.csv']);
    const [, rows] = /^late\.csv: (\d+) rows of 400000, as time is up\n$/.exec(stderr)!;
    expect(code).toBe(0);
    expect(lines(text('late.csv'))).toHaveLength(Number(rows) + 1);
  });
});

it('rows end quietly where their reader leaves, as head does', async () => {
  for (const args of [
    ['sample', 'model', '--rows', '20000'],
    ['inspect', 'model'],
    ['schema', 'people.csv'],
    ['score', 'model', 'people.csv'],
    ['sample', '--help'],
  ]) {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.once('data', () => child.stdout.destroy());
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([args[0], code, said.replace(/^standard output: .*\n|^no .*\n/gm, '')]).toEqual([args[0], 0, '']);
  }
});

it('a model whose fit is not over says so, but for --quiet', () => {
  cpSync(join(folder, 'model'), join(folder, 'unfinished'), { recursive: true });
  write(join('unfinished', 'training.safetensors'), '');
  for (const args of [
    ['sample', 'unfinished', '--rows', '3'],
    ['impute', 'unfinished', 'people.csv'],
    ['inspect', 'unfinished'],
  ]) {
    const { code, stderr } = run(args);
    expect([code, stderr.split('; ')[1]]).toEqual([0, 'fit --resume goes on with it\n']);
    expect(stderr).toMatch(/^unfinished: the fit of this model is not over \(epoch \d is the best so far\)/);
  }
  expect(run(['sample', 'unfinished', '--rows', '3', '--quiet']).stderr).toBe('');
  expect(run(['sample', 'model', '--rows', '3']).stderr).toBe('');
});

describe('impute', () => {
  it('fills what is missing and leaves every other byte, also in a dialect of its own', () => {
    write(
      'holes.csv',
      'work;pay;age;rich;born\nPrivate;;31;;1990-01-01\n;100.5;;yes;\n"Self, ""own""";90.00;40;no;1984-02-01\n',
    );
    expect(run(['impute', 'model', 'holes.csv', '--out', 'full.csv'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'full.csv: 3 rows\n',
    });
    const [header, first, second, third] = lines(text('full.csv'));
    expect(header).toBe('work;pay;age;rich;born');
    expect(first).toMatch(/^Private;[\d.]+;31;(yes|no);1990-01-01$/);
    expect(second).toMatch(/^(Private|State-gov|"?Self, ""own"""?"?);100\.5;\d\d;yes;\d{4}-\d\d-\d\d$/);
    expect(third).toBe('"Self, ""own""";90.00;40;no;1984-02-01');
  });

  it('says once what it could not read, and fills the rest', () => {
    write('odd.csv', 'age,work\n99,Guard\n,Private\n120,\n');
    const { code, stdout, stderr } = run(['impute', 'model', 'odd.csv']);
    expect(code).toBe(0);
    expect(lines(stdout).slice(0, 2)).toEqual(['age,work', '99,Guard']);
    expect(lines(stdout)[2]).toMatch(/^\d\d,Private$/);
    expect(stderr).toBe(
      'odd.csv: column "age": 2 cells unlike training (such as "99"): read as the nearest number, left unchanged\n' +
        'odd.csv: column "work": 1 cell unlike training ("Guard"): not read, left unchanged\n',
    );
    expect(run(['sample', 'model', '--like', 'odd.csv', '--quiet'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes the middle of several draws', () => {
    const { code, stdout } = run(['impute', 'model', 'holes.csv', '--draws', '5']);
    expect(code).toBe(0);
    expect(lines(stdout)[1]).toMatch(/^Private;[\d.]+;31;(yes|no);1990-01-01$/);
    expect(lines(stdout)[3]).toMatch(/;90\.00;40;no;1984-02-01$/);
  });

  it('gives the same cells for the same seed', () => {
    const [once, again, other] = ['1', '1', '2'].map(
      (seed) => run(['impute', 'model', 'holes.csv', '--seed', seed]).stdout,
    );
    expect(again).toBe(once);
    expect(other).not.toBe(once);
  });
});

describe('a schema with checks', () => {
  it('is kept by every row', () => {
    write(
      'spans.csv',
      `a,b,c\n${Array.from({ length: 60 }, (_, i) => `${i % 9},${(i % 9) + (i % 5)},${2 * (i % 9) + (i % 5)}\n`).join('')}`,
    );
    write('checks.json', JSON.stringify({ version: 1, checks: ['b >= a', 'c = a + b'] }));
    const fitted = run(['fit', 'spans.csv', '--out', 'spans', '--schema', 'checks.json', '--epochs', '1', '--quiet']);
    expect(fitted).toEqual({ code: 0, stdout: '', stderr: '' });
    const rows = cells(run(['sample', 'spans', '--rows', '60']).stdout).slice(1);
    for (const [a, b, c] of rows) expect(Number(b) >= Number(a) && Number(c) === Number(a) + Number(b)).toBe(true);
    expect(rows).toHaveLength(60);
  });
});

describe('bad calls end with one line and code 2, and write nothing', () => {
  it.each<[string[], string]>([
    [['--rows', '3', '--where', 'age>=200'], 'cannot satisfy --where "age>=200": "age" was 17..76 in training'],
    [
      ['--rows', '3', '--where', 'age>40', '--where', 'age<30'],
      'cannot satisfy --where "age<30" with --where "age>40"',
    ],
    [['--rows', '3', '--where', 'work>A'], 'cannot satisfy --where "work>A": "work" has no order; use =, != or in'],
    [['--rows', '3', '--where', 'wrk in A'], '--where "wrk in A": no column "wrk"; did you mean "work"?'],
    [['--rows', '3', '--prompt', 'age was 3'], '--prompt "age was 3": cannot read the sentence from character 1'],
    [['--rows', '3', '--prompt', 'age is 39, sex is'], '--prompt "age is 39, sex is": no column "sex"'],
    [['--rows', '3', '--balance', 'age'], '--balance "age": expected a boolean or category column, "age" is integer'],
    [['--rows', '3', '--keep', 'age'], '--keep: needs --like, the table whose cells are kept'],
    [['--like', 'other.csv'], 'other.csv: unexpected column "wrok"; did you mean "work"?'],
    [['--like', 'odd.csv', '--rows', '3'], '--rows: cannot be given with --like, which has a row for each'],
    [['--rows', '3', '--max-seconds', '0'], '--max-seconds: Too small: expected number to be >0'],
  ])('%j', (args, message) => {
    write('other.csv', 'wrok\nPrivate\n');
    write('odd.csv', 'age\n30\n99\n');
    const before = readdirSync(folder).sort();
    const ended = run(['sample', 'model', '--out', 'never.csv', ...args]);
    expect(ended).toEqual({ code: 2, stdout: '', stderr: `tabletalk: ${message}\n` });
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('also of impute and of checks', () => {
    const wrong = (message: string) => ({ code: 2, stdout: '', stderr: `tabletalk: ${message}\n` });
    write('holes.csv', 'age,wrok\n,Guard\n');
    expect(run(['impute', 'model', 'holes.csv', '--out', 'never.csv'])).toEqual(
      wrong('holes.csv: unexpected column "wrok"; did you mean "work"?'),
    );
    write('bad.json', JSON.stringify({ version: 1, checks: ['pay >= wage'] }));
    expect(run(['fit', 'people.csv', '--out', 'm2', '--schema', 'bad.json'])).toEqual(
      wrong('schema: checks.0: "pay >= wage": expected a number, a column or "(" at character 8'),
    );
    write('broken.json', JSON.stringify({ version: 1, checks: ['pay <= age'] }));
    expect(run(['fit', 'people.csv', '--out', 'm2', '--schema', 'broken.json'])).toEqual(
      wrong('people.csv: row 1: the schema\'s check "pay <= age" does not hold'),
    );
    expect(existsSync(join(folder, 'never.csv')) || existsSync(join(folder, 'm2'))).toBe(false);
  });
});
