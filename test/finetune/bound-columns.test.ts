import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawOrder } from '../../src/finetune/batches.ts';
import { boundColumns, shuffleGrouped } from '../../src/finetune/bound-columns.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { tableFromRows } from '../../src/table/rows.ts';

const { schema } = tableFromRows(
  Array.from({ length: 40 }, (_, i) => ({
    a: i * 3,
    b: i * 5,
    c: i * 7,
    d: 'xy'[i % 2]!,
    e: 'pqr'[i % 3]!,
    f: i * 11,
  })),
);

describe('the columns that checks bind', () => {
  it('are those that a chain of checks joins', () => {
    const groups = (...checks: string[]) => boundColumns({ ...schema, checks }).map((group) => group.toSorted());
    expect(groups()).toEqual([]);
    expect(groups('a < b', 'combination(d, e)')).toEqual([
      [0, 1],
      [3, 4],
    ]);
    expect(groups('a < b', 'c < f', 'combination(d, e)', 'b + c = f')).toEqual([
      [3, 4],
      [0, 1, 2, 5],
    ]);
  });

  it('stand beside each other, every column once', () => {
    const cut = fc.integer({ min: 1, max: 5 }).chain((groups) =>
      fc.array(fc.nat(groups), { minLength: 1, maxLength: 12 }).map((groupOf) => ({
        columns: groupOf.length,
        groups: Array.from({ length: groups }, (_, g) =>
          groupOf.flatMap((group, column) => (group === g ? [column] : [])),
        ).filter((group) => group.length > 0),
      })),
    );
    fc.assert(
      fc.property(cut, fc.nat(), ({ columns, groups }, seed) => {
        const order = shuffleGrouped(columns, groups, createRandom(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: columns }, (_, i) => i));
        for (const group of groups) {
          const at = group.map((column) => order.indexOf(column));
          expect(Math.max(...at) - Math.min(...at)).toBe(group.length - 1);
        }
      }),
    );
  });

  it('are together in half of the training orders, in any order and place', () => {
    const random = createRandom(4);
    const orders = Array.from({ length: 6000 }, () => drawOrder(4, -1, random, [[0, 2]]));
    const share = (holds: (order: Int32Array) => boolean) => orders.filter(holds).length / orders.length;
    const isTogether = (order: Int32Array) => Math.abs(order.indexOf(0) - order.indexOf(2)) === 1;
    // Chance alone puts two of four columns together in half of the orders.
    expect(Math.abs(share(isTogether) - 0.75)).toBeLessThan(0.03);
    expect(Math.abs(share((order) => order.indexOf(0) < order.indexOf(2)) - 0.5)).toBeLessThan(0.03);
    // The group is one of three that may come first, and each of its columns first in half of it.
    const first = (column: number) => (1 / 4 + (column % 2 === 0 ? 1 / 6 : 1 / 3)) / 2;
    for (const column of [0, 1, 2, 3]) {
      expect(Math.abs(share((order) => order[0] === column) - first(column))).toBeLessThan(0.03);
    }
  });
});
