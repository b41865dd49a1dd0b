/** Batches of rows to where a command's rows go, up to the last one or to a signal. It knows nothing of how rows are made. */
import { stat } from 'node:fs/promises';
import { TabletalkError } from '../errors/errors.ts';
import type { Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import type { TableWriter } from '../table/write.ts';
import type { Destination } from './destination.ts';
import { formulaCells } from './table-result.ts';

/** Ends at a signal with what is finished, where that may be kept. A scheduler's SIGTERM only matters to a part. */
export async function writeBatches(
  batches: AsyncGenerator<Table>,
  destination: Destination,
  schema: Schema,
  wanted: number,
  safeCsv: boolean,
): Promise<{ rows: number; formulas: number }> {
  const signals: NodeJS.Signals[] = destination.isPart ? ['SIGINT', 'SIGTERM'] : ['SIGINT'];
  const written = { rows: 0, formulas: 0 };
  let interrupted: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = signal;
  };
  for (const signal of signals) process.once(signal, interrupt);
  let writer: TableWriter | undefined;
  try {
    // The first batch comes before the file is opened: what is wrong with the call must leave no trace.
    let next = await batches.next();
    writer = await destination.open(schema);
    while (!next.done) {
      await writer.write(next.value);
      written.rows += next.value.rowCount;
      if (!safeCsv) written.formulas += formulaCells(next.value);
      if (interrupted) break;
      next = await batches.next();
    }
  } catch (error) {
    await writer?.abort();
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    await batches.return(undefined);
  }
  if (interrupted && written.rows < wanted)
    throw await interruption(writer, destination, interrupted, written.rows, wanted);
  if (written.rows === 0 && wanted > 0) {
    await writer.abort();
    throw new TabletalkError('failed', 'time is up before the first row is complete');
  }
  await writer.close();
  return written;
}

/** What was finished before Ctrl-C stays, beside the file; of a part nothing does, for the same command writes it whole. */
async function interruption(
  writer: TableWriter,
  { isPart, place }: Destination,
  signal: NodeJS.Signals,
  done: number,
  wanted: number,
): Promise<TabletalkError> {
  const rows = `${done} of ${wanted} rows`;
  if (isPart) {
    await writer.abort();
    const message = `${place}: interrupted after ${rows}, none of which are kept; run the same command again`;
    return new TabletalkError('interrupted', message, { place, value: signal });
  }
  if (place === '-') {
    await writer.close();
    return new TabletalkError('failed', `interrupted after ${rows}`);
  }
  const partial = await unusedName(`${place}.partial`);
  await writer.close(partial);
  return new TabletalkError('failed', `interrupted: ${rows} are in ${partial}`);
}

/** The name, or with the first number after it that no file has: what an earlier Ctrl-C kept stays. */
async function unusedName(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}.${i}`;
    if (!(await stat(candidate).catch(() => undefined))) return candidate;
  }
}
