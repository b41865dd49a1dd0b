import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { castLeniently, castTable, columnsOf } from '../../src/table/cast.ts';
import { formatCell, writtenCell } from '../../src/table/cells.ts';
import { fillMissing } from '../../src/table/fill-missing.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import { anyTable } from '../serialize/any-table.ts';

const model = tableFromRows([
  { age: 17, pay: 1.5, work: 'Private', rich: false },
  { age: 90, pay: 20, work: null, rich: true },
]);

describe('a table whose gaps are filled', () => {
  it('keeps the text of every cell that is there, and has no other missing', () => {
    fc.assert(
      fc.property(anyTable, ({ table }) => {
        // Every cell that is missing is filled with one of its column that is there.
        const others = {
          ...table,
          columns: table.columns.map((data, c) => {
            const column = table.schema.columns[c]!;
            const rows = Array.from({ length: table.rowCount }, (_, row) => row);
            const there = rows.find((row) => formatCell(column, data, row) !== null);
            const pick = rows.map((row) => (formatCell(column, data, row) === null ? (there ?? row) : row));
            return data instanceof Float64Array || data instanceof Int32Array
              ? data.map((_, row) => data[pick[row]!]!)
              : pick.map((row) => data[row] as string | null);
          }),
        };
        fc.pre(others.columns.every((data, c) => formatCell(table.schema.columns[c]!, data, 0) !== null));
        const filled = fillMissing(table, others);
        for (const [c, column] of filled.schema.columns.entries()) {
          for (let row = 0; row < table.rowCount; row++) {
            const text = formatCell(column, filled.columns[c]!, row);
            expect(text).toBe(formatCell(table.schema.columns[c]!, others.columns[c]!, row));
          }
        }
      }),
    );
  });

  it('has one spelling where the other has numbers or times of another', () => {
    const own = tableFromRows([
      { pay: 1234.5, at: '2024-01-31' },
      { pay: null, at: null },
    ]);
    const other = tableFromRows([
      { pay: '$1,500.00', at: '01-Feb-2024' },
      { pay: '$2,000.25', at: '02-Feb-2024' },
    ]);
    expect(tableRows(fillMissing(own, other))).toEqual([
      { pay: 1234.5, at: '2024-01-31' },
      { pay: 2000.25, at: '2024-02-02' },
    ]);
  });

  it('has the columns of the other where these spell all its cells so, else ones that do', () => {
    const own = tableFromRows([
      { pay: '1.50', age: null },
      { pay: null, age: 20 },
    ]);
    const filled = fillMissing(
      own,
      tableFromRows([
        { pay: 2, age: 30 },
        { pay: 2.5, age: 31 },
      ]),
    );
    expect(filled.schema.columns.map(({ name }) => name)).toEqual(['pay', 'age']);
    expect(filled.schema.columns.map((_, c) => [0, 1].map((row) => writtenCell(filled, c, row)))).toEqual([
      ['1.50', '2.5'],
      ['30', '20'],
    ]);
  });
});

describe('cells read under another schema', () => {
  it('are its values, by name, null where missing', () => {
    const table = tableFromRows([
      { work: 'Private', age: '17' },
      { work: null, age: '90' },
    ]);
    expect(castTable(table, model.schema)).toEqual([[17, 90], undefined, [0, null], undefined]);
  });

  it.each<[Record<string, string | number>[], string]>([
    [[{ agee: 3 }], 'unexpected column "agee"; did you mean "age"?'],
    [[{ age: 17 }, { age: 16 }], 'row 2: column "age": expected one of 17..90 as in training, got 16'],
    [[{ work: 'private' }], 'row 1: column "work": expected one of "Private", got "private"; did you mean "Private"?'],
  ])('%j is refused', (rows, message) => {
    expect(() => castTable(tableFromRows(rows), model.schema)).toThrow(new TabletalkError('input', message));
  });

  it('or are the nearest numbers and missing cells, counted, where the reader is lenient', () => {
    const odd = tableFromRows([
      { age: 16, pay: 99, work: 'private' },
      { age: 90.25, pay: 1.5, work: 'Private' },
      { age: 200, pay: 1.501, work: null },
    ]);
    expect(castLeniently(odd, model.schema)).toEqual({
      columns: [[17, 90, 90], [20, 1.5, 1.5], [null, 0, null], undefined],
      unfit: [
        { column: 0, is: 'outside', cells: 3, text: '16' },
        { column: 1, is: 'outside', cells: 2, text: '99' },
        { column: 2, is: 'unseen', cells: 1, text: 'private' },
      ],
    });
  });

  it('are refused all together where a column is absent', () => {
    const rows = tableRows(model).map(({ age, pay, rich }) => ({ age, pay, rich }));
    expect(() => columnsOf(tableFromRows(rows), model.schema)).toThrow('no column "work"');
  });
});
