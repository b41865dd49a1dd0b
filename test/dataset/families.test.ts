import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenRows, parseChecks } from '../../src/dataset/checks.ts';
import type { Dataset } from '../../src/dataset/dataset.ts';
import { evaluateDataset } from '../../src/dataset/evaluate/evaluate.ts';
import { columnNames, fitDataset } from '../../src/dataset/fit.ts';
import { type DatasetModel, loadDatasetModel } from '../../src/dataset/model.ts';
import { readDataset } from '../../src/dataset/read-dataset.ts';
import { tableRows } from '../../src/table/rows.ts';
import type { Table } from '../../src/table/table.ts';
import { writeTable } from '../../src/table/write.ts';
import { description, shop, writeShop } from './shop.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-families-'));
afterAll(() => rmSync(home, { recursive: true }));
let folders = 0;
const folder = () => join(home, String(folders++));

/** As a reader of the written files sees it: keys and references are checked again. */
async function written(tables: Record<string, Table>, of: Dataset): Promise<Dataset> {
  const at = writeShop(folder(), {}, of.description);
  for (const [name, table] of Object.entries(tables)) {
    await writeTable(table, join(at, '..', of.description.tables[name]!.file));
  }
  const schemas = new Map([...of.tables].map(([name, { table }]) => [name, { schema: table.schema }]));
  return readDataset(at, { like: { tables: schemas, folder: join(at, '..') } });
}

const texts = (table: Table, column: string) => tableRows(table).map((row) => row[column]);

