/** CSV files of real tables, of many kinds of columns. */
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { outside } from './outside.ts';

const packaged = fileURLToPath(new URL('../data/', import.meta.resolve('vega-datasets')));

/** Those of the vega-datasets package below 300 kB, and those of the folder beside it that test/outside.ts tells of. */
export function realTables(): string[] {
  const small = csvFiles(packaged).filter((path) => statSync(path).size < 300_000);
  const data = outside('data');
  return data === undefined ? small : [...small, ...csvFiles(`${data}/`)];
}

function csvFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.csv')).map((name) => folder + name);
}
