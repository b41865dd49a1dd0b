import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDatasetModel } from '../../src/dataset/model.ts';
import { description, shop, writeShop } from '../dataset/shop.ts';
import { place } from './run.ts';

interface Stored {
  tables: Record<string, Record<string, unknown>>;
}

describe('linked tables on the command line', () => {
  const { folder, run } = place();
  const quick = ['--epochs', '1', '--seed', '1', '--quiet'];
  beforeAll(() => {
    writeShop(join(folder, 'shop'));
    const { code, stderr } = run(['fit', 'shop/dataset.json', '--out', 'model', ...quick]);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('writes every table of as many families as asked for, whatever the number of workers', () => {
    const text = (out: string) =>
      readdirSync(join(folder, out))
        .sort()
        .map((name) => readFileSync(join(folder, out, name), 'utf8'));
    for (const workers of ['1', '2']) {
      const sampled = run([
        'sample',
        'model',
        '--rows',
        '300',
        '--seed',
        '3',
        '--workers',
        workers,
        '--out',
        `new-${workers}`,
      ]);
      expect(sampled.code).toBe(0);
      expect(sampled.stderr).toMatch(/^new-\d: .*customers 300/m);
    }
    expect(readdirSync(join(folder, 'new-1')).sort()).toEqual(Object.keys(shop()).sort());
    expect(text('new-1')).toEqual(text('new-2'));
    expect(readFileSync(join(folder, 'new-1/products.csv'), 'utf8')).toBe(shop()['products.csv']);
  });

  it('replaces a folder with --force only, and only one that holds nothing else', () => {
    const sample = ['sample', 'model', '--rows', '2', '--out', 'twice'];
    expect(run(sample).code).toBe(0);
    const again = run(sample);
    expect([again.code, again.stderr]).toEqual([2, 'tabletalk: twice: exists already; give --force to replace it\n']);
    expect(run([...sample, '--force']).code).toBe(0);
    writeFileSync(join(folder, 'twice/mine.txt'), 'mine');
    expect(run([...sample, '--force']).stderr).toContain('holds "mine.txt", which is no table of the data set');
  });

  it('keeps a table of the data set that it was fitted to, which the folder names from where it is', () => {
    expect(run(['sample', 'model', '--keep', 'customers', '--out', 'kept']).code).toBe(0);
    const ids = (file: string) =>
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .map((line) => line.split(',')[0]);
    expect(ids('kept/customers.csv')).toEqual(ids('shop/customers.csv'));
    expect(JSON.parse(readFileSync(join(folder, 'model/tabletalk-dataset.json'), 'utf8')).source).toBe(
      '../shop/dataset.json',
    );
  });

  it.each([
    ['a file outside the folder', (file: Stored) => Object.assign(file.tables.orders!, { file: '../evil.csv' })],
    ['a folder as a file', (file: Stored) => Object.assign(file.tables.orders!, { file: '..' })],
    ['a table outside the folder', (file: Stored) => Object.assign(file.tables, { '../shop': file.tables.orders })],
    ['a link as a table', () => symlinkSync(join(folder, 'model/orders'), join(folder, 'sent/linked')), 'linked'],
  ])('%s, in a folder from somebody else, is refused', (_, change, linked?: string) => {
    rmSync(join(folder, 'sent'), { recursive: true, force: true });
    cpSync(join(folder, 'model'), join(folder, 'sent'), { recursive: true });
    const path = join(folder, 'sent/tabletalk-dataset.json');
    const file = JSON.parse(readFileSync(path, 'utf8')) as Stored;
    change(file);
    if (linked) file.tables[linked] = { ...file.tables.orders };
    writeFileSync(path, JSON.stringify(file));
    const { code, stderr } = run(['sample', 'sent', '--rows', '3', '--out', 'stolen/new']);
    expect([code, stderr.split('\n').length]).toEqual([2, 2]);
    expect(existsSync(join(folder, 'stolen'))).toBe(false);
    expect(existsSync(join(folder, 'evil.csv'))).toBe(false);
  });

  it('saves over an earlier model, and leaves a neighbour alone', async () => {
    mkdirSync(join(folder, 'model.partial'));
    writeFileSync(join(folder, 'model.partial/mine.txt'), 'mine');
    const model = await loadDatasetModel(join(folder, 'model'));
    await model.save(join(folder, 'copy'));
    await model.save(join(folder, 'copy'));
    expect(readFileSync(join(folder, 'model.partial/mine.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(join(folder, 'copy')).sort()).toEqual(readdirSync(join(folder, 'model')).sort());
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('evaluates, inspects and proposes', () => {
    run(['sample', 'model', '--rows', '40', '--out', 'judged']);
    const files = ['--out', 'report.html', '--json', 'report.json'];
    const report = run([
      'evaluate',
      '--train',
      'shop/dataset.json',
      '--synthetic',
      'judged',
      '--test',
      'shop/dataset.json',
      ...files,
    ]);
    expect(report.code).toBe(0);
    expect(report.stdout).toMatch(/Keys valid +100\.0 %/);
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).test.cardinality[0].value).toBe(1);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<svg');
    expect(run(['inspect', 'model']).stdout).toContain('lines: 200 rows; below orders by order_id');
    expect(JSON.parse(run(['schema', 'shop']).stdout).tables.customers.key).toBe('id');
  });

  it.each([
    [['sample', 'model', '--rows', '1', '--out', 'x', '--where', 'customers.country=US'], /cannot satisfy --where/],
    [
      ['sample', 'model', '--rows', '1', '--out', 'x', '--where', 'customers.contry=US'],
      /no column "customers.contry"/,
    ],
    [['sample', 'model', '--rows', '1', '--out', 'x', '--temperature', '0.5'], /--temperature is for one table/],
    [['sample', 'model', '--rows', '1'], /--out must name a folder/],
    [
      ['sample', 'model', '--keep', 'custumers', '--out', 'x'],
      /keep "custumers": no such table; did you mean "customers"\?/,
    ],
    [['fit', 'shop/dataset.json', '--out', 'model', '--target', 'total', '--force'], /--target is for one table/],
    [['fit', 'shop/dataset.json', '--out', 'model'], /model: exists already/],
    [['fit', 'shop/nothing.json', '--out', 'm2'], /nothing.json: cannot be read/],
    [['fit', 'shop/orders.csv', '--out', 'm2', '--drop-orphans'], /--drop-orphans is for linked tables/],
  ])('refuses %j in one line', (args, message) => {
    const { code, stderr } = run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').length).toBe(1);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('goes on with a fit that lacks a table', () => {
    const finished = readFileSync(join(folder, 'model/customers/model.safetensors'));
    const { code } = run(['fit', 'shop/dataset.json', '--out', 'model', '--resume', ...quick]);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, 'model/customers/model.safetensors')).equals(finished)).toBe(true);
  });

  it('drops orphans when told to, with their number', () => {
    writeShop(
      join(folder, 'torn'),
      { ...shop(), 'lines.csv': `${shop()['lines.csv']}77,P-01,3.00\n` },
      { ...description, checks: [] },
    );
    const torn = run(['fit', 'torn/dataset.json', '--out', 'torn-model', ...quick]);
    expect(torn.stderr).toMatch(/lines\.csv:\d+: column "order_id": no row of "orders" has the key "77"/);
    const args = ['fit', 'torn/dataset.json', '--out', 'torn-model', '--drop-orphans', '--epochs', '1'];
    expect(run(args).stderr).toContain('lines: 1 rows left out, their parent is not there');
  });
});
