import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTable } from '../../src/table/read.ts';
import { place } from './run.ts';

const { folder, run, write } = place();

const rows = (count: number, row: (i: number) => string) => Array.from({ length: count }, (_, i) => row(i)).join('');

describe('tables that cannot be learned get one line with the place, and leave nothing behind', () => {
  it.each<[string, string, string]>([
    ['an empty file', '', 'table.csv: the file is empty'],
    ['only a byte order mark', '\uFEFF', 'table.csv: the file is empty'],
    ['only a header', 'a,b\n', 'table.csv: no data rows below the header'],
    ['ragged rows', 'a,b\n1,2\n3\n4,5,6\n', 'table.csv:3: expected 2 cells as in the header, got 1 (and 1 more)'],
    ['two columns of one name', 'a,b,a\n1,2,3\n', 'table.csv:1: columns 1 and 3 are both named "a"'],
    ['one row', 'a,b\n1,x\n', 'table.csv: fit needs at least 2 rows, got 1'],
    ['a quote that is never closed', 'a,b\n1,"x\n2,y\n', 'table.csv:2: a quote (") opened in this row is never closed'],
  ])('%s', (_, content, message) => {
    write('table.csv', content);
    const before = readdirSync(folder).sort();
    expect(run(['fit', 'table.csv', '--out', 'model'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `tabletalk: ${message}\n`,
    });
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(existsSync(join(folder, 'model'))).toBe(false);
  });
});

describe('a base that is not there', () => {
  it.each<[string, string[], string]>([
    ['a folder', ['--base', './no/model'], 'base "./no/model": no such folder'],
    ['a folder without a model', ['--base', '.'], 'config.json: cannot be read'],
    ['and adapters beside nothing', ['--lora-rank', '4'], '--lora-rank is for a base: a new model has nothing to keep'],
    ['and adapters without a rank', ['--base', '.', '--lora-alpha', '4'], '--lora-alpha needs --lora-rank'],
    ['beside a preset', ['--base', '.', '--preset', 'tiny'], '--preset is for new models: a base has its own'],
  ])('%s', (_, args, message) => {
    write('table.csv', 'a,b\n1,x\n2,y\n');
    const { code, stdout, stderr } = run(['fit', 'table.csv', '--out', 'none', ...args]);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^tabletalk: [^\n]*\n$/)]);
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

describe('odd tables that are learned, and whose rows fit their schema', () => {
  const wideNames = Array.from({ length: 200 }, (_, column) => `c${column}`);
  it.each<[string, string]>([
    ['two rows', 'a,b\n1,x\n2,y\n'],
    ['one column', `a\n${rows(30, (i) => `${i * i}\n`)}`],
    ['a constant column', `a,b\n${rows(30, (i) => `${i},7\n`)}`],
    ['nothing but a constant column', `a\n${rows(30, () => 'x\n')}`],
    ['a column that is always missing', `a,b\n${rows(30, (i) => `${i},\n`)}`],
    ['nothing but missing cells', `a,b\n${rows(30, () => ',\n')}`],
    ['200 columns', `${wideNames.join()}\n${rows(16, (i) => `${wideNames.map((_, c) => (i * 7 + c) % 5).join()}\n`)}`],
    [
      '10,000 distinct strings',
      `note\n${rows(10_000, (i) => `${'abcde'[i % 5]} was ${i % 97} then ${(i * 7919) % 100_003}\n`)}`,
    ],
    ['10,000 distinct codes beside a number', `id,n\n${rows(10_000, (i) => `id${(i * 7919) % 100_003},${i % 9}\n`)}`],
    ['a long text', `note,n\n${rows(20, (i) => `"${'word, '.repeat(i * 4)}${'x'.repeat(i)}\n${i}",${i}\n`)}`],
    ['a byte order mark', `\uFEFFa,b\n${rows(30, (i) => `${i},x\n`)}`],
    ['lines that end in CRLF', `a,b\r\n${rows(30, (i) => `${i},x${i % 3}\r\n`)}`],
    ['semicolons', `a;b\n${rows(30, (i) => `${i};x,${i % 3}\n`)}`],
    ['dates before 1970', `born\n${rows(40, (i) => `19${10 + i}-02-${10 + (i % 19)}\n`)}`],
    ['numbers around zero, -0.0 among them', `x\n${rows(40, (i) => `${((i - 20) / 10).toFixed(1)}\n`)}-0.0\n`],
    ['words of our own', `missing, is ,"<|bos|>"\n${rows(20, (i) => `missing,"a, b is ${i % 2}","""<|eos|>"\n`)}`],
  ])('%s', async (_, content) => {
    write('table.csv', content);
    const options = ['--epochs', '1', '--preset', 'tiny', '--validation-fraction', '0', '--quiet', '--force'];
    expect(run(['fit', 'table.csv', '--out', 'model', ...options])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(run(['sample', 'model', '--rows', '3', '--out', 'rows.csv', '--quiet', '--force'])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const { schema } = await readTable(join(folder, 'table.csv'));
    const sampled = await readTable(join(folder, 'rows.csv'), { schema });
    expect(sampled.rowCount).toBe(3);
  });
});
