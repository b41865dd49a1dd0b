import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { formatValue, parseCell, writtenCell } from '../../src/table/cells.ts';
import { inferColumn, inferKind } from '../../src/table/infer/infer.ts';
import { type Column, isNumeric, tableSchema } from '../../src/table/schema.ts';
import { expanded, type TextCells, textCellsBuilder } from '../../src/table/text/text-table.ts';
import { anyText } from './arbitraries.ts';

function cellsOf(texts: readonly string[]): TextCells {
  const builder = textCellsBuilder('c');
  for (const text of texts) builder.add(text);
  return builder.build('text');
}

function infer(...texts: string[]): Column {
  return inferColumn(cellsOf(texts));
}

/** What the whole way through the table gives back for each cell. */
function throughTable(texts: readonly string[]): (string | null)[] {
  const text = {
    columns: [cellsOf(texts)],
    rowCount: texts.length,
    rowsSeen: texts.length,
    source: 'x',
    place: String,
  };
  const table = tableFromText(text);
  return texts.map((_, row) => writtenCell(table, 0, row) ?? table.schema.columns[0]!.missing);
}

const isoDay = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10);

const digits = fc.stringMatching(/^-?\d{1,18}$/);
const decimals = fc.stringMatching(/^-?(0|[1-9]\d{0,9})(\.\d{1,20})?$/);
const doubles = fc.double({ noNaN: true }).map(String);
const dates = fc
  .date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())
  .chain((iso) => fc.constantFrom(iso, iso.slice(0, 10), iso.slice(0, 16), iso.slice(0, 19).replace('T', ' ')));
const words = fc.constantFrom('', 'NA', 'null', '?', '-', 'yes', 'no', 'Yes', 'TRUE', 'FALSE', '0', '1', '-0');
const someKind = fc.constantFrom(anyText, digits, decimals, doubles, dates, words);

