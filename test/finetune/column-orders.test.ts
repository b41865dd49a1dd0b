import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOrders, drawOrder, labelLastShare } from '../../src/finetune/column-orders.ts';
import { createRandom } from '../../src/numeric/random.ts';
import { canonicalOrder } from '../../src/serialize/sentence/canonical-order.ts';
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
const firstColumns = (count: number) => ({ ...schema, columns: schema.columns.slice(0, count) });

describe('the canonical order', () => {
  it('is the schema’s, bound columns beside each other and the label last', () => {
    const of = (target: number, ...checks: string[]) => [...canonicalOrder({ ...schema, checks }, target)];
    expect(of(-1)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(of(2)).toEqual([0, 1, 3, 4, 5, 2]);
    expect(of(-1, 'b < f')).toEqual([0, 1, 5, 2, 3, 4]);
    expect(of(1, 'b < f')).toEqual([0, 5, 2, 3, 4, 1]);
    expect(of(0, 'a + c = f', 'combination(d, e)')).toEqual([2, 5, 1, 3, 4, 0]);
    // Columns that a chain of checks joins are one group.
    expect(of(-1, 'a < c', 'c < f', 'combination(d, e)')).toEqual([0, 2, 5, 1, 3, 4]);
  });
});

describe('an order of columns', () => {
  it('has every column once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), fc.nat(), (columns, nth, seed) => {
        const orders = columnOrders(firstColumns(columns), (nth % (columns + 1)) - 1, 0.3);
        const order = drawOrder(orders, createRandom(seed));
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: columns }, (_, i) => i));
      }),
    );
  });

  it('is the canonical one as often as asked', () => {
    const random = createRandom(7);
    const canonical = (share: number) => {
      const orders = columnOrders({ ...schema, checks: ['a + c = f'] }, 1, share);
      const drawn = Array.from({ length: 4000 }, () => drawOrder(orders, random));
      return drawn.filter((order) => order.join() === '0,2,5,3,4,1').length / drawn.length;
    };
    expect(canonical(1)).toBe(1);
    // By chance, too, the columns that come first are the first ones.
    expect(canonical(0.75) - (0.75 + 0.25 * canonical(0))).toBeLessThan(0.03);
    expect(canonical(0)).toBeLessThan(0.25);
  });

  it('begins with any columns in any order, most often with the label, and goes on in the canonical order', () => {
    const random = createRandom(5);
    const orders = columnOrders(firstColumns(4), 2, 0);
    const drawn = Array.from({ length: 8000 }, () => [...drawOrder(orders, random)]);
    const share = (holds: (order: number[]) => boolean) => drawn.filter(holds).length / drawn.length;
    expect(new Set(drawn.map((order) => order.join())).size).toBe(24);
    expect(share((order) => order[0] === 2)).toBeGreaterThan(0.35);
    // Where gaps are filled, all other columns come first.
    expect(share((order) => order.at(-1) === 0)).toBeGreaterThan(0.03);
    // What follows a single column is canonical: 0, 1, 3, and the label last.
    for (const [column, rest] of [
      [2, '0,1,3'],
      [3, '0,1,2'],
    ] as const) {
      const after = drawn.filter(([first]) => first === column).map((order) => order.slice(1).join());
      expect(after.filter((one) => one === rest).length / after.length).toBeGreaterThan(0.4);
    }
  });

  it('has the label last as often as is reckoned', () => {
    const random = createRandom(6);
    for (const [columns, share] of [
      [1, 0],
      [2, 0],
      [4, 0],
      [6, 0.5],
    ] as const) {
      const orders = columnOrders(firstColumns(columns), columns > 1 ? 1 : 0, share);
      const drawn = Array.from({ length: 8000 }, () => drawOrder(orders, random));
      const last = drawn.filter((order) => order.at(-1) === orders.target).length / drawn.length;
      expect(Math.abs(last - labelLastShare(orders))).toBeLessThan(0.02);
    }
    expect(labelLastShare(columnOrders(schema, -1, 0.5))).toBe(0);
  });
});
