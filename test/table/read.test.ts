import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { TabletalkError } from '../../src/errors/errors.ts';
import { readTable, readTableAndDialect } from '../../src/table/read.ts';
import { tableRows } from '../../src/table/rows.ts';
import type { Schema } from '../../src/table/schema.ts';
import { writeTable } from '../../src/table/write.ts';

const folder = mkdtempSync(join(tmpdir(), 'tabletalk-table-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The message of the error that `work` ends with, without the folder, and its code. */
async function problem(work: Promise<unknown>): Promise<[string, string]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TabletalkError) return [error.code, error.message.replaceAll(`${folder}/`, '')];
    throw error;
  }
  throw new Error('expected an error');
}

const people: Schema = {
  version: 1,
  columns: [
    { name: 'age', kind: 'integer', missing: null, min: 17, max: 90 },
    { name: 'pay', kind: 'decimal', missing: 'NA', scale: 2, minScale: 0, min: 0, max: 10 },
    { name: 'sex', kind: 'category', missing: null, values: ['Female', 'Male'] },
    { name: 'rich', kind: 'boolean', missing: null, values: ['no', 'yes'] },
    { name: 'born', kind: 'datetime', missing: null, format: 'YYYY-MM-DD', min: 0, max: 1 },
  ],
};
const goodPeople = 'age,pay,sex,rich,born\n39,1.5,Male,yes,1980-02-29\n40,NA,Female,no,1981-01-01\n';

describe('files that cannot be read', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['empty.csv', '', 'empty.csv: the file is empty'],
    ['bom.csv', '\uFEFF', 'bom.csv: the file is empty'],
    ['blank.csv', '\n\n', 'blank.csv:1: the header line has no column names'],
    ['header.csv', 'a,b\n', 'header.csv: no data rows below the header'],
    ['header2.csv', 'a,b', 'header2.csv: no data rows below the header'],
    ['twice.csv', 'a,b,a\n1,2,3\n', 'twice.csv:1: columns 1 and 3 are both named "a"'],
    ['unnamed.csv', 'column_2,\n1,2\n', 'unnamed.csv:1: columns 1 and 2 are both named "column_2"'],
    ['short.csv', 'a,b\n1,2\n3\n', 'short.csv:3: expected 2 cells as in the header, got 1'],
    ['long.csv', 'a,b\n1,2\n3,4,5\n\n6\n', 'long.csv:3: expected 2 cells as in the header, got 3 (and 1 more)'],
    ['lines.csv', 'a,b\n"1\n\n1",2\n3\n', 'lines.csv:5: expected 2 cells as in the header, got 1'],
    ['crlf.csv', 'a,b\r\n"1\r\n1",2\r\n\r\n3\r\n', 'crlf.csv:5: expected 2 cells as in the header, got 1'],
    ['open.csv', 'a,b\n"1\n",2\n"3,4\n5,6\n', 'open.csv:4: a quote (") opened in this row is never closed'],
    ['latin.csv', Buffer.from('a,b\n1,2\ncaf\xe9,3\n', 'latin1'), 'latin.csv:3: not UTF-8 text; save it as UTF-8'],
    ['utf16.csv', Buffer.from('\uFEFFa,b\n', 'utf16le'), 'utf16.csv: UTF-16 text; save it as UTF-8'],
    ['torn.csv.gz', gzipSync('a,b\n1,2\n').subarray(0, 12), 'torn.csv.gz: damaged gzip data (unexpected end of file)'],
    [
      'bad.jsonl',
      '{"a":1}\n[1]\n"x"\n',
      'bad.jsonl:2: expected a JSON object like {"age": 39}, got an array (and 1 more)',
    ],
    [
      'nested.jsonl',
      '{"a":1}\n\n{"a":{"b":1}}\n',
      'nested.jsonl:3: column "a": expected a number, a string, true, false or null, got an object',
    ],
    [
      'mixed.jsonl',
      '{"a":1}\n{"a":"1"}\n',
      'mixed.jsonl:2: column "a": expected a number as in the rows before, got "1"',
    ],
    ['none.jsonl', '', 'none.jsonl: no rows with columns'],
  ])('%s', async (name, content, message) => {
    expect(await problem(readTable(file(name, content)))).toEqual(['input', message]);
  });

  test('a file that is not there, a folder, an unknown kind', async () => {
    expect(await problem(readTable(join(folder, 'gone.csv')))).toEqual(['input', 'gone.csv: no such file']);
    expect((await problem(readTable('table')))[1]).toMatch(/^table: cannot tell the kind of table from the name;/);
    const inside = mkdtempSync(join(folder, 'folder-'));
    expect((await problem(readTable(`${inside}/../${inside.split('/').at(-1)}/.csv`)))[1]).toMatch(/no such file/);
  });

  test('unknown and wrong options', async () => {
    const path = file('options.csv', goodPeople);
    const wrong = (options: object) => problem(readTable(path, options));
    expect(await wrong({ shema: people })).toEqual([
      'option',
      'readTable has no option "shema"; did you mean "schema"?',
    ]);
    expect(await wrong({ schema: people, like: people })).toEqual([
      'option',
      'readTable: give one of "schema", "like" and "overrides"',
    ]);
    const oddFormat = { version: 1, columns: [{ ...people.columns[4], format: 'DDDD' }] };
    expect(await wrong({ schema: oddFormat })).toEqual([
      'option',
      'readTable: "schema.columns.0.format": must be a datetime format that tabletalk knows',
    ]);
  });
});