describe('new families', () => {
  let real: Dataset;
  let model: DatasetModel;
  let made: Record<string, Table>;
  beforeAll(async () => {
    real = await readDataset(writeShop(folder(), shop(150)));
    model = await fitDataset(real, { epochs: 12, seed: 1 });
    made = await model.sample({ workers: 1, rows: 70, seed: 5 });
  });

  it('has as many rows of the root as are asked for, and lookup tables as they are', () => {
    expect(made.customers!.rowCount).toBe(70);
    expect(tableRows(made.products!)).toEqual(tableRows(real.tables.get('products')!.table));
  });

  it('has new keys that are unique and references that are found: it reads as a data set', async () => {
    const again = await written(made, real);
    const old = new Set(texts(real.tables.get('customers')!.table, 'id'));
    for (const key of texts(made.customers!, 'id')) {
      expect(key).toMatch(/^C\d{4}$/);
      expect(old.has(key!)).toBe(false);
    }
    expect(again.tables.get('lines')!.parentRows.get('sku')).not.toContain(-1);
  });

  it('does not repeat a key in a later chunk', async () => {
    const tables = await model.sample({ workers: 1, rows: 20, seed: 5, chunkRows: 6 });
    const { structure } = await written(tables, real);
    expect(structure.root).toBe('customers');
    expect(tables.customers!.rowCount).toBe(20);
  });

  it.each([70, 6])('keeps every check in every family, drawn %i at once', async (chunkRows) => {
    const tables = chunkRows === 70 ? made : await model.sample({ workers: 1, rows: 20, seed: 5, chunkRows });
    const again = await written(tables, real);
    const checks = parseChecks(again.description, again.structure, columnNames(again), 'x');
    expect(checks.map((check) => [check.text, brokenRows(again, check).length])).toEqual(
      description.checks.map((text) => [text, 0]),
    );
  });

  it('has managers without circles, one at the top of each', () => {
    const boss = new Map(tableRows(made.employees!).map(({ employee, boss }) => [employee, boss]));
    for (const start of boss.keys()) {
      const path = new Set([start]);
      for (let at = boss.get(start); at !== null && at !== undefined; at = boss.get(at)) {
        expect(path.has(at)).toBe(false);
        path.add(at);
      }
    }
  });

  it('is the same for the same seed, and after it was saved and loaded', async () => {
    const path = folder();
    await model.save(path);
    const loaded = await loadDatasetModel(path);
    const again = await loaded.sample({ workers: 1, rows: 70, seed: 5 });
    expect(Object.keys(again).sort()).toEqual(Object.keys(made).sort());
    for (const [name, table] of Object.entries(again)) expect(tableRows(table)).toEqual(tableRows(made[name]!));
    expect(tableRows((await loaded.sample({ workers: 1, rows: 70, seed: 6 })).orders!)).not.toEqual(
      tableRows(made.orders!),
    );
  });

  it('meets conditions on any table', async () => {
    const { customers, orders } = await model.sample({
      workers: 1,
      rows: 30,
      where: { 'customers.country': 'FR', total: { gte: 5 } },
    });
    expect(new Set(texts(customers!, 'country'))).toEqual(new Set(['FR']));
    expect(orders!.rowCount).toBeGreaterThan(0);
  });

  it.each([
    [{ 'customers.contry': 'FR' }, /table "customers": no column "contry"; did you mean "country"\?/],
    [{ contry: 'FR' }, /no table has such a column/],
    [{ order_id: 7 }, /2 tables have it: write orders.order_id/],
    [{ 'customers.id': 'C0001' }, /holds keys, which are made/],
    [{ 'products.price': 3 }, /lookup table: its rows are kept/],
    [{ 'orders.ordered_at': '2023-01-01' }, /learned as a distance/],
  ])('refuses the condition %j', async (where, message) => {
    await expect(model.sample({ workers: 1, rows: 1, where })).rejects.toThrow(message);
  });

  it('keeps given parents as they are and writes children for them', async () => {
    const { customers, orders } = await model.sample({
      workers: 1,
      keep: { table: 'customers', dataset: real },
      seed: 2,
    });
    expect(tableRows(customers!)).toEqual(tableRows(real.tables.get('customers')!.table));
    const keys = new Set(texts(customers!, 'id'));
    expect(orders!.rowCount).toBeGreaterThan(0);
    for (const key of texts(orders!, 'customer_id')) expect(keys.has(key!)).toBe(true);
  });

  it('keeps totals when the rows that have them are given', async () => {
    const found = await model.sample({ workers: 1, keep: { table: 'orders', dataset: real }, seed: 2 });
    const sums = new Map<unknown, number>();
    for (const { order_id, amount } of tableRows(found.lines!)) {
      sums.set(order_id, (sums.get(order_id) ?? 0) + (amount as number));
    }
    expect(tableRows(found.orders!)).toEqual(tableRows(real.tables.get('orders')!.table));
    for (const { order_id, total } of tableRows(found.orders!)) {
      if (sums.has(order_id)) expect(sums.get(order_id)).toBeCloseTo(total as number, 2);
    }
  });

  it('has families without children, as the real ones', () => {
    const withOrders = new Set(texts(made.orders!, 'customer_id'));
    expect(withOrders.size).toBeLessThan(made.customers!.rowCount);
  });

  it('learns that the French buy more', async () => {
    const country = new Map(tableRows(made.customers!).map(({ id, country }) => [id, country]));
    const counts = { FR: 0, DE: 0, IT: 0 };
    for (const key of texts(made.orders!, 'customer_id')) counts[country.get(key!) as 'FR'] += 1;
    const customers = (name: string) => texts(made.customers!, 'country').filter((one) => one === name).length;
    expect(counts.FR / customers('FR')).toBeGreaterThan((counts.DE + counts.IT) / (customers('DE') + customers('IT')));
  });

  it('scores a copy of itself as perfect, and independent children as worse', async () => {
    const report = evaluateDataset({ train: real, synthetic: real, seed: 1 });
    for (const key of ['cardinality', 'hop1', 'hop2', 'keys', 'checks'] as const) {
      for (const { value } of report.synthetic[key]) expect(value).toBeCloseTo(1, 10);
    }
    for (const key of ['autocorrelation', 'gaps', 'lengths'] as const) {
      for (const { value } of report.synthetic[key]) expect(value).toBeCloseTo(0, 10);
    }
    const mean = (figures: readonly { value: number | null }[]) =>
      figures.reduce((sum, { value }) => sum + (value ?? 0), 0) / figures.length;
    expect(mean(report.independent!.hop1)).toBeLessThan(mean(report.synthetic.hop1));
    expect(mean(report.independent!.gaps)).toBeGreaterThan(0);
    expect(report.toText()).toContain('Children per parent');
    expect(report.toHtml()).toContain('customers');
  });
});

