import { describe, expect, it } from 'vitest';
import { createPool, type Lane } from '../../src/threads/pool.ts';

/** A lane that ends each task when the test says so, and logs what it does. */
function manualLane(name: string, log: string[], endsAtOnce = false) {
  const open: ((result: string) => void)[] = [];
  const lane: Lane<string, string> = {
    endsAtOnce,
    run: (task) => {
      log.push(`${name} begins ${task}`);
      return new Promise((resolve) => open.push(resolve));
    },
    release: async () => {
      log.push(`${name} ends`);
    },
  };
  return { lane, finish: (result: string) => open.shift()!(result) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a pool', () => {
  it('gives each lane one task at a time, in the order they came', async () => {
    const log: string[] = [];
    const [a, b] = [manualLane('a', log), manualLane('b', log)];
    const pool = createPool([a.lane, b.lane]);
    const results = Promise.all(['1', '2', '3', '4'].map((task) => pool.run(task)));
    await turn();
    expect(log).toEqual(['b begins 1', 'a begins 2']);
    a.finish('two');
    await turn();
    expect(log.at(-1)).toBe('a begins 3');
    b.finish('one');
    a.finish('three');
    await turn();
    b.finish('four');
    expect(await results).toEqual(['one', 'two', 'three', 'four']);
  });

  it('without a lane holds its tasks for one that is added', async () => {
    const log: string[] = [];
    const pool = createPool<string, string>([]);
    const result = pool.run('1');
    await turn();
    const { lane, finish } = manualLane('late', log);
    pool.add(lane);
    await turn();
    finish('done');
    expect([await result, pool.size, log]).toEqual(['done', 1, ['late begins 1']]);
  });

  it('goes on with a lane whose task failed', async () => {
    const pool = createPool<number, number>([
      {
        run: (task) => (task < 0 ? Promise.reject(new Error('negative')) : Promise.resolve(task)),
        release: async () => {},
      },
    ]);
    await expect(pool.run(-1)).rejects.toThrow('negative');
    expect(await pool.run(2)).toBe(2);
  });

  it.each([false, true])('ends a lane in the middle of a task only if that is allowed: %s', async (endsAtOnce) => {
    const log: string[] = [];
    const { lane, finish } = manualLane('a', log, endsAtOnce);
    const pool = createPool([lane]);
    const result = pool.run('1');
    pool.run('never begun');
    await turn();
    const released = pool.release();
    await turn();
    expect(log.includes('a ends')).toBe(endsAtOnce);
    finish('done');
    await Promise.all([released, result]);
    expect(log).toEqual(['a begins 1', 'a ends']);
  });
});
