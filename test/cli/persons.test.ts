import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { place } from './run.ts';

const { folder, run, write } = place();
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
const cells = (content: string) =>
  content
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

const secrets = ['Anna', 'Meyer', 'firma.de', 'A100'];
const customer = (i: number) =>
  [
    `C-1${String((i * 7919 + 13) % 10_000).padStart(4, '0')}`,
    `Anna${String.fromCharCode(97 + (i % 26))} Meyer`,
    `anna${i}.meyer@firma.de`,
    i === 11 ? 'A100' : i % 2 ? 'B1' : 'B2',
    i % 3 ? 'yes' : 'no',
    20 + (i % 40),
  ].join();
const header = 'id,name,email,cabin,rich,age';
const table = Array.from({ length: 80 }, (_, i) => customer(i));
const ids = (name: string) =>
  cells(text(name))
    .slice(1)
    .map(([id]) => id!);

let said = '';
beforeAll(() => {
  write('customers.csv', `${[header, ...table].join('\n')}\n`);
  const fitted = run(['fit', 'customers.csv', '--out', 'model', '--epochs', '2', '--preset', 'tiny']);
  if (fitted.code !== 0) throw new Error(fitted.stderr);
  said = fitted.stderr;
});

describe('a model of persons', () => {
  it('says which values stand for one row only, and how to keep them out', () => {
    expect(said).toMatch(/column "cabin": 1 value stands for one row only \("A100"\).*--min-category-count/);
    const { code, stderr } = run([
      ...['fit', 'customers.csv', '--out', 'kept', '--epochs', '1', '--preset', 'tiny', '--min-category-count', '2'],
    ]);
    expect(code).toBe(0);
    expect(stderr).not.toContain('one row only');
    for (const secret of secrets) expect(text('kept/tabletalk.json')).not.toContain(secret);
  });

  it('has the same hash whoever they are', () => {
    const others = table.map((line) => line.replaceAll('Anna', 'Petra').replaceAll('anna', 'petra'));
    write('others.csv', `${[header, ...others].join('\n')}\n`);
    run(['fit', 'others.csv', '--out', 'others', '--epochs', '1', '--preset', 'tiny', '--quiet']);
    const hash = (name: string) => JSON.parse(text(`${name}/tabletalk.json`)).provenance.contentHash;
    expect(hash('others')).toBe(hash('model'));
  });

  it('gives no identifier twice: over seeds, after other rows, and to a table that is filled or enlarged', () => {
    for (const seed of ['1', '2']) run(['sample', 'model', '--rows', '150', '--seed', seed, '--out', `new${seed}.csv`]);
    run(['sample', 'model', '--rows', '150', '--seed', '1', '--after', 'new1.csv', '--out', 'after.csv']);
    write(
      'gaps.csv',
      `${[header, ...table.map((line, i) => (i % 4 ? line : line.replace(/^[^,]*/, '')))].join('\n')}\n`,
    );
    run(['impute', 'model', 'gaps.csv', '--out', 'filled.csv']);
    const brief = ['--rows', '40', '--folds', '0', '--force-rows', '--epochs', '1', '--mark', 'origin'];
    run(['augment', 'customers.csv', '--target', 'rich', ...brief, '--out', 'larger.csv']);
    run(['augment', 'larger.csv', '--target', 'rich', ...brief, '--out', 'largest.csv']);
    const made = [ids('customers.csv'), ids('new1.csv'), ids('new2.csv')].flat();
    expect(made).toHaveLength(380);
    const sets = [
      made,
      [...ids('customers.csv'), ...ids('new1.csv'), ...ids('after.csv')],
      ids('filled.csv'),
      ids('largest.csv'),
    ];
    for (const all of sets) expect(new Set(all).size).toBe(all.length);
    expect(ids('filled.csv').map((id, i) => i % 4 === 0 || id === ids('customers.csv')[i])).not.toContain(false);
    expect(ids('largest.csv')).toHaveLength(160);
    for (const id of sets.flat()) expect(id).toMatch(/^C-1\d{4}$/);
  });

  it('refuses more identifiers than there are before it writes a row', () => {
    const { code, stdout, stderr } = run(['sample', 'model', '--rows', '10001', '--quiet']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^tabletalk: column "id": 10001 rows need .* ask for fewer rows, or fit again with --schema .*\n$/,
    );
  });

  it('and the cure that it names works', () => {
    const { stderr } = run(['sample', 'model', '--rows', '10001', '--quiet']);
    write('longer.json', /\{"columns".*\}/.exec(stderr)![0]);
    const fit = [
      'fit',
      'customers.csv',
      '--schema',
      'longer.json',
      '--out',
      'longer',
      '--epochs',
      '1',
      '--preset',
      'tiny',
    ];
    expect(run([...fit, '--quiet']).stderr).toBe('');
    run(['sample', 'longer', '--rows', '10001', '--out', 'many.csv', '--quiet']);
    expect(new Set(ids('many.csv')).size).toBe(10_001);
  });
});
