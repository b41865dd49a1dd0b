/** Where a command's table goes: spelled as the table that it was made from, where both are CSV, and safe for spreadsheets if asked. */
import type { Command } from 'commander';
import { standardStream } from '../files/output-file.ts';
import { valueAt } from '../table/cells.ts';
import { isFormula } from '../table/csv/csv-write.ts';
import type { Dialect } from '../table/csv/dialect.ts';
import { fileKind } from '../table/file-kind.ts';
import { isCoded } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import type { Destination } from './destination.ts';
import { write } from './progress.ts';

export interface ResultArguments {
  readonly force?: boolean;
  readonly safeCsv?: boolean;
  readonly quiet?: boolean;
}

export function withSafeCsv(command: Command): Command {
  return command.option('--safe-csv', "put ' before text that a spreadsheet would run as a formula (=, +, -, @ first)");
}

/** @param dialect how the given table was spelled; undefined where its kind of file leaves no choice. */
export async function writeResult(
  table: Table,
  destination: Destination,
  dialect: Dialect | undefined,
  { safeCsv, quiet }: ResultArguments,
): Promise<void> {
  const writer = await destination.open(table.schema, dialect);
  await writer.write(table);
  await writer.close();
  if (!safeCsv && !quiet) remarkFormulas(destination.place, formulaCells(table));
}

const isCsv = (path: string): boolean => ['csv', 'tsv'].includes(fileKind(path));

/** How many cells a spreadsheet would take for formulas. */
export function formulaCells({ schema, columns }: Table): number {
  let count = 0;
  for (const [i, column] of schema.columns.entries()) {
    const data = columns[i]!;
    const coded = isCoded(column) ? column.values.map(isFormula) : undefined;
    if (coded ? !coded.includes(true) : column.kind !== 'text') continue;
    for (let row = 0; row < data.length; row++) {
      const value = valueAt(data, row);
      if (value !== null && (coded ? coded[value as number] : isFormula(value as string))) count++;
    }
  }
  return count;
}

/** Only of a CSV file: other kinds have no formulas. */
export function remarkFormulas(out: string, cells: number): void {
  if (cells === 0 || !isCsv(out)) return;
  const said = cells === 1 ? '1 cell begins' : `${cells} cells begin`;
  const place = out === standardStream ? 'standard output' : out;
  write(
    `${place}: ${said} with =, +, - or @: a spreadsheet may run such text as a formula; --safe-csv puts ' before it`,
  );
}
