/**
 * The tables of a benchmark: folders with train.csv, test.csv and meta.json ({"target": "..."}). `--data <folder>` names where they
 * are; docs/figures.md says where each comes from. Without it, tables of the vega-datasets package are cut in two and put into a
 * temporary folder, so that every benchmark runs in a fresh clone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../src/numeric/random.ts';
import { readTable } from '../src/table/read.ts';
import { tableFromRows } from '../src/table/rows.ts';
import { takeRows } from '../src/table/select.ts';
import type { Cell, Table } from '../src/table/table.ts';
import { writeTable } from '../src/table/write.ts';

/** Files of the package and their labels: 344 penguins, 406 cars, 1,461 days of weather, 10,000 collisions with birds. */
const packaged = {
  penguins: ['penguins.json', 'Species'],
  cars: ['cars.json', 'Origin'],
  'seattle-weather': ['seattle-weather.csv', 'weather'],
  birdstrikes: ['birdstrikes.csv', 'Effect Amount of damage'],
} as const;

export interface BenchTable {
  readonly name: string;
  /** Paths of CSV files. */
  readonly train: string;
  readonly test: string;
  readonly target: string;
}

/** All tables in `folder` by name, in the package's order where it is undefined. */
export async function benchTables(folder: string | undefined): Promise<Map<string, BenchTable>> {
  const root = folder ?? (await packagedFolder());
  const names = folder === undefined ? Object.keys(packaged) : readdirSync(root).sort();
  const found = names.filter((name) => existsSync(join(root, name, 'meta.json')));
  if (found.length === 0) throw new Error(`--data ${root}: no folder in it has a meta.json`);
  return new Map(found.map((name) => [name, { name, ...partsOf(join(root, name)) }]));
}

/** The table of this name, or an error that lists those that are there. */
export function pickTable(tables: ReadonlyMap<string, BenchTable>, name: string): BenchTable {
  const table = tables.get(name);
  if (!table) throw new Error(`no table "${name}"; there are ${[...tables.keys()].join(', ')}`);
  return table;
}

/** A fifth of the rows, drawn with `seed`, is the test table. */
export function splitTable(table: Table, seed: number): { train: Table; test: Table } {
  const rows = createRandom(seed).shuffle(Array.from({ length: table.rowCount }, (_, row) => row));
  const held = Math.round(table.rowCount / 5);
  return { test: takeRows(table, rows.slice(0, held)), train: takeRows(table, rows.slice(held)) };
}

/** A table of the vega-datasets package, from CSV or JSON. */
export async function readPackaged(file: string): Promise<Table> {
  const url = new URL(`../data/${file}`, import.meta.resolve('vega-datasets'));
  if (file.endsWith('.csv')) return readTable(url.pathname);
  const rows: Record<string, Cell>[] = JSON.parse(readFileSync(url, 'utf8'));
  return tableFromRows(rows);
}

function partsOf(folder: string) {
  const { target } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  return { train: join(folder, 'train.csv'), test: join(folder, 'test.csv'), target };
}

async function packagedFolder(): Promise<string> {
  const root = join(tmpdir(), 'tabletalk-bench-tables');
  for (const [name, [file, target]] of Object.entries(packaged)) {
    const folder = join(root, name);
    if (existsSync(folder)) continue;
    const partial = `${folder}.${process.pid}`;
    mkdirSync(partial, { recursive: true });
    for (const [part, table] of Object.entries(splitTable(await readPackaged(file), 1)))
      await writeTable(table, join(partial, `${part}.csv`));
    writeFileSync(join(partial, 'meta.json'), JSON.stringify({ target }));
    renameSync(partial, folder);
  }
  return root;
}
