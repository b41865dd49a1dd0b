/** Compares our scores with those of numpy by the same definitions: test/reference/metrics/reference.py. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { columnPairTrends, isStrong } from '../../src/evaluate/metrics/fidelity/column-pair-trends.ts';
import { columnShapes } from '../../src/evaluate/metrics/fidelity/column-shapes.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { tableOf } from './tables.ts';

interface Golden {
  readonly columnShapes: Record<string, number>;
  readonly columnPairTrends: Record<string, { readonly score: number; readonly strong: boolean }>;
}

const golden: Record<string, Golden> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../reference/metrics/golden.json'), 'utf8'),
);

describe.each(Object.entries(golden))('%s, even rows against odd rows', (name, expected) => {
  const [real, judged] = halves(name, Object.keys(expected.columnShapes));
  const nameOf = (column: number) => real.schema.columns[column]!.name;

  it('has the Column Shapes that numpy computes', () => {
    const ours = columnShapes(real, judged).map(({ column, score }) => [nameOf(column), score] as const);
    expect(ours.map(([column]) => column)).toEqual(Object.keys(expected.columnShapes));
    for (const [column, score] of ours) expect(score, column).toBeCloseTo(expected.columnShapes[column]!, 12);
  });

  it('has the Column Pair Trends that numpy computes, and counts the same pairs', () => {
    const ours = columnPairTrends(real, judged);
    expect(ours).toHaveLength(Object.keys(expected.columnPairTrends).length);
    for (const pair of ours) {
      const label = pair.columns.map(nameOf).join(' / ');
      const { score, strong } = expected.columnPairTrends[label]!;
      expect(pair.score, label).toBeCloseTo(score, 12);
      expect(isStrong(pair), label).toBe(strong);
    }
  });
});

/** Rows 0, 2, 4, ... and rows 1, 3, 5, ... of a table of the vega-datasets package; a column of numbers is a decimal. */
function halves(name: string, columns: readonly string[]): [Table, Table] {
  const text = readFileSync(new URL(`../data/${name}`, import.meta.resolve('vega-datasets')), 'utf8');
  const rows: Record<string, string | number | null>[] = name.endsWith('.json')
    ? JSON.parse(text)
    : parse(text, { columns: true });
  const cellsOf = (column: string) => rows.map((row) => (row[column] === '' ? null : (row[column] ?? null)));
  const isNumber = (cell: string | number | null) => cell === null || Number.isFinite(Number(cell));
  const kindOf = (column: string) => (cellsOf(column).every(isNumber) ? 'decimal' : 'category');
  const table = tableOf(Object.fromEntries(columns.map((column) => [column, [kindOf(column), cellsOf(column)]])));
  const every = (start: number) => rows.flatMap((_, row) => (row % 2 === start ? [row] : []));
  return [takeRows(table, every(0)), takeRows(table, every(1))];
}
