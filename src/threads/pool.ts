/** Tasks shared out among lanes. A lane is a thread, or this thread, that does one task at a time. */

/** As many threads as may be asked for; each holds a model and its caches. */
export const mostThreads = 256;

export interface Lane<Task, Result> {
  run(task: Task): Promise<Result>;
  /** Frees what the lane holds. The pool calls it when no task is under way, or at any moment if `endsAtOnce`. */
  release(): Promise<void>;
  readonly endsAtOnce?: boolean;
}

export interface Pool<Task, Result> {
  /** The number of lanes. */
  readonly size: number;
  /** Queues a task for the first idle lane. */
  run(task: Task): Promise<Result>;
  /** Puts one more lane to work. */
  add(lane: Lane<Task, Result>): void;
  /** Ends all lanes. Tasks that no lane has begun are dropped: their promises never settle. */
  release(): Promise<void>;
}

export function createPool<Task, Result>(lanes: readonly Lane<Task, Result>[]): Pool<Task, Result> {
  /** By lane the task under way, if any. */
  const busy = new Map<Lane<Task, Result>, Promise<Result> | undefined>();
  const idle: Lane<Task, Result>[] = [];
  const waiting: ((lane: Lane<Task, Result>) => void)[] = [];
  const offer = (lane: Lane<Task, Result>) => {
    busy.set(lane, undefined);
    const next = waiting.shift();
    if (next) next(lane);
    else idle.push(lane);
  };
  for (const lane of lanes) offer(lane);
  return {
    get size() {
      return busy.size;
    },
    async run(task) {
      const lane = idle.pop() ?? (await new Promise<Lane<Task, Result>>((resolve) => waiting.push(resolve)));
      const result = lane.run(task);
      busy.set(lane, result);
      try {
        return await result;
      } finally {
        offer(lane);
      }
    },
    add: offer,
    async release() {
      waiting.length = 0;
      await Promise.all(
        [...busy].map(async ([lane, task]) => {
          if (!lane.endsAtOnce) await task?.catch(() => {});
          await lane.release();
        }),
      );
    },
  };
}
