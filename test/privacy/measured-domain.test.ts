/** What a domain leaves blank, measured: no value of few rows is in it, kinds and bounds hold what is common. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DomainFile, openDomain, readDomain, underDomain } from '../../src/privacy/domain.ts';
import { blankColumns, filledFrom, measureDomain, undescribed } from '../../src/privacy/measured-domain.ts';
import { formatCell } from '../../src/table/cells.ts';
import { tableFromRows } from '../../src/table/rows.ts';

type Row = Record<string, string | number | null>;
const silent = { noise: 1e-6, delta: 1e-9 };
const measured = (rows: Row[], counts = silent, file?: DomainFile) => {
  const table = tableFromRows(rows);
  const asked = file ?? undescribed(table.schema);
  return readDomain(measureDomain(table, asked, { ...counts, columns: blankColumns(asked) }));
};
const repeat = (times: number, row: (i: number) => Row): Row[] => Array.from({ length: times }, (_, i) => row(i));

describe('a value', () => {
  it('of one row survives with a probability of at most delta over all columns, and one of many rows survives', () => {
    const [rows, columns, delta] = [4000, 4, 0.08];
    const names = Array.from({ length: columns }, (_, c) => `c${c}`);
    const one = (i: number) => Object.fromEntries(names.map((name) => [name, i < rows ? `${name} of ${i}` : 'common']));
    const domain = measured(repeat(2 * rows, one), { noise: 3, delta });
    let survivors = 0;
    for (const column of domain.columns) {
      const { values } = column as { values: string[] };
      expect(values).toContain('common');
      survivors += values.length - 1;
    }
    // By the table's row, in whichever of its columns: with four standard deviations.
    expect(survivors).toBeLessThan(rows * delta + 4 * Math.sqrt(rows * delta));
    // Yet some do: the counts have noise.
    expect(survivors).toBeGreaterThan(0);
  });

  it('needs the more rows, the more columns share the noise', () => {
    const survives = (rows: number, columns: number) => {
      const names = Array.from({ length: columns }, (_, c) => `c${c}`);
      const row = (i: number) => Object.fromEntries(names.map((name) => [name, i < rows ? 'rare' : 'common']));
      const { columns: found } = measured(repeat(1000, row), { noise: 10, delta: 1e-7 });
      return found.filter((column) => (column as { values: string[] }).values.includes('rare')).length / columns;
    };
    // About 57 rows hide one, for 25 columns 306; their noise is 10 and 50.
    expect(survives(110, 1)).toBe(1);
    expect(survives(110, 25)).toBe(0);
    expect(survives(600, 25)).toBe(1);
  });
});

describe('without a domain', () => {
  it('kinds, bounds, decimals, categories and missing cells are those of the table, where there is hardly noise', () => {
    const rows = repeat(400, (i) => ({
      whole: (i % 90) - 20,
      part: i % 7 === 0 ? '' : String((i % 50) / 4),
      word: i % 5 === 0 ? '?' : ['b', 'a'][i % 2]!,
      id: '007',
    }));
    expect(measured(rows).columns).toEqual([
      { name: 'whole', kind: 'integer', missing: null, min: expect.any(Number), max: expect.any(Number) },
      { name: 'part', kind: 'decimal', missing: '', minScale: 0, scale: 2, min: 0, max: expect.any(Number) },
      { name: 'word', kind: 'category', missing: '', values: ['a', 'b'] },
      { name: 'id', kind: 'category', missing: null, values: ['007'] },
    ]);
  });

  it('bounds hold every number of a common size, and are at most twice as far out', () => {
    const size = fc.double({ min: 0.01, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(size, size, fc.boolean(), fc.integer({ min: 0, max: 3 }), (a, b, isNegative, scale) => {
        const numbers = [isNegative ? -a : a, b].map((x) => Number(x.toFixed(scale)));
        const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
        const { columns } = measured(repeat(200, (i) => ({ x: numbers[i % 2]! })));
        const { min, max } = columns[0] as { min: number; max: number };
        expect([min <= low, max >= high]).toEqual([true, true]);
        // The least step of numbers this small is more than they are.
        const slack = 10 ** -scale;
        expect(max).toBeLessThanOrEqual(Math.max(2 * high, high / 2) + slack);
        expect(min).toBeGreaterThanOrEqual(Math.min(2 * low, low / 2) - slack);
      }),
      { numRuns: 60 },
    );
  });

  it('numbers beyond the bounds are moved into them, and rounded, each by itself', () => {
    const rows = [...repeat(300, (i) => ({ x: `${16 + (i % 15)}` })), { x: '900' }, { x: '17.7' }, { x: 'many' }];
    const table = tableFromRows(rows);
    const domain = measured(rows, { noise: 2, delta: 1e-6 });
    expect(domain.columns[0]).toMatchObject({ kind: 'integer', min: 16, max: 31, missing: null });
    const under = underDomain(table, domain, ['x']);
    const cells = Array.from({ length: under.table.rowCount }, (_, row) =>
      formatCell(under.table.schema.columns[0]!, under.table.columns[0]!, row),
    );
    expect(cells.slice(300)).toEqual(['31', '18']);
    expect(under.outside).toBe(1);
    // Where the bounds are public, a number beyond them is no value.
    expect(underDomain(table, domain).table.rowCount).toBe(300);
  });

  it('columns of which nothing is common are refused by name', () => {
    const rows = repeat(300, (i) => ({ x: i % 3, born: `2001-${i}`, who: `${i} Smith` }));
    expect(() => measured(rows, { noise: 1, delta: 1e-6 })).toThrow(
      /domain: column "born", "who": no value comes in more than about \d+ rows.*say in a domain what it holds/,
    );
  });
});

describe('a domain with blanks', () => {
  const file: DomainFile = {
    columns: [
      { name: 'age', kind: 'integer', missing: null, min: 0, max: null },
      { name: 'pay', kind: 'decimal', min: 0, max: 9, scale: 1 },
      { name: 'job', kind: null },
      { name: 'rich', kind: 'boolean', values: null },
    ],
  };
  const rows = repeat(200, (i) => ({ age: 20 + (i % 40), pay: (i % 80) / 10, job: 'xyz'[i % 3]!, rich: 'yn'[i % 2]! }));

  it('keeps what is said, and has the rest measured', () => {
    expect(blankColumns(openDomain(file))).toEqual(['age', 'job', 'rich']);
    const domain = measured(rows, silent, file);
    expect(domain.columns).toEqual([
      { name: 'age', kind: 'integer', missing: null, min: 0, max: expect.any(Number) },
      { name: 'pay', kind: 'decimal', missing: '', minScale: 0, min: 0, max: 9, scale: 1 },
      { name: 'job', kind: 'category', missing: null, values: ['x', 'y', 'z'] },
      { name: 'rich', kind: 'category', missing: null, values: ['n', 'y'] },
    ]);
    expect(readDomain(filledFrom(file, domain))).toEqual(domain);
  });

  it.each<[string, DomainFile['columns'][number], string]>([
    ['a time', { name: 'x', kind: 'datetime', format: 'YYYY', min: null, max: null }, '"min" is blank, and counts'],
    ['a replaced column', { name: 'x', kind: 'text', replaced: null }, '"replaced" is blank, and counts cannot tell'],
    ['free text', { name: 'x', kind: 'text' }, 'free text cannot be learned'],
    ['a bound that is none', { name: 'x', kind: 'integer', min: 'low', max: null }, 'columns.0.min'],
  ])('may not leave open what counts cannot tell: %s', (_, column, message) => {
    expect(() => openDomain({ columns: [column] })).toThrow(message);
  });

  it('needs every column of the table, and no other', () => {
    expect(() => measured(rows, silent, { columns: [{ name: 'agee', kind: null }] })).toThrow(
      'domain: no column "agee"',
    );
    expect(() => measured(rows, silent, { columns: [{ name: 'age', kind: null }] })).toThrow(
      'says nothing of column "pay"',
    );
  });
});
