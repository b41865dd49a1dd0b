/** What the table tests draw from: strings that break CSV writers, tables of them, and dialects. */
import fc from 'fast-check';
import type { Dialect } from '../../src/table/csv/dialect.ts';
import type { Table } from '../../src/table/table.ts';

/** Any characters that UTF-8 can hold, with those that delimit, quote, end lines or mean something made frequent. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(
      fc.constantFrom(
        ',',
        ';',
        '\t',
        '|',
        '"',
        '""',
        '\n',
        '\r',
        '\r\n',
        '\uFEFF',
        ' ',
        'é',
        '😀',
        'a',
        '1',
        '-',
        '.',
        '0',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('', 'NA', '-', '?', '007', '1e5', '-0', '-0.0', '1.50', '2024-02-29', '__proto__', 'null'),
);

const columnName = anyText.filter((name) => name !== '');
const plainName = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/);

/** Columns of text; an empty cell is a missing one, as in any CSV file. */
export const textTable = tableOf(columnName);
/** The same with names that no dialect needs to quote. */
export const plainlyNamedTable = tableOf(plainName);

function tableOf(name: fc.Arbitrary<string>): fc.Arbitrary<Table> {
  return fc
    .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 }))
    .chain(([names, rowCount]) =>
      fc
        .array(fc.array(anyText, { minLength: rowCount, maxLength: rowCount }), {
          minLength: names.length,
          maxLength: names.length,
        })
        .map((columns) => ({
          schema: { version: 1, columns: names.map((name) => ({ name, kind: 'text', missing: '' })) },
          rowCount,
          columns: columns.map((cells) => cells.map((cell) => cell || null)),
        })),
    );
}

export const anyDialect: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  finalNewline: fc.boolean(),
  bom: fc.boolean(),
  quote: fc.constantFrom('needed', 'strings', 'always'),
  unnamed: fc.constant([]),
});
