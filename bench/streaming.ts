/**
 * Many rows streamed to a CSV file, and the memory that takes: a small model of a small made-up table, in a process of its
 * own, so that nothing before it counts.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fit } from '../src/model/fit.ts';
import { createRandom } from '../src/numeric/random.ts';
import { tableFromRows } from '../src/table/rows.ts';
import { createTableWriter } from '../src/table/write.ts';

export interface Streamed {
  readonly rows: number;
  readonly seconds: number;
  /** The most that the process ever held, in MB. */
  readonly peak: number;
}

/** Reports at every tenth of the way. @returns the file's size in bytes. */
export async function streamToFile(rows: number, workers: number, report: (at: Streamed) => void): Promise<number> {
  const random = createRandom(1);
  const table = tableFromRows(
    Array.from({ length: 2000 }, () => {
      const size = random.int(3);
      return { size: ['S', 'M', 'L'][size]!, weight: 10 + random.int(20 * (size + 1)), sold: random.int(4) > size };
    }),
  );
  const model = await fit(table, { preset: 'tiny', epochs: 2, seed: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'tabletalk-stream-'));
  const path = join(folder, 'rows.csv');
  try {
    const writer = await createTableWriter(path, model.schema);
    const started = performance.now();
    let count = 0;
    let next = rows / 10;
    for await (const batch of model.stream({ rows, workers })) {
      await writer.write(batch);
      count += batch.rowCount;
      if (count < next) continue;
      next += rows / 10;
      const peak = process.resourceUsage().maxRSS / 1024;
      report({ rows: count, seconds: (performance.now() - started) / 1000, peak });
    }
    await writer.close();
    return statSync(path).size;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
