import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { peopleCsv, place } from './run.ts';

const { folder, run, write } = place();
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const table = (content: string) =>
  content
    .trimEnd()
    .split('\n')
    .map((line) => line.match(/"(?:[^"]|"")*"|[^,]+|(?<=,)(?=,|$)/g)!);

beforeAll(() => {
  write('people.csv', peopleCsv(150));
  write('others.csv', peopleCsv(60, 2));
  const fitted = run(['fit', 'people.csv', '--out', 'model', '--target', 'rich', '--epochs', '2', '--quiet']);
  if (fitted.code !== 0) throw new Error(fitted.stderr);
});

describe('score', () => {
  it('adds what the model alone can say, and says what is absent', () => {
    const { code, stdout, stderr } = run(['score', 'model', 'others.csv']);
    expect([code, stderr.split('\n')]).toEqual([
      0,
      [
        expect.stringMatching(/^standard output: 60 rows, quality 0\.\d{3} in the mean, \d+ not valid$/),
        'no realism: needs real rows',
        'no consistency: needs real rows',
        'no novelty: needs real rows',
        '',
      ],
    ]);
    const [header, ...rows] = table(stdout);
    expect(header!.slice(5)).toEqual(['quality', 'quality_validity', 'quality_likelihood']);
    for (const [quality, validity, likelihood] of rows.map((row) => row.slice(5).map(Number))) {
      expect(quality!).toBeCloseTo((validity! + likelihood!) / 2, 3);
    }
    const numbers = ([age, pay]: readonly string[]) => [age, pay];
    expect(rows.map(numbers)).toEqual(table(text('others.csv')).slice(1).map(numbers));
  });

  it('adds the others beside real rows, weighed as told; copies are not new', () => {
    const weights = 'validity=0,novelty=2,likelihood=0,realism=0';
    const args = ['people.csv', '--real', 'people.csv', '--weights', weights, '--seed', '3', '--quiet'];
    const { code, stdout, stderr } = run(['score', 'model', ...args]);
    expect([code, stderr]).toEqual([0, '']);
    const [header, ...rows] = table(stdout);
    expect(header!.slice(7)).toEqual([
      'quality_likelihood',
      'quality_realism',
      'quality_consistency',
      'quality_novelty',
    ]);
    for (const row of rows) {
      const [quality, , , , consistency, novelty] = row.slice(5).map(Number);
      expect(novelty).toBe(0);
      expect(quality!).toBeCloseTo(consistency! / 3, 3);
    }
  });

  it('takes rows that the schema does not', () => {
    write(
      'odd.csv',
      'work,age,pay,rich,born\nPrivate,abc,99.5,yes,1990-01-01\nPirate,,10.123,maybe,1.1.1990\nPrivate,30,90.5,no,1994-05-05\n',
    );
    const { code, stdout, stderr } = run(['score', 'model', 'odd.csv']);
    expect([code, stderr.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^standard output: 3 rows, .* 2 not valid$/),
    ]);
    expect(table(stdout).map((row) => row[6])).toEqual(['quality_validity', '0.8000', '0.0000', '1.0000']);
  });

  it('keeps the spelling of the file, and of its own names those that are free', () => {
    write('taken.csv', 'quality;x\ngood;1\nbad;2\ngood;3\n');
    expect(run(['fit', 'taken.csv', '--out', 'taken', '--epochs', '1', '--quiet']).code).toBe(0);
    expect(run(['score', 'taken', 'taken.csv', '--out', 'scored.csv', '--quiet']).code).toBe(0);
    // Three rows: none was held out, so the model does not know how likely others are.
    expect(text('scored.csv')).toBe(
      'quality;x;quality2;quality2_validity\ngood;1;1.0000;1.0000\nbad;2;1.0000;1.0000\ngood;3;1.0000;1.0000\n',
    );
  });

  it.each<[string, string[], string]>([
    ['a column too many', ['others.csv', '--real', 'scored.csv'], '--real: unexpected column "quality"'],
    ['an unknown attribute', ['others.csv', '--weights', 'beauty=1'], 'score has no option "weights.beauty"'],
    ['a weight that is none', ['others.csv', '--weights', 'novelty'], 'Expected name=number, with commas between.'],
  ])('refuses %s', (_, args, message) => {
    const { code, stdout, stderr } = run(['score', 'model', ...args]);
    expect([code, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain(message);
  });
});

describe('sample --min-quality', () => {
  it('writes exactly as many rows that keep conditions, and says how many did not reach it', () => {
    const args = ['--rows', '30', '--min-quality', '0.6', '--real', 'people.csv', '--where', 'age>=40'];
    const { code, stderr } = run(['sample', 'model', ...args, '--out', 'good.csv', '--workers', '1']);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^good\.csv: 30 rows; \d+\.\d % of what was begun/)]);
    const rows = table(text('good.csv')).slice(1);
    expect(rows).toHaveLength(30);
    expect(rows.every(([age]) => Number(age) >= 40)).toBe(true);
  });
});
