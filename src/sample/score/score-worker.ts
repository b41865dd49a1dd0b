/** A thread that reads sentences. It knows the work that is shared out, nothing else. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { createReader } from '../../../models/prefix-tree-forward.ts';
import { type ReadingModel, type ReadingTask, readThrough } from './score-threads.ts';

const { config, weights } = workerData as ReadingModel;
const asked = once(parentPort!, 'message');
const reader = await createReader(config, weights, 1);
const [task] = (await asked) as [ReadingTask | undefined];
if (task) await readThrough(reader, config.vocabSize, task);
await reader.release();
