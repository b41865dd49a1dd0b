/** How well missing cells are filled in: by a model, by each column's commonest or middle value, by the nearest rows. */
import type { Model } from '../src/model/model.ts';
import { createRandom } from '../src/numeric/random.ts';
import type { ImputeOptions } from '../src/sample/options.ts';
import { type Value, valueAt } from '../src/table/cells.ts';
import { tableFromValues } from '../src/table/from-values.ts';
import { isNumeric } from '../src/table/schema.ts';
import type { Table } from '../src/table/table.ts';

interface Score {
  readonly by: string;
  /** Share of the blanked cells of booleans and categories that came back. */
  readonly accuracy: number;
  /** Mean absolute error of the others, each in standard deviations of its column. */
  readonly error: number;
}

type Rows = readonly (readonly (Value | null)[])[];

const rowsOf = (table: Table): Rows =>
  Array.from({ length: table.rowCount }, (_, row) => table.columns.map((data) => valueAt(data, row)));

const blanked = 0.2;
const neighbours = 5;

/** Both tables have the model's kinds; values that the model's schema lacks are left out of the test. */
export async function imputationScores(model: Model, train: Table, test: Table): Promise<Score[]> {
  const { schema } = model;
  const random = createRandom(1, 9);
  const truth = rowsOf(test).flatMap((row) => {
    const cells = row.map((value, c) => translated(test, schema.columns, c, value));
    return cells.includes(undefined) ? [] : [cells as (Value | null)[]];
  });
  const asked = truth.map((row) => row.map((cell) => cell !== null && random.uniform() < blanked));
  const holes = truth.map((row, r) => row.map((cell, c) => (asked[r]![c] ? null : cell)));
  const known = rowsOf(train);
  const scales = deviations(schema, known);
  const score = (by: string, filled: Rows): Score => {
    let [categories, right, numbers, error] = [0, 0, 0, 0];
    for (const [r, row] of truth.entries()) {
      for (const [c, cell] of row.entries()) {
        if (!asked[r]![c]) continue;
        const guess = filled[r]![c];
        if (isNumeric(schema.columns[c]!)) {
          numbers++;
          error += Math.abs((guess as number) - (cell as number)) / scales[c]!;
        } else {
          categories++;
          if (guess === cell) right++;
        }
      }
    }
    return { by, accuracy: right / categories, error: error / numbers };
  };
  // Every column may have holes here, also those that were never missing in training.
  const open = { ...schema, columns: schema.columns.map((column) => ({ ...column, missing: column.missing ?? '' })) };
  const table = tableFromValues(open, holes);
  const byModel = async (by: string, options: ImputeOptions) =>
    score(by, inSchema(await model.impute(table, { ...options, seed: 1 }), schema));
  const middles = schema.columns.map((column, c) =>
    typical(
      isNumeric(column),
      known.map((row) => row[c]!),
    ),
  );
  return [
    await byModel('model, one draw', {}),
    await byModel('model, the likeliest (temperature 0)', { temperature: 0 }),
    await byModel('model, the middle of 15 draws', { draws: 15 }),
    score(
      'mode or median',
      holes.map((row) => row.map((cell, c) => cell ?? middles[c]!)),
    ),
    score(
      `${neighbours} nearest neighbours`,
      holes.map((row) => nearest(schema, scales, known, row)),
    ),
  ];
}

type Columns = Model['schema']['columns'];

/** A value of the test table's own schema as the model's has it; undefined when it has none. */
function translated(test: Table, columns: Columns, c: number, value: Value | null): Value | null | undefined {
  const [own, column] = [test.schema.columns[c]!, columns[c]!];
  if (value === null) return column.missing === null ? undefined : null;
  if ('values' in own && 'values' in column) {
    const code = column.values.indexOf(own.values[value as number]!);
    return code < 0 ? undefined : code;
  }
  const outside = isNumeric(column) && ((value as number) < column.min || (value as number) > column.max);
  return outside ? undefined : value;
}

function inSchema(table: Table, schema: Model['schema']): Rows {
  return rowsOf(table).map((row) => row.map((value, c) => translated(table, schema.columns, c, value) ?? null));
}

function deviations(schema: Model['schema'], rows: Rows): number[] {
  return schema.columns.map((column, c) => {
    if (!isNumeric(column)) return 1;
    const cells = rows.map((row) => row[c]).filter((cell) => cell !== null) as number[];
    const mean = cells.reduce((sum, x) => sum + x, 0) / cells.length;
    return Math.sqrt(cells.reduce((sum, x) => sum + (x - mean) ** 2, 0) / cells.length) || 1;
  });
}

function typical(numeric: boolean, cells: readonly (Value | null)[]): Value {
  const present = cells.filter((cell) => cell !== null);
  if (numeric) return (present as number[]).sort((a, b) => a - b)[Math.floor(present.length / 2)]!;
  const counts = new Map<Value, number>();
  for (const cell of present) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]![0];
}

/**
 * Holes filled from the training rows nearest by the cells that are there: 0 or 1 for a category, the difference in
 * standard deviations for a number; the mean of their numbers, the commonest of their categories.
 */
function nearest(schema: Model['schema'], scales: readonly number[], known: Rows, row: Rows[number]): (Value | null)[] {
  const present = [...row.keys()].filter((c) => row[c] !== null);
  const best: { distance: number; other: Rows[number] }[] = [];
  for (const other of known) {
    let distance = 0;
    for (const c of present) {
      const [a, b] = [row[c]!, other[c]!];
      distance +=
        b === null
          ? 1
          : isNumeric(schema.columns[c]!)
            ? Math.min(1, Math.abs((a as number) - (b as number)) / scales[c]!)
            : a === b
              ? 0
              : 1;
    }
    if (best.length === neighbours && distance >= best.at(-1)!.distance) continue;
    best.push({ distance, other });
    best.sort((a, b) => a.distance - b.distance);
    best.length = Math.min(best.length, neighbours);
  }
  return row.map((cell, c) => {
    if (cell !== null) return cell;
    const cells = best.map(({ other }) => other[c]!).filter((value) => value !== null);
    if (!isNumeric(schema.columns[c]!)) return cells.length === 0 ? null : typical(false, cells);
    return (cells as number[]).reduce((sum, x) => sum + x, 0) / cells.length;
  });
}
