/** When a run is kept: often enough to lose little, seldom enough to cost little. */
import { TabletalkError } from '../errors/errors.ts';

/** A checkpoint may take this share of the time. */
const mostShare = 0.02;

/** Within an epoch, a run is kept no more often than this. */
const secondsWithinEpoch = 60;

export interface CheckpointTimer {
  /** Whether the next checkpoint is worth its time now, between two steps or two epochs. */
  isDue(betweenEpochs: boolean): boolean;
  /** Runs `write` and measures it. A disk that refuses is a problem to tell of, and nothing is lost but that checkpoint. */
  keep(write: () => Promise<void>): Promise<{ seconds: number; problem?: string }>;
}

/** `now` is in milliseconds. */
export function createCheckpointTimer(now: () => number): CheckpointTimer {
  let last = now();
  let cost = 0;
  return {
    isDue(betweenEpochs) {
      const wait = Math.max(betweenEpochs ? 0 : secondsWithinEpoch, cost / mostShare);
      return (now() - last) / 1000 >= wait;
    },
    async keep(write) {
      const started = now();
      const problem = await write().then(() => undefined, refusalOf);
      last = now();
      cost = (last - started) / 1000;
      return { seconds: cost, ...(problem !== undefined && { problem }) };
    },
  };
}

/** What the system said; any other error is thrown on. */
function refusalOf(error: unknown): string {
  if (error instanceof Error && 'syscall' in error) return error.message;
  throw error;
}

/** How a run ends that was asked to: `interrupted`, to be continued, or `failed` where its checkpoint could not be written. */
export function interruption(step: number, maxSteps: number, problem: string | undefined): TabletalkError {
  const message = `interrupted after step ${step} of ${maxSteps}`;
  if (problem === undefined) return new TabletalkError('interrupted', message);
  return new TabletalkError('failed', `${message}; no checkpoint of it could be written: ${problem}`);
}
