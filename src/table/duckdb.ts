/** Whatever DuckDB reads, where @duckdb/node-api is installed: it is no dependency of tabletalk. */
import { TabletalkError } from '../errors/errors.ts';
import { growingInts } from '../numeric/growing-arrays.ts';
import { createReservoir, type RowLimit } from './reservoir.ts';
import { createRowsBuilder } from './rows.ts';
import type { Schema } from './schema.ts';
import type { TextTable } from './text/text-table.ts';

/** What stands before a query, or before anything that may follow FROM: `duckdb:select * from 'a.parquet'`. */
export const duckdbScheme = 'duckdb:';

/** The part of the package that is used. */
interface DuckDB {
  readonly DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection> }> };
}

interface Connection {
  stream(sql: string): Promise<{
    columnNames(): string[];
    columnTypes(): { toString(): string }[];
    yieldRowsJson(): AsyncIterable<readonly (readonly unknown[])[]>;
  }>;
  closeSync(): void;
}

/** Rows as the query orders them. Whole numbers beyond 2^53 are strings of digits. */
export async function readDuckdb(path: string, given: Schema | undefined, limit: RowLimit): Promise<TextTable> {
  const { DuckDBInstance } = await loadDuckdb(path);
  const sql = queryOf(path);
  const kept = growingInts();
  const place = (row: number) => `${path}: row ${kept.at(row)}`;
  const builder = createRowsBuilder(given, { source: path, place });
  const reservoir = createReservoir<Record<string, unknown>>(
    limit,
    (row) => row,
    (row, line) => {
      kept.push(line);
      builder.add(row);
    },
  );
  try {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const result = await connection.stream(sql);
    const types = result.columnTypes().map(String);
    const names = result.columnNames();
    let line = 0;
    for await (const rows of result.yieldRowsJson()) {
      for (const row of rows) {
        reservoir.add(Object.fromEntries(names.map((name, i) => [name, cellOf(row[i], types[i]!)])), ++line);
      }
    }
    connection.closeSync();
  } catch (error) {
    throw new TabletalkError('input', `${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  const rowsSeen = reservoir.end();
  if (rowsSeen === 0) throw new TabletalkError('input', `${path}: no rows`);
  return { ...builder.build(), rowsSeen };
}

async function loadDuckdb(path: string): Promise<DuckDB> {
  // Through a variable, so that neither compiler nor bundler looks for a package that need not be there.
  const name = '@duckdb/node-api';
  try {
    return (await import(name)) as DuckDB;
  } catch {
    throw new TabletalkError(
      'option',
      `${path}: reading through DuckDB needs the package ${name}: npm install ${name}`,
    );
  }
}

/** A query stands for itself; a table, a file or a pattern of files is selected whole. */
function queryOf(path: string): string {
  const source = path.slice(duckdbScheme.length).trim();
  if (/^(?:select|with|from|values|pivot|unpivot|describe|summarize|table|show)\b/i.test(source)) return source;
  return `select * from '${source.replaceAll("'", "''")}'`;
}

/** DuckDB's JSON form of a value to a cell; its type says whether a string is a number or a time. */
function cellOf(value: unknown, type: string): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return type === 'FLOAT' ? Number(value.toPrecision(7)) : value;
  if (typeof value !== 'string') return JSON.stringify(value);
  if (type === 'FLOAT' || type === 'DOUBLE') return null;
  if (/INT|^DECIMAL/.test(type)) {
    const number = Number(value);
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? value : number;
  }
  return /^TIME/.test(type) ? timeText(value) : value;
}

/** All times of a column in one form: three digits of a second's fraction, more only where they say something. */
function timeText(text: string): string {
  const found = /^(.*\d\d:\d\d:\d\d)(?:\.(\d+))?(\+00)?$/.exec(text);
  if (!found) return text;
  const [, time, fraction = '', zone] = found;
  return `${time}.${fraction.replace(/0+$/, '').padEnd(3, '0')}${zone ? '+00:00' : ''}`;
}
