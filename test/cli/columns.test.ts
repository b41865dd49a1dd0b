import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Schema } from '../../src/table/schema.ts';
import { place } from './run.ts';

const { folder, run, write } = place();

const line = (i: number) => `${i},0${2100 + (i % 7)},${i === 50 ? 'oops' : i / 4},n${i % 3},${3 + (i % 6)},x${i}\n`;
const table = `id,zip,price,name,grade,"a,b"\n${Array.from({ length: 120 }, (_, i) => line(i)).join('')}`;

const schemaOf = (stdout: string): Schema => JSON.parse(stdout);
const kindsOf = ({ columns }: Schema) => Object.fromEntries(columns.map(({ name, kind }) => [name, kind]));

describe('columns are typed and left out without a schema file', () => {
  it('by schema, where a name with a comma is one column', () => {
    write('t.csv', table);
    const args = ['schema', 't.csv', '--drop', 'a,b', '--drop', 'id', '--text', 'name', '--categorical', 'grade,zip'];
    const { code, stdout, stderr } = run(args);
    expect([code, stderr]).toEqual([
      0,
      't.csv: column "price": 1 of 120 cells is no number and taken as missing, the first in row 51: "oops"\n',
    ]);
    const schema = schemaOf(stdout);
    expect(kindsOf(schema)).toEqual({ zip: 'category', price: 'decimal', name: 'text', grade: 'category' });
    expect(schema.dropped).toEqual(['a,b', 'id']);
  });

  it.each<[string[], string]>([
    [['--drop', 'pricee'], 't.csv: no column "pricee"; did you mean "price"?'],
    [['--numeric', 'name'], 'column "name": not one of its cells is a number'],
    [['--numeric', 'grade', '--text', 'grade'], 'column "grade" is named for two kinds'],
    [['--drop', 'id,zip,price,name,grade', '--drop', 'a,b'], 't.csv: no column is left'],
  ])('%j ends with code 2 and one line', (args, message) => {
    write('t.csv', table);
    expect(run(['schema', 't.csv', ...args])).toEqual({ code: 2, stdout: '', stderr: `tabletalk: ${message}\n` });
  });

  it('by fit, whose model leaves the same columns out of other tables', () => {
    write('t.csv', table);
    const fit = ['fit', 't.csv', '--out', 'model', '--drop', 'id', '--drop', 'a,b', '--target', 'grade'];
    const { code, stderr } = run([...fit, '--epochs', '1', '--preset', 'tiny']);
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('column "grade": few different numbers, and the target'),
    ]);
    const { schema } = JSON.parse(readFileSync(join(folder, 'model', 'tabletalk.json'), 'utf8'));
    expect(kindsOf(schema)).toMatchObject({ price: 'decimal', grade: 'category' });
    expect(run(['impute', 'model', 't.csv', '--out', 'full.csv']).code).toBe(0);
    const [header, ...rows] = readFileSync(join(folder, 'full.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('id,zip,price,name,grade,"a,b"');
    // The cell that was no number is filled, as one that is missing; what the model does not know stays.
    expect(rows[50]).toMatch(/^50,02101,\d+(\.\d+)?,n2,5,x50$/);
    expect(rows[49]).toBe('49,02100,12.25,n1,4,x49');
    const sampled = run(['sample', 'model', '--rows', '20', '--where', 'grade>=7']);
    expect(sampled.code).toBe(0);
    expect(
      sampled.stdout
        .trim()
        .split('\n')
        .slice(1)
        .every((row) => /,[78]$/.test(row)),
    ).toBe(true);
  });
});

describe('one cell of a million characters is a text, and costs no more than its length', () => {
  const long = 1_000_000;
  it.each<[string, string]>([
    ['grouped digits', `$1${',111'.repeat(long / 4)}`],
    ['grouped digits and a letter', `1${'.111'.repeat(long / 4)}x`],
    ['digits, then an exponent without any', `${'1'.repeat(long)}e`],
    ['zeros behind a point', `1.${'0'.repeat(long)}1x`],
    ['a zero and zeros', `1.${'0'.repeat(long)}`],
    ['signs', '-'.repeat(long)],
    ['blanks', `1${' '.repeat(long)}x`],
    ['words', 'ab '.repeat(long / 3)],
    ['words and marks', 'a-b.c@'.repeat(long / 6)],
    ['a date that does not end', `2024-01-31${' 10:00'.repeat(long / 6)}`],
    ['a span that does not end', `1-${'2,'.repeat(long / 2)}-`],
  ])('%s', (_, cell) => {
    write('long.csv', `a,b\n${Array.from({ length: 40 }, (__, i) => `${i}.5,x\n`).join('')}"${cell}",y\n`);
    const { code, stderr } = run(['schema', 'long.csv', '--out', 'long.json', '--force']);
    expect([code, stderr.length < 1000]).toEqual([0, true]);
  });
});
