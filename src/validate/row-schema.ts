/** The zod schema of a row, built from the table's schema: what a cell may be, column by column. */
import { z } from 'zod';
import { parseCell } from '../table/cells.ts';
import { roundTo } from '../table/numbers/number-grid.ts';
import { type Column, isOutside, type Schema } from '../table/schema.ts';
import type { Cell } from '../table/table.ts';

/** Accepts an object with exactly the schema's columns, each cell as `tableRows` gives it; null only where cells may be missing. */
export function rowSchema(schema: Schema): z.ZodType<Record<string, Cell>> {
  return z.strictObject(Object.fromEntries(schema.columns.map((column) => [column.name, cellSchema(column)])));
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
