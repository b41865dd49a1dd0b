import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { place, program } from './run.ts';

const { folder, run, write } = place();

/** `schema` in little memory: input that costs without bound ends the process. */
function schemaOf(file: string): { code: number | null; stderr: string } {
  const args = ['--max-old-space-size=256', program, 'schema', file];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  return { code: status, stderr };
}

const million = 1 << 20;

describe('tables that are small in the file and large in memory get one line with the place', () => {
  it.each<[string, string, () => string | Uint8Array, string]>([
    [
      'a gzip of a gigabyte without a newline',
      'bomb.csv.gz',
      () => gzipSync(Buffer.concat([Buffer.from('a,b\n1,2\n'), Buffer.alloc(256 * million, 'x')])),
      'bomb.csv.gz:3: no end of this row within 16 MB',
    ],
    [
      'the same in JSON Lines',
      'bomb.jsonl.gz',
      () => gzipSync(Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.alloc(256 * million, 'x')])),
      'bomb.jsonl.gz:2: no end of this line within 16 MB',
    ],
    [
      'a quote that is never closed',
      'open.csv',
      () => `a,b\n1,x\n2,"y\n${'3,z\n'.repeat(6 * million)}`,
      'open.csv:3: a quote (") opened in this row is never closed',
    ],
    [
      'a million columns',
      'wide.csv',
      () => `${'x,'.repeat(million)}x\n`,
      'wide.csv:1: 1048577 columns, and at most 10000 can be read',
    ],
    [
      'JSON lines, each with another key',
      'keys.jsonl',
      () => Array.from({ length: 10_001 }, (_, i) => `{"k${i}":1}\n`).join(''),
      'keys.jsonl:10001: 10001 columns, and at most 10000 can be read',
    ],
  ])('%s', (_, file, content, message) => {
    write(file, content());
    const { code, stderr } = schemaOf(file);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^tabletalk: [^\n]*\n$/)]);
    expect(stderr).toContain(message);
  });
});

it('a table of 130,000 rows with a text key that no row shares is read', () => {
  write('keys.csv', `key,n\n${Array.from({ length: 130_000 }, (_, i) => `A${i * 7919}-x,${i % 7}\n`).join('')}`);
  const { code, stdout, stderr } = run(['schema', 'keys.csv', '--out', join('keys.json')]);
  expect([code, stdout, stderr]).toEqual([0, '', '']);
});
