/** A thread that reads sentences. It knows the work that is shared out, nothing else. */
import { workerData } from 'node:worker_threads';
import { type ReadingTask, readThrough } from './read-through.ts';

await readThrough(workerData as ReadingTask);
