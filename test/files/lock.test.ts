import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lockPath } from '../../src/files/lock.ts';
import { peopleCsv, place, program } from '../cli/run.ts';

const home = mkdtempSync(join(tmpdir(), 'tabletalk-lock-'));
afterAll(() => rmSync(home, { recursive: true }));
const path = join(home, 'model');
const lock = join(home, '.model.tabletalk-lock');

/** The number of a process that is gone. */
const gone = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('a lock', () => {
  it('is held once, and free when it is released', () => {
    const release = lockPath(path, 'a fit');
    expect(() => lockPath(path, 'a fit')).toThrow(`a fit is writing there already (process ${process.pid})`);
    release();
    release();
    expect(existsSync(lock)).toBe(false);
    lockPath(path, 'a fit')();
  });

  it.each([
    ['a process that is gone', () => ({ host: hostname(), pid: gone(), start: null })],
    // Process 1 of a container that was started again, or a number that was given anew.
    ['an earlier process of the same number', () => ({ host: hostname(), pid: process.pid, start: 'another boot 12' })],
  ])('of %s is taken over', (_, holder) => {
    writeFileSync(lock, JSON.stringify(holder()));
    lockPath(path, 'a fit')();
    expect(existsSync(lock)).toBe(false);
  });

  it('of a process that runs, here or on a machine that cannot be asked, is respected', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    for (const holder of [
      { host: hostname(), pid: other.pid, start: null },
      { host: 'elsewhere', pid: 1, start: null },
    ]) {
      writeFileSync(lock, JSON.stringify(holder));
      expect(() => lockPath(path, 'a fit')).toThrow(`process ${holder.pid}`);
      rmSync(lock);
    }
    other.kill();
  });
});

it('that was left behind is taken over by one of many processes', async () => {
  const module = new URL('../../dist/src/files/lock.js', import.meta.url).href;
  const script = `import { lockPath } from ${JSON.stringify(module)};
    await new Promise((resolve) => process.stdin.once('data', resolve));
    try { lockPath(process.argv[1], 'a fit'); console.log('held'); } catch { console.log('busy'); }
    await new Promise((resolve) => process.stdin.once('end', resolve));`;
  for (let round = 0; round < 4; round++) {
    writeFileSync(lock, JSON.stringify({ host: hostname(), pid: gone(), start: null }));
    const racers = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const said = racers.map(
      ({ stdout }) => new Promise((resolve) => stdout.once('data', (text) => resolve(`${text}`))),
    );
    for (const { stdin } of racers) stdin.write('go');
    expect((await Promise.all(said)).filter((text) => text === 'held\n')).toHaveLength(1);
    const ended = racers.map((racer) => new Promise((resolve) => racer.once('close', resolve)));
    for (const { stdin } of racers) stdin.end();
    await Promise.all(ended);
    rmSync(lock, { force: true });
  }
});

describe('two commands at once', () => {
  const { folder, run, write } = place();

  it('a second fit into one folder gets one clear line, and the first is whole', async () => {
    write('people.csv', peopleCsv(120));
    const args = ['fit', 'people.csv', '--out', 'model', '--epochs', '60', '--patience', '60', '--json-progress'];
    const first = spawn(process.execPath, [program, ...args], { cwd: folder });
    await new Promise((resolve) => first.stderr.once('data', resolve));
    const second = run(['fit', 'people.csv', '--out', 'model', '--epochs', '1', '--force', '--quiet']);
    expect([second.code, second.stderr]).toEqual([
      2,
      `tabletalk: model: a fit is writing there already (process ${first.pid}); wait for it to end\n`,
    ]);
    const code = await new Promise((resolve) => first.on('close', resolve));
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'model', 'tabletalk.json'), 'utf8')).options.epochs).toBe(60);
    expect(run(['sample', 'model', '--rows', '2', '--out', '-', '--quiet']).code).toBe(0);
  });

  it('a second sample into one file gets one clear line', async () => {
    const args = ['sample', 'model', '--rows', '200000', '--out', 'new.csv', '--workers', '1', '--json-progress'];
    const first = spawn(process.execPath, [program, ...args], { cwd: folder });
    await new Promise((resolve) => first.stderr.once('data', resolve));
    // The output is opened with the first batch.
    for (;;) {
      const second = run(['sample', 'model', '--rows', '1', '--out', 'new.csv', '--quiet', '--force']);
      if (second.code === 0) continue;
      expect(second.stderr).toContain('is writing there already');
      break;
    }
    first.kill('SIGKILL');
    await new Promise((resolve) => first.on('close', resolve));
    expect(run(['sample', 'model', '--rows', '1', '--out', 'new.csv', '--quiet', '--force']).code).toBe(0);
  });
});
