/** Worker threads as lanes: `startThread` in the thread that has the work, `serve` in the script that does it. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Weights } from '../../models/config.ts';
import { type ErrorCode, TabletalkError } from '../errors/errors.ts';
import type { Lane } from './pool.ts';

/** What a thread is sent: a task, or the end. */
type Order<Task> = { readonly task: Task } | 'end';
/** What it sends: news of a task under way, then its result or why there is none. */
type Answer<Result> =
  | { readonly news: unknown }
  | { readonly result: Result }
  | { readonly failure: { readonly code?: ErrorCode | undefined; readonly message: string } };

export interface ThreadOptions {
  /** What `serve` is given before the first task; cloned, but for shared memory. */
  readonly data: unknown;
  readonly onNews?: (news: unknown) => void;
  /** Whether the end may come in the middle of a task. Not of one inside ONNX Runtime: the process would abort. */
  readonly endsAtOnce?: boolean;
}

/** Starts a thread with a script that calls `serve`. It gets ready at once; tasks wait until it is. */
export function startThread<Task, Result>(script: URL, options: ThreadOptions): Lane<Task, Result> {
  const worker = new Worker(script, { workerData: options.data });
  const post = (order: Order<Task>) => worker.postMessage(order);
  let waiting: { resolve(result: Result): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    worker.on('message', (answer: Answer<Result>) => {
      if ('result' in answer) waiting?.resolve(answer.result);
      else if ('failure' in answer) waiting?.reject(errorOf(answer.failure));
      else options.onNews?.(answer.news);
    });
    worker.on('error', (error: Error) => {
      failure = error;
    });
    worker.on('exit', (code) => {
      failure ??= new TabletalkError('failed', `a thread ended with code ${code}`);
      waiting?.reject(failure);
      resolve();
    });
  });
  return {
    endsAtOnce: options.endsAtOnce ?? false,
    run: (task) =>
      new Promise<Result>((resolve, reject) => {
        if (failure) return reject(failure);
        waiting = { resolve, reject };
        post({ task });
      }),
    async release() {
      if (options.endsAtOnce) await worker.terminate();
      else post('end');
      await ended;
    },
  };
}

function errorOf({ code, message }: { readonly code?: ErrorCode | undefined; readonly message: string }): Error {
  return code === undefined ? new Error(message) : new TabletalkError(code, message);
}

/** What a thread's script does with its data: it gets ready, and then does one task after another. */
export type Serve<Data, Task, Result> = (
  data: Data,
  tell: (news: unknown) => void,
) => Promise<Lane<Task, Result>> | Lane<Task, Result>;

/** Makes this thread a lane. Call it once, at the top of the script. */
export function serve<Data, Task, Result>(prepare: Serve<Data, Task, Result>): void {
  const port = parentPort!;
  const say = (answer: Answer<Result>) => port.postMessage(answer);
  const prepared = Promise.resolve(prepare(workerData as Data, (news) => say({ news })));
  port.on('message', async (order: Order<Task>) => {
    const lane = await prepared;
    if (order === 'end') {
      await lane.release();
      port.close();
      return;
    }
    try {
      say({ result: await lane.run(order.task) });
    } catch (error) {
      // An error's class is lost between threads, so its code and message go as plain data.
      const code = error instanceof TabletalkError ? error.code : undefined;
      say({ failure: { code, message: error instanceof Error ? error.message : String(error) } });
    }
  });
}

/** The weights in memory that threads share, so that none gets a copy of its own. */
export function inSharedMemory(weights: Weights): Weights {
  return new Map([...weights].map(([name, data]) => [name, shared(data)]));
}

function shared(data: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
