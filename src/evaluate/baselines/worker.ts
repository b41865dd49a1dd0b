/** A thread that measures baselines. It knows messages and the crew's work, nothing else. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CrewNews, type CrewTask, workThrough } from './baseline-threads.ts';

const tell = (news: CrewNews) => parentPort!.postMessage(news);

await workThrough(
  workerData as CrewTask,
  (step) => tell({ step }),
  (figures) => tell({ figures }),
);
