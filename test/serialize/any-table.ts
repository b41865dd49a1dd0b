/** Tables of every kind of column, with names and values that a sentence could mistake for its own words. */
import fc from 'fast-check';
import { rangeOf } from '../../src/numeric/value-range.ts';
import { learnGrammar } from '../../src/serialize/codec/codec.ts';
import type { Value } from '../../src/table/cells.ts';
import { floorTime } from '../../src/table/datetime/calendar.ts';
import {
  datetimeFormats,
  type Granularity,
  granularityOf,
  hasDate,
} from '../../src/table/datetime/datetime-formats.ts';
import { tableFromValues } from '../../src/table/from-values.ts';
import type { NumberStyle } from '../../src/table/numbers/number-format.ts';
import { roundTo } from '../../src/table/numbers/number-grid.ts';
import type { Column, Schema } from '../../src/table/schema.ts';
import type { Table } from '../../src/table/table.ts';

/** One digit to a token for every other table, and two. */
export const anyGrammar = (table: Table) => learnGrammar(table, table.rowCount % 2 === 0 ? 2 : 1);

/** Strings that look like the words of a sentence, its punctuation, its special tokens or its numbers. */
export const trickyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc
    .array(
      fc.constantFrom(' is ', ', ', ',', '"', '\\', ' ', '\n', '\r', '\t', '<|', '|>', 'é', '😀', 'שלום', 'a', '7'),
      {
        maxLength: 5,
      },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '',
    ' ',
    'missing',
    '"missing"',
    'is',
    ' is ',
    'a is',
    'is a',
    '<|bos|>',
    '<|0:1|>',
    '<|.|>',
    '\\u0041',
    '\\',
    '12.50',
    '-3',
    '-0',
    '2024-02-29',
    '\u2028',
    '\uFEFF',
    '\0',
    '__proto__',
    'constructor',
  ),
);

/** A column without its name, and the cells it may hold. */
interface Kind {
  readonly column: Column;
  readonly value: fc.Arbitrary<Value>;
}

/** Mostly none; a style whose marks are told apart from each other and from digits. */
const style: fc.Arbitrary<{ style?: NumberStyle }> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc
    .record({
      prefix: fc.constantFrom('', '$', '€ '),
      marks: fc.constantFrom(['', '.'], ['', ','], [',', '.'], ['.', ','], ['\u00a0', ','], ["'", '.']),
      suffix: fc.constantFrom('', '%', ' €'),
    })
    .map(({ prefix, marks: [group = '', point], suffix }) => ({
      style: { prefix, group, point: point as NumberStyle['point'], suffix },
    })),
);

const integers: fc.Arbitrary<Kind> = fc
  .tuple(
    fc.constantFrom(
      { min: -12, max: 30 },
      { min: 0, max: 1 },
      { min: -5, max: -2 },
      { min: -(2 ** 53) + 1, max: 2 ** 53 - 1 },
    ),
    style,
  )
  .map(([{ min, max }, styled]) => ({
    column: { name: '', kind: 'integer', missing: null, ...styled, min, max },
    value: fc.maxSafeInteger().map((x) => (max - min > 1e6 ? x : min + (Math.abs(x) % (max - min + 1)))),
  }));

const decimals: fc.Arbitrary<Kind> = fc
  .record({
    scale: fc.integer({ min: 1, max: 4 }),
    zeros: fc.nat(4),
    size: fc.constantFrom(20, 3000, 1e9),
    styled: style,
  })
  .map(({ scale, zeros, size, styled }) => ({
    column: {
      name: '',
      kind: 'decimal',
      missing: null,
      ...styled,
      scale,
      minScale: Math.min(zeros, scale),
      min: 0,
      max: 0,
    },
    // Number(text), as a file's reader makes it; "-0.0" is a value of its own.
    value: fc.tuple(fc.integer({ min: -size, max: size }), fc.boolean()).map(([units, negative]) => {
      const text = (Math.abs(units) / 10 ** scale).toFixed(scale);
      return Number(`${negative || units < 0 ? '-' : ''}${text}`);
    }),
  }));

/** Numbers of so many digits, of sizes that differ too much for one number of decimals. From 16 digits on several texts are one double. */
const floats: fc.Arbitrary<Kind> = fc
  .record({
    digits: fc.integer({ min: 1, max: 15 }),
    least: fc.constantFrom(-300, -9, -1),
    spread: fc.constantFrom(0, 3, 40),
  })
  .map(({ digits, least, spread }) => ({
    column: {
      name: '',
      kind: 'decimal',
      missing: null,
      scale: 0,
      minScale: 0,
      float: { digits, least },
      min: 0,
      max: 0,
    },
    value: fc
      .tuple(
        fc.double({ min: 1, max: 9.99, noNaN: true }),
        fc.integer({ min: 0, max: spread }),
        fc.constantFrom(-1, 0, 1),
      )
      .map(
        ([mantissa, size, sign]) =>
          roundTo({ scale: 0, float: { digits, least } }, sign * Number(`${mantissa}e${least + size}`)) + 0,
      ),
  }));

