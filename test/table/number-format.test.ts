import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { plainNumber } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { createCsvEncoder } from '../../src/table/csv/csv-write.ts';
import { createJsonLinesEncoder } from '../../src/table/json/json-lines.ts';
import { detectStyle, formatStyled, parseStyled } from '../../src/table/numbers/number-format.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import type { Column } from '../../src/table/schema.ts';

const style = (prefix: string, group: string, point: '.' | ',', suffix: string) => ({ prefix, group, point, suffix });

describe('a style of numbers', () => {
  test.each([
    [['$1,234.50', '$0.99'], style('$', ',', '.', '')],
    [['-$5', '$1,000'], style('$', ',', '.', '')],
    [['1.234,5', '0,25'], style('', '.', ',', '')],
    [['1,5', '2,25', '1234,0'], style('', '', ',', '')],
    [['0,125', '1,250'], style('', '', ',', '')],
    [['1,234', '999', '12,000,000'], style('', ',', '.', '')],
    [['12.5%', '3%'], style('', '', '.', '%')],
    [['12,5 %', '3,0 %'], style('', '', ',', ' %')],
    [['1 234,50 €', '5,00 €'], style('', ' ', ',', ' €')],
    [['1\u202f234', '5'], style('', '\u202f', ',', '')],
    [["CHF 1'234.50", 'CHF 5.00'], style('CHF ', "'", '.', '')],
    [['EUR 5', 'EUR 12'], style('EUR ', '', '.', '')],
    // Plain numbers have none; these are no numbers, or not all of one style.
    [['1', '2.5'], undefined],
    [['$5', '€6'], undefined],
    [['$5', '6'], undefined],
    [['1,23,456'], undefined],
    [['1234,567', '1,234'], style('', '', ',', '')],
    [['1,234', '1234'], undefined],
    [['1.234,5', '1,234.5'], undefined],
    [['Q1', 'Q2'], undefined],
    [['12 kg', '13 kg'], undefined],
    [['007%'], undefined],
    [['1-2', '3-4'], undefined],
    [['10.0.0.1'], undefined],
    [[''], undefined],
    [[], undefined],
  ])('%j has %j', (texts, expected) => {
    expect(detectStyle(texts)).toEqual(expected);
  });

  it('writes and reads every number', () => {
    const styles = fc.record({
      prefix: fc.constantFrom('', '$', '€ ', 'CHF '),
      group: fc.constantFrom('', ' ', "'"),
      point: fc.constantFrom('.' as const, ',' as const),
      suffix: fc.constantFrom('', '%', ' €'),
    });
    fc.assert(
      fc.property(styles, fc.double({ noNaN: true, noDefaultInfinity: true }), (itsStyle, value) => {
        const text = formatStyled(plainNumber(value), itsStyle);
        expect(parseStyled(text, itsStyle)).toBe(plainNumber(value));
        expect(parseStyled(`${text}0,0`, itsStyle)).not.toBe(plainNumber(value));
      }),
    );
  });
});

const spreadsheet = [
  'Betrag;Anteil;Preis;Anzahl',
  '1.037,50;12,5 %;$1,012.50;1.000',
  '-12,25;0,0 %;$9.00;999',
  ';3,3 %;-$2.75;12.500',
  '',
].join('\r\n');

