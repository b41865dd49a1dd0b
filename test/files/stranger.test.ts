/** Folders that someone sent: opening one writes nothing, and reads nothing outside of it. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { peopleCsv, place } from '../cli/run.ts';

const { folder, run, write } = place();
const outside = mkdtempSync(join(tmpdir(), 'tabletalk-outside-'));
afterAll(() => rmSync(outside, { recursive: true }));
const model = join(folder, 'model');

beforeAll(() => {
  write('people.csv', peopleCsv(60));
  const fit = run(['fit', 'people.csv', '--out', 'whole', '--epochs', '1', '--quiet']);
  expect([fit.code, fit.stderr]).toEqual([0, '']);
});

beforeEach(() => {
  for (const path of [model, join(outside, 'keys'), join(outside, 'documents')])
    rmSync(path, { recursive: true, force: true });
  cpSync(join(folder, 'whole'), model, { recursive: true });
  mkdirSync(join(outside, 'keys'));
  mkdirSync(join(outside, 'documents'));
  writeFileSync(join(outside, 'keys', 'authorized_keys'), 'mine');
  writeFileSync(join(outside, 'documents', 'letter.txt'), 'mine');
});

const openings: [name: string, args: string[]][] = [
  ['inspect', ['inspect', 'model']],
  ['sample', ['sample', 'model', '--rows', '3', '--out', '-', '--quiet']],
  ['fit --base', ['fit', 'people.csv', '--base', 'model', '--out', 'other', '--epochs', '1', '--quiet']],
  ['fit --force', ['fit', 'people.csv', '--out', 'model', '--epochs', '1', '--force', '--quiet']],
];

/** Every path with its size and content: what a command must leave as it was. */
function snapshot(root: string): string[] {
  return readdirSync(root, { recursive: true })
    .map(String)
    .sort()
    .map((name) => {
      const found = statSync(join(root, name));
      return `${name} ${found.isFile() ? readFileSync(join(root, name), 'latin1').length : 'folder'}`;
    });
}

describe.each(openings)('%s of a folder from a stranger', (name, args) => {
  it('does not write through a link to a folder', () => {
    symlinkSync(join(outside, 'keys'), join(model, 'evil'));
    mkdirSync(join(model, '.complete', 'evil'), { recursive: true });
    writeFileSync(join(model, '.complete', 'evil', 'authorized_keys'), 'theirs');
    run(args);
    expect(readFileSync(join(outside, 'keys', 'authorized_keys'), 'utf8')).toBe('mine');
  });

  it('does not move the files that a linked .complete leads to', () => {
    symlinkSync(join(outside, 'documents'), join(model, '.complete'));
    run(args);
    expect(readdirSync(join(outside, 'documents'))).toEqual(['letter.txt']);
  });

  // The others write a folder of their own, or this one.
  if (name !== 'inspect' && name !== 'sample') return;
  it('changes nothing in the folder itself', () => {
    mkdirSync(join(model, '.complete'));
    cpSync(join(model, 'config.json'), join(model, '.complete', 'config.json'));
    const before = snapshot(model);
    const { code } = run(args);
    expect(code).toBe(0);
    expect(snapshot(model)).toEqual(before);
  });
});

describe('a file of a model folder', () => {
  const sample = () => run(['sample', 'model', '--rows', '3', '--out', '-', '--quiet']);

  it.each(['tabletalk.json', 'model.safetensors', 'tokenizer.json'])(
    '%s that is a link out of it is refused',
    (name) => {
      renameSync(join(model, name), join(outside, 'documents', name));
      symlinkSync(join(outside, 'documents', name), join(model, name));
      const { code, stderr } = sample();
      expect([code, stderr]).toEqual([2, expect.stringContaining('leads out of the folder')]);
    },
  );

  it('that is a pipe is refused, and not waited for', () => {
    rmSync(join(model, 'tabletalk.json'));
    execFileSync('mkfifo', [join(model, 'tabletalk.json')]);
    const { code, stderr } = sample();
    expect([code, stderr]).toEqual([2, expect.stringContaining('is no plain file')]);
  });

  it.each(['../keys/authorized_keys', '/etc/passwd', '.'])('named %s by a shard index is refused', (name) => {
    rmSync(join(model, 'model.safetensors'));
    writeFileSync(join(model, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { x: name } }));
    const { code, stderr } = sample();
    expect([code, stderr]).toEqual([2, expect.stringContaining(`"${name}" is no name of a file in it`)]);
  });

  it('with one byte changed is told from the one that was written', () => {
    const path = join(model, 'model.safetensors');
    const bytes = readFileSync(path);
    bytes[bytes.length - 2]! ^= 1;
    writeFileSync(path, bytes);
    const { code, stderr } = sample();
    expect([code, stderr]).toEqual([2, expect.stringContaining('damaged or changed')]);
  });

  it('with weights that are no numbers is refused, also where no checksum is known', () => {
    const manifest = join(model, 'tabletalk.json');
    const { checksums: _, ...file } = JSON.parse(readFileSync(manifest, 'utf8'));
    writeFileSync(manifest, JSON.stringify(file));
    expect(sample().code).toBe(0);
    const path = join(model, 'model.safetensors');
    const bytes = readFileSync(path);
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    writeFileSync(path, bytes);
    const { code, stderr } = sample();
    expect([code, stderr]).toEqual([2, expect.stringMatching(/tensor ".*": expected finite numbers, got NaN/)]);
  });
});

describe('neighbours and permissions', () => {
  it('a folder called model.partial and a file called out.csv.partial are left alone', () => {
    mkdirSync(join(folder, 'fresh.partial'));
    writeFileSync(join(folder, 'fresh.partial', 'notes.txt'), 'mine');
    writeFileSync(join(folder, 'out.csv.partial'), 'mine');
    expect(run(['fit', 'people.csv', '--out', 'fresh', '--epochs', '1', '--quiet']).code).toBe(0);
    expect(run(['sample', 'fresh', '--rows', '3', '--out', 'out.csv', '--quiet']).code).toBe(0);
    expect(readFileSync(join(folder, 'fresh.partial', 'notes.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'out.csv.partial'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('--force keeps the permissions of the file that it replaces', () => {
    write('secret.csv', 'a\n1\n');
    chmodSync(join(folder, 'secret.csv'), 0o600);
    expect(run(['sample', 'model', '--rows', '3', '--out', 'secret.csv', '--force', '--quiet']).code).toBe(0);
    expect(statSync(join(folder, 'secret.csv')).mode & 0o777).toBe(0o600);
  });

  it('what a killed process left is removed by the next', () => {
    write('.late.csv.tabletalk-partial', 'half');
    write('.late.csv.tabletalk-lock', JSON.stringify({ host: 'elsewhere', pid: 1, start: null }));
    expect(run(['sample', 'model', '--rows', '3', '--out', 'late.csv', '--quiet'])).toMatchObject({ code: 2 });
    rmSync(join(folder, '.late.csv.tabletalk-lock'));
    expect(run(['sample', 'model', '--rows', '3', '--out', 'late.csv', '--quiet'])).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, '.late.csv.tabletalk-partial'))).toBe(false);
  });
});
