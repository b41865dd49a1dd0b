/** The zod schema of a row, built from the table's schema: what a cell may be, column by column. It knows no sentences. */
import { z } from 'zod';
import { TabletalkError } from '../errors/errors.ts';
import { cellValueOf, mapKey, parseCell, type Value, valueAt } from '../table/cells.ts';
import { roundTo } from '../table/numbers/number-grid.ts';
import { type Column, isOutside, type Schema } from '../table/schema.ts';
import type { Cell, Table } from '../table/table.ts';

/** Accepts an object with exactly the schema's columns, each cell as `tableRows` gives it; null only where cells may be missing. */
export function rowSchema(schema: Schema): z.ZodType<Record<string, Cell>> {
  return z.strictObject(Object.fromEntries(schema.columns.map((column) => [column.name, cellSchema(column)])));
}

/** Throws `failed` for a cell that the table's schema does not allow. The grammar admits none: one that was drawn is our fault. */
export function checkCells({ schema, rowCount, columns }: Table): void {
  for (const [c, column] of schema.columns.entries()) {
    const accepts = cellSchema(column);
    const known = new Set<Value | null>();
    for (let row = 0; row < rowCount; row++) {
      const value = valueAt(columns[c]!, row);
      if (known.has(mapKey(value))) continue;
      known.add(mapKey(value));
      const { error } = accepts.safeParse(cellValueOf(column, value));
      const message = error && `an invalid row was written: "${column.name}": ${error.issues[0]!.message}`;
      if (message !== undefined) throw new TabletalkError('failed', message);
    }
  }
}

/** What one cell of the column may be. */
export function cellSchema(column: Column): z.ZodType<Cell> {
  const present = presentCell(column);
  return column.missing === null ? present : present.nullable();
}

function presentCell(column: Column): z.ZodType<Cell> {
  switch (column.kind) {
    case 'integer':
      return z.int().min(column.min).max(column.max);
    case 'decimal':
      return z
        .number()
        .min(column.min)
        .max(column.max)
        .refine((value) => roundTo(column, value) === value, {
          error: column.float ? `more than ${column.float.digits} digits` : `more than ${column.scale} decimals`,
        });
    case 'datetime':
      return z
        .string()
        .refine((text) => isWithin(column, text), { error: `not a time spelled ${column.format} in range` });
    case 'boolean':
      return z.boolean();
    case 'category': {
      // A class that was a number is one again.
      const known = new Set(column.values);
      return z.custom<Cell>((cell) => known.has(String(cell)), {
        error: () => `expected one of ${column.values.length} values`,
      });
    }
    case 'text':
      return z.string();
  }
}

function isWithin(column: Extract<Column, { kind: 'datetime' }>, text: string): boolean {
  const time = parseCell(column, text);
  return typeof time === 'number' && !isOutside(column, time);
}
