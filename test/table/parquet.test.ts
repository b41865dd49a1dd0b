import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { afterAll, describe, expect, test } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { readTable, readTableAndDialect } from '../../src/table/read.ts';
import { tableRows } from '../../src/table/rows.ts';
import { takeRows } from '../../src/table/select.ts';
import { createTableWriter, writeTable } from '../../src/table/write.ts';
import { anyTable } from '../serialize/any-table.ts';

const folder = mkdtempSync(join(tmpdir(), 'tabletalk-parquet-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'table.parquet');

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** A file as another program would write it. */
function write(columns: readonly (Element & { data: unknown[] })[], groups = 1): void {
  const writer = new ByteWriter();
  const elements = columns.map(({ data: _, ...element }): Element => ({ repetition_type: 'OPTIONAL', ...element }));
  const schema = [{ name: 'root', num_children: columns.length }, ...elements];
  const parquet = new ParquetWriter({ writer, schema });
  const rows = columns[0]!.data.length;
  parquet.write({
    columnData: columns.map(({ name, data }) => ({ name, data })),
    rowGroupSize: Math.ceil(rows / groups),
  });
  parquet.finish();
  writeFileSync(path, writer.getBytes());
}

const utf8 = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;

describe('Parquet', () => {
  test('any table comes back under its schema, its rows in their order', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, async ({ table }) => {
        // The reader takes a mark at the start of a name for no part of it.
        fc.pre(!table.schema.columns.some(({ name }) => name.startsWith('\uFEFF')));
        await writeTable(table, path, { force: true });
        const read = await readTable(path, { schema: table.schema });
        const cells = (each: typeof table) => each.columns.map((data) => Array.from(data as ArrayLike<unknown>));
        expect(cells(read)).toEqual(cells(table));
      }),
      { numRuns: 200 },
    );
  });

  test('types become kinds', async () => {
    write([
      { name: 'int32', type: 'INT32', data: [1, -7, null] },
      { name: 'int64', type: 'INT64', data: [1n, 9007199254740991n, null] },
      { name: 'huge', type: 'INT64', data: [9007199254740993n, 5n, null] },
      { name: 'float', type: 'FLOAT', data: [0.1, 2.5, null] },
      { name: 'double', type: 'DOUBLE', data: [0.1 + 0.2, -0, Number.NaN] },
      { name: 'money', type: 'INT64', converted_type: 'DECIMAL', precision: 9, scale: 2, data: [1999n, -5n, null] },
      { name: 'flag', type: 'BOOLEAN', data: [true, false, null] },
      { name: 'word', ...utf8, data: ['a', '', null] },
      { name: 'digits', ...utf8, data: ['007', '008', '009'] },
      { name: 'day', type: 'INT32', converted_type: 'DATE', data: [0, 19_000, null] },
      {
        name: 'instant',
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
        data: [1_500_000n, 0n, null],
      },
      {
        name: 'wall',
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MILLIS' },
        data: [1000n, 0n, null],
      },
      {
        name: 'fine',
        type: 'INT64',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
        data: [1n, -1n, 0n],
      },
      { name: 'clock', type: 'INT32', converted_type: 'TIME_MILLIS', data: [45_296_000, 0, null] },
    ]);
    const table = await readTable(path);
    expect(Object.fromEntries(table.schema.columns.map(({ name, kind }) => [name, kind]))).toEqual({
      int32: 'integer',
      int64: 'integer',
      huge: 'category',
      float: 'decimal',
      double: 'decimal',
      money: 'decimal',
      flag: 'boolean',
      word: 'category',
      digits: 'category',
      day: 'datetime',
      instant: 'datetime',
      wall: 'datetime',
      fine: 'datetime',
      clock: 'datetime',
    });
    expect(tableRows(table)).toEqual([
      {
        int32: 1,
        int64: 1,
        huge: '9007199254740993',
        float: 0.1,
        double: 0.1 + 0.2,
        money: 19.99,
        flag: true,
        word: 'a',
        digits: '007',
        day: '1970-01-01',
        instant: '1970-01-01T00:00:01.500Z',
        wall: '1970-01-01 00:00:01',
        fine: '1970-01-01 00:00:00.000001',
        clock: '12:34:56',
      },
      {
        int32: -7,
        int64: 9007199254740991,
        huge: '5',
        float: 2.5,
        double: -0,
        money: -0.05,
        flag: false,
        word: '',
        digits: '008',
        day: '2022-01-08',
        instant: '1970-01-01T00:00:00.000Z',
        wall: '1970-01-01 00:00:00',
        fine: '1969-12-31 23:59:59.999999',
        clock: '00:00:00',
      },
      {
        int32: null,
        int64: null,
        huge: null,
        float: null,
        double: null,
        money: null,
        flag: null,
        word: null,
        digits: '009',
        day: null,
        instant: null,
        wall: null,
        fine: '1970-01-01 00:00:00.000000',
        clock: null,
      },
    ]);
  });

  test('maxRows keeps a random sample of all row groups, in their order, the same for one seed', async () => {
    const data = Array.from({ length: 5000 }, (_, i) => i);
    write([{ name: 'x', type: 'INT32', data }], 7);
    const read = async (seed: number) => {
      const { table, rowsSeen } = await readTableAndDialect(path, { maxRows: 400, seed });
      expect(rowsSeen).toBe(5000);
      return Array.from(table.columns[0] as Float64Array);
    };
    const [once, again, other] = [await read(1), await read(1), await read(2)];
    expect(once).toHaveLength(400);
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
    expect(once).toEqual(once.toSorted((a, b) => a - b));
    expect(Math.abs(once.reduce((sum, x) => sum + x, 0) / 400 - 2500)).toBeLessThan(400);
  });

  test('batches make one file, which appears when it is closed', async () => {
    const data = Array.from({ length: 1000 }, (_, i) => `row ${i}`);
    write([{ name: 'x', ...utf8, data }]);
    const table = await readTable(path);
    const out = join(folder, 'batches.parquet');
    const writer = await createTableWriter(out, table.schema);
    for (let from = 0; from < 1000; from += 300) {
      const rows = Array.from({ length: Math.min(300, 1000 - from) }, (_, i) => from + i);
      await writer.write(takeRows(table, rows));
    }
    expect(readdirSync(folder)).not.toContain('batches.parquet');
    await writer.close();
    expect((await readTable(out)).columns).toEqual(table.columns);
  });

  test.each<[string, () => void, RegExp]>([
    ['not Parquet', () => writeFileSync(path, 'a,b\n1,2\n'), /^table\.parquet: not a readable Parquet file/],
    ['no rows', () => write([{ name: 'x', type: 'INT32', data: [] }]), /^table\.parquet: no rows$/],
    [
      'bytes',
      () => write([{ name: 'x', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, data: [Uint8Array.of(1, 255)] }]),
      /^table\.parquet: column "x": binary values are not supported; leave it out with --drop$/,
    ],
  ])('%s: one line that says so', async (_, make, message) => {
    make();
    const error = await readTable(path).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(TabletalkError);
    expect(error.message.replace(`${folder}/`, '')).toMatch(message);
  });

  test('every type comes back: what is read and written again has the physical and logical type that it had', async () => {
    const timestamp = (unit: 'MILLIS' | 'MICROS' | 'NANOS', isAdjustedToUTC: boolean) =>
      ({ type: 'INT64', logical_type: { type: 'TIMESTAMP', unit, isAdjustedToUTC } }) as const;
    const decimal = (scale: number, precision: number) =>
      ({ converted_type: 'DECIMAL', scale, precision, logical_type: { type: 'DECIMAL', scale, precision } }) as const;
    const rows = Array.from({ length: 60 }, (_, i) => i);
    write([
      {
        name: 'us',
        ...timestamp('MICROS', false),
        data: rows.map((i) => 1_677_000_000_123_456n + BigInt(i) * 7_654_321n),
      },
      { name: 'usUtc', ...timestamp('MICROS', true), data: rows.map((i) => 1_677_000_000_123_456n - BigInt(i)) },
      {
        name: 'ns',
        ...timestamp('NANOS', false),
        data: rows.map((i) => 1_677_000_000_123_456_000n + BigInt(i) * 1000n),
      },
      { name: 'nsUtc', ...timestamp('NANOS', true), data: rows.map((i) => BigInt(i) * 1_000_000_000n) },
      { name: 'msUtc', ...timestamp('MILLIS', true), data: rows.map((i) => BigInt(i) * 1001n) },
      { name: 'small', type: 'DOUBLE', data: rows.map((i) => (i + 1) * 1e-12) },
      { name: 'large', type: 'DOUBLE', data: rows.map((i) => (i + 1) * 1.5e300) },
      { name: 'float', type: 'FLOAT', data: rows.map((i) => Math.fround(i / 7)) },
      { name: 'cents', type: 'INT64', ...decimal(2, 15), data: rows.map((i) => BigInt(i) * 123_456_789n) },
      { name: 'few', type: 'INT32', ...decimal(3, 9), data: rows.map((i) => BigInt(i * 17 - 100)) },
      {
        name: 'fixed',
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: 9,
        ...decimal(2, 20),
        data: rows.map((i) => 10_366_576_464_854_432_00n + BigInt(i)),
      },
      { name: 'day', type: 'INT32', converted_type: 'DATE', data: rows.map((i) => 19_000 + i) },
      { name: 'byte', type: 'INT32', converted_type: 'INT_8', data: rows.map((i) => (i * 37) % 100) },
      { name: 'stamp', type: 'INT32', data: rows.map((i) => 20_240_101 + (i % 28)) },
      { name: 'clock', type: 'INT64', converted_type: 'TIME_MICROS', data: rows.map((i) => BigInt(i) * 1_000_001n) },
      { name: 'isoText', ...utf8, data: rows.map((i) => `2024-01-${String(10 + (i % 20))}`) },
    ]);
    const table = await readTable(path);
    const kinds = table.schema.columns.map(({ name, kind }) => [name, kind]);
    expect(kinds.filter(([, kind]) => kind === 'text' || kind === 'category')).toEqual([]);
    expect(table.schema.columns.find(({ name }) => name === 'fixed')).toMatchObject({ kind: 'decimal', scale: 2 });
    const out = join(folder, 'again.parquet');
    await writeTable(table, out, { force: true });
    const typesOf = (file: string) =>
      parquetMetadata(new Uint8Array(readFileSync(file)).buffer)
        .schema.slice(1)
        .map(({ name, type, type_length, scale, precision, ...rest }) => ({
          name,
          type,
          type_length,
          scale,
          precision,
          // A DATE, a TIME or a DECIMAL may say so in one of two ways, and does in both.
          logical: rest.logical_type ?? rest.converted_type,
        }));
    const same = (one: ReturnType<typeof typesOf>[number]) => JSON.stringify({ ...one, logical: normal(one.logical) });
    expect(typesOf(out).map(same)).toEqual(typesOf(path).map(same));
    const again = await readTable(out);
    expect(again.columns.map((data) => Array.from(data as ArrayLike<unknown>))).toEqual(
      table.columns.map((data) => Array.from(data as ArrayLike<unknown>)),
    );
    expect(again.schema.columns.map(({ stored }) => stored)).toEqual(table.schema.columns.map(({ stored }) => stored));
  });

  test('three doubles of any size, or three decimals, are numbers', async () => {
    const units = [20_249_283_453_368_720_00n, 80_745_772_710_525_008_00n, 85_197_417_566_500_416_00n];
    write([
      { name: 'small', type: 'DOUBLE', data: [1.024918334347864e-11, 0.016357627116364064, 0.041963065665038546] },
      {
        name: 'long',
        type: 'FIXED_LEN_BYTE_ARRAY',
        type_length: 9,
        converted_type: 'DECIMAL',
        scale: 2,
        precision: 20,
        data: units,
      },
    ]);
    expect((await readTable(path)).schema.columns.map(({ kind }) => kind)).toEqual(['decimal', 'decimal']);
  });

  test('a date outside the years 0 to 9999 is an error with file, row and column', async () => {
    write([{ name: 'day', type: 'INT32', converted_type: 'DATE', data: [0, 4_000_000, 1] }]);
    await expect(readTable(path)).rejects.toThrow(
      /table\.parquet: row 2: column "day": a time outside the years 0 to 9999$/,
    );
  });

  test('a binary column is left out by name', async () => {
    write([
      { name: 'x', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, data: [Uint8Array.of(1, 255), Uint8Array.of(1, 2)] },
      { name: 'raw', type: 'BYTE_ARRAY', data: [Uint8Array.of(200, 255), Uint8Array.of(1, 2)] },
      { name: 'n', type: 'INT32', data: [1, 2] },
    ]);
    await expect(readTable(path)).rejects.toThrow(
      'column "x": binary values are not supported; leave it out with --drop',
    );
    await expect(readTable(path, { overrides: { drop: ['x'] } })).rejects.toThrow('row 1: column "raw": binary values');
    const table = await readTable(path, { overrides: { drop: ['x,raw'] } });
    expect(table.schema).toMatchObject({ columns: [{ name: 'n' }], dropped: ['x', 'raw'] });
    expect((await readTable(path, { schema: table.schema })).columns).toEqual(table.columns);
  });

  test('a number of rows that is not that of its row groups and pages is refused', async () => {
    write([{ name: 'x', type: 'INT32', data: Array.from({ length: 1000 }, (_, i) => i % 7) }]);
    const bytes = readFileSync(path);
    const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    // 1000 as a zigzag varint is d0 0f: in the file's and the group's number of rows, and in the column's number of values.
    const places: number[] = [];
    for (let at = bytes.indexOf('d00f', 0, 'hex'); at >= 0; at = bytes.indexOf('d00f', at + 1, 'hex')) places.push(at);
    expect(places.filter((at) => at > footer).length).toBeGreaterThanOrEqual(3);
    const inFooter = places.filter((at) => at > footer);
    // One of them, and all of them against the pages.
    for (const changed of [...inFooter.map((at) => [at]), inFooter]) {
      for (const count of [2, 0x7f, 0x3ff]) {
        const other = Buffer.from(bytes);
        for (const at of changed) other.set([0x80 | (count & 0x7f), count >> 7], at);
        writeFileSync(path, other);
        const read = await readTable(path).catch((error: unknown) => error);
        expect(read).toBeInstanceOf(TabletalkError);
        expect((read as Error).message).toContain('not a readable Parquet file');
      }
    }
  });
});

/** A converted type as the logical type that is its own. */
function normal(logical: unknown): unknown {
  const names: Record<string, unknown> = {
    DATE: { type: 'DATE' },
    INT_8: { type: 'INTEGER', bitWidth: 8, isSigned: true },
    TIME_MICROS: { type: 'TIME', isAdjustedToUTC: true, unit: 'MICROS' },
    UTF8: { type: 'STRING' },
  };
  const plain = typeof logical === 'string' ? (names[logical] ?? logical) : logical;
  return plain && JSON.stringify(plain, Object.keys(plain as object).sort());
}
