/** A world whose rows can be drawn at will, and generators that draw from it or from nothing. */
import type { MakeGenerator } from '../../src/augment/fitted.ts';
import type { Generator } from '../../src/augment/generator.ts';
import { createRandom, type Random } from '../../src/numeric/random.ts';
import { tableFromRows } from '../../src/table/rows.ts';
import type { Schema } from '../../src/table/schema.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Cell, Table } from '../../src/table/table.ts';

type WorldRow = Record<'a' | 'b' | 'c' | 'bought' | 'price', Cell>;

/** `bought` and `price` follow from the numbers a and b and the letter c, and a little chance. */
function worldRow(random: Random): WorldRow {
  const [a, b] = [random.int(100), random.int(100)];
  const c = 'xyz'[random.int(3)]!;
  const pull = (a - 50) / 15 + (b > 60 ? 1.5 : -1) + (c === 'z' ? 2 : -0.5);
  const bought = random.uniform() < 1 / (1 + Math.exp(-pull)) ? 'yes, gladly' : 'no';
  return { a, b, c, bought, price: Math.round(100 + 10 * pull + 3 * random.normal()) };
}

export function worldTable(count: number, seed: number, schema?: Schema): Table {
  const random = createRandom(seed, 91);
  return tableFromRows(
    Array.from({ length: count }, () => worldRow(random)),
    schema,
  );
}

/** Draws the labels that are asked for, the other cells by `row`. */
function generatorOf(row: (random: Random) => WorldRow, schema: Schema): Generator {
  const name = (target: number) => schema.columns[target]!.name as keyof WorldRow;
  return {
    async draw({ target, rows, classes }, seed) {
      const random = createRandom(seed, 92);
      const such = (label?: string) => {
        for (;;) {
          const drawn = row(random);
          if (label === undefined || drawn[name(target)] === label) return drawn;
        }
      };
      const labels = classes?.flatMap(({ label, wanted }) => new Array<string>(wanted).fill(label));
      return tableFromRows(
        Array.from({ length: rows }, (_, i) => such(labels?.[i])),
        schema,
      );
    },
  };
}

/** Keeps the tables that generators were made from. */
export function recorded(row: (random: Random) => WorldRow) {
  const seen: Table[] = [];
  const makeGenerator: MakeGenerator = async (real) => {
    seen.push(real);
    return generatorOf(row, wide(real.schema));
  };
  return { seen, makes: () => makeGenerator };
}

/** A generator that gives back the rows it was made from. */
export const copying = (): MakeGenerator => async (real) => ({
  draw: async ({ rows }, seed) => {
    const random = createRandom(seed, 93);
    return takeRows(
      { ...real, schema: wide(real.schema) },
      Array.from({ length: rows }, () => random.int(real.rowCount)),
    );
  },
});

/** Ranges that hold every row of the world. */
const wide = (schema: Schema): Schema => ({
  ...schema,
  columns: schema.columns.map((column) => (column.kind === 'integer' ? { ...column, min: -1000, max: 1000 } : column)),
});

export const truth = worldRow;

/** Cells that have nothing to do with each other. */
export function nonsense(random: Random): WorldRow {
  const of = () => worldRow(random);
  return { a: of().a, b: of().b, c: of().c, bought: of().bought, price: of().price };
}
