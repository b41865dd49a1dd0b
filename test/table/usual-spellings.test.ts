import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCodec, learnGrammar } from '../../src/serialize/codec/codec.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { formatValue, parseCell } from '../../src/table/cells.ts';
import { parseCsv } from '../../src/table/csv/csv.ts';
import { csvChunks } from '../../src/table/csv/csv-write.ts';
import { tableNotices } from '../../src/table/infer/notices.ts';
import type { Table } from '../../src/table/table.ts';

const grouped = (whole: string, mark: string) => whole.replace(/\B(?=(?:\d{3})+$)/g, mark);
const swapped = (text: string) => text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
const withSign = (value: number, body: (size: number) => string) => `${value < 0 ? '-' : ''}${body(Math.abs(value))}`;
const money = (size: number) => {
  const [whole = '', cents = ''] = size.toFixed(2).split('.');
  return `${grouped(whole, ',')}.${cents}`;
};

/** How a file may write a number of at most two decimals, and what it means by it. */
const spellings: Record<string, (value: number) => string> = {
  'two decimals': (value) => value.toFixed(2),
  'as few decimals as it takes': String,
  'no zero before the point': (value) => withSign(value, (size) => size.toFixed(2).replace(/^0\./, '.')),
  'a plus': (value) => `${value > 0 ? '+' : ''}${value.toFixed(2)}`,
  'an exponent': (value) => value.toExponential(6),
  'a capital E': (value) => value.toExponential(6).toUpperCase(),
  'an exponent of two digits': (value) => value.toExponential(6).replace(/e([+-])(\d)$/, 'e$10$2'),
  'zeros without decimals': (value) => (value === 0 ? '0' : value.toFixed(2)),
  'whole numbers without decimals': (value) => (Number.isInteger(value) ? String(value) : value.toFixed(2)),
  'a blank before it': (value) => ` ${value.toFixed(2)}`,
  'blanks behind it': (value) => `${value.toFixed(2)}  `,
  'marks between thousands': (value) => withSign(value, money),
  'a decimal comma': (value) => swapped(value.toFixed(2)),
  'points between thousands': (value) => swapped(withSign(value, money)),
  'blanks between thousands': (value) => withSign(value, (size) => swapped(money(size)).replaceAll('.', ' ')),
  'a currency before it': (value) => withSign(value, (size) => `$${money(size)}`),
  'a currency behind it': (value) => `${swapped(value.toFixed(2))} €`,
  percent: (value) => `${value.toFixed(2)}%`,
  'parentheses for negative ones': (value) => (value < 0 ? `(${money(-value)})` : money(value)),
  'a minus behind it': (value) => `${Math.abs(value).toFixed(2)}${value < 0 ? '-' : ''}`,
  'eighteen decimals': (value) => value.toFixed(18),
  'two spellings of missing among them': (value) => (value > 4500 ? 'NA' : value > 4000 ? '' : value.toFixed(2)),
};

const odd = fc.constantFrom('soon', '0.3728-941', 'n/k', '12 or 13', '#', '1.2.3', 'inf', 'see note');
/** 2,000 numbers, some of them whole, some below 1, some zero; two of them odd. */
const column = fc.record({
  seed: fc.nat(1e6),
  odd: fc.array(odd, { minLength: 2, maxLength: 2 }),
});

function readColumn(texts: readonly string[]): Table {
  const cells = texts.map((text) => `x,${/[",]/.test(text) ? `"${text}"` : text}`);
  return tableFromText(parseCsv(`g,value\n${cells.join('\n')}\n`, 'x.csv').text);
}

function numbersOf(seed: number): number[] {
  return Array.from({ length: 2000 }, (_, i) => {
    const step = (i * 7919 + seed) % 1_000_001;
    const value = i % 40 === 0 ? 0 : i % 9 === 0 ? Math.round((step - 500_000) / 100) : (step - 500_000) / 100;
    return i % 13 === 0 ? value / 1000 - ((value / 1000) % 0.01) : value;
  }).map((value) => Number(value.toFixed(2)) + 0);
}

