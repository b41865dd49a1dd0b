/** What every writer of a kind of file does: batches of rows to chunks of a file. */
import type { Table } from './table.ts';

export interface RowEncoder {
  /** The chunks that are complete after these rows; what is not is held back. */
  rows(table: Table): Iterable<string | Uint8Array>;
  /** All that was held back. */
  end(): Iterable<string | Uint8Array>;
}
