import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { peopleCsv, place } from './run.ts';

const { folder, run, write } = place();
write('people.csv', peopleCsv(240));

it('schema --domain writes a file that fit --epsilon takes once its blanks are filled in', () => {
  expect(run(['schema', 'people.csv', '--domain', '--out', 'domain.json'])).toMatchObject({ code: 0, stderr: '' });
  const call = [
    'fit',
    'people.csv',
    '--target',
    'rich',
    '--epsilon',
    '3',
    '--delta',
    '1e-4',
    '--domain',
    'domain.json',
  ];
  const short = ['--epochs', '1', '--batch-size', '60', '--out', 'model'];
  expect(run([...call, ...short])).toMatchObject({
    code: 2,
    stderr:
      'tabletalk: domain.json: column "born": "min" is blank, and counts cannot tell; give what is known of it without looking at the rows\n',
  });
  const blank = JSON.parse(readFileSync(join(folder, 'domain.json'), 'utf8'));
  const known: Record<string, object> = {
    age: { min: 0, max: 70 },
    pay: { min: 0, max: 400, scale: 2 },
    work: { values: ['Private', 'State-gov', 'Self, "own"'] },
    rich: { values: ['no', 'yes'], missing: null },
    born: { min: Date.UTC(1900, 0), max: Date.UTC(2030, 0), format: 'YYYY-MM-DD' },
  };
  const columns = blank.columns.map((column: { name: string }) => ({ ...column, ...known[column.name] }));
  write('domain.json', JSON.stringify({ ...blank, columns }));
  const fitted = run([...call, ...short]);
  expect(fitted.code).toBe(0);
  // People are up to 76.
  expect(fitted.stderr).toMatch(/people\.csv: \d+ cells are outside the domain and taken as missing/);
  expect(fitted.stderr).toContain('model: (3, 0.0001)-differentially private');
  expect(fitted.stderr).not.toContain('NaN');

  const asJson = run([...call, ...short.slice(0, -1), 'json-model', '--json-progress']);
  const events = asJson.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.some((event) => JSON.stringify(event).includes('outside'))).toBe(true);

  const { stdout } = run(['inspect', 'model']);
  expect(stdout).toContain('at most 20.09 times as likely, but for a probability of 0.0001');
  expect(stdout).toContain('of 240: the table is small for its epsilon');
  const { privacy, curve } = JSON.parse(run(['inspect', 'model', '--json']).stdout);
  expect(privacy).toMatchObject({ epsilon: 3, delta: 1e-4, accountant: 'rdp', clip: 1, rate: 0.25, steps: 4 });
  expect(Object.keys(privacy)).toEqual(expect.arrayContaining(['noise', 'spent']));
  expect(curve).toEqual([]);

  const rows = run(['sample', 'model', '--rows', '20', '--where', 'age>=30', '--out', 'rows.csv']);
  expect(rows.code).toBe(0);
  const judge = ['evaluate', '--train', 'people.csv', '--synthetic', 'rows.csv', '--model', 'model', '--no-baselines'];
  expect(run(judge).stdout).toMatch(
    /The rows are \(3, 0\.0001\)-differentially private: .*each count of rows is off by about \d+ of 240/,
  );
  expect(run(['score', 'model', 'rows.csv', '--real', 'people.csv'])).toMatchObject({
    code: 2,
    stderr:
      'tabletalk: --real: reads real rows again, which the private model does not promise to hide; --allow-real-rows lets it\n',
  });
  expect(run(['score', 'model', 'rows.csv', '--real', 'people.csv', '--allow-real-rows'])).toMatchObject({ code: 0 });
});

it('fit --epsilon needs no domain where values are common enough, and says how common that is', () => {
  const line = (i: number) => `${20 + (i % 6)},${i % 3 ? 'no' : 'yes'},id${i}\n`;
  write('plain.csv', `age,rich,code\n${Array.from({ length: 400 }, (_, i) => line(i)).join('')}`);
  const call = ['fit', 'plain.csv', '--epsilon', '20', '--delta', '1e-4', '--epochs', '1', '--batch-size', '100'];
  expect(run([...call, '--out', 'plain'])).toMatchObject({ code: 2, stdout: '' });
  const fitted = run([...call, '--drop', 'code', '--out', 'plain']);
  expect(fitted).toMatchObject({ code: 0 });
  expect(fitted.stderr).toMatch(
    /what the domain leaves open is measured: values of fewer than about \d+ rows are left out/,
  );
  const { privacy } = JSON.parse(run(['inspect', 'plain', '--json']).stdout);
  expect(privacy.domain.columns).toEqual(['age', 'rich']);
  expect(Object.keys(privacy.spent)).toEqual(['domain', 'counts', 'training']);
});

it.each<[string[], string]>([
  [['--epsilon', '1'], '"born": no value comes in more than about'],
  [['--epsilon', '1', '--min-category-count', '3'], '--min-category-count: cannot be given with --epsilon'],
  [['--epsilon', '1', '--categorical', 'age'], '--categorical: cannot be given with --epsilon'],
  [['--epsilon', '1', '--numeric', 'age'], '--numeric: cannot be given with --epsilon'],
  [['--epsilon', '1', '--max-rows', '50'], '--max-rows: cannot be given with --epsilon'],
  [['--delta', '1e-6'], '--delta: needs --epsilon'],
  [['--epsilon', '0', '--domain', 'd.json'], '--epsilon: Too small'],
  [['--epsilon', '1', '--domain', 'd.json', '--drop', 'age'], '--drop: cannot be given with --domain'],
  [['--epsilon', '1', '--domain', 'd.json'], 'domain: no column "agee"'],
])('fit %j ends with code 2 and one line', (args, message) => {
  write('d.json', '{"columns":[{"name":"agee","kind":"integer","min":0,"max":9}]}');
  const { code, stderr } = run(['fit', 'people.csv', '--out', 'never', ...args]);
  expect([code, stderr.split('\n').length]).toEqual([2, 2]);
  expect(stderr).toContain(message);
});
