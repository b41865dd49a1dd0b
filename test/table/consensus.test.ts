import fc from 'fast-check';
import { expect, it } from 'vitest';
import { consensus } from '../../src/table/fill-missing.ts';
import { tableFromRows, tableRows } from '../../src/table/rows.ts';
import { concatTables } from '../../src/table/select.ts';
import { anyTable } from '../serialize/any-table.ts';

it('guesses that agree are the answer', () => {
  fc.assert(
    fc.property(anyTable, fc.integer({ min: 1, max: 4 }), ({ table }, times) => {
      const guesses = concatTables([table, ...Array(times - 1).fill(table)]);
      expect(consensus(guesses, table.rowCount)).toEqual(table);
    }),
    { numRuns: 50 },
  );
});

it('of others the middle number and the commonest value are taken', () => {
  const guesses = [
    { n: 1, s: 'a', b: true },
    { n: 9, s: 'b', b: null },
    { n: 2, s: 'b', b: true },
    { n: 5, s: 'c', b: false },
  ];
  expect(tableRows(consensus(tableFromRows(guesses), 1))).toEqual([{ n: 2, s: 'b', b: true }]);
  expect(tableRows(consensus(tableFromRows(guesses), 2))).toEqual([
    { n: 1, s: 'a', b: true },
    { n: 5, s: 'b', b: null },
  ]);
});
