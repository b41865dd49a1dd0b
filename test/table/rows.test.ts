import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suggest } from '../../src/errors/suggest.ts';
import { tableFromText } from '../../src/table/apply-schema.ts';
import { createJsonLinesEncoder, createJsonLinesReader } from '../../src/table/json/json-lines.ts';
import { type Row, tableFromRows, tableRows } from '../../src/table/rows.ts';
import type { Schema } from '../../src/table/schema.ts';
import { concatTables, takeRows } from '../../src/table/select.ts';
import type { Cell } from '../../src/table/table.ts';
import { anyText } from './arbitraries.ts';

const number = fc
  .oneof(fc.maxSafeInteger(), fc.integer(), fc.double({ min: -1e9, max: 1e9, noNaN: true }))
  .map((value) => (Math.abs(value) < 1e-4 ? 0 : value));
const cells = (rowCount: number) =>
  fc
    .constantFrom<fc.Arbitrary<Cell>[]>(
      number,
      fc.maxSafeInteger(),
      fc.boolean(),
      anyText,
      fc.constantFrom('2024-01-31', '2024-02-29'),
    )
    .chain((kind) => fc.array(fc.option(kind), { minLength: rowCount, maxLength: rowCount }));
/** Rows in which each column has one type, with nulls. */
const rows: fc.Arbitrary<Record<string, Cell>[]> = fc
  .tuple(fc.uniqueArray(anyText, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 6 }))
  .chain(([names, rowCount]) =>
    fc
      .tuple(...names.map(() => cells(rowCount)))
      .map((columns) =>
        Array.from({ length: rowCount }, (_, row) =>
          Object.fromEntries(names.map((name, i) => [name, columns[i]![row] ?? null])),
        ),
      ),
  );

describe('rows', () => {
  test('come back as they were, types and all', () => {
    fc.assert(
      fc.property(rows, (given) => {
        expect(tableRows(tableFromRows(given))).toEqual(given);
      }),
      { numRuns: 1000 },
    );
  });

  test('come back from JSON Lines as they were', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (given, at) => {
        const table = tableFromRows(given);
        const written = [...createJsonLinesEncoder(table.schema).rows(table)].join('');
        const reader = createJsonLinesReader('x.jsonl', undefined, {});
        const characters = [...written];
        const cut = at % (characters.length + 1);
        for (const chunk of [characters.slice(0, cut), characters.slice(cut)]) reader.push(Buffer.from(chunk.join('')));
        expect(tableRows(tableFromText(reader.end()))).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });

  test('come back under the schema they suggested', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const table = tableFromRows(given);
        expect(tableFromRows(tableRows(table), table.schema)).toEqual(table);
      }),
      { numRuns: 500 },
    );
  });

  test('a column that a row lacks is missing in it', () => {
    expect(tableRows(tableFromRows([{ a: 1 }, { b: 'x' }, { a: undefined }]))).toEqual([
      { a: 1, b: null },
      { a: null, b: 'x' },
      { a: null, b: null },
    ]);
  });

  test('a missing cell is spelled as no cell is', () => {
    const [column] = tableFromRows([{ a: '' }, { a: null }, { a: 'NA' }]).schema.columns;
    expect(column).toMatchObject({ name: 'a', kind: 'category', missing: 'N/A', values: ['', 'NA'] });
  });

  const schema: Schema = {
    version: 1,
    columns: [
      { name: 'age', kind: 'integer', missing: null, min: 0, max: 1 },
      { name: 'rich', kind: 'boolean', missing: null, values: ['0', '1'] },
      { name: 'grade', kind: 'category', missing: null, values: ['1', '2', 'true'] },
    ],
  };

  test('under a schema, text is read as from a file, and values by what they are', () => {
    const given = [
      { age: 39, rich: true, grade: 2 },
      { age: '39', rich: '1', grade: true },
      { age: null, rich: 0 },
    ];
    expect(tableRows(tableFromRows(given, schema))).toEqual([
      { age: 39, rich: true, grade: '2' },
      { age: 39, rich: true, grade: 'true' },
      { age: null, rich: false, grade: null },
    ]);
    expect(tableFromRows([], schema)).toMatchObject({ schema, rowCount: 0 });
  });

  test.each<[Row[], Schema | undefined, string]>([
    [[], undefined, 'rows: no rows with columns'],
    [[{}], undefined, 'rows: no rows with columns'],
    [[{ a: 1 }, { a: 'x' }], undefined, 'rows[1]: column "a": expected a number as in the rows before, got "x"'],
    [[{ a: true }, { a: 0 }], undefined, 'rows[1]: column "a": expected true or false as in the rows before, got 0'],
    [[{ a: Number.NaN }], undefined, 'rows[0]: column "a": expected a finite number, got NaN'],
    [[{ a: 2 ** 53 }], undefined, 'rows[0]: column "a": expected a number below 2^53, got 9007199254740992'],
    [[{ a: '\uD800' }], undefined, 'rows[0]: column "a": expected well-formed text, got "\\ud800"'],
    [[{ age: 1.5 }, { age: 'x' }], schema, 'rows[0]: column "age": expected a whole number, got "1.5" (and 1 more)'],
    [[{ rich: 'yes' }], schema, 'rows[0]: column "rich": expected "0" or "1", got "yes"'],
    [[{ grades: 1 }], schema, 'rows: unexpected column "grades"; did you mean "grade"?'],
  ])('%j: an error', (given, under, message) => {
    expect(() => tableFromRows(given, under)).toThrow(expect.objectContaining({ code: 'input', message }));
  });
});

describe('selecting', () => {
  test('rows taken are the rows at these indices; tables put end to end are their rows in order', () => {
    fc.assert(
      fc.property(rows, fc.infiniteStream(fc.nat()), (given, numbers) => {
        const table = tableFromRows(given);
        const indices = [...numbers.take(5)].map((n) => n % given.length);
        const taken = takeRows(table, indices);
        expect(tableRows(taken)).toEqual(indices.map((row) => given[row]));
        expect(tableRows(concatTables([table, taken]))).toEqual([...given, ...indices.map((row) => given[row])]);
      }),
    );
  });

  test('an index outside the table and a second schema are errors', () => {
    const table = tableFromRows([{ a: 1 }]);
    expect(() => takeRows(table, [1])).toThrow("row 1 is not among the table's 1 rows");
    expect(() => takeRows(table, [-1])).toThrow(RangeError);
    expect(() => concatTables([table, tableFromRows([{ a: 2 }])])).toThrow('must have the same schema');
  });
});

test.each([
  ['agee', ['age', 'wage', 'sex'], 'age'],
  ['AGE', ['sage', 'age'], 'age'],
  ['hours_per_week', ['hours-per-week', 'hours'], 'hours-per-week'],
  ['inocme', ['income', 'name'], 'income'],
  ['colour', ['age', 'sex'], undefined],
  ['x', [], undefined],
])('for %s among %j one may have meant %s', (name, candidates, expected) => {
  expect(suggest(name, candidates)).toBe(expected);
});
