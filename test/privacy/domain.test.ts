import { describe, expect, it } from 'vitest';
import { blankDomain, openDomain, readDomain, underDomain } from '../../src/privacy/domain.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { formatCell } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Schema } from '../../src/table/schema.ts';
import { peopleTable } from '../model/tiny-table.ts';

const domain: Schema = {
  version: 1,
  columns: [
    { name: 'age', kind: 'integer', missing: '', min: 0, max: 100 },
    { name: 'sex', kind: 'category', missing: null, values: ['f', 'm'] },
  ],
};

describe('a blank domain', () => {
  it('holds names and kinds, and nothing else of the rows', () => {
    const [rows, others] = [peopleTable(60), peopleTable(60, 2)];
    expect(others.schema).not.toEqual(rows.schema);
    expect(blankDomain(others.schema)).toEqual(blankDomain(rows.schema));
    expect(blankDomain(rows.schema).columns[1]).toEqual({
      name: 'pay',
      kind: 'decimal',
      missing: '',
      min: null,
      max: null,
      scale: null,
    });
    expect(JSON.stringify(blankDomain(rows.schema))).not.toMatch(/Private|State-gov|rows|different/);
  });

  it('is refused until what counts cannot tell is filled in, with the column and the field', () => {
    const blank = blankDomain(peopleTable(60).schema);
    expect(() => openDomain(blank, 'people.json')).toThrow('people.json: column "born": "min" is blank');
    expect(() => readDomain(blank, 'people.json')).toThrow('people.json: column "age": "min" is blank');
  });
});

describe('a domain is refused', () => {
  it.each<[string, object, string]>([
    [
      'with free text',
      { columns: [{ name: 'note', kind: 'text' }] },
      'column "note": free text cannot be learned privately',
    ],
    ['with counted categories', { ...domain, minCategoryCount: 3 }, '"minCategoryCount" counts rows'],
    ['without columns', { columns: [] }, 'domain: columns'],
    ['with a field that is none', { columns: [{ ...domain.columns[0], max: 'x' }] }, 'domain: columns.0.max'],
  ])('%s', (_, given, message) => {
    expect(() => readDomain(given)).toThrow(message);
  });
});

describe('a table under a domain', () => {
  const under = (rows: Record<string, string | number | null>[], checks: string[] = []) => {
    const { table, outside } = underDomain(tableFromRows(rows), { ...domain, checks });
    const cells = table.schema.columns.map((column, c) =>
      Array.from({ length: table.rowCount }, (_, row) => formatCell(column, table.columns[c]!, row)),
    );
    return { cells, outside };
  };

  it('has a cell that the domain does not hold as missing, and leaves a row out that may not miss it', () => {
    const rows = [
      { age: 30, sex: 'f' },
      { age: 101, sex: 'm' },
      { age: 40, sex: 'x' },
      { age: null, sex: 'f' },
    ];
    expect(under(rows)).toEqual({
      cells: [
        ['30', null, null],
        ['f', 'm', 'f'],
      ],
      outside: 2,
    });
  });

  it('has numbers of a file of text, and columns in the domain’s order', () => {
    expect(
      under([
        { sex: 'f', age: '7' },
        { sex: 'm', age: 'seven' },
      ]),
    ).toEqual({
      cells: [
        ['7', null],
        ['f', 'm'],
      ],
      outside: 1,
    });
  });

  it('leaves out rows that break a check', () => {
    expect(
      under(
        [
          { age: 30, sex: 'f' },
          { age: 70, sex: 'm' },
        ],
        ['age < 50'],
      ).cells,
    ).toEqual([['30'], ['f']]);
  });

  it('needs every column, and knows every column', () => {
    expect(() => under([{ age: 1 }])).toThrow('domain: no column "sex"');
    expect(() => under([{ age: 1, sex: 'f', sez: 1 }])).toThrow('says nothing of column "sez"; did you mean "sex"?');
  });

  it('tells of a row by that row alone', () => {
    const rows = peopleTable(50);
    const people = readDomain({
      columns: rows.schema.columns.map((column) =>
        'max' in column ? { ...column, max: Math.floor(column.max * 0.9) } : column,
      ),
    });
    const whole = underDomain(rows, people).table;
    const halves = [0, 25].map((from) => {
      const columns = rows.columns.map((data) => data.slice(from, from + 25));
      return underDomain({ schema: rows.schema, rowCount: 25, columns }, people).table;
    });
    expect(whole.rowCount).toBe(halves[0]!.rowCount + halves[1]!.rowCount);
    for (const [c, data] of whole.columns.entries()) {
      expect([...data]).toEqual([...halves[0]!.columns[c]!, ...halves[1]!.columns[c]!]);
    }
  });
});

it('no row changes how the cells of others are read, though it changes what the file seems to spell missing', () => {
  const lines = [...Array.from({ length: 70 }, (_, i) => String(i % 9)), ...Array(30).fill('None')];
  const odd = Array.from({ length: 12 }, (_, i) => `word ${i}`);
  const read = (count: number) =>
    tableFromText(parseCsv(`${['n', ...lines, ...odd.slice(0, count)].join('\n')}\n`, 'n.csv').text);
  // With a few words the column has numbers and "None" is missing; with more it has strings.
  expect(new Set(odd.map((_, count) => read(count).schema.columns[0]!.kind)).size).toBeGreaterThan(1);
  const values = ['1', 'None'];
  for (const column of [
    { name: 'n', kind: 'category', missing: '', values },
    { name: 'n', kind: 'integer', missing: '', min: 0, max: 5 },
  ] as const) {
    const first = (count: number) =>
      [...underDomain(read(count), { version: 1, columns: [column] }).table.columns[0]!].slice(0, lines.length);
    for (const count of odd.keys()) expect(first(count)).toEqual(first(0));
  }
});
