/**
 * What is left of a folder when its replacement is cut short. node:fs/promises is the real one, but may be told to die:
 * before its n-th change to the disk, and from then on, every call fails, which is what a killed process leaves behind.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileOf, settleFolder, writeFolder } from '../../src/files/atomic-folder.ts';

const disk = vi.hoisted(() => ({ changes: 0, diesAt: Number.POSITIVE_INFINITY, fullAt: Number.POSITIVE_INFINITY }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const fail = (code: string) => {
    throw Object.assign(new Error(code), { code });
  };
  /** A full disk still lets go of what it has. */
  const change = (needsSpace: boolean) => {
    disk.changes++;
    if (disk.changes >= disk.diesAt) fail('KILLED');
    if (needsSpace && disk.changes >= disk.fullAt) fail('ENOSPC');
  };
  const counted = (name: 'mkdir' | 'open' | 'rename' | 'rm' | 'rmdir', needsSpace: boolean) => {
    return async (...args: unknown[]) => {
      change(needsSpace);
      return (real[name] as (...args: unknown[]) => unknown)(...args);
    };
  };
  return {
    ...real,
    mkdir: counted('mkdir', true),
    open: counted('open', true),
    rename: counted('rename', false),
    rm: counted('rm', false),
    rmdir: counted('rmdir', false),
    readdir: async (...args: Parameters<typeof real.readdir>) => {
      if (disk.changes >= disk.diesAt) fail('KILLED');
      return real.readdir(...args);
    },
    async writeFile(file: import('node:fs/promises').FileHandle, contents: string) {
      // Half of it may reach the disk.
      await real.writeFile(file, contents.slice(0, contents.length / 2));
      change(true);
      await real.writeFile(file, contents.slice(contents.length / 2));
    },
  };
});

const home = mkdtempSync(join(tmpdir(), 'tabletalk-folder-'));
afterAll(() => rmSync(home, { recursive: true }));

let folder = '';
beforeEach(() => {
  folder = join(mkdtempSync(join(home, 'case-')), 'model');
  revive();
});

const revive = () => Object.assign(disk, { changes: 0, diesAt: Infinity, fullAt: Infinity });

const names = ['config.json', 'model.safetensors', 'onnx/model.onnx', 'tabletalk.json'];
const generation = (version: number) => Object.fromEntries(names.map((name) => [name, `${name} ${version}`]));

/** Contents by path, of all there is. */
function inFolder(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true }).map(String).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** How many changes to the disk a replacement makes. */
async function changesOf(work: () => Promise<void>): Promise<number> {
  revive();
  await work();
  return disk.changes;
}

describe('a process killed at any moment', () => {
  it('leaves no new folder, or a whole one', async () => {
    const all = await changesOf(() => writeFolder(folder, generation(1)));
    const seen = new Set<boolean>();
    for (let moment = 1; moment <= all; moment++) {
      rmSync(folder, { recursive: true, force: true });
      Object.assign(disk, { changes: 0, diesAt: moment });
      await expect(writeFolder(folder, generation(1))).rejects.toThrow('KILLED');
      revive();
      seen.add(existsSync(folder));
      if (existsSync(folder)) expect(inFolder()).toEqual(generation(1));
      await writeFolder(folder, generation(2));
      expect(inFolder()).toEqual(generation(2));
      expect(readdirSync(join(folder, '..'))).toEqual(['model']);
    }
    expect(all).toBeGreaterThan(10);
    expect(seen).toEqual(new Set([false, true]));
  });

  it('leaves all old files or all new ones, once the folder is settled, and those that were not named', async () => {
    const second = { ...generation(2), 'training.safetensors': 'state' };
    await writeFolder(folder, generation(1));
    const all = await changesOf(() => writeFolder(folder, second));
    const seen = new Set<string>();
    for (let moment = 1; moment <= all + 1; moment++) {
      rmSync(folder, { recursive: true });
      revive();
      await writeFolder(folder, { ...generation(1), 'notes.txt': 'mine' });
      Object.assign(disk, { changes: 0, diesAt: moment });
      const ended = await writeFolder(folder, second).then(
        () => 'whole',
        () => 'killed',
      );
      // Whoever finishes the moves may be killed too, at the next moment of its own.
      for (let next = 1; next <= 12; next++) {
        Object.assign(disk, { changes: 0, diesAt: next });
        await settleFolder(folder).catch(() => {});
      }
      revive();
      await settleFolder(folder);
      const { 'notes.txt': notes, ...files } = Object.fromEntries(
        Object.entries(inFolder()).filter(([path]) => !path.startsWith('.partial')),
      );
      expect(notes).toBe('mine');
      const version = files['config.json'] === generation(1)['config.json'] ? 1 : 2;
      expect(files).toEqual(version === 1 ? generation(1) : second);
      expect(existsSync(join(folder, '.complete'))).toBe(false);
      seen.add(`${version} ${ended}`);
      await writeFolder(folder, generation(3));
      expect(inFolder()).toEqual({ ...files, ...generation(3), 'notes.txt': 'mine' });
    }
    expect(seen).toEqual(new Set(['1 killed', '2 killed', '2 whole']));
  });
});

