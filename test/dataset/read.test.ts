import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fitDataset } from '../../src/dataset/fit.ts';
import { proposeDataset } from '../../src/dataset/propose.ts';
import { readDataset } from '../../src/dataset/read-dataset.ts';
import { description, shop, writeShop } from './shop.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-dataset-'));
afterAll(() => rmSync(home, { recursive: true }));
let folders = 0;
const folder = () => join(home, String(folders++));

/** The shop with another file or description. */
const changed = (files: Record<string, string>, described: object = description) =>
  readDataset(writeShop(folder(), { ...shop(), ...files }, described));
const tablesWith = (tables: object) => ({ ...description, tables: { ...description.tables, ...tables } });

describe('a data set', () => {
  it('finds the parent of every row', async () => {
    const { tables, structure } = await readDataset(writeShop(folder()));
    expect(structure.root).toBe('customers');
    expect(structure.order.indexOf('lines')).toBeGreaterThan(structure.order.indexOf('products'));
    const orders = tables.get('orders')!;
    const customers = tables.get('customers')!;
    const names = orders.table.columns[1] as Int32Array | string[];
    expect(orders.parentRows.get('customer_id')!.length).toBe(names.length);
    expect(customers.keys![orders.parentRows.get('customer_id')![0]!]).toBe('C0001');
  });

  it('takes 7.0 for a reference to 7', async () => {
    const path = writeShop(
      folder(),
      { 'a.csv': 'id\n7\n8\n', 'b.csv': 'a,x\n7.0,1\n,2\n8.0,3\n' },
      {
        tables: { a: { file: 'a.csv', key: 'id' }, b: { file: 'b.csv', parents: [{ column: 'a', table: 'a' }] } },
      },
    );
    expect([...(await readDataset(path)).tables.get('b')!.parentRows.get('a')!]).toEqual([0, -1, 1]);
  });

  it('refuses a key that repeats, with both places', async () => {
    const files = { 'customers.csv': `${shop()['customers.csv']}C0003,FR,2023-01-01\n` };
    await expect(changed(files)).rejects.toThrow(
      /customers\.csv:62: column "id": a key must not repeat, got "C0003" again \(first at .*customers\.csv:4\)/,
    );
  });

  it('refuses an orphan with file, line and value, or drops it and what hangs below it', async () => {
    const orders = `${shop()['orders.csv']}9999,C7777,e1,2023-05-05,5.00\n`;
    const lines = `${shop()['lines.csv']}9999,P-01,5.00\n`;
    const place = orders.split('\n').length - 1;
    const files = { 'orders.csv': orders, 'lines.csv': lines };
    await expect(changed(files)).rejects.toThrow(
      `orders.csv:${place}: column "customer_id": no row of "customers" has the key "C7777"`,
    );
    const path = writeShop(folder(), { ...shop(), ...files });
    const { orphans } = await readDataset(path, { dropOrphans: true });
    expect(Object.fromEntries(orphans)).toEqual({ orders: 1, lines: 1 });
  });

  it.each<[string, object, RegExp]>([
    [
      'a parent table that is missing',
      { orders: { ...description.tables.orders, parents: [{ column: 'customer_id', table: 'custumers' }] } },
      /no table "custumers"; did you mean "customers"\?/,
    ],
    ['a parent without a key', { customers: { file: 'customers.csv' } }, /table "customers" has no "key"/],
    [
      'a circle',
      { customers: { file: 'customers.csv', key: 'id', parents: [{ column: 'country', table: 'orders' }] } },
      /in a circle: "customers" -> "orders" -> "customers"/,
    ],
    [
      'a lookup table below one that is made',
      { products: { ...description.tables.products, parents: [{ column: 'price', table: 'orders' }] } },
      /a lookup table is kept, so "orders" must be a lookup table/,
    ],
    ['an unknown key in the file', { customers: { file: 'customers.csv', kye: 'id' } }, /Unrecognized key: "kye"/],
    [
      'a column that is not there',
      { customers: { file: 'customers.csv', key: 'idd' } },
      /customers\.csv: no column "idd"; did you mean "id"\?/,
    ],
    [
      'an order that is no number or time',
      { orders: { ...description.tables.orders, order: 'seller' } },
      /orders\.csv: column "seller": the order must be a number or a time/,
    ],
    ['a file that is missing', { customers: { file: 'nowhere.csv', key: 'id' } }, /nowhere\.csv/],
  ])('refuses %s', async (_, tables, message) => {
    await expect(changed({}, tablesWith(tables))).rejects.toThrow(message);
  });

  it('reads a child table that is empty', async () => {
    const { tables } = await changed({ 'lines.csv': 'order_id,sku,amount\n' });
    expect(tables.get('lines')!.table.rowCount).toBe(0);
  });

  it.each([
    ['sum(lines.amount) = customers.since', /do not hang below/],
    ['orders.ordered_at >= employees.region', /must hang below/],
    ['unique(order_id)', /2 tables have "order_id": write table.column/],
    ['monotone(orders.nothing)', /no table has "orders.nothing"/],
    ['orders.total = 5', /must be monotone/],
  ])('refuses the check %s', async (check, message) => {
    const dataset = await changed({}, { ...description, checks: [check] });
    await expect(fitDataset(dataset, { epochs: 1 })).rejects.toThrow(message);
  });

  it('refuses rows that break a check', async () => {
    const files = { 'orders.csv': shop()['orders.csv']!.replace(/\d+\.\d\d\n/, '1.23\n') };
    await expect(fitDataset(await changed(files), { epochs: 1 })).rejects.toThrow(
      /check "sum\(lines.amount\) = orders.total" does not hold in 1 rows of "orders", the first is row 1/,
    );
  });
});

describe('schema of a folder', () => {
  it('proposes keys, parents, order and lookup tables', async () => {
    const path = writeShop(folder());
    rmSync(path);
    writeFileSync(join(path, '../notes.txt'), 'no table');
    const { tables } = await proposeDataset(join(path, '..'));
    expect(tables.customers).toEqual({ file: 'customers.csv', key: 'id' });
    expect(tables.products).toEqual({ file: 'products.csv', key: 'sku', lookup: true });
    expect(tables.lines!.parents).toEqual([
      { column: 'order_id', table: 'orders' },
      { column: 'sku', table: 'products' },
    ]);
    expect(tables.orders).toMatchObject({ key: 'order_id', order: 'ordered_at' });
    expect(tables.orders!.parents).toContainEqual({ column: 'customer_id', table: 'customers' });
  });

  it('refuses a folder without tables', async () => {
    const path = writeShop(folder(), {});
    await expect(proposeDataset(join(path, '..'))).rejects.toThrow(/no table in it/);
  });
});
