import { expect, it } from 'vitest';
import { detect, tellingColumns } from '../../src/evaluate/metrics/fidelity/detection.ts';
import { createRandom } from '../../src/numeric/random.ts';
import type { Table } from '../../src/table/table.ts';
import { tableOf } from './tables.ts';

/** Rows of two numbers and a text between them, the second number moved by `moved`. */
function table(seed: number, moved: number): Table {
  const random = createRandom(seed, 1);
  const numbers = (by: number) => Array.from({ length: 400 }, () => random.int(100) + by);
  const words = Array.from({ length: 400 }, () => 'x');
  const made = tableOf({ same: ['integer', numbers(0)], words: ['text', words], moved: ['integer', numbers(moved)] });
  const columns = made.schema.columns.map((column) => ('min' in column ? { ...column, min: 0, max: 999 } : column));
  return { ...made, schema: { ...made.schema, columns } };
}

it('names the column that tells, with what it is worth, and the detector has the same AUC', () => {
  const found = tellingColumns(table(1, 0), table(2, 40), 400, createRandom(3), 5);
  expect(found.auc).toBe(detect(table(1, 0), table(2, 40), 400, createRandom(3)).trees.auc);
  expect(found.telling.map(({ column }) => column)).toEqual(['moved', 'same']);
  expect(found.telling[0]!.lost).toBeGreaterThan(0.2);
  expect(Math.abs(found.telling[1]!.lost)).toBeLessThan(0.05);
});

it('has nothing to name where the tables are alike', () => {
  const { telling } = tellingColumns(table(1, 0), table(2, 0), 400, createRandom(3), 1);
  expect(telling).toHaveLength(1);
  expect(telling[0]!.lost).toBeLessThan(0.06);
});