describe('with a schema', () => {
  test('the table has it unchanged, in its order, whatever the order in the file', async () => {
    const table = await readTable(file('order.csv', 'born,rich,sex,pay,age\n1980-02-29,yes,Male,1.5,39\n'), {
      schema: people,
    });
    expect(table.schema).toBe(people);
    expect(tableRows(table)).toEqual([{ age: 39, pay: 1.5, sex: 'Male', rich: true, born: '1980-02-29' }]);
  });

  test('an empty cell is missing, even where training had none or spelled it otherwise', async () => {
    const table = await readTable(file('gaps.csv', 'age,pay,sex,rich,born\n,,,,\n'), { schema: people });
    expect(tableRows(table)).toEqual([{ age: null, pay: null, sex: null, rich: null, born: null }]);
  });

  test.each([
    ['age', 'abc', 'expected a whole number, got "abc"'],
    ['age', '39.5', 'expected a whole number, got "39.5"'],
    ['age', '007', 'expected a whole number, got "007"'],
    ['age', '9007199254740993', 'expected a whole number, got "9007199254740993"'],
    ['pay', 'abc', 'expected a number, got "abc"'],
    ['pay', '1.234', 'expected a number with at most 2 decimals, got "1.234"'],
    ['sex', 'male', 'expected one of "Female", "Male", got "male"; did you mean "Male"?'],
    ['sex', 'NA', 'expected one of "Female", "Male", got "NA"'],
    ['rich', 'maybe', 'expected "no" or "yes", got "maybe"'],
    ['born', '1981-02-29', 'expected a time spelled YYYY-MM-DD, got "1981-02-29"'],
  ])('%s %j does not fit', async (name, text, message) => {
    const good: Record<string, string> = { age: '39', pay: '1', sex: 'Male', rich: 'no', born: '1980-01-01' };
    const lines = [good, { ...good, [name]: text }].map((row) => people.columns.map((column) => row[column.name]));
    const path = file('misfit.csv', `age,pay,sex,rich,born\n${lines.join('\n')}\n`);
    expect(await problem(readTable(path, { schema: people }))).toEqual([
      'input',
      `misfit.csv:3: column "${name}": ${message}`,
    ]);
  });

  test('all problems are counted, the first line is shown', async () => {
    const path = file(
      'many.csv',
      'age,pay,sex,rich,born\n1,1,Male,no,x\nabc,x,Male,no,1980-01-01\nabc,1,M,no,1980-01-01\n',
    );
    expect((await problem(readTable(path, { schema: people })))[1]).toBe(
      'many.csv:2: column "born": expected a time spelled YYYY-MM-DD, got "x" (and 4 more)',
    );
  });

  test('columns too few and too many', async () => {
    const lacking = file('lacking.csv', goodPeople.replace('age', 'agee'));
    const extra = file('extra.csv', goodPeople.replace('\n', ',sexx\n').replaceAll(/(\d)\n/g, '$1,z\n'));
    for (const choice of [{ schema: people }, { like: people }]) {
      expect((await problem(readTable(lacking, choice)))[1]).toBe('lacking.csv: no column "age"; did you mean "agee"?');
      expect((await problem(readTable(extra, choice)))[1]).toBe(
        'extra.csv: unexpected column "sexx"; did you mean "sex"?',
      );
    }
  });
});

