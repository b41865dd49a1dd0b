import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { orderedValues } from '../../src/table/infer/infer.ts';
import type { SchemaOverrides } from '../../src/table/infer/schema-overrides.ts';
import { readTable, readTableAndDialect } from '../../src/table/read.ts';
import { tableRows } from '../../src/table/rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'tabletalk-schema-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'table.csv');

const rows = Array.from(
  { length: 30 },
  (_, i) => `${i},${i % 4},${['low', 'high', 'mid'][i % 3]},${i % 7 ? i / 2 : 'NA'},`,
);
writeFileSync(path, `id,grade,size,pay,empty\n${rows.join('\n')}\n`);

const columnOf = async (name: string, overrides: SchemaOverrides = {}) => {
  const { schema } = await readTable(path, { overrides });
  return schema.columns.find((column) => column.name === name);
};

describe('overrides', () => {
  it('leave what they do not name as it was inferred', async () => {
    const [plain, overridden] = [await readTable(path), await readTable(path, { overrides: {} })];
    expect(overridden).toEqual(plain);
    const whole = await readTable(path, { overrides: plain.schema });
    expect(whole.schema).toEqual(plain.schema);
  });

  test.each<[SchemaOverrides, string, object]>([
    [{ columns: [{ name: 'grade', kind: 'category' }] }, 'grade', { kind: 'category', values: ['0', '1', '2', '3'] }],
    [{ columns: [{ name: 'grade', kind: 'decimal' }] }, 'grade', { kind: 'decimal', scale: 0, min: 0, max: 3 }],
    [{ columns: [{ name: 'grade', max: 10 }] }, 'grade', { kind: 'integer', min: 0, max: 10 }],
    [{ columns: [{ name: 'size', values: ['high', 'mid', 'low'] }] }, 'size', { values: ['high', 'mid', 'low'] }],
    [{ columns: [{ name: 'size', kind: 'text' }] }, 'size', { kind: 'text' }],
    [{ columns: [{ name: 'id', kind: 'integer' }] }, 'id', { kind: 'integer', min: 0, max: 29 }],
    [{ columns: [{ name: 'id', replaced: null }] }, 'id', { kind: 'integer' }],
    [{ columns: [{ name: 'pay', replaced: { by: 'phone' } }] }, 'pay', { kind: 'text', missingShare: 5 / 30 }],
  ])('%j', async (overrides, name, expected) => {
    const column = await columnOf(name, overrides);
    expect(column).toMatchObject(expected);
    // Only what is asked to be replaced still is.
    expect(column!.replaced?.by).toBe(name === 'pay' ? 'phone' : undefined);
  });

  test.each<[SchemaOverrides, RegExp]>([
    [{ columns: [{ name: 'sise', kind: 'text' }] }, /table\.csv: no column "sise"; did you mean "size"\?$/],
    [
      { columns: [{ name: 'size', kind: 'integer' }] },
      /table\.csv:2: column "size": expected a whole number, got "low"/,
    ],
    [{ columns: [{ name: 'grade', mni: 1 }] }, /^schema: column "grade": Unrecognized key: "mni"$/],
    [{ columns: [{ name: 'grade', min: 'x' }] }, /^schema: column "grade": min: /],
    [{ columns: [{ name: 'size', kind: 'datetime' }] }, /column "size": its times have no one format/],
    [{ template: { cell: '{column}', separator: ', ' } }, /"overrides\.template\.cell": must be like/],
  ])('%j is refused', async (overrides, message) => {
    const error = await readTable(path, { overrides }).catch((reason) => reason);
    expect(error).toBeInstanceOf(TabletalkError);
    expect(error.message.replace(`${folder}/`, '')).toMatch(message);
  });
});

test('every column says why it is what it is', async () => {
  const { schema } = await readTable(path);
  expect(Object.fromEntries(schema.columns.map(({ name, reason }) => [name, reason]))).toEqual({
    id: 'every number of a range once: not learned, replaced in new rows',
    grade: 'whole numbers from 0 to 3',
    size: '3 different values in 30 rows, ordered from low to high',
    pay: 'numbers with up to 1 decimals from 0.5 to 14.5; missing is spelled "NA"',
    empty: 'nothing but missing cells; missing is spelled ""',
  });
});

test('maxRows reads a random sample, in the order of the file, the same for one seed', async () => {
  const read = async (seed: number) => {
    const { table, rowsSeen } = await readTableAndDialect(path, { maxRows: 12, seed });
    expect(rowsSeen).toBe(30);
    return tableRows(table).map(({ id }) => Number(id));
  };
  const [once, again] = [await read(3), await read(3)];
  expect(again).toEqual(once);
  expect(once).toEqual(once.toSorted((a, b) => a - b));
  expect(new Set(once).size).toBe(12);
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 300; seed++) for (const id of await read(seed)) counts.set(id, (counts.get(id) ?? 0) + 1);
  // Each row is kept in 120 of 300 samples on average, with a standard deviation of 8.5.
  for (let id = 0; id < 30; id++) expect(Math.abs(counts.get(id)! - 120)).toBeLessThan(45);
});

test.each<[string[], string[] | undefined]>([
  [
    ['high', 'low', 'medium'],
    ['low', 'medium', 'high'],
  ],
  [
    ['L', 'M', 'S', 'XL'],
    ['S', 'M', 'L', 'XL'],
  ],
  [
    ['Fri', 'Mon', 'Tue'],
    ['Mon', 'Tue', 'Fri'],
  ],
  [
    ['18-24', '25-34', '65+', 'under 18'],
    ['under 18', '18-24', '25-34', '65+'],
  ],
  [
    ['1 - 5 years', '10+ years', '6 - 10 years', '< 1 year'],
    ['< 1 year', '1 - 5 years', '6 - 10 years', '10+ years'],
  ],
  [['blue', 'red'], undefined],
  [['A1', 'A2'], undefined],
  [['low', 'Low'], undefined],
  [['low'], undefined],
])('%j in order: %j', (values, ordered) => {
  expect(orderedValues(values)).toEqual(ordered);
});
