/** Threads that measure baselines while this one measures the synthetic table. It knows how work is shared out, not what it is. */
import { Worker } from 'node:worker_threads';
import { measureBaseline, type Say } from '../measure.ts';
import type { Tables } from '../metrics/figure.ts';
import type { BaselineFigures } from '../report/report.ts';
import { type BaselineName, baselines } from './baselines.ts';

/** What a thread starts with. `next` counts the baselines that someone has taken on; it is shared memory. */
export interface CrewTask {
  readonly tables: Tables;
  readonly next: Int32Array;
}

/** What a thread says. */
export type CrewNews = { readonly step: string } | { readonly figures: BaselineFigures };

export const allNames = Object.keys(baselines) as BaselineName[];

/** Takes on one baseline after another until none is left; `give` gets each one's figures. */
export async function workThrough(
  { tables, next }: CrewTask,
  say: Say,
  give: (figures: BaselineFigures) => void,
): Promise<void> {
  for (let i = Atomics.add(next, 0, 1); i < allNames.length; i = Atomics.add(next, 0, 1)) {
    give(await measureBaseline(tables, allNames[i]!, say));
  }
}

/**
 * Begins at once in `threads` threads of their own; `finish` lends a hand in this one and gives the figures of all, in the
 * baselines' own order. Which thread measured what changes nothing. `stop` must be called in the end, whatever happened.
 */
export function startCrew(
  tables: Tables,
  threads: number,
  say: Say,
): { finish(): Promise<BaselineFigures[]>; stop(): Promise<void> } {
  const task: CrewTask = { tables, next: new Int32Array(new SharedArrayBuffer(4)) };
  const found = new Map<string, BaselineFigures>();
  const give = (figures: BaselineFigures) => found.set(figures.name, figures);
  const workers = Array.from({ length: threads }, () => {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData: task });
  });
  const done = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.on('message', (news: CrewNews) => ('step' in news ? say(news.step) : give(news.figures)));
        worker.on('error', reject);
        worker.on('exit', () => resolve());
      }),
  );
  for (const each of done) each.catch(() => {});
  return {
    async finish() {
      await workThrough(task, say, give);
      await Promise.all(done);
      return allNames.map((name) => found.get(name)!);
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
