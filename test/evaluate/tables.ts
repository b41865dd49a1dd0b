/** Small tables for the tests of src/evaluate, built in memory or read from a CSV file with known kinds. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { Column, Kind } from '../../src/table/schema.ts';
import type { ColumnData, Table } from '../../src/table/table.ts';

type Cells = readonly (number | string | null)[];

/** A table from columns of cells: `{ age: ['integer', [1, null]], sex: ['category', ['f', 'm']] }`. */
export function tableOf(columns: Record<string, readonly [Kind, Cells]>): Table {
  const built = Object.entries(columns).map(([name, [kind, cells]]) => columnOf(name, kind, cells));
  return {
    schema: { version: 1, columns: built.map(({ column }) => column) },
    rowCount: Object.values(columns)[0]?.[1].length ?? 0,
    columns: built.map(({ data }) => data),
  };
}

function columnOf(name: string, kind: Kind, cells: Cells): { column: Column; data: ColumnData } {
  const missing = cells.includes(null) ? '' : null;
  if (kind === 'text') return { column: { name, kind, missing }, data: cells.map((x) => (x === null ? null : `${x}`)) };
  if (kind === 'boolean' || kind === 'category') {
    const values = [...new Set(cells.filter((x) => x !== null).map(String))].sort();
    const data = Int32Array.from(cells, (x) => (x === null ? -1 : values.indexOf(String(x))));
    if (kind === 'category') return { column: { name, kind, missing, values }, data };
    return { column: { name, kind, missing, values: [values[0] ?? 'no', values[1] ?? 'yes'] }, data };
  }
  const data = Float64Array.from(cells, (x) => (x === null ? Number.NaN : Number(x)));
  const present = data.filter((x) => !Number.isNaN(x));
  const range = { min: Math.min(...present.slice(0, 1e4)), max: Math.max(...present.slice(0, 1e4)) };
  if (kind === 'decimal') return { column: { name, kind, missing, scale: 6, minScale: 0, ...range }, data };
  if (kind === 'datetime') return { column: { name, kind, missing, format: 'YYYY-MM-DD', ...range }, data };
  return { column: { name, kind, missing, ...range }, data };
}

/** A CSV file (gzipped when named .gz) whose columns are categories where listed and decimals elsewhere; "" is missing. */
export function readCsv(path: string, categorical: readonly string[]): Table {
  const bytes = readFileSync(path);
  const [header, ...rows]: string[][] = parse(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
  const columns = header!.map((name, index): [string, [Kind, Cells]] => {
    const cells = rows.map((row) => (row[index] === '' ? null : row[index]!));
    return [name, [categorical.includes(name) ? 'category' : 'decimal', cells]];
  });
  return tableOf(Object.fromEntries(columns));
}

const row = fc.record({
  age: fc.option(fc.integer({ min: -5, max: 5 }), { freq: 5 }),
  pay: fc.option(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { freq: 5 }),
  day: fc.option(fc.integer({ min: 0, max: 1e12 }), { freq: 5 }),
  owns: fc.option(fc.constantFrom('no', 'yes'), { freq: 5 }),
  city: fc.option(fc.constantFrom('Bonn', 'Köln', 'Ulm', 'Jena'), { freq: 5 }),
  note: fc.option(fc.string(), { freq: 5 }),
});

const kinds = {
  age: 'integer',
  pay: 'decimal',
  day: 'datetime',
  owns: 'boolean',
  city: 'category',
  note: 'text',
} as const;

/** Any table of one to thirty rows with a column of every kind, all of which may be missing. */
export const mixedTable: fc.Arbitrary<Table> = fc.array(row, { minLength: 1, maxLength: 30 }).map((rows) => {
  const columns = Object.entries(kinds).map(([name, kind]): [string, [Kind, Cells]] => {
    return [name, [kind, rows.map((each) => each[name as keyof typeof kinds])]];
  });
  return tableOf(Object.fromEntries(columns));
});

/** The same rows in reverse order. */
export function shuffled(table: Table): Table {
  return {
    ...table,
    columns: table.columns.map((cells) => (Array.isArray(cells) ? cells.toReversed() : cells.slice().reverse())),
  };
}