test('like a schema: its kinds and spellings, the file’s own categories, ranges and decimals', async () => {
  const content = 'rich,age,pay,sex,born\nno,3,1.2345,Other,2000-01-01\nno,4,1.5e-05,Male,2000-01-02\n,,NA,,\n';
  const table = await readTable(file('like.csv', content), { like: people });
  const day = Date.UTC(2000, 0, 1);
  expect(table.schema.columns).toEqual([
    { name: 'age', kind: 'integer', missing: '', min: 3, max: 4 },
    { name: 'pay', kind: 'decimal', missing: 'NA', scale: 6, minScale: 0, min: 0.000015, max: 1.2345 },
    { name: 'sex', kind: 'category', missing: '', values: ['Male', 'Other'] },
    { name: 'rich', kind: 'boolean', missing: '', values: ['no', 'yes'] },
    { name: 'born', kind: 'datetime', missing: '', format: 'YYYY-MM-DD', min: day, max: day + 86_400_000 },
  ]);
  expect((await problem(readTable(file('unlike.csv', content.replace('3', 'three')), { like: people })))[1]).toBe(
    'unlike.csv:2: column "age": expected a whole number, got "three"',
  );
});

describe('writing', () => {
  test('an existing file is replaced only by force, and nothing is left beside it', async () => {
    const inside = mkdtempSync(join(folder, 'write-'));
    const path = join(inside, 'out.csv');
    const { table, dialect } = await readTableAndDialect(file('in.csv', goodPeople));
    await writeTable(table, path, { dialect });
    expect(readFileSync(path, 'utf8')).toBe(goodPeople);
    expect((await problem(writeTable(table, path))).join(': ')).toBe(
      `option: ${path.replace(`${folder}/`, '')}: exists already; give --force to replace it`,
    );
    await writeTable(table, path, { force: true });
    expect(readdirSync(inside)).toEqual(['out.csv']);
  });

  test('what fails halfway leaves the old file and nothing else', async () => {
    const inside = mkdtempSync(join(folder, 'fail-'));
    const path = join(inside, 'out.csv');
    writeFileSync(path, 'old');
    const table = await readTable(file('in.csv', goodPeople));
    const broken = { ...table, columns: table.columns.map(() => Float64Array.of(1e300, 1e300)) };
    await expect(writeTable(broken, path, { force: true })).rejects.toThrow();
    expect(readdirSync(inside)).toEqual(['out.csv']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('a folder, a missing folder, an unknown kind, a dialect where there is none', async () => {
    const { table, dialect } = await readTableAndDialect(file('in.csv', goodPeople));
    const writing = async (name: string, options = {}) =>
      (await problem(writeTable(table, join(folder, name), options)))[1];
    expect(await writing('no/out.csv')).toBe(`no/out.csv: no such folder "no"`);
    expect(await writing('out.txt')).toMatch(/^out.txt: cannot tell the kind of table from the name;/);
    expect(await writing('out.csv', { forse: true })).toBe('writeTable has no option "forse"; did you mean "force"?');
    expect(await writing('out.jsonl', { dialect })).toBe('writeTable: "dialect" is for CSV, and out.jsonl is not');
  });

  test.each(['t.csv', 't.tsv', 't.jsonl', 't.ndjson', 't.csv.gz', 't.tsv.gz', 't.jsonl.gz'])(
    '%s comes back',
    async (name) => {
      const table = await readTable(file('in.csv', goodPeople));
      const path = join(folder, name);
      await writeTable(table, path);
      const schema = table.schema;
      expect(tableRows(await readTable(path, { schema }))).toEqual(tableRows(table));
      expect(readFileSync(path)[0] === 0x1f).toBe(name.endsWith('.gz'));
      if (name === 't.tsv.gz') expect(gunzipSync(readFileSync(path)).toString()).toBe(goodPeople.replaceAll(',', '\t'));
    },
  );
});
