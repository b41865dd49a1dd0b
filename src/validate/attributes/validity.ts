/** How much of a row is as schema and rules say. It knows issues, no tables. */
import type { Schema } from '../../table/schema.ts';
import type { JudgedCells } from '../judged-cells.ts';

/**
 * Validity, in [0, 1]: the share of the schema's columns and checks that the row keeps; 1 exactly when it is a row of the
 * schema. Needs nothing but the schema. Per row what SDMetrics' DiagnosticReport counts per column (BoundaryAdherence,
 * CategoryAdherence), and the rules between columns beside it.
 */
export function validity({ columns, checks = [] }: Schema, cells: JudgedCells): Float64Array {
  const asked = columns.length + checks.length;
  return Float64Array.from({ length: cells.table.rowCount }, (_, row) => (asked - cells.issues(row).length) / asked);
}
