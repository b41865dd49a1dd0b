import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Dataset, rowsAbove } from '../../src/dataset/dataset.ts';
import { familiesOf } from '../../src/dataset/families.ts';
import { History, rowOf } from '../../src/dataset/features.ts';
import { keyFormOf, keyMaker } from '../../src/dataset/keys.ts';
import { chooseParents } from '../../src/dataset/other-parents.ts';
import { ownTable, planTable } from '../../src/dataset/plan.ts';
import { readDataset } from '../../src/dataset/read-dataset.ts';
import { learnedRows, ownRow } from '../../src/dataset/sentences.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { shop, writeShop } from './shop.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-sentences-'));
afterAll(() => rmSync(home, { recursive: true }));

function planOf(dataset: Dataset, name: string) {
  const owns = new Map(dataset.structure.order.map((one) => [one, ownTable(dataset, one)]));
  const families = familiesOf(dataset, name);
  const planned = planTable(dataset, name, owns, families, []);
  const rows = learnedRows(dataset, planned, owns, families);
  return { owns, families, rows, plan: { ...planned, anchors: [...rows.anchors], features: [...rows.features] } };
}

/** Every row that is learned, made back into own columns. */
function expectRoundTrip(dataset: Dataset, name: string) {
  const { owns, families, rows, plan } = planOf(dataset, name);
  const own = owns.get(name)!;
  for (const [f, family] of families.rows.entries()) {
    const history = new History(own.schema);
    const owner =
      families.owners[f]! < 0 || !plan.owner ? undefined : rowOf(owns.get(plan.owner.table)!, families.owners[f]!);
    const aboves = rowsAbove(dataset, name, 'above');
    for (const row of family) {
      const at = aboves?.rows[row] ?? -1;
      const above = at < 0 ? undefined : rowOf(owns.get(aboves!.table)!, at);
      const { values } = rowOf(own, row);
      expect(ownRow(plan, rowOf(rows.table, row), { owner, above, history })).toEqual(values);
      history.add(values);
    }
  }
  return plan;
}

/** Visits with a weight that changes slowly, a ward that seldom does, and cells that are missing. */
const visits = (): string => {
  const random = createRandom(3, 1);
  const lines = ['patient,at,weight,ward,note,noise,ill'];
  for (let patient = 0; patient < 40; patient++) {
    let [at, weight, ward, ill] = [random.int(400), 50 + random.int(50), random.int(12), random.int(3)];
    for (let visit = 0; visit < 1 + (patient % 6); visit++) {
      const gone = random.uniform() < 0.15;
      lines.push(
        [
          patient,
          new Date(Date.UTC(2020, 0, 1 + at, 8 + random.int(9))).toISOString().slice(0, 16),
          gone ? '' : (weight / 10).toFixed(1),
          random.uniform() < 0.1 ? '' : `ward ${ward}`,
          `note of ${patient}`,
          random.int(1000),
          `stage ${ill}`,
        ].join(),
      );
      at += 1 + random.int(9);
      weight += random.int(5) - 2;
      if (random.uniform() < 0.1) ward = random.int(12);
      if (random.uniform() < 0.2) ill = random.int(3);
    }
  }
  return `${lines.join('\n')}\n`;
};

