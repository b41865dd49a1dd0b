import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { readTable } from '../../src/table/read.ts';
import { tableRows } from '../../src/table/rows.ts';

/** tabletalk does not depend on it: which of the two laws can be tested is up to the machine. */
const name = '@duckdb/node-api';
const isInstalled = await import(name).then(
  () => true,
  () => false,
);

describe('duckdb:', () => {
  const lacking = async () => {
    const error = await readTable('duckdb:select 1').catch((reason) => reason);
    expect(error).toBeInstanceOf(TabletalkError);
    expect([error.code, error.message]).toEqual([
      'option',
      'duckdb:select 1: reading through DuckDB needs the package @duckdb/node-api: npm install @duckdb/node-api',
    ]);
  };

  const reading = async () => {
    const sql = `select 9007199254740993 as big, i, i / 4 as x, i > 1 as b, date '2024-02-29' as d,
      timestamp '2024-02-29' + interval (i) hour as t, case when i = 1 then null else 'a' end as s, 1.50::decimal(9, 2) as m
      from range(3) r(i) order by i`;
    const rows = tableRows(await readTable(`duckdb:${sql}`));
    const one = { big: '9007199254740993', d: '2024-02-29', m: 1.5 };
    expect(rows).toEqual([
      { ...one, i: 0, x: 0, b: false, t: '2024-02-29 00:00:00.000', s: 'a' },
      { ...one, i: 1, x: 0.25, b: false, t: '2024-02-29 01:00:00.000', s: null },
      { ...one, i: 2, x: 0.5, b: true, t: '2024-02-29 02:00:00.000', s: 'a' },
    ]);
    await expect(readTable('duckdb:select from')).rejects.toThrow(/^duckdb:select from: /);
  };

  if (isInstalled) it('reads what a query selects', reading);
  else it('says what is lacking', lacking);
});
