import { readFileSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { createRecordReader, cellsOf as cutCells, parseCsv } from '../../src/table/csv/csv.ts';
import { csvChunks } from '../../src/table/csv/csv-write.ts';
import { type Dialect, plainDialect, tolerant } from '../../src/table/csv/dialect.ts';
import type { Table } from '../../src/table/table.ts';
import type { TextTable } from '../../src/table/text/text-table.ts';
import { realTables } from '../real-tables.ts';
import { anyDialect, anyText, plainlyNamedTable, textTable } from './arbitraries.ts';

const written = (table: Table, dialect: Dialect) => [...csvChunks(table, dialect)].join('');
/** Records and the lines they start on, as csv-parse tells them, or that a quote is never closed. */
function csvParse(content: string): { cells: string[]; line: number }[] | 'open' {
  let line = 1;
  const records: { cells: string[]; line: number }[] = [];
  const onRecord = ({ record: cells, raw }: { record: string[]; raw: string }) => {
    records.push({ cells, line });
    line += raw.match(/\r\n|\n|\r/g)?.length ?? 0;
    return null;
  };
  try {
    parse(content, { ...tolerant, delimiter: ',', raw: true, on_record: onRecord as never });
    return records;
  } catch (error) {
    if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED') return 'open';
    throw error;
  }
}
const cellsOf = (text: TextTable) =>
  text.columns.map(({ distinct, codes }) => Array.from(codes, (code) => distinct[code]));

describe('CSV', () => {
  test('reading what was written gives the same names and cells, in every dialect', () => {
    fc.assert(
      fc.property(textTable, anyDialect, (table, dialect) => {
        const { text } = parseCsv(written(table, dialect), 'x.csv');
        expect(text.columns.map(({ name }) => name)).toEqual(table.schema.columns.map(({ name }) => name));
        expect(cellsOf(text)).toEqual(
          table.columns.map((cells) => (cells as readonly (string | null)[]).map((cell) => cell ?? '')),
        );
      }),
      { numRuns: 1000 },
    );
  });

  test('writing what was read gives the same bytes, whatever kinds were inferred', () => {
    const dialects = anyDialect.map((dialect): Dialect => ({ ...dialect, quote: 'needed' }));
    fc.assert(
      fc.property(plainlyNamedTable, dialects, (table, dialect) => {
        const content = written(table, dialect);
        const { text, dialect: found } = parseCsv(content, 'x.csv');
        expect(written(tableFromText(text), found)).toBe(content);
      }),
      { numRuns: 1000 },
    );
  });

  test('records are those of csv-parse, wherever the text is cut into chunks', () => {
    const parts = fc.array(anyText, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.constantFrom(',', ';', '\n'), fc.array(fc.nat(), { maxLength: 3 }), (texts, glue, cuts) => {
        const content = texts.join(glue);
        const bytes = Buffer.from(content);
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const read: { cells: string[]; line: number }[] = [];
        const reader = createRecordReader(
          ',',
          (block) => {
            for (let r = 0; r < block.count; r++) {
              const [first, next] = [block.firsts[r]!, block.firsts[r + 1]!];
              read.push({ cells: cutCells(block, first, next - first), line: block.lines[r]! });
            }
          },
          (line) => new Error(`line ${line}`),
        );
        for (const [i, from] of places.entries()) reader.push(bytes.subarray(from, places[i + 1]));
        const open = reader.end();
        expect(open === undefined ? read : 'open').toEqual(csvParse(content));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['all cells quoted', '"a","b"\n"1",""\n"2","x"\n', 'always'],
    ['strings quoted', '"a","b","c"\n1,"x",2024-01-31\n2,NA,2024-02-01\n', 'strings'],
    ['quotes where needed', '"a,1",b\n1,"x\ny"\n', 'needed'],
  ])('%s: the style is found and restored', (_, content, quote) => {
    const { text, dialect } = parseCsv(content, 'x.csv');
    expect(dialect.quote).toBe(quote);
    expect(written(tableFromText(text), dialect)).toBe(content);
  });

  test.each([
    ['a;b\n1,5;2,5\n', ';'],
    ['a\tb\n1,5\t2,5\n', '\t'],
    ['a|b\n1|2\n', '|'],
    ['"a;b;c",d\n"1;2;3",4\n', ','],
    ['name, first;age\nx;1\ny;2\n', ';'],
    ['a\nx;y\n', ','],
  ])('%j is delimited by %j', (content, delimiter) => {
    expect(parseCsv(content, 'x.csv').dialect.delimiter).toBe(delimiter);
  });

  test.each([
    ['\uFEFFa,b\r\n1,2\r\n', { bom: true, newline: '\r\n', finalNewline: true }],
    ['a,b\n1,2', { bom: false, newline: '\n', finalNewline: false }],
    ['"a\r\nb",c\n1,2\n', { newline: '\n' }],
  ])('%j: %o', (content, expected) => {
    const { text, dialect } = parseCsv(content, 'x.csv');
    expect(dialect).toMatchObject(expected);
    expect(written(tableFromText(text), dialect)).toBe(content);
  });

  test('a blank line is a missing cell in one column, and nothing in several; a final newline is no row', () => {
    expect(cellsOf(parseCsv('a\n1\n\n2\n\n', 'x.csv').text)).toEqual([['1', '', '2', '']]);
    expect(cellsOf(parseCsv('a,b\n1,2\n\n3,4\n\n', 'x.csv').text)).toEqual([
      ['1', '3'],
      ['2', '4'],
    ]);
  });

  test('empty column names get one by their place, and come back empty', () => {
    const content = ',b,\n1,2,3\n';
    const { text, dialect } = parseCsv(content, 'x.csv');
    expect(text.columns.map(({ name }) => name)).toEqual(['column_1', 'b', 'column_3']);
    expect(written(tableFromText(text), dialect)).toBe(content);
  });

  test.each([
    ['one row', 'a,b\n1,2\n'],
    ['one column', 'a\n1\n2\n'],
    ['one cell', 'a\nx'],
    ['a constant column', 'a,b\n1,x\n1,y\n'],
    ['an all-missing column', 'a,b\n1,\n2,\n'],
    ['nothing but missing', 'a\n\n\n'],
    ['200 columns', `${range(200).map((i) => `c${i}`)}\n${range(200)}\n${range(200)}\n`],
    [
      '10,000 distinct strings',
      `a,b\n${range(10_000)
        .map((i) => `name ${i},${i % 7}`)
        .join('\n')}\n`,
    ],
    ['a cell longer than the head that is judged', `a,b\n"${'x,\n'.repeat(40_000)}",1\ny,2\n`],
  ])('%s is read and written back', (_, content) => {
    const { text, dialect } = parseCsv(content, 'x.csv');
    expect(written(tableFromText(text), dialect)).toBe(content);
  });

  test('every real table is rewritten byte for byte', () => {
    for (const path of realTables()) {
      const content = readFileSync(path, 'utf8');
      const { text, dialect } = parseCsv(content, path);
      expect(written(tableFromText(text), dialect) === content, path).toBe(true);
    }
  });

  test('a table with no rows is a header', () => {
    const table: Table = {
      schema: { version: 1, columns: [{ name: 'a', kind: 'text', missing: null }] },
      rowCount: 0,
      columns: [[]],
    };
    expect(written(table, plainDialect)).toBe('a\n');
  });
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