describe('a table of numbers in a style', () => {
  const read = (text: string) => {
    const { text: cells, dialect } = parseCsv(text, 'x.csv');
    return { table: tableFromText(cells), dialect };
  };

  it('holds numbers, and comes back byte for byte', () => {
    const { table, dialect } = read(spreadsheet);
    expect(table.schema.columns.map(({ kind }) => kind)).toEqual(['decimal', 'decimal', 'decimal', 'integer']);
    expect(tableRows(table)[1]).toEqual({ Betrag: -12.25, Anteil: 0, Preis: 9, Anzahl: 999 });
    const encoder = createCsvEncoder(table.schema, dialect);
    expect([...encoder.rows(table), ...encoder.end()].join('')).toBe(spreadsheet);
  });

  it('quotes a number that has the delimiter in it', () => {
    const text = 'a,b\n"$1,000.50",1\n$2.00,2\n';
    const { table, dialect } = read(text);
    expect(table.columns[0]).toEqual(Float64Array.of(1000.5, 2));
    const encoder = createCsvEncoder(table.schema, dialect);
    expect([...encoder.rows(table), ...encoder.end()].join('')).toBe(text);
  });

  it('refuses a cell of another style under its schema, but takes numbers from JavaScript', () => {
    const { table } = read(spreadsheet);
    const { text } = parseCsv(spreadsheet.replace('999', '1,5'), 'x.csv');
    expect(() => tableFromText(text, { like: table.schema })).toThrow(
      'x.csv:3: column "Anzahl": expected a number spelled like 12.500, got "1,5"',
    );
    const again = tableFromRows(tableRows(table), table.schema);
    expect(again).toEqual(table);
  });

  it('takes thousands with marks and without, which small numbers cannot show', () => {
    const { table } = read('a\n$5.00\n$999.00\n');
    const { text } = parseCsv('a\n"$1,234.50"\n$1234.50\n', 'x.csv');
    expect(tableFromText(text, { like: table.schema }).columns[0]).toEqual(Float64Array.of(1234.5, 1234.5));
  });

  it('keeps its spelling where its strings are quoted', () => {
    const text = '"a","b","c"\n"x","31-Jan-2024",1\n"y","01-May-2024",2\n';
    const { table, dialect } = read(text);
    expect(table.schema.columns[1]!.kind).toBe('datetime');
    const encoder = createCsvEncoder(table.schema, dialect);
    expect([...encoder.rows(table), ...encoder.end()].join('')).toBe(text);
  });

  it('may be told to be what it does not look like', () => {
    const decimalComma = { prefix: '', group: '', point: ',' as const, suffix: '' };
    const { text } = parseCsv('w\n"1,234"\n"5,678"\n', 'x.csv');
    expect(tableFromText(text).columns[0]).toEqual(Float64Array.of(1234, 5678));
    for (const kind of [{}, { kind: 'decimal' as const }]) {
      const table = tableFromText(text, { overrides: { columns: [{ name: 'w', style: decimalComma, ...kind }] } });
      expect(table.columns[0]).toEqual(Float64Array.of(1.234, 5.678));
      expect(table.schema.columns[0]).toMatchObject({ kind: 'decimal', scale: 3, min: 1.234, max: 5.678 });
    }
  });

  it('has no style that loses numbers', () => {
    const columns = [{ name: 'w', style: { prefix: '', group: '.', point: '.', suffix: '' } }];
    const { text } = parseCsv('w\n"1,234"\n', 'x.csv');
    expect(() => tableFromText(text, { overrides: { columns } })).toThrow('the same mark between thousands and before');
  });

  it('is no table of strings that are plain numbers', () => {
    expect(tableFromRows([{ v: '1.250' }, { v: '2.375' }]).schema.columns[0]!.kind).toBe('category');
  });

  it('gives no number of a person away', () => {
    const digits = (i: number) => String(600_000_000 + i * 7_654_321);
    const grouped = (i: number, mark: string) => digits(i).replace(/\B(?=(?:\d{3})+$)/g, mark);
    const rows = Array.from({ length: 40 }, (_, i) => [grouped(i, ' '), grouped(i, '.'), `"${grouped(i, ',')}"`]);
    const { table } = read(['phone;ssn;what', ...rows.map((row) => row.join(';')), ''].join('\n'));
    expect(table.schema.columns.map(({ replaced }) => replaced?.by)).toEqual(['phone', 'pattern', 'pattern']);
    expect(JSON.stringify(table.schema)).not.toContain('600000000');
  });

  it('has a heavy tail only where its numbers have one', () => {
    const cells = (top: number) =>
      Array.from({ length: 200 }, (_, i) => `$${i < 199 ? i + 1 : top.toLocaleString('en')}`);
    const remark = (top: number) =>
      read(
        `a\n${cells(top)
          .map((cell) => `"${cell}"`)
          .join('\n')}\n`,
      ).table.schema.columns[0]!.reason;
    expect(remark(9_000_000)).toContain('heavy-tailed');
    expect(remark(1_000)).not.toContain('heavy-tailed');
  });

  it('is strings in JSON Lines, and numbers again when these are read', () => {
    const rows = [{ price: '$1,000.50' }, { price: '$2.00' }];
    const table = tableFromRows(rows);
    const column = table.schema.columns[0] as Extract<Column, { kind: 'decimal' }>;
    expect(column).toMatchObject({ kind: 'decimal', style: { prefix: '$' } });
    const lines = [...createJsonLinesEncoder(table.schema).rows(table)].join('');
    expect(lines).toBe('{"price":"$1,000.50"}\n{"price":"$2.00"}\n');
  });
});
