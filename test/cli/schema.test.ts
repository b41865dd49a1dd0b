import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { peopleCsv, place } from './run.ts';

const { folder, run, write } = place();
write('people.csv', peopleCsv(50));

it('schema prints what each column is taken for and why, and takes a part of it back', () => {
  const { code, stdout, stderr } = run(['schema', 'people.csv']);
  expect([code, stderr]).toEqual([0, '']);
  const schema = JSON.parse(stdout);
  expect(schema.columns.map(({ name, kind }: { name: string; kind: string }) => [name, kind])).toEqual([
    ['age', 'integer'],
    ['pay', 'decimal'],
    ['work', 'category'],
    ['rich', 'boolean'],
    ['born', 'datetime'],
  ]);
  for (const { reason } of schema.columns) expect(reason).toMatch(/\w/);
  write('part.json', JSON.stringify({ columns: [{ name: 'work', kind: 'text' }], minCategoryCount: 3 }));
  expect(run(['schema', 'people.csv', '--schema', 'part.json', '--out', 'whole.json'])).toMatchObject({ code: 0 });
  const whole = JSON.parse(readFileSync(join(folder, 'whole.json'), 'utf8'));
  expect(whole).toMatchObject({ minCategoryCount: 3, columns: [{}, {}, { kind: 'text' }, {}, {}] });
  expect(whole.columns[0]).toEqual(schema.columns[0]);
});

it.each<[string[], string]>([
  [['schema'], "missing required argument 'table'"],
  [['schema', 'people.csv', '--sql', 'select 1'], 'give a table or --sql, not both'],
  [['schema', 'people.csv', '--out', 'people.csv'], '--out: people.csv must end in .json'],
  [['schema', 'people.csv', '--max-rows', '0'], '--max-rows: Too small: expected number to be >0'],
  [
    ['schema', 'people.csv', '--schema', 'odd.json'],
    'odd.json: columns.0.kind: Invalid option: expected one of "integer"|"decimal"|"datetime"|"boolean"|"category"|"text"|"number"',
  ],
  [['schema', 'people.csv', '--schema', 'stray.json'], 'people.csv: no column "agee"; did you mean "age"?'],
])('%j ends with code 2 and one line', (args, message) => {
  write('odd.json', '{"columns":[{"name":"age","kind":"numbers"}]}');
  write('stray.json', '{"columns":[{"name":"agee","min":1}]}');
  expect(run(args)).toEqual({ code: 2, stdout: '', stderr: `tabletalk: ${message}\n` });
});
