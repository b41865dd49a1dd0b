/** A time limit for the decoders of others: a damaged file must not keep them busy for ever. */
import { createContext, Script } from 'node:vm';

const call = new Script('work()');
const context = createContext({}) as { work?: () => unknown };

/** Runs synchronous work in this thread. Throws an error when it takes longer. Work must not nest. */
export function withinSeconds<T>(seconds: number, work: () => T): T {
  context.work = work;
  try {
    return call.runInContext(context, { timeout: Math.ceil(1000 * seconds) }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error(`reading it took more than ${Math.round(seconds)} seconds`);
  } finally {
    delete context.work;
  }
}
