/** Threads that measure baselines while this one measures the synthetic table. */
import { createPool, type Lane } from '../../threads/pool.ts';
import { startThread } from '../../threads/thread.ts';
import { measureBaseline, type Say } from '../measure.ts';
import type { Tables } from '../metrics/figure.ts';
import type { BaselineFigures } from '../report/report.ts';
import { type BaselineName, baselines } from './baselines.ts';

export const allNames = Object.keys(baselines) as BaselineName[];

export const baselineLane = (tables: Tables, say: (next: string) => void): Lane<BaselineName, BaselineFigures> => ({
  run: (name) => measureBaseline(tables, name, say),
  release: () => Promise.resolve(),
});

/**
 * Begins at once in `threads` threads; `finish` puts this one to work, too, and gives the figures of all, in the baselines'
 * own order. Which thread measured what changes nothing. `stop` must be called in the end, whatever happened.
 */
export function startBaselines(
  tables: Tables,
  threads: number,
  say: Say,
): { finish(): Promise<BaselineFigures[]>; stop(): Promise<void> } {
  const script = new URL('./baseline-worker.js', import.meta.url);
  const thread = () =>
    startThread<BaselineName, BaselineFigures>(script, {
      data: tables,
      onNews: (step) => say(step as string),
      endsAtOnce: true,
    });
  const pool = createPool(Array.from({ length: threads }, thread));
  const figures = allNames.map((name) => pool.run(name));
  for (const each of figures) each.catch(() => {});
  return {
    finish() {
      pool.add(baselineLane(tables, say));
      return Promise.all(figures);
    },
    stop: () => pool.release(),
  };
}