describe('inference', () => {
  test('never loses a byte: every cell comes back as it was spelled', () => {
    const columns = someKind.chain((kind) => fc.array(fc.oneof(kind, kind, words), { minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(columns, (texts) => {
        expect(throughTable(texts)).toEqual(texts);
        expect(tableSchema.safeParse({ version: 1, columns: [infer(...texts)] }).success).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  const many = (text: (i: number) => string) => Array.from({ length: 5000 }, (_, i) => text(i));
  test.each<[string, string[], Partial<Column>]>([
    ['whole numbers', many((i) => String(i * 3 - 999)), { kind: 'integer', min: -999, max: 13_998 }],
    ['gaps', many((i) => (i % 9 ? String(i) : 'NA')), { kind: 'integer', missing: 'NA' }],
    ['decimals', many((i) => (i / 100).toFixed(2)), { kind: 'decimal', scale: 2, minScale: 2 }],
    ['a negative zero', many((i) => (i === 4900 ? '-0' : String(i))), { kind: 'integer' }],
    ['another zero', many((i) => (i === 4900 ? '1.50' : `${i}.7`)), { kind: 'decimal', scale: 2, minScale: 1 }],
    ['one word late', many((i) => (i === 4900 ? 'soon' : String(i))), { kind: 'integer', unreadable: 1 }],
    ['words from the middle on', many((i) => (i < 4500 ? String(i) : `x${i}`)), { kind: 'text' }],
    ['dates', many((i) => isoDay(i)), { kind: 'datetime', format: 'YYYY-MM-DD' }],
    ['dates with gaps', many((i) => (i % 9 ? isoDay(i) : '')), { kind: 'datetime', missing: '' }],
    [
      'times and a word',
      many((i) => (i === 4900 ? 'soon' : `${isoDay(i)}T07:08:09`)),
      { kind: 'datetime', unreadable: 1 },
    ],
    [
      'no day of the calendar',
      many((i) => (i === 4900 ? '2023-02-29' : isoDay(i))),
      { kind: 'datetime', unreadable: 1 },
    ],
    [
      'the day first, as it shows late',
      many((i) => isoDay(i).split('-').reverse().join('/')).sort((a, b) => a.slice(0, 2).localeCompare(b.slice(0, 2))),
      { kind: 'datetime', format: 'DD/MM/YYYY' },
    ],
  ])('%s in thousands are what few of them would be, and come back', (_, texts, expected) => {
    const cells = cellsOf(texts);
    expect(inferKind(cells)).toMatchObject(expected);
    expect(inferKind(cells)).toEqual(inferKind(expanded(cells)));
    expect(inferColumn(cells)).toEqual(inferColumn(expanded(cells)));
    expect(throughTable(texts)).toEqual(texts);
  });

  test('thousands of strings of digits are strings where a file has types', () => {
    const builder = textCellsBuilder('c');
    for (const text of many(String)) builder.add(text);
    expect(inferColumn(builder.build('strings'))).toMatchObject({ kind: 'text' });
    expect(inferColumn(builder.build('numbers'))).toMatchObject({ kind: 'integer' });
  });

  test('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(
        someKind.chain((kind) => fc.array(kind, { minLength: 1 })),
        (texts) => {
          expect(infer(...texts.toReversed())).toEqual(infer(...texts));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each<[string[], Partial<Column>]>([
    [['1', '-2', '0'], { kind: 'integer', missing: null, min: -2, max: 1 }],
    [['7', '7'], { kind: 'integer', min: 7, max: 7 }],
    [['0', '0'], { kind: 'integer', min: 0, max: 0 }],
    [['9007199254740991', '1'], { kind: 'integer' }],
    [['9007199254740992', '1'], { kind: 'category' }],
    [['-0', '1'], { kind: 'integer', min: 0 }],
    [['00123', '00456'], { kind: 'category', values: ['00123', '00456'] }],
    [['+1', '2'], { kind: 'integer' }],
    [['1', '2', ''], { kind: 'integer', missing: '' }],
    [['1', '2', 'NA', 'NA'], { kind: 'integer', missing: 'NA' }],
    [['1.5', '-'], { kind: 'decimal', missing: '-' }],
    [['1', '2', 'NA', ''], { kind: 'integer', missing: '' }],
    [['1', '2', 'NA', '?', 'NA'], { kind: 'integer', missing: 'NA' }],
    [['1.5', '2', '2.25'], { kind: 'decimal', scale: 2, minScale: 0, min: 1.5, max: 2.25 }],
    [['1.50', '2.00'], { kind: 'decimal', scale: 2, minScale: 2 }],
    [['25.0', '1.125'], { kind: 'decimal', scale: 3, minScale: 1 }],
    [['1.10', '2.5'], { kind: 'category' }],
    [['123.45', '0.30000000000000004'], { kind: 'decimal', scale: 17, minScale: 2 }],
    [['0.0000001', '2.5'], { kind: 'decimal', scale: 7, minScale: 1 }],
    [['-0.0', '1.5'], { kind: 'decimal', min: 0 }],
    [['1e5', '2.5'], { kind: 'decimal', scale: 1, max: 100_000 }],
    [
      ['.5', '2.5', '-.25'],
      { kind: 'decimal', scale: 2, style: { prefix: '', group: '', point: '.', suffix: '', bare: true } },
    ],
    [['0.1234567890123456789', '2.5'], { kind: 'category' }],
    [['yes', 'no', 'no'], { kind: 'boolean', missing: null, values: ['no', 'yes'] }],
    [['True', 'False', 'NaN'], { kind: 'boolean', missing: 'NaN', values: ['False', 'True'] }],
    [['T', 'F', 'N/A'], { kind: 'boolean', missing: 'N/A', values: ['F', 'T'] }],
    [['ON', 'OFF'], { kind: 'boolean', values: ['OFF', 'ON'] }],
    [['0', '1', ''], { kind: 'boolean', missing: '', values: ['0', '1'] }],
    [['yes', 'yes'], { kind: 'category', values: ['yes'] }],
    [['yes', 'No'], { kind: 'category', values: ['No', 'yes'] }],
    [['yes', 'no', 'maybe'], { kind: 'category' }],
    [['2024-01-31', '2024-02-29', ''], { kind: 'datetime', format: 'YYYY-MM-DD', missing: '' }],
    [['2024-01-31', '2023-02-29'], { kind: 'category' }],
    [['', ''], { kind: 'category', missing: '', values: [] }],
    [['NA', 'NA'], { kind: 'category', missing: 'NA', values: [] }],
    [['b', 'a', 'b', '?'], { kind: 'category', missing: '?', values: ['a', 'b'] }],
    [['b', 'None', '-'], { kind: 'category', missing: null, values: ['-', 'None', 'b'] }],
    [['b', 'NA', ''], { kind: 'category', missing: '', values: ['NA', 'b'] }],
  ])('%j', (texts, expected) => {
    expect(infer(...texts)).toMatchObject(expected);
  });

  test('strings are a category while they are few or repeat, else text', () => {
    const names = (count: number) => Array.from({ length: count }, (_, i) => `name ${i}`);
    expect(infer(...names(100)).kind).toBe('category');
    expect(infer(...names(101)).kind).toBe('text');
    expect(infer(...names(101), ...names(101)).kind).toBe('category');
    expect(infer(...names(1000), ...names(1000)).kind).toBe('category');
    // More than 1,000 are still categories where rows repeat them.
    expect(infer(...names(1001), ...names(1001)).kind).toBe('category');
    expect(infer(...names(1900), ...names(500)).kind).toBe('category');
    expect(infer(...names(1900), ...names(300)).kind).toBe('text');
    expect(infer(...names(10_001), ...names(10_001)).kind).toBe('text');
    const sentence = (name: string) =>
      `${name} says something that is longer than any name of a town, a ward or a kind`;
    expect(infer(...names(1001).map(sentence), ...names(1001).map(sentence)).kind).toBe('text');
  });
});

describe('the formatter and the parser of one cell', () => {
  const decimal = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })).map(([a, b]): Column => {
    return {
      name: 'c',
      kind: 'decimal',
      missing: null,
      scale: Math.max(a, b),
      minScale: Math.min(a, b),
      min: 0,
      max: 1,
    };
  });

  test('what a decimal column writes it reads, and writes so again, for any double', () => {
    fc.assert(
      fc.property(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }), (column, value) => {
        const text = formatValue(column, value);
        const read = parseCell(column, text);
        expect(read).toBeTypeOf('number');
        expect(formatValue(column, read!)).toBe(text);
        if (column.kind !== 'decimal') return;
        const halfStep = 0.5 * 10 ** -column.scale;
        expect(Math.abs(Number(read) - value)).toBeLessThanOrEqual(halfStep * 1.01 + Number.EPSILON * Math.abs(value));
      }),
      { numRuns: 5000 },
    );
  });

  test('any text a column accepts comes back as the same value, and what is no number or time as the same text', () => {
    const columns: Column[] = [
      { name: 'c', kind: 'integer', missing: null, min: 0, max: 1 },
      { name: 'c', kind: 'datetime', missing: null, format: 'M/D/YYYY H:mm', min: 0, max: 1 },
      { name: 'c', kind: 'boolean', missing: null, values: ['no', 'yes'] },
      { name: 'c', kind: 'category', missing: null, values: ['', '0', 'NA', '😀'] },
      { name: 'c', kind: 'text', missing: null },
    ];
    fc.assert(
      fc.property(fc.constantFrom(...columns), fc.oneof(anyText, digits, words), (column, text) => {
        const value = parseCell(column, text);
        if (value === undefined) return;
        if (isNumeric(column)) expect(parseCell(column, formatValue(column, value))).toBe(value);
        else expect(formatValue(column, value)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('a rounded nothing has no sign', () => {
    const column: Column = { name: 'c', kind: 'decimal', missing: null, scale: 2, minScale: 1, min: 0, max: 1 };
    expect([-0.001, 0.005, 12.5, 1e21, 3].map((value) => formatValue(column, value))).toEqual([
      '0.0',
      '0.01',
      '12.5',
      '1000000000000000000000.0',
      '3.0',
    ]);
  });
});
