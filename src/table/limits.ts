/** Bounds on what is read, so that a small or damaged file cannot cost without limit. They are far above what a model can learn. */

import { createContext, Script } from 'node:vm';
import { TabletalkError } from '../errors/errors.ts';

/** A row holds at most 4,096 tokens, and a column takes at least two of them. */
const mostColumns = 10_000;

/** About 4 GB in memory. */
const mostCells = 500_000_000;

/** Bytes in one record of text: a longer one is a quote that was never closed, or no text at all. */
export const longestRecord = 1 << 24;

/** @param place of the header or row with so many columns. */
export function checkColumnCount(count: number, place: string): void {
  if (count <= mostColumns) return;
  throw new TabletalkError(
    'input',
    `${place}: ${count} columns, and at most ${mostColumns} can be read: a row that is learned has at most 4,096 tokens; keep fewer columns in the file`,
  );
}

export function checkCellCount(rows: number, columns: number, source: string): void {
  if (rows * columns <= mostCells) return;
  throw new TabletalkError(
    'input',
    `${source}: more than ${Math.floor(mostCells / columns)} rows of ${columns} columns do not fit in memory; read a sample with --max-rows`,
  );
}

// A time limit for the decoders of others: a damaged file must not keep them busy for ever.

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
