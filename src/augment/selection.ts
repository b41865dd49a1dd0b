/** Ways to choose rows from more than are wanted, each in the exact counts. */
import type { Labels } from '../learn/matrix.ts';
import { createRandom } from '../numeric/random.ts';
import { takeRows } from '../table/select.ts';
import type { ColumnData, Table } from '../table/table.ts';
import { filterRows } from '../validate/filter.ts';
import type { Wanted } from './class-counts.ts';
import type { Pool } from './pool.ts';

type Pick = (pool: Pool, wanted: Wanted) => Promise<Table>;

export const selections = {
  /** The first that were drawn. */
  'as drawn': async (pool, wanted) => firstDrawn(pool, wanted),

  /** Discriminator rejection sampling (validate/filter.ts), class by class. */
  realistic: async ({ table, seed, realism }, wanted) => {
    const scores = await realism();
    const random = createRandom(seed, 23);
    const keep = (rows: Int32Array, count: number) => {
      const own = Float64Array.from(rows, (row) => scores[row]!);
      const kept = filterRows({ total: own, realism: own }, { kind: 'rejection', rows: count }, random);
      return kept.map((i) => rows[i]!);
    };
    return takeRows(table, chosen(table, wanted, keep));
  },

  /** Of each class those that the label model is surest of. */
  consistent: async ({ table, task, expected }, wanted) => {
    const sure = expected();
    const { codes } = task.examples(table).labels as Extract<Labels, { kind: 'class' }>;
    const surest = (a: number, b: number) => sure[codes[b]!]![b]! - sure[codes[a]!]![a]! || a - b;
    const keep = (rows: Int32Array, count: number) => rows.sort(surest).slice(0, count);
    return takeRows(table, chosen(table, wanted, keep));
  },

  /** The first that were drawn, with their labels dealt among them anew (`dealt`). */
  'labels dealt anew': async (pool, wanted) => {
    const { table, task, expected } = pool;
    const rows = firstRows(table, wanted);
    const predictions = expected().map((each) => Float64Array.from(rows, (row) => each[row]!));
    const drawn = takeRows(table, rows);
    const from = dealt(predictions, task.examples(drawn).labels);
    const columns = drawn.columns.map((data, c) => (c === wanted.target ? cellsFrom(data, from) : data));
    return { ...drawn, columns };
  },
} satisfies Record<string, Pick>;

export type Selection = keyof typeof selections;

/** How many times the rows that are wanted a pick chooses from. */
export const poolFactors: Record<Selection, number> = {
  'as drawn': 1,
  realistic: 2,
  consistent: 3,
  'labels dealt anew': 1,
};

function firstRows(table: Table, wanted: Wanted): Int32Array {
  return chosen(table, wanted, (rows, count) => rows.slice(0, count));
}

function firstDrawn({ table }: Pool, wanted: Wanted): Table {
  return takeRows(table, firstRows(table, wanted));
}

/** So many rows of each class as are wanted, or in all; `choose` is given the rows there are, which it may reorder. */
function chosen(
  { rowCount, columns }: Table,
  { target, rows, classes }: Wanted,
  choose: (rows: Int32Array, count: number) => Int32Array,
): Int32Array {
  const every = Int32Array.from({ length: rowCount }, (_, row) => row);
  if (!classes) return choose(every, rows).sort();
  const codes = columns[target] as Int32Array;
  const ofClass = (code: number) => every.filter((row) => codes[row] === code);
  return Int32Array.from(classes.flatMap(({ code, wanted }) => [...choose(ofClass(code), wanted)])).sort();
}

function cellsFrom(data: ColumnData, from: Int32Array): ColumnData {
  return data instanceof Float64Array
    ? data.map((_, row) => data[from[row]!]!)
    : (data as Int32Array).map((_, row) => (data as Int32Array)[from[row]!]!);
}

// Deals labels anew among rows, so that they go with what the label model expects.

/**
 * The largest number goes to the row with the largest prediction; of classes, each goes to the rows that are likeliest of it,
 * the surest first. How often each label occurs does not change.
 *
 * @returns for each row the row whose label it gets.
 */
export function dealt(predictions: readonly Float64Array[], labels: Labels): Int32Array {
  return labels.kind === 'number'
    ? dealtNumbers(predictions[0]!, labels.values)
    : dealtClasses(predictions, labels.codes);
}

function dealtNumbers(predicted: Float64Array, values: Float64Array): Int32Array {
  const rising = (cells: Float64Array) => Int32Array.from(cells.keys()).sort((a, b) => cells[a]! - cells[b]! || a - b);
  const from = rising(values);
  const to = new Int32Array(values.length);
  rising(predicted).forEach((row, rank) => {
    to[row] = from[rank]!;
  });
  return to;
}

function dealtClasses(probabilities: readonly Float64Array[], codes: Int32Array): Int32Array {
  const rows = codes.length;
  const having: number[][] = probabilities.map(() => []);
  codes.forEach((code, row) => {
    having[code]!.push(row);
  });
  const sureness = (place: number) => probabilities[Math.floor(place / rows)]![place % rows]!;
  const surest = Int32Array.from({ length: probabilities.length * rows }, (_, place) => place);
  surest.sort((a, b) => sureness(b) - sureness(a) || a - b);
  const from = new Int32Array(rows).fill(-1);
  for (const place of surest) {
    const [code, row] = [Math.floor(place / rows), place % rows];
    if (from[row]! < 0 && having[code]!.length > 0) from[row] = having[code]!.pop()!;
  }
  return from;
}