describe.each(Object.entries(spellings))('numbers with %s', (_, spell) => {
  it('are numbers in spite of 0.1 % odd cells, which are counted; all cells come back', () => {
    fc.assert(
      fc.property(column, ({ seed, odd: words }) => {
        const numbers = numbersOf(seed);
        const texts = numbers.map(spell);
        const places = [311 + (seed % 50), 1200 + (seed % 70)];
        for (const [i, place] of places.entries()) texts[place] = words[i]!;
        const table = readColumn(texts);
        const found = table.schema.columns[1]!;
        expect(found).toMatchObject({ kind: 'decimal', unreadable: 2 });
        const values = table.columns[1] as Float64Array;
        const there = [...numbers.keys()].filter(
          (i) => !places.includes(i) && texts[i]!.trim() !== '' && texts[i] !== 'NA',
        );
        expect(there.every((i) => values[i] === numbers[i])).toBe(true);
        expect([...values].filter(Number.isNaN)).toHaveLength(numbers.length - there.length);
        // A value has one text, and that text this value.
        expect(there.every((i) => parseCell(found, formatValue(found, values[i]!)) === values[i])).toBe(true);
        const written = parseCsv(
          [...csvChunks(table, parseCsv('g,value\n1,2\n', 'x.csv').dialect)].join(''),
          'y.csv',
        ).text;
        expect(Array.from(written.columns[1]!.codes, (code) => written.columns[1]!.distinct[code])).toEqual(texts);
        expect(tableNotices(table).join()).toContain('2 of 2000 cells are no numbers and taken as missing');
      }),
      { numRuns: 3 },
    );
  });

  it('are learned and said, each in the words of its column', () => {
    const table = readColumn(numbersOf(5).map(spell));
    const codec = createCodec(table.schema, learnGrammar(table));
    for (const value of (table.columns[1] as Float64Array).subarray(0, 300)) {
      if (!Number.isNaN(value)) expect(codec.decode(1, codec.encode(1, value))).toBe(value);
    }
  });
});

describe('new numbers are written as most of the column’s are', () => {
  it.each<[string, number, string]>([
    ['two decimals', 12.5, '12.50'],
    ['no zero before the point', -0.25, '-.25'],
    ['a plus', 0.81, '+0.81'],
    ['an exponent of two digits', 1234.5, '1.234500e+03'],
    ['zeros without decimals', 0, '0'],
    ['zeros without decimals', 5, '5.00'],
    ['whole numbers without decimals', 5, '5'],
    ['marks between thousands', -1234.5, '-1,234.50'],
    ['parentheses for negative ones', -1234.5, '(1,234.50)'],
    ['a minus behind it', -1234.5, '1234.50-'],
    ['percent', 12.5, '12.50%'],
    ['eighteen decimals', 0.5, '0.500000000000000000'],
  ])('%s', (name, value, text) => {
    const table = readColumn(numbersOf(3).map(spellings[name]!));
    expect(formatValue(table.schema.columns[1]!, value)).toBe(text);
  });

  it('as Python writes small floats among others, and as its file does numbers of every size', () => {
    const python = readColumn(Array.from({ length: 200 }, (_, i) => (i === 7 ? '6.123e-05' : String(0.1 + i / 7))));
    expect(formatValue(python.schema.columns[1]!, 0.00002)).toBe('2e-05');
    expect(formatValue(python.schema.columns[1]!, 0.25)).toContain('0.25');
    const sizes = readColumn(Array.from({ length: 200 }, (_, i) => ((i + 1) * 10 ** (-i % 90)).toExponential(3)));
    expect(sizes.schema.columns[1]).toMatchObject({ kind: 'decimal', float: { digits: 4 } });
    expect(formatValue(sizes.schema.columns[1]!, 6.626e-34)).toBe('6.626e-34');
  });
});

describe('what is no column of numbers', () => {
  const many = (text: (i: number) => string) => Array.from({ length: 2000 }, (_, i) => text(i));
  it.each<[string, string[]]>([
    ['zip codes, of which few begin with zero', many((i) => (i % 100 === 0 ? '02139' : String(90_000 + (i % 700))))],
    ['invoices, of which few are cancelled', many((i) => `${i % 60 === 0 ? 'C' : ''}${536_000 + (i % 900)}`)],
    ['sizes with an open end', many((i) => (i % 30 === 0 ? '5+' : String(i % 5)))],
    ['half words', many((i) => (i % 2 ? String(i) : `word ${i}`))],
    ['versions', many((i) => `1.${i % 8}${i % 8 === 2 ? '0' : ''}`)],
  ])('%s', (_, texts) => {
    expect(['category', 'text']).toContain(readColumn(texts).schema.columns[1]!.kind);
  });

  it('is said where most cells are numbers all the same, with the cure', () => {
    const notices = tableNotices(readColumn(many((i) => (i % 9 === 0 ? `about ${i}` : String(i)))));
    expect(notices).toEqual([expect.stringMatching(/^column "value": text, though 88 % .*--numeric value/)]);
  });
});

describe('a first line that is no header', () => {
  it.each<[string, boolean]>([
    ['39,State-gov,77516\n50,Private,83311\n38,Private,215646\n', true],
    ['country,2019,2020,2021\nA,1.5,2,3\nB,2,3,4\n', false],
    ['age,work\n39,State-gov\n50,Private\n', false],
    ['a,b\nx,y\nz,w\n', false],
  ])('%j is noticed: %s', (content, isNoticed) => {
    const notices = tableNotices(tableFromText(parseCsv(content, 'x.csv').text));
    expect(notices.some((notice) => notice.includes('looks like data'))).toBe(isNoticed);
  });
});
