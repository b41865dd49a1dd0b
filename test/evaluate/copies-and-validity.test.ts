import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingValues } from '../../src/evaluate/metrics/fidelity/missing-values.ts';
import { boundaryAdherence, categoryAdherence, validity } from '../../src/evaluate/metrics/fidelity/validity.ts';
import { copies } from '../../src/evaluate/metrics/privacy/copies.ts';
import { alignTables } from '../../src/table/align.ts';
import type { Table } from '../../src/table/table.ts';
import { mixedTable, shuffled, tableOf } from './tables.ts';

const align = (a: Table, b: Table) => alignTables({ name: 'a', table: a }, [{ name: 'b', table: b }]) as [Table, Table];

describe('copies', () => {
  it('counts rows equal in every cell, a missing cell equal to a missing cell, categories by their strings', () => {
    const train = tableOf({
      age: ['integer', [1, 2, 2, null]],
      city: ['category', ['a', 'c', 'c', null]],
      note: ['text', ['x', 'y', 'y', null]],
    });
    const judged = tableOf({
      age: ['integer', [2, 2, null, 1, 1]],
      city: ['category', ['c', 'b', null, 'a', 'a']],
      note: ['text', ['y', 'y', null, 'z', 'z']],
    });
    expect(copies(...align(train, judged))).toEqual({
      copiesOfTrain: 2 / 5,
      duplicateRows: 1 - 4 / 5,
      duplicateTrainRows: 1 - 3 / 4,
    });
  });

  it('finds every row of a shuffled copy, and agrees with comparing the rows as text', () => {
    fc.assert(
      fc.property(mixedTable, mixedTable, (a, b) => {
        const [train, judged] = align(a, b);
        expect(copies(train, shuffled(train)).copiesOfTrain).toBe(1);
        const [trainRows, judgedRows] = [rowTexts(train), rowTexts(judged)];
        const copied = judgedRows.filter((row) => trainRows.includes(row)).length;
        expect(copies(train, judged).copiesOfTrain).toBeCloseTo(copied / judged.rowCount, 12);
        expect(copies(train, judged).duplicateRows).toBeCloseTo(1 - new Set(judgedRows).size / judged.rowCount, 12);
      }),
    );
  });
});

function rowTexts(table: Table): string[] {
  return Array.from({ length: table.rowCount }, (_, row) => JSON.stringify(table.columns.map((cells) => cells[row])));
}

describe('validity', () => {
  it('counts missing cells against the bounds unless the real column has some, as SDMetrics was seen to', () => {
    expect(boundaryAdherence(Float64Array.of(0, 10), Float64Array.of(2, Number.NaN, 11))).toBeCloseTo(1 / 3, 12);
    expect(boundaryAdherence(Float64Array.of(0, 10, Number.NaN), Float64Array.of(2, Number.NaN, 11))).toBeCloseTo(
      1 / 2,
      12,
    );
    expect(boundaryAdherence(Float64Array.of(Number.NaN), Float64Array.of(2))).toBeNaN();
  });

  it('takes missing for one more category', () => {
    expect(categoryAdherence(Int32Array.of(0, 1), Int32Array.of(0, 2, -1, 1))).toBe(1 / 2);
    expect(categoryAdherence(Int32Array.of(0, 1, -1), Int32Array.of(0, 2, -1, 1))).toBe(3 / 4);
  });

  it('is 1 for a shuffled self, but for columns without any value', () => {
    fc.assert(
      fc.property(mixedTable, (table) => {
        for (const { score } of validity(table, shuffled(table))) if (!Number.isNaN(score)) expect(score).toBe(1);
      }),
    );
  });
});

describe('missing values', () => {
  it('is 1 minus the difference of the shares, for every kind of column', () => {
    const full = { age: ['integer', [1, 2]], city: ['category', ['a', 'b']], note: ['text', ['x', 'y']] } as const;
    const half = { age: ['integer', [1, null]], city: ['category', ['a', null]], note: ['text', [null, 'y']] } as const;
    const scores = missingValues(...align(tableOf(full), tableOf(half)));
    expect(scores).toEqual([0, 1, 2].map((column) => ({ column, real: 0, judged: 0.5, score: 0.5 })));
  });
});