describe('other data sets', () => {
  it('gives the entities of a sequence a table of their own, and writes one table', async () => {
    const visits = Array.from({ length: 120 }, (_, i) => {
      const patient = Math.floor(i / 4);
      return `p${patient},${patient % 2 ? 'f' : 'm'},${(i % 4) * 7 + (patient % 3)},${(20 + (i % 4) + patient / 10).toFixed(1)}`;
    });
    const at = writeShop(
      folder(),
      { 'visits.csv': `patient,sex,day,weight\n${visits.join('\n')}\n` },
      {
        tables: { visits: { file: 'visits.csv', entity: 'patient', order: 'day' } },
      },
    );
    const model = await fitDataset(await readDataset(at), { epochs: 3 });
    const { visits: made, ...others } = await model.sample({ workers: 1, rows: 25, seed: 1 });
    expect(others).toEqual({});
    expect(made!.schema.columns.map(({ name }) => name)).toEqual(['patient', 'sex', 'day', 'weight']);
    const rows = tableRows(made!);
    expect(new Set(rows.map(({ patient }) => patient)).size).toBe(25);
    const sex = new Map(rows.map(({ patient, sex }) => [patient, sex]));
    let before: (typeof rows)[number] | undefined;
    for (const row of rows) {
      expect(row.sex).toBe(sex.get(row.patient!));
      if (before?.patient === row.patient) expect(row.day).toBeGreaterThanOrEqual(before!.day as number);
      before = row;
    }
  });

  it('writes rows without an owner, as the real ones, and no family where no rows are asked for', async () => {
    const files = shop(80);
    const orders = files['orders.csv']!.replaceAll(/,C00[0-3]\d,/g, ',,');
    const checks = ['sum(lines.amount) = orders.total'];
    const real = await readDataset(writeShop(folder(), { ...files, 'orders.csv': orders }, { ...description, checks }));
    const model = await fitDataset(real, { epochs: 2 });
    const made = await model.sample({ workers: 1, rows: 40, seed: 1 });
    const missing = (table: Table) => texts(table, 'customer_id').filter((key) => key === null).length / table.rowCount;
    expect(Math.abs(missing(made.orders!) - missing(real.tables.get('orders')!.table))).toBeLessThan(0.03);
    expect(texts(made.orders!, 'ordered_at')).not.toContain(null);
    const none = await model.sample({ workers: 1, rows: 0 });
    expect([none.customers!.rowCount, none.orders!.rowCount, none.lines!.rowCount]).toEqual([0, 0, 0]);
  });

  it('writes an empty table for a child table that is empty', async () => {
    const files = { ...shop(30), 'lines.csv': 'order_id,sku,amount\n' };
    const real = await readDataset(writeShop(folder(), files, { ...description, checks: [] }));
    const made = await (await fitDataset(real, { epochs: 1 })).sample({ workers: 1, rows: 10 });
    expect(made.lines!.rowCount).toBe(0);
    expect(made.orders!.rowCount).toBeGreaterThan(0);
  });

  it('learns and writes a family of thousands of rows', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i < 2900 ? 'a' : `b${i % 7}`},${i},${i % 5}`);
    const owners = ['a', ...Array.from({ length: 7 }, (_, i) => `b${i}`)].map((id, i) => `${id},${i % 2}`);
    const at = writeShop(
      folder(),
      { 'owners.csv': `id,x\n${owners.join('\n')}\n`, 'rows.csv': `owner,at,y\n${rows.join('\n')}\n` },
      {
        tables: {
          owners: { file: 'owners.csv', key: 'id' },
          rows: { file: 'rows.csv', parents: [{ column: 'owner', table: 'owners' }], order: 'at' },
        },
      },
    );
    const model = await fitDataset(await readDataset(at), { epochs: 1 });
    const made = await model.sample({ workers: 1, rows: 3, seed: 1 });
    expect(made.owners!.rowCount).toBe(3);
  });
});