/** About a step of each, in milliseconds. */
const stepMs: Record<Granularity, number> = {
  ...{ month: 31 * 86_400_000, week: 7 * 86_400_000, day: 86_400_000, minute: 60_000, second: 1000, millisecond: 1 },
  ...{ microsecond: 0.001, clockMinute: 60_000, clockSecond: 1000, clockMillisecond: 1, clockMicrosecond: 0.001 },
};

/** The times that a format can tell: of two digits of a year a century, of microseconds what a double holds. */
export function spanOf(format: string): [number, number] {
  if (!hasDate(format)) return [0, 86_399_999];
  if (format.includes('SSSSSS')) return [Date.UTC(1900, 0), Date.UTC(2100, 0)];
  if (/^(?!.*YYYY).*YY/.test(format)) return [Date.UTC(1969, 0), Date.UTC(2068, 11, 31)];
  return [Date.parse('0000-01-03T00:00Z'), Date.parse('9999-12-31T00:00Z')];
}

const datetimes: fc.Arbitrary<Kind> = fc
  .tuple(
    fc.constantFrom(
      ...datetimeFormats,
      'YYYYMMDD',
      'YYYY-MM-DDTHH:mm:ss-03:30',
      'YYYY-MM-DDTHH:mm:ssXXX@Europe/Berlin',
    ),
    fc.constantFrom(3, 400, 1e5, 1e9),
  )
  .map(([format, spread]) => {
    const granularity = granularityOf(format);
    const [first, last] = spanOf(format);
    return {
      column: { name: '', kind: 'datetime', missing: null, format, min: 0, max: 0 },
      value: fc
        .integer({ min: -spread, max: spread })
        .map((units) => floorTime(Math.min(last, Math.max(first, units * stepMs[granularity])), granularity)),
    };
  });

const booleans: fc.Arbitrary<Kind> = fc.uniqueArray(trickyText, { minLength: 2, maxLength: 2 }).map(([no, yes]) => ({
  column: { name: '', kind: 'boolean', missing: null, values: [no!, yes!] },
  value: fc.nat(1),
}));

const categories: fc.Arbitrary<Kind> = fc.uniqueArray(trickyText, { minLength: 1, maxLength: 5 }).map((values) => ({
  column: { name: '', kind: 'category', missing: null, values: values.sort() },
  value: fc.nat(values.length - 1),
}));

const texts: fc.Arbitrary<Kind> = fc.constant({
  column: { name: '', kind: 'text', missing: null },
  value: trickyText,
});

const anyKind = fc.oneof(integers, decimals, floats, datetimes, booleans, categories, texts);

/** A column and its cells; the range of a number or a time is that of its cells. */
const columnOf = (rowCount: number) =>
  fc
    .tuple(anyKind, fc.boolean(), fc.nat())
    .chain(([{ column, value }, lacks, salt]) =>
      fc
        .array(lacks ? fc.option(value, { freq: 3 }) : value, { minLength: rowCount, maxLength: rowCount })
        .map((cells) => ({ column: withRange({ ...column, missing: lacks ? `NA${salt}` : null }, cells), cells })),
    );

function withRange(column: Column, cells: readonly (Value | null)[]): Column {
  const numbers = cells.filter((cell) => typeof cell === 'number');
  const ranged = column.kind === 'integer' || column.kind === 'decimal' || column.kind === 'datetime';
  return ranged && numbers.length > 0 ? { ...column, ...rangeOf(numbers) } : column;
}

export interface AnyTable {
  readonly table: Table;
  /** The same cells, row by row. */
  readonly rows: readonly (readonly (Value | null)[])[];
}

/** Mostly none; else words that names and values may contain. */
const template = fc.option(
  fc.record({
    cell: fc
      .tuple(
        fc.constantFrom('', 'the ', 'a', ', ', '\\'),
        fc.constantFrom(' is ', '=', ': ', ' ', 'a', ', ', '7', ' היא '),
      )
      .map(([before, between]) => `${before}{column}${between}{value}`),
    separator: fc.constantFrom(', ', ',', '; ', ' | '.trim(), '\n', '/a', ';is'),
  }),
  { freq: 2, nil: undefined },
);

/** Up to five columns of any kinds and names; numbers are what their own spelling reads back as. */
export const anyTable: fc.Arbitrary<AnyTable> = fc
  .tuple(fc.uniqueArray(trickyText, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 12 }))
  .chain(([names, rowCount]) =>
    fc.tuple(template, ...names.map(() => columnOf(rowCount))).map(([template, ...columns]) => {
      const schema: Schema = {
        version: 1,
        ...(template && { template }),
        columns: columns.map(({ column }, i) => ({ ...column, name: names[i]! })),
      };
      const rows = Array.from({ length: rowCount }, (_, row) => columns.map(({ cells }) => cells[row]!));
      return { table: tableFromValues(schema, rows), rows };
    }),
  );

/** A table and an order of its columns for each row. */
export const anyTableInOrder = anyTable.chain(({ table, rows }) =>
  fc
    .array(
      fc.shuffledSubarray(
        table.schema.columns.map((_, column) => column),
        { minLength: table.columns.length },
      ),
      {
        minLength: rows.length,
        maxLength: rows.length,
      },
    )
    .map((orders) => ({ table, rows, orders })),
);