describe('learned rows', () => {
  it('are the own columns again: steps, distances, repetitions, missing cells', async () => {
    const patients = `id,born\n${Array.from({ length: 40 }, (_, i) => `${i},19${20 + i}-01-01`).join('\n')}\n`;
    const path = writeShop(
      join(home, 'visits'),
      { 'visits.csv': visits(), 'patients.csv': patients },
      {
        tables: {
          patients: { file: 'patients.csv', key: 'id' },
          visits: { file: 'visits.csv', parents: [{ column: 'patient', table: 'patients' }], order: 'at' },
        },
      },
    );
    const plan = expectRoundTrip(await readDataset(path), 'visits');
    expect(plan.anchors.map(({ column, step }) => [column, step !== undefined])).toEqual([
      ['at', true],
      ['weight', true],
    ]);
    expect(plan.repeats.map(({ column }) => column)).toContain('ward');
    expect(plan.repeats.map(({ column }) => column)).not.toContain('noise');
    expect(plan.repeats.find(({ column }) => column === 'ill')?.cycle).toBe(true);
  });

  it('are the own columns again in every table of the shop', async () => {
    const dataset = await readDataset(writeShop(join(home, 'shop'), shop(80)));
    for (const name of ['customers', 'employees', 'orders', 'lines']) expectRoundTrip(dataset, name);
  });

  it('say that they repeat what the owner says', async () => {
    const cities = Array.from({ length: 30 }, (_, i) => `city ${i % 15}`);
    const customers = `id,city\n${cities.map((city, i) => `${i},${city}`).join('\n')}\n`;
    const orders = cities.flatMap((city, i) => [
      `${i},${city},${i}`,
      `${i},${i % 9 === 0 ? 'elsewhere' : city},${i + 1}`,
    ]);
    const path = writeShop(
      join(home, 'cities'),
      { 'customers.csv': customers, 'orders.csv': `customer,to,x\n${orders.join('\n')}\n` },
      {
        tables: {
          customers: { file: 'customers.csv', key: 'id' },
          orders: { file: 'orders.csv', parents: [{ column: 'customer', table: 'customers' }] },
        },
      },
    );
    const plan = expectRoundTrip(await readDataset(path), 'orders');
    expect(plan.repeats).toEqual([{ column: 'to', marker: '=', last: false, owner: 'city' }]);
  });

  it.each([0, 500])('know a balance by what moves it, begun at %i', async (opening) => {
    const random = createRandom(8, 1);
    const lines = ['account,day,amount,balance'];
    for (let account = 0; account < 30; account++) {
      let balance = 10 * opening;
      for (let day = 0; day < 4 + random.int(5); day++) {
        const amount = 1 + random.int(900);
        balance += day === 0 || random.uniform() < 0.6 ? amount : -amount;
        lines.push(`${account},${day},${(amount / 10).toFixed(1)},${(balance / 10).toFixed(1)}`);
      }
    }
    const accounts = `id,x\n${Array.from({ length: 30 }, (_, i) => `${i},${i % 3}`).join('\n')}\n`;
    const path = writeShop(
      join(home, `ledger-${opening}`),
      { 'accounts.csv': accounts, 'moves.csv': `${lines.join('\n')}\n` },
      {
        tables: {
          accounts: { file: 'accounts.csv', key: 'id' },
          moves: { file: 'moves.csv', parents: [{ column: 'account', table: 'accounts' }], order: 'day' },
        },
      },
    );
    const plan = expectRoundTrip(await readDataset(path), 'moves');
    expect(plan.anchors.find(({ column }) => column === 'balance')?.ledger).toEqual({
      column: 'amount',
      fromZero: opening === 0,
    });
  });

  it('are distances from the order column where a number goes with it', async () => {
    const random = createRandom(6, 1);
    const tests = Array.from({ length: 200 }, (_, i) => {
      const year = -2.5 + (i % 4) + (Math.floor(i / 4) % 3);
      return `${Math.floor(i / 4)},${year},${year + (random.uniform() < 0.1 ? 0.5 : 1.5)}`;
    });
    const children = `id,x\n${Array.from({ length: 50 }, (_, i) => `${i},${i % 3}`).join('\n')}\n`;
    const path = writeShop(
      join(home, 'grades'),
      { 'children.csv': children, 'tests.csv': `child,year,grade\n${tests.join('\n')}\n` },
      {
        tables: {
          children: { file: 'children.csv', key: 'id' },
          tests: { file: 'tests.csv', parents: [{ column: 'child', table: 'children' }], order: 'year' },
        },
      },
    );
    const { anchors } = expectRoundTrip(await readDataset(path), 'tests');
    expect(anchors).toContainEqual({ column: 'grade', base: { of: 'order', column: 'year' }, unit: 0.1 });
  });

  it('are distances from a time above that they are never before', async () => {
    const random = createRandom(5, 1);
    const day = (n: number) => new Date(Date.UTC(1993, 0, 1 + n)).toISOString().slice(0, 10);
    const [accounts, holders, cards] = [['id,opened'], ['id,account,x'], ['holder,issued']];
    for (let i = 0; i < 200; i++) {
      const opened = random.int(1500);
      accounts!.push(`${i},${day(opened)}`);
      holders!.push(`h${i},${i},${random.int(3)}`);
      cards!.push(`h${i},${day(opened + random.int(2000 - opened))}`);
    }
    const path = writeShop(
      join(home, 'cards'),
      Object.fromEntries(
        Object.entries({ accounts, holders, cards }).map(([k, lines]) => [`${k}.csv`, `${lines!.join('\n')}\n`]),
      ),
      {
        tables: {
          accounts: { file: 'accounts.csv', key: 'id' },
          holders: { file: 'holders.csv', key: 'id', parents: [{ column: 'account', table: 'accounts' }] },
          cards: { file: 'cards.csv', parents: [{ column: 'holder', table: 'holders' }] },
        },
      },
    );
    const { anchors } = expectRoundTrip(await readDataset(path), 'cards');
    expect(anchors).toEqual([{ column: 'issued', base: { of: 'above', column: 'opened' }, unit: 86_400_000 }]);
  });

  it('are told what says something of them, and no more', async () => {
    const dataset = await readDataset(writeShop(join(home, 'told'), shop(200)));
    const told = planOf(dataset, 'orders').plan.features.map(({ of, column }) => `${of} ${column}`);
    expect(told).toContain('owner country');
    expect(told.length).toBeLessThanOrEqual(24);
  });
});

