import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/numeric/random.ts';
import { place } from './run.ts';

const { folder, run, write } = place();

/** Kinds by turns: whole numbers, decimals, words, answers, days, and one column that is only a key. */
const cellOf = [
  (row: number, n: number) => String((row * 7 + n) % 50),
  (row: number, n: number) => ((row * n) / 8).toFixed(1),
  (_: number, n: number) => ['red', 'green', 'blue, dark'][n % 3]!,
  (_: number, n: number) => ['no', 'yes'][n % 2]!,
  (row: number, n: number) => new Date(Date.UTC(2024, 0, 1 + ((row + n) % 300))).toISOString().slice(0, 10),
];

it('a table of 120 columns is learned, sampled and judged', () => {
  const random = createRandom(1);
  const names = Array.from({ length: 120 }, (_, column) => (column === 0 ? 'id' : `column ${column} is`));
  const rows = Array.from({ length: 40 }, (_, row) =>
    names
      .map((_, column) => (column === 0 ? String(row + 1) : cellOf[column % cellOf.length]!(row, random.int(9))))
      .map((cell) => (cell.includes(',') ? `"${cell}"` : cell))
      .join(),
  );
  write('wide.csv', `${names.join()}\n${rows.join('\n')}\n`);
  const done = (args: string[]) => expect(run(args)).toMatchObject({ code: 0 });
  done(['fit', 'wide.csv', '--out', 'model', '--epochs', '1', '--seed', '1', '--quiet']);
  done(['sample', 'model', '--rows', '10', '--out', 'new.csv', '--seed', '1', '--quiet']);
  done(['evaluate', '--train', 'wide.csv', '--synthetic', 'new.csv', '--json', 'report.json']);
  const lines = readFileSync(join(folder, 'new.csv'), 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines.slice(1).map((line) => Number(line.split(',')[0]))).toEqual(
    Array.from({ length: 10 }, (_, i) => 41 + i),
  );
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  expect(report.validity.value).toBe(1);
  expect(report.columnShapes.columns).toHaveLength(119);
});
