/**
 * A table of which everything is known: a seeded chain of ten columns, each drawn from weights that depend on the columns before
 * it. So the probability of every row can be said, and how far a model is from the truth, in nats a row.
 */
import { createRandom, type Random } from '../src/numeric/random.ts';
import { tableFromRows } from '../src/table/rows.ts';
import type { Table } from '../src/table/table.ts';

interface Chain {
  readonly name: string;
  readonly values: readonly (string | number)[];
  /** The weight of each value, given the indices of the values before. */
  weights(before: readonly number[]): Float64Array;
}

const words = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${String.fromCharCode(65 + i)}`);
const numbers = (from: number, count: number, step = 1) => Array.from({ length: count }, (_, i) => from + step * i);

const shapes: readonly {
  name: string;
  values: readonly (string | number)[];
  depends: readonly number[];
  spread: number;
}[] = [
  { name: 'region', values: words('R', 6), depends: [], spread: 0.7 },
  { name: 'product', values: words('P', 12), depends: [0], spread: 1 },
  { name: 'channel', values: ['web', 'shop', 'phone', 'partner'], depends: [0, 1], spread: 1 },
  { name: 'month', values: numbers(1, 12), depends: [1], spread: 0.6 },
  { name: 'age', values: numbers(18, 70), depends: [0, 2], spread: 1 },
  { name: 'quantity', values: numbers(1, 20), depends: [1, 2], spread: 1.2 },
  { name: 'price', values: numbers(5, 250), depends: [1, 5], spread: 1.5 },
  { name: 'discount', values: numbers(0, 6, 5), depends: [2, 5], spread: 1 },
  { name: 'rating', values: numbers(1, 5), depends: [1, 7], spread: 1 },
  { name: 'returned', values: ['no', 'yes'], depends: [1, 2, 8], spread: 1.2 },
];

/** Categories have a random weight for each combination they depend on; numbers a smooth hump, whose place and width it moves. */
const chain: readonly Chain[] = shapes.map(({ name, values, depends, spread }, column) => {
  const memory = new Map<string, Float64Array>();
  return {
    name,
    values,
    weights(before) {
      const seen = depends.map((other) => before[other]!);
      // A number it depends on counts by its sixth of the range.
      const state = seen.map((value, i) =>
        Math.min(value, Math.floor((6 * value) / Math.max(6, shapes[depends[i]!]!.values.length)) + 100),
      );
      const key = state.join();
      let found = memory.get(key);
      if (!found) {
        found = weightsOf(values.length, createRandom(9, column, ...state), spread);
        memory.set(key, found);
      }
      return found;
    },
  };
});

function weightsOf(count: number, random: Random, spread: number): Float64Array {
  if (count <= 12) return Float64Array.from({ length: count }, () => Math.exp(spread * random.normal()));
  const [place, width] = [random.uniform() * count, count * (0.06 + 0.2 * random.uniform())];
  return Float64Array.from({ length: count }, (_, i) => 0.002 + Math.exp(-(((i - place) / width) ** 2) / 2));
}

export interface KnownTable {
  readonly table: Table;
  /** The mean log-probability of its rows, in nats. */
  readonly logProb: number;
}

export function knownTable(rows: number, seed: number): KnownTable {
  const random = createRandom(seed, 31);
  let logProb = 0;
  const objects = Array.from({ length: rows }, () => {
    const drawn: number[] = [];
    for (const { weights } of chain) {
      const all = weights(drawn);
      const total = all.reduce((sum, weight) => sum + weight, 0);
      let rest = random.uniform() * total;
      let index = 0;
      while (index < all.length - 1 && rest >= all[index]!) rest -= all[index++]!;
      drawn.push(index);
      logProb += Math.log(all[index]! / total);
    }
    return Object.fromEntries(chain.map(({ name, values }, i) => [name, values[drawn[i]!]!]));
  });
  return { table: tableFromRows(objects), logProb: logProb / rows };
}
