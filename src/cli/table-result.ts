/** Where a command's table goes: spelled as the table that it was made from, where both are CSV. It knows files, no columns. */
import type { Dialect } from '../table/csv/dialect.ts';
import { fileKind } from '../table/file-kind.ts';
import type { Table } from '../table/table.ts';
import { writeTable } from '../table/write.ts';

interface Result {
  /** How the given table was spelled; undefined where its kind of file leaves no choice. */
  readonly dialect: Dialect | undefined;
  readonly force: boolean | undefined;
}

export async function writeResult(table: Table, out: string, { dialect, force = false }: Result): Promise<void> {
  const isCsv = ['csv', 'tsv'].includes(fileKind(out));
  await writeTable(table, out, { force, ...(dialect && isCsv && { dialect }) });
}
