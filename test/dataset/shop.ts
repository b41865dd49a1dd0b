/** A shop made up for tests: customers, their orders, the lines of these, products, and employees with their managers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../src/numeric/random.ts';

const countries = ['FR', 'DE', 'IT'];
const day = (n: number) => new Date(Date.UTC(2023, 0, 1 + n)).toISOString().slice(0, 10);

export const description = {
  root: 'customers',
  tables: {
    customers: { file: 'customers.csv', key: 'id' },
    employees: { file: 'employees.csv', key: 'employee', parents: [{ column: 'boss', table: 'employees' }] },
    products: { file: 'products.csv', key: 'sku', lookup: true },
    orders: {
      file: 'orders.csv',
      key: 'order_id',
      parents: [
        { column: 'customer_id', table: 'customers' },
        { column: 'seller', table: 'employees' },
      ],
      order: 'ordered_at',
    },
    lines: {
      file: 'lines.csv',
      parents: [
        { column: 'order_id', table: 'orders' },
        { column: 'sku', table: 'products' },
      ],
    },
  },
  checks: [
    'monotone(orders.ordered_at)',
    'orders.ordered_at >= customers.since',
    'sum(lines.amount) = orders.total',
    'unique(lines.order_id, lines.sku)',
  ],
};

/** Files of `customers` customers, by name. Every fifth customer has no order; the French buy more, and dearer things. */
export function shop(customers = 60, seed = 1): Record<string, string> {
  const random = createRandom(seed, 99);
  const products = Array.from({ length: 8 }, (_, i) => ({
    sku: `P-${String(i + 1).padStart(2, '0')}`,
    price: 2 * i + 3,
  }));
  const staff = Array.from({ length: 12 }, (_, i) => ({
    id: `e${i + 1}`,
    boss: i === 0 ? '' : `e${1 + Math.floor((i - 1) / 3)}`,
    region: countries[i % 3]!,
  }));
  const files = {
    customers: ['id,country,since'],
    orders: ['order_id,customer_id,seller,ordered_at,total'],
    lines: ['order_id,sku,amount'],
    products: ['sku,price', ...products.map(({ sku, price }) => `${sku},${price.toFixed(2)}`)],
    employees: ['employee,boss,region', ...staff.map(({ id, boss, region }) => `${id},${boss},${region}`)],
  };
  let orders = 1000;
  for (let c = 0; c < customers; c++) {
    const country = random.int(3);
    const since = random.int(300);
    files.customers.push(`C${String(c + 1).padStart(4, '0')},${countries[country]},${day(since)}`);
    const count = c % 5 === 4 ? 0 : 1 + random.int(country === 0 ? 5 : 2);
    let at = since + random.int(20);
    for (let o = 0; o < count; o++) {
      orders++;
      const seller = staff.filter(({ region }) => region === countries[country])[random.int(4)]!;
      const skus = random.shuffle(Array.from(products.keys())).slice(0, 1 + random.int(3));
      let total = 0;
      for (const sku of skus) {
        const amount = Math.round(100 * products[sku]!.price * (1 + random.int(country === 0 ? 4 : 2))) / 100;
        total += amount;
        files.lines.push(`${orders},${products[sku]!.sku},${amount.toFixed(2)}`);
      }
      files.orders.push(`${orders},C${String(c + 1).padStart(4, '0')},${seller.id},${day(at)},${total.toFixed(2)}`);
      at += 5 + random.int(30);
    }
  }
  return Object.fromEntries(Object.entries(files).map(([name, lines]) => [`${name}.csv`, `${lines.join('\n')}\n`]));
}

/** Writes the files and a dataset.json; returns the path of that. */
export function writeShop(
  folder: string,
  files: Record<string, string> = shop(),
  described: object = description,
): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(described));
  return join(folder, 'dataset.json');
}
