/**
 * Whatever DuckDB reads, where @duckdb/node-api is installed: it is no dependency of tabletalk. It knows that a query has
 * rows, nothing of kinds.
 */
import { TabletalkError } from '../errors.ts';
import { createRowKeeper, type RowLimit } from './row-keeper.ts';
import { createRowsBuilder } from './rows.ts';
import type { Schema } from './schema.ts';
import { growingInts, type TextTable } from './text-table.ts';

/** What stands before a query, or before anything that may follow FROM: `duckdb:select * from 'a.parquet'`. */
export const duckdbScheme = 'duckdb:';

/** The part of the package that is used. */
interface DuckDB {
  readonly DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<Connection> }> };
}

interface Connection {
  stream(sql: string): Promise<{
    columnNames(): string[];
    yieldRowsJs(): AsyncIterable<readonly (readonly unknown[])[]>;
  }>;
  closeSync(): void;
}

/** Rows as the query orders them. Whole numbers beyond 2^53 and decimals of many digits are strings of digits. */
export async function readDuckdb(path: string, given: Schema | undefined, limit: RowLimit): Promise<TextTable> {
  const { DuckDBInstance } = await loadDuckdb(path);
  const sql = queryOf(path);
  const kept = growingInts();
  const place = (row: number) => `${path}: row ${kept.at(row)}`;
  const builder = createRowsBuilder(given, { source: path, place });
  const keeper = createRowKeeper<Record<string, unknown>>(
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
    const names = result.columnNames();
    let line = 0;
    for await (const rows of result.yieldRowsJs()) {
      for (const row of rows) keeper.add(Object.fromEntries(names.map((name, i) => [name, cellOf(row[i])])), ++line);
    }
    connection.closeSync();
  } catch (error) {
    throw new TabletalkError('input', `${path}: ${(error as Error).message.split('\n')[0]}`);
  }
  const rowsSeen = keeper.end();
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
  const asked = path.slice(duckdbScheme.length).trim();
  if (/^(?:select|with|from|values|pivot|unpivot|describe|summarize|table|show)\b/i.test(asked)) return asked;
  return `select * from '${asked.replaceAll("'", "''")}'`;
}

/** Types that JavaScript has as they are; dates and times as ISO text; the rest as DuckDB spells it. */
function cellOf(value: unknown): unknown {
  if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return isoOf(value);
  return String(value);
}

function isoOf(date: Date): string {
  const iso = date.toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, -1).replace('T', ' ');
}
