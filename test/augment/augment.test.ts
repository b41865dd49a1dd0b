import { describe, expect, it } from 'vitest';
import { augmentWith } from '../../src/augment/augment.ts';
import { remembered } from '../../src/augment/memory.ts';
import { augmentText } from '../../src/augment/report.ts';
import { takeRows } from '../../src/table/select.ts';
import type { Table } from '../../src/table/table.ts';
import { copying, nonsense, recorded, truth, worldTable } from './world.ts';

const real = worldTable(120, 1);

function labels(table: Table, name = 'bought'): Record<string, number> {
  const index = table.schema.columns.findIndex((column) => column.name === name);
  const column = table.schema.columns[index]!;
  const counts: Record<string, number> = {};
  for (const code of table.columns[index] as Int32Array) {
    const label = 'values' in column ? column.values[code]! : '';
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

/** The rows of a class so rare that there are `count` of them, among all the others. */
function withFew(table: Table, count: number): Table {
  const index = table.schema.columns.findIndex(({ name }) => name === 'bought');
  const codes = table.columns[index] as Int32Array;
  const rows = [...codes.keys()];
  const no = rows.filter((row) => codes[row] === 0);
  return takeRows(table, [...no, ...rows.filter((row) => codes[row] === 1).slice(0, count)]);
}

describe('whether rows help is measured', () => {
  it.each([
    ['a class', 'bought', 'AUC'],
    ['a number', 'price', 'R2'],
  ])('and rows of the true distribution do, where the label is %s', async (_, target, score) => {
    const { table, report } = await augmentWith(real, { target, rows: 300 }, recorded(truth).makes);
    expect(report).toMatchObject({ helps: true, scoreName: score, rows: { real: 120, synthetic: 0, wanted: 300 } });
    const best = report.trials.find(({ pick, share }) => pick === report.added!.pick && share === report.added!.share)!;
    expect(best.gain).toBeGreaterThan(0);
    expect(table.rowCount).toBe(120 + report.rows.added);
    expect(report.rows.added).toBe(best.rows);
  });

  it('and none of noise is added', async () => {
    const { table, report } = await augmentWith(
      real,
      { target: 'price', rows: 300, mark: 'is' },
      recorded(nonsense).makes,
    );
    expect(report.helps).toBe(false);
    expect(report.added).toBeNull();
    expect(report.trials.every(({ gain }) => gain < -0.02)).toBe(true);
    expect(table.rowCount).toBe(120);
    expect(labels(table, 'is')).toEqual({ real: 120 });
    expect(augmentText(report).at(-1)).toBe(
      'none of the 4 ways of adding rows helps more than chance might: no row was added (--force-rows adds them anyway)',
    );
  });

  it('and noise only helps where its labels are those of a classifier of real rows', async () => {
    const { report } = await augmentWith(real, { target: 'bought', rows: 300 }, recorded(nonsense).makes);
    const drawn = report.trials.find(({ pick, share }) => pick === 'as drawn' && share === 1)!;
    expect(drawn.gain).toBeLessThan(-0.02);
    expect(report.added?.pick ?? 'labels dealt anew').toBe('labels dealt anew');
  });

  it('with noise that is asked for all the same, every row is added and said not to help', async () => {
    const options = { target: 'price', rows: 300, forceRows: true };
    const { table, report } = await augmentWith(real, options, recorded(nonsense).makes);
    expect(table.rowCount).toBe(420);
    expect(augmentText(report).at(-1)).toMatch(/^none of the \d ways .* because they were asked for/);
  });

  it('and where only noise could be given, nothing is', async () => {
    const options = { target: 'price', rows: 300, syntheticOnly: true };
    await expect(augmentWith(real, options, recorded(nonsense).makes)).rejects.toThrow(
      'augment: no way of adding rows helps',
    );
  });

  it('by generators that have seen no row they are judged by', async () => {
    const { seen, makes } = recorded(truth);
    await augmentWith(real, { target: 'bought', rows: 30, folds: 2, forceRows: true }, makes);
    expect(seen.map(({ rowCount }) => rowCount)).toEqual([60, 60, 120]);
    const numbers = (table: Table) => table.columns.map((data) => Array.from<unknown>(data as ArrayLike<unknown>));
    const held = seen.slice(0, 2).map((table) => rowsLeft(numbers(real), numbers(table)));
    expect(held.flat().sort()).toEqual(rowsLeft(numbers(real), []).sort());
  });

  it('or not at all, when told so', async () => {
    const { seen, makes } = recorded(truth);
    const options = { target: 'bought', rows: 10, folds: 0, forceRows: true };
    const { report } = await augmentWith(real, options, makes);
    expect(seen.length).toBe(1);
    expect(report.trials).toEqual([]);
    expect(augmentText(report).at(-1)).toBe(
      'added 10 rows, as drawn; whether they help, and whether they repeat what was learned, was not measured',
    );
  });
});

describe('rows that repeat what was learned', () => {
  it('are refused, whether they help or not', async () => {
    for (const forceRows of [false, true]) {
      const options = { target: 'price', rows: 300, forceRows };
      const { table, report } = await augmentWith(real, options, copying);
      const drawn = report.trials.filter(({ pick }) => pick !== 'labels dealt anew');
      expect(drawn.every(({ memory }) => memory.copies.synthetic.found === memory.copies.synthetic.rows)).toBe(true);
      expect(report.added).toBeNull();
      expect(table.rowCount).toBe(120);
      const text = augmentText(report);
      expect(text.at(-1)).toBe('every way of adding rows repeats rows that were learned: no row was added');
      expect(text.find((line) => line.includes('as drawn:'))).toContain('refused: copies 100.0 % (unseen real rows');
    }
  });

  it('are few where rows are drawn anew', async () => {
    const { report } = await augmentWith(real, { target: 'price', rows: 300 }, recorded(truth).makes);
    for (const { memory } of report.trials) expect(remembered(memory)).toEqual([]);
  });
});

it('class weights stand beside the rows of a rare class, and only there', async () => {
  const few = withFew(worldTable(600, 7), 30);
  const { report } = await augmentWith(few, { target: 'bought', balance: true }, recorded(truth).makes);
  expect(report.weighted).toBeGreaterThan(0);
  expect(report.weighted).not.toBe(report.without);
  expect(augmentText(report).some((line) => line.includes('class weights instead of rows'))).toBe(true);
  const even = await augmentWith(real, { target: 'bought', rows: 30 }, recorded(truth).makes);
  expect(even.report.weighted).toBeUndefined();
});

/** The rows of one table that the other lacks, each as text. */
function rowsLeft(whole: unknown[][], part: unknown[][]): string[] {
  const texts = (columns: unknown[][]) => (columns[0] ?? []).map((_, row) => columns.map((cells) => cells[row]).join());
  const left = texts(whole);
  for (const text of texts(part)) left.splice(left.indexOf(text), 1);
  return left;
}

describe('exactly as many rows of each class', () => {
  const forced = { target: 'bought', forceRows: true, folds: 0 };

  it('come with balance, of which one has ten', async () => {
    const few = withFew(worldTable(200, 2), 10);
    const { table, report } = await augmentWith(few, { ...forced, balance: true }, recorded(truth).makes);
    const no = few.rowCount - 10;
    expect(labels(table)).toEqual({ no, 'yes, gladly': no });
    expect(report.classes).toEqual([
      { label: 'no', real: no, synthetic: 0 },
      { label: 'yes, gladly', real: 10, synthetic: 0 },
    ]);
    expect(augmentText(report)[0]).toBe(`${few.rowCount} rows real; of "bought": no ${no}, yes, gladly 10`);
  });

  it('come with a number of rows, in the proportions of the real ones', async () => {
    const few = withFew(worldTable(200, 2), 30);
    const { table } = await augmentWith(few, { ...forced, rows: 101, syntheticOnly: true }, recorded(truth).makes);
    const yes = Math.round((101 * 30) / few.rowCount);
    expect(labels(table)).toEqual({ no: 101 - yes, 'yes, gladly': yes });
  });
});

describe('rows are marked', () => {
  it('and those marked synthetic are kept and not learned from', async () => {
    const options = { target: 'bought', rows: 40, forceRows: true, folds: 0, mark: 'is' };
    const first = await augmentWith(real, options, recorded(nonsense).makes);
    expect(labels(first.table, 'is')).toEqual({ real: 120, synthetic: 40 });
    const { seen, makes } = recorded(truth);
    // The mark is found without being named.
    const { mark, ...unnamed } = options;
    const second = await augmentWith(first.table, unnamed, makes);
    expect(seen.at(-1)!.columns).toEqual(real.columns);
    expect(seen.at(-1)!.schema.columns.map(({ name }) => name)).not.toContain(mark);
    expect(labels(second.table, mark)).toEqual({ real: 120, synthetic: 80 });
    expect(takeRows(second.table, [...Array(160).keys()]).columns).toEqual(first.table.columns);
    expect(augmentText(second.report)[0]).toBe('40 rows that "is" calls synthetic are kept and were not learned from');
  });

  it('and earlier synthetic rows count towards a balance', async () => {
    const options = { target: 'bought', balance: true, forceRows: true, folds: 0, mark: 'is' };
    const few = withFew(real, 20);
    const { table } = await augmentWith(few, options, recorded(truth).makes);
    await expect(augmentWith(table, options, recorded(truth).makes)).rejects.toThrow('are balanced');
  });

  it('only where the cells of that name are marks', async () => {
    const options = { target: 'bought', rows: 40, mark: 'c' };
    await expect(augmentWith(real, options, recorded(truth).makes)).rejects.toThrow(
      'augment: "mark": the table has a column "c" that holds other things than "real" and "synthetic"',
    );
  });
});

describe('what cannot be done is refused before any work', () => {
  const one = takeRows(
    real,
    [...(real.columns[3] as Int32Array).keys()].filter((row) => real.columns[3]![row] === 0),
  );
  it.each<[string, Table, object, string]>([
    [
      'an unknown target',
      real,
      { target: 'bougt', rows: 1 },
      'augment: "target": no column "bougt"; did you mean "bought"?',
    ],
    ['one class', one, { target: 'bought', rows: 1 }, 'column "bought" has one class only among the real rows'],
    [
      'balance of a number',
      real,
      { target: 'price', balance: true },
      'augment: "balance": "price" is integer and has no classes',
    ],
    ['both', real, { target: 'bought', balance: true, rows: 1 }, 'augment: give "balance" or "rows", not both'],
    ['neither', real, { target: 'bought' }, 'augment: say how many rows are to be added: "rows" or "balance"'],
    ['no measure and no force', real, { target: 'bought', rows: 1, folds: 0 }, 'augment: "folds": 0 measures nothing'],
    [
      'a mark that is the target',
      real,
      { target: 'bought', rows: 1, mark: 'bought' },
      'augment: "mark": the table has a column',
    ],
  ])('%s', async (_, table, options, message) => {
    const { seen, makes } = recorded(truth);
    await expect(augmentWith(table, options as { target: string }, makes)).rejects.toThrow(message);
    expect(seen).toEqual([]);
  });
});

it('gives the same rows for the same seed', async () => {
  const of = async () =>
    (await augmentWith(real, { target: 'bought', rows: 50, folds: 2, seed: 3 }, recorded(truth).makes)).table;
  expect(await of()).toEqual(await of());
});
