/** Tables of every kind of column, with names and values that a sentence could mistake for its own words. */
import fc from 'fast-check';
import type { Value } from '../../src/table/cells.ts';
import { datetimeFormats, granularityMs, granularityOf, hasDate } from '../../src/table/datetime/datetime-formats.ts';
import { tableFromValues } from '../../src/table/from-values.ts';
import { rangeOf } from '../../src/table/infer/infer.ts';
import type { NumberStyle } from '../../src/table/numbers/number-format.ts';
import type { Column, Schema } from '../../src/table/schema.ts';
import type { Table } from '../../src/table/table.ts';

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
  .map(([{ min, max }, dress]) => ({
    column: { name: '', kind: 'integer', missing: null, ...dress, min, max },
    value: fc.maxSafeInteger().map((x) => (max - min > 1e6 ? x : min + (Math.abs(x) % (max - min + 1)))),
  }));

const decimals: fc.Arbitrary<Kind> = fc
  .record({
    scale: fc.integer({ min: 1, max: 4 }),
    zeros: fc.nat(4),
    size: fc.constantFrom(20, 3000, 1e9),
    dress: style,
  })
  .map(({ scale, zeros, size, dress }) => ({
    column: {
      name: '',
      kind: 'decimal',
      missing: null,
      ...dress,
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

const datetimes: fc.Arbitrary<Kind> = fc
  .tuple(fc.constantFrom(...datetimeFormats, 'YYYY-MM-DDTHH:mm:ss-03:30'), fc.constantFrom(3, 400, 1e5, 1e9))
  .map(([format, spread]) => {
    const unit = granularityMs[granularityOf(format)];
    const [first, last] = hasDate(format)
      ? [Date.parse('0000-01-01T00:00Z'), Date.parse('9999-12-31T00:00Z')]
      : [0, 86_399_999];
    return {
      column: { name: '', kind: 'datetime', missing: null, format, min: 0, max: 0 },
      value: fc
        .integer({ min: -spread, max: spread })
        .map((units) => Math.min(Math.floor(last / unit), Math.max(Math.ceil(first / unit), units)) * unit),
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

const anyKind = fc.oneof(integers, decimals, datetimes, booleans, categories, texts);

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
