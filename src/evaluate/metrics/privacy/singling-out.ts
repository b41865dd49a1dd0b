/**
 * Singling out: do descriptions that fit one judged row fit exactly one real person? It knows aligned tables.
 * Source: Giomi et al., A unified framework for quantifying privacy risk, PETS 2023 (Anonymeter).
 */

import { sampleRows } from '../../../learn/sample-rows.ts';
import type { Random } from '../../../numeric/random.ts';
import { isNumeric } from '../../../table/schema.ts';
import { takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import type { Risk } from '../../report/figure-schema.ts';
import { presentSorted, quantile } from '../distributions.ts';
import { riskOf } from './wilson.ts';

/** One condition: the column's cell is missing, equal, or on this side of a number. */
interface Condition {
  readonly column: number;
  readonly op: 'missing' | '=' | '<=' | '>=';
  readonly value: number | string | null;
}

export interface SinglingOut {
  /** By the value of one column. */
  readonly univariate: Risk;
  /** By three columns together. */
  readonly multivariate: Risk;
}

const maxAttacks = 500;
const columnsTogether = 3;
/** So many judged rows are tried for each description that is wanted: in a table of repeats few rows are unique. */
const triesEach = 20;

export function singlingOut(train: Table, judged: Table, holdout: Table, random: Random): SinglingOut {
  const rows = Math.min(train.rowCount, holdout.rowCount);
  const known = [train, holdout].map((table) => takeRows(table, sampleRows(table.rowCount, rows, random)));
  const assess = (guesses: readonly Condition[][]): Risk => {
    const [attack, control] = known.map(
      (table) => guesses.filter((guess) => countMatches(table, guess) === 1).length,
    ) as [number, number];
    return riskOf(attack, control, guesses.length);
  };
  return {
    univariate: assess(oneColumnGuesses(judged, random)),
    multivariate: assess(manyColumnGuesses(judged, random)),
  };
}

/** Cells that occur once, a lone missing cell, and the ends of every numeric column, in random order. */
function oneColumnGuesses(judged: Table, random: Random): Condition[][] {
  const guesses = judged.schema.columns.flatMap((definition, column): Condition[] => {
    const cells = judged.columns[column]!;
    const counts = new Map<number | string | null, number>();
    for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    const once = [...counts].flatMap(([value, count]) => (count === 1 ? [value] : []));
    const own = once.map((value): Condition => ({ column, op: isMissing(value, cells) ? 'missing' : '=', value }));
    if (!isNumeric(definition)) return own;
    const sorted = presentSorted(cells as Float64Array);
    if (sorted.length === 0) return own;
    return [...own, { column, op: '<=', value: sorted[0]! }, { column, op: '>=', value: sorted.at(-1)! }];
  });
  return random
    .shuffle(guesses)
    .slice(0, maxAttacks)
    .map((guess) => [guess]);
}

/** Three cells of a random judged row, numbers as "at least" or "at most" away from the median, unique in the judged table. */
function manyColumnGuesses(judged: Table, random: Random): Condition[][] {
  const columns = [...judged.schema.columns.keys()];
  const medians = judged.schema.columns.map((column, index) =>
    isNumeric(column) ? quantile(presentSorted(judged.columns[index] as Float64Array), 0.5) : Number.NaN,
  );
  const guesses = new Map<string, Condition[]>();
  for (let i = 0; i < maxAttacks * triesEach && guesses.size < maxAttacks; i++) {
    const row = random.int(judged.rowCount);
    const chosen = random.shuffle(columns).slice(0, columnsTogether);
    const guess = chosen.map((column): Condition => {
      const value = judged.columns[column]![row]!;
      if (isMissing(value, judged.columns[column]!)) return { column, op: 'missing', value: null };
      if (!isNumeric(judged.schema.columns[column]!)) return { column, op: '=', value };
      return { column, op: (value as number) > medians[column]! ? '>=' : '<=', value };
    });
    if (countMatches(judged, guess) === 1) guesses.set(JSON.stringify(guess), guess);
  }
  return [...guesses.values()];
}

function isMissing(value: number | string | null, cells: Table['columns'][number]): boolean {
  return value === null || Number.isNaN(value) || (cells instanceof Int32Array && value === -1);
}

/** 0, 1, or 2 for more. */
function countMatches(table: Table, guess: readonly Condition[]): number {
  const tests = guess.map(({ column, op, value }) => testOf(table.columns[column]!, op, value));
  let count = 0;
  for (let row = 0; row < table.rowCount && count < 2; row++) if (tests.every((test) => test(row))) count += 1;
  return count;
}

function testOf(
  cells: Table['columns'][number],
  op: Condition['op'],
  value: Condition['value'],
): (row: number) => boolean {
  switch (op) {
    case 'missing':
      return (row) => isMissing(cells[row]!, cells);
    case '=':
      return (row) => cells[row] === value;
    case '<=':
      return (row) => (cells[row] as number) <= (value as number);
    case '>=':
      return (row) => (cells[row] as number) >= (value as number);
  }
}
