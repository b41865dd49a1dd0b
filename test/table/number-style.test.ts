import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { plainNumber } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv.ts';
import { createCsvEncoder } from '../../src/table/csv-write.ts';
import { tableFromText } from '../../src/table/fit.ts';
import { createJsonLinesEncoder } from '../../src/table/json-lines.ts';
import { detectStyle, dress, undress } from '../../src/table/number-style.ts';
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

  it('dresses and undresses every number', () => {
    const styles = fc.record({
      prefix: fc.constantFrom('', '$', '€ ', 'CHF '),
      group: fc.constantFrom('', ' ', "'"),
      point: fc.constantFrom('.' as const, ',' as const),
      suffix: fc.constantFrom('', '%', ' €'),
    });
    fc.assert(
      fc.property(styles, fc.double({ noNaN: true, noDefaultInfinity: true }), (itsStyle, value) => {
        const text = dress(plainNumber(value), itsStyle);
        expect(undress(text, itsStyle)).toBe(plainNumber(value));
        expect(undress(`${text}0,0`, itsStyle)).not.toBe(plainNumber(value));
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

describe('a table of dressed numbers', () => {
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
    const { text } = parseCsv(spreadsheet.replace('999', '1000'), 'x.csv');
    expect(() => tableFromText(text, { like: table.schema })).toThrow(
      'x.csv:3: column "Anzahl": expected a number spelled like 12.500, got "1000"',
    );
    const again = tableFromRows(tableRows(table), table.schema);
    expect(again).toEqual(table);
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
