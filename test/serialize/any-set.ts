/** Sets of cells of any column, as conditions make them. */
import fc from 'fast-check';
import { above, atLeast, atMost, below, otherThan } from '../../src/numeric/intervals.ts';
import { type CellSet, commonCells, everyValue, onlyMissing, valuesOf } from '../../src/serialize/codec/cell-set.ts';
import type { Value } from '../../src/table/cells.ts';
import { type Column, isNumeric } from '../../src/table/schema.ts';

/** Bounded by, equal to or without cells that the column has. */
function anyOneSet(column: Column, cells: readonly (Value | null)[]): fc.Arbitrary<CellSet> {
  const values = cells.filter((cell) => cell !== null);
  const every = fc.record({ missing: fc.boolean(), present: fc.constant(everyValue(column)) });
  if (values.length === 0) return fc.oneof(every, fc.constant(onlyMissing(column)));
  const value = fc.constantFrom(...values);
  const listed = fc.array(value, { maxLength: 4 }).map((list) => ({ missing: false, present: valuesOf(column, list) }));
  if (isNumeric(column)) {
    const bounded = fc
      .tuple(value, fc.constantFrom(atLeast, atMost, above, below, otherThan), fc.constantFrom(0, 0.5, -1))
      .map(([x, bound, shift]) => ({
        missing: false,
        present: { is: 'numbers' as const, intervals: bound((x as number) + shift) },
      }));
    return fc.oneof(every, listed, bounded, bounded);
  }
  if (column.kind !== 'text') return fc.oneof(every, listed);
  const others = fc
    .array(value, { maxLength: 3 })
    .map((list) => ({ missing: false, present: { is: 'other texts' as const, texts: list as string[] } }));
  return fc.oneof(every, listed, others);
}

/** Several conditions at once. */
export const anySet = (column: Column, cells: readonly (Value | null)[]): fc.Arbitrary<CellSet> =>
  fc.array(anyOneSet(column, cells), { minLength: 1, maxLength: 3 }).map((sets) => sets.reduce(commonCells));