describe('the rows of a family so far', () => {
  it('have means, of two values the share of the second, and a most common value', () => {
    const category = (name: string, values: string[]) => ({ name, kind: 'category' as const, missing: '', values });
    const history = new History({
      version: 1,
      columns: [category('sex', ['f', 'm']), category('ward', ['a', 'b', 'c'])],
    });
    expect([history.mean(0), history.mode(1)]).toEqual([null, null]);
    for (const row of [
      [0, 2],
      [1, 1],
      [null, 1],
      [1, null],
    ])
      history.add(row);
    expect([history.mean(0), history.mode(1), history.last, history.place]).toEqual([2 / 3, 1, [1, 1], 4]);
  });
});

describe('keys', () => {
  it.each([
    [['1', '2', '17'], /^\d+$/],
    [['C001', 'C007'], /^C\d{3,}$/],
    [['INV/7/x', 'INV/12/x'], /^INV\/\d+\/x$/],
    [['ALFKI', 'BERGS', 'QUICK'], /^[A-Z]{5}$/],
    [['6f1c0a9e-3b5d-4c1e-9a61-0d3f5b7c9e11', '00112233-4455-4677-8899-aabbccddeeff'], /^[0-9a-f-]{36}$/],
    [['A', 'B'], /^[A-Z](-\d+)?$/],
  ])('of the form of %j never repeat', (keys, form) => {
    const make = keyMaker(keyFormOf(keys), 5);
    const made = Array.from({ length: 3000 }, (_, i) => make(i));
    for (const key of made) expect(key).toMatch(form);
    expect(new Set(made).size).toBe(3000);
  });
});

describe('other parents', () => {
  const columns = [{ name: 'x', kind: 'integer' as const, missing: null, min: 0, max: 9 }];
  const rows = Array.from({ length: 10 }, (_, x) => [x]);

  it('are those that are most like what is said', () => {
    const wishes = [3, 7, 3].map((x, row) => ({ row, said: [x] }));
    expect([...chooseParents({ columns, rows }, wishes, createRandom(1))]).toEqual([3, 7, 3]);
  });

  it('have as many children as their slots say', () => {
    const wishes = Array.from({ length: 20 }, (_, row) => ({ row, said: [row % 3] }));
    const chosen = chooseParents({ columns, rows, slots: new Float64Array(10).fill(2) }, wishes, createRandom(1));
    const counts = new Map<number, number>();
    for (const parent of chosen) counts.set(parent, (counts.get(parent) ?? 0) + 1);
    expect([...counts.values()]).toEqual(Array(10).fill(2));
  });

  it('are of the same mark only, or none', () => {
    const marks = Int32Array.from(rows, (_, i) => i % 2);
    const wishes = [0, 1, 5].map((mark, row) => ({ row, said: [4], mark }));
    expect(
      [...chooseParents({ columns, rows, marks }, wishes, createRandom(1))].map((x) => (x < 0 ? x : x % 2)),
    ).toEqual([0, 1, -1]);
  });
});