describe('a disk that is full', () => {
  it('costs the new files only, and no trace of them stays', async () => {
    await writeFolder(folder, generation(1));
    const all = await changesOf(() => writeFolder(folder, generation(1)));
    let failures = 0;
    for (let moment = 1; moment <= all; moment++) {
      Object.assign(disk, { changes: 0, diesAt: Infinity, fullAt: moment });
      const failed = await writeFolder(folder, generation(2)).catch(({ code }) => code);
      revive();
      await settleFolder(folder);
      if (failed === 'ENOSPC') failures++;
      const version = inFolder()['config.json']!.endsWith('1') ? 1 : 2;
      expect(inFolder()).toEqual(generation(version));
      expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
      if (version === 2) await writeFolder(folder, generation(1));
    }
    expect(failures).toBeGreaterThan(5);
  });
});

it('a reader sees every file, old or new, while the folder is written, and changes nothing', async () => {
  await writeFolder(folder, generation(0));
  let writing = true;
  const reader = (async () => {
    while (writing) {
      for (const name of names) {
        const path = await fileOf(folder, name);
        // It may move to its place before it is opened; then it is there.
        const text = await readFile(path!, 'utf8').catch(() => readFile(join(folder, name), 'utf8'));
        expect(text.startsWith(name)).toBe(true);
      }
    }
  })();
  for (let version = 1; version <= 30; version++) {
    await writeFolder(folder, generation(version));
    expect(inFolder()).toEqual(generation(version));
  }
  writing = false;
  await reader;
});

it('a reader takes the new files of a replacement that was cut short, and leaves them where they are', async () => {
  await writeFolder(folder, generation(1));
  mkdirSync(join(folder, '.complete/onnx'), { recursive: true });
  writeFileSync(join(folder, '.complete/onnx/model.onnx'), 'new');
  const before = inFolder();
  expect(await fileOf(folder, 'onnx/model.onnx')).toBe(join(folder, '.complete/onnx/model.onnx'));
  expect(await fileOf(folder, 'config.json')).toBe(join(folder, 'config.json'));
  expect(inFolder()).toEqual(before);
});

it('a folder that was never replaced is left alone when it is settled, and an absent one stays absent', async () => {
  await settleFolder(folder);
  expect(existsSync(folder)).toBe(false);
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), '{}');
  await settleFolder(folder);
  expect(inFolder()).toEqual({ 'config.json': '{}' });
});

it('a replacement that cannot end says so', async () => {
  await writeFolder(folder, generation(1));
  mkdirSync(join(folder, '.complete'));
  writeFileSync(join(folder, '.complete', 'onnx'), 'a file where a folder is');
  await expect(settleFolder(folder)).rejects.toMatchObject({
    code: 'input',
    message: `${folder}: the replacement of its files was cut short, and cannot end (EISDIR)`,
  });
});
