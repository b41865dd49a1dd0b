import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { peopleCsv, place } from './run.ts';

const { folder, run, write } = place();
const lines = (name: string) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');

write('people.csv', peopleCsv(60));

describe('augment', () => {
  it('fits, adds the rows it is forced to, marks them, and takes its own file again', () => {
    const args = [
      '--target',
      'rich',
      '--rows',
      '15',
      '--mark',
      'origin',
      '--force-rows',
      '--folds',
      '0',
      '--epochs',
      '2',
    ];
    const first = run(['augment', 'people.csv', ...args, '--out', 'more.csv']);
    expect([first.code, first.stdout]).toEqual([0, '']);
    expect(first.stderr).toContain('60 rows real; of "rich": no ');
    expect(first.stderr.trimEnd().split('\n').at(-1)).toBe(
      'added 15 rows, as drawn; whether they help, and whether they repeat what was learned, was not measured',
    );
    const [header, ...rows] = lines('more.csv');
    const [before, ...real] = lines('people.csv');
    expect(header).toBe(`${before},origin`);
    // A cell that needs no quotes is written without them.
    const plain = (row: string) => row.replaceAll(/,"([\w-]+)",/g, ',$1,');
    expect(rows.slice(0, 60)).toEqual(real.map((row) => `${plain(row)},real`));
    expect(rows.slice(60).filter((row) => row.endsWith(',synthetic'))).toHaveLength(15);
    const again = run(['augment', 'more.csv', ...args, '--out', 'most.csv']);
    expect(again.stderr).toContain('15 rows that "origin" calls synthetic are kept and were not learned from');
    expect(lines('most.csv').slice(0, 76)).toEqual([header, ...rows]);
    expect(lines('most.csv')).toHaveLength(91);
  });

  it.each<[string, string[], string]>([
    ['an unknown target', ['--target', 'ritch', '--rows', '5'], '--target: no column "ritch"; did you mean "rich"?'],
    [
      'balance of a number',
      ['--target', 'age', '--balance'],
      '--balance: "age" is integer and has no classes; say how many --rows',
    ],
    [
      'balance and rows',
      ['--target', 'rich', '--balance', '--rows', '5'],
      'augment: give "balance" or "rows", not both',
    ],
    ['neither', ['--target', 'rich'], 'augment: say how many rows are to be added: "rows" or "balance"'],
    ['no rows', ['--target', 'rich', '--rows', '0'], '--rows: Too small: expected number to be >0'],
    [
      'no such model',
      ['--target', 'rich', '--rows', '5', '--model', 'none'],
      'none: not a tabletalk model: it has no readable tabletalk.json',
    ],
  ])('refuses %s in one line, and writes nothing', (_, args, message) => {
    expect(run(['augment', 'people.csv', ...args, '--out', 'none.csv'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `tabletalk: ${message}\n`,
    });
    expect(existsSync(join(folder, 'none.csv'))).toBe(false);
  });

  it('draws from a model that is given, and refuses one of another table', () => {
    run(['fit', 'people.csv', '--out', 'model', '--target', 'rich', '--epochs', '1', '--quiet']);
    const args = [
      '--target',
      'rich',
      '--balance',
      '--model',
      'model',
      '--force-rows',
      '--folds',
      '0',
      '--synthetic-only',
    ];
    expect(run(['augment', 'people.csv', ...args, '--out', 'new.csv']).code).toBe(0);
    const counts = { yes: 0, no: 0 };
    for (const row of [...lines('people.csv'), ...lines('new.csv')]) {
      const label = /,(yes|no),/.exec(row)?.[1] as 'yes' | 'no' | undefined;
      if (label) counts[label] += 1;
    }
    expect(counts.yes).toBe(counts.no);
    write('other.csv', `a,rich\n${Array.from({ length: 20 }, (_, i) => `${i},${i % 3 ? 'yes' : 'no'}\n`).join('')}`);
    expect(run(['augment', 'other.csv', ...args, '--out', 'none.csv']).stderr).toBe(
      'tabletalk: --model: it has no column "a"\n',
    );
  });

  it('refuses a label of one class', () => {
    write('one.csv', `a,b\n${Array.from({ length: 20 }, (_, i) => `${i},x\n`).join('')}`);
    const { code, stderr } = run(['augment', 'one.csv', '--target', 'b', '--rows', '5', '--out', 'none.csv']);
    expect([code, stderr]).toEqual([
      2,
      'tabletalk: one.csv: column "b" has one class only among the real rows: there is nothing to predict\n',
    ]);
  });
});
