/**
 * npm run fingerprint: hashes of all that a seed decides, on tables made here: weights, new rows, filled cells, scores and
 * reports. A change that must not change results prints the same lines before and after (on one machine).
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cell,
  createRandom,
  evaluate,
  type FitOptions,
  fit,
  type Model,
  type Table,
  tableFromRows,
  tableRows,
  takeRows,
} from '../src/index.ts';

const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex').slice(0, 16);
const rowsHash = (table: Table) => hash(JSON.stringify(tableRows(table)));
const print = (name: string, value: string) => process.stdout.write(`${name.padEnd(28)} ${value}\n`);

/** 160 rows of every kind of column: numbers, categories, a date, short texts, missing cells, keys and persons. */
function mixedTable(): Table {
  const random = createRandom(11);
  const cities = ['Oslo', 'Paris, TX', 'Rome', '"Ulm"'];
  const rows = Array.from({ length: 160 }, (_, i): Record<string, Cell> => {
    const age = 18 + Math.floor(60 * random.uniform());
    const city = cities[Math.floor(cities.length * random.uniform() ** 2)]!;
    return {
      id: `K-${String(1000 + i)}`,
      age,
      income: random.uniform() < 0.1 ? null : Math.round(100 * (age * 3 + 40 * random.uniform())) / 100,
      city,
      since: new Date(Date.UTC(2020, Math.floor(12 * random.uniform()), 1 + Math.floor(27 * random.uniform())))
        .toISOString()
        .slice(0, 10),
      note: random.uniform() < 0.5 ? '' : `is ${city.toLowerCase()}, ${Math.floor(9 * random.uniform())}`,
      email: `person${i}@example.com`,
      member: random.uniform() < age / 80,
    };
  });
  return tableFromRows(rows);
}

async function fingerprint(name: string, table: Table, options: FitOptions): Promise<Model> {
  const model = await fit(table, { seed: 3, threads: 2, ...options });
  const folder = await mkdtemp(join(tmpdir(), 'fingerprint-'));
  await model.save(folder);
  for (const file of ['model.safetensors', 'tokenizer.json']) {
    print(`${name} ${file}`, hash(await readFile(join(folder, file))));
  }
  await rm(folder, { recursive: true });
  print(`${name} rows`, rowsHash(await model.sample({ rows: 120, seed: 5 })));
  return model;
}

const mixed = mixedTable();
const model = await fingerprint('tiny', mixed, { target: 'member', epochs: 4 });
print(
  'tiny where',
  rowsHash(
    await model.sample({ rows: 60, where: { age: { gte: 30, lt: 50 }, city: { in: ['Rome', 'Oslo'] } }, seed: 5 }),
  ),
);
print(
  'tiny like',
  rowsHash(
    await model.sample({
      like: takeRows(
        mixed,
        Array.from({ length: 50 }, (_, i) => i),
      ),
      keep: ['age', 'city'],
      seed: 5,
    }),
  ),
);
print('tiny balance', rowsHash(await model.sample({ rows: 60, balance: 'member', seed: 5 })));
print('tiny impute', rowsHash(await model.impute(mixed, { seed: 5 })));
print('tiny logProb', hash(JSON.stringify([...(await model.logProb(mixed, { orders: 2 })).rows])));
print('tiny scores', hash(JSON.stringify([...(await model.score(mixed, { real: mixed })).total])));
await fingerprint('small', mixed, { preset: 'small', epochs: 1, batchSize: 32, microBatchSize: 16 });
await fingerprint('gpt2', mixed, { architecture: 'gpt2', epochs: 1 });
const half = Array.from({ length: 80 }, (_, i) => i);
const report = await evaluate({
  train: takeRows(mixed, half),
  test: takeRows(
    mixed,
    half.map((i) => i + 80),
  ),
  synthetic: await model.sample({ rows: 80, seed: 6 }),
  target: 'member',
});
print('report', hash(JSON.stringify(report)));
print('report page', hash(report.toHtml()));
print('report text', hash(report.toText()));
