/** What a table's columns are: names, kinds and what each kind may hold. It knows nothing of files, sentences or models. */
import { z } from 'zod';
import { checkProblem } from './checks.ts';
import { isDatetimeFormat } from './datetime.ts';

/** How a missing cell was spelled in the file, e.g. "" or "NA"; null when the column has no missing cell. */
const missing = z.string().nullable();

const name = z.string();

/** Whole numbers that a double holds exactly and that are spelled without leading zeros or a plus sign. */
const integerColumn = z.strictObject({
  name,
  kind: z.literal('integer'),
  missing,
  min: z.int(),
  max: z.int(),
});

/**
 * Numbers with a decimal point. A value is spelled with `scale` decimals whose trailing zeros are then cut,
 * but never below `minScale` decimals: 12.50 has minScale 2, the 12.5 of a spreadsheet export minScale 0 or 1.
 */
const decimalColumn = z.strictObject({
  name,
  kind: z.literal('decimal'),
  missing,
  scale: z.int().min(0).max(20),
  minScale: z.int().min(0).max(20),
  min: z.number(),
  max: z.number(),
});

/** A point in time, spelled in `format` (see datetime.ts); `min` and `max` are milliseconds since 1970, UTC. */
const datetimeColumn = z.strictObject({
  name,
  kind: z.literal('datetime'),
  missing,
  format: z.string().refine(isDatetimeFormat, { error: 'must be a datetime format that tabletalk knows' }),
  min: z.int(),
  max: z.int(),
});

/** Two spellings of false and true, such as ["no", "yes"] or ["0", "1"]. */
const booleanColumn = z.strictObject({
  name,
  kind: z.literal('boolean'),
  missing,
  values: z.tuple([z.string(), z.string()]),
});

/** A closed set of strings, sorted; in their own order where `ordered` says that they have one. */
const categoryColumn = z.strictObject({
  name,
  kind: z.literal('category'),
  missing,
  values: z.array(z.string()),
  ordered: z.boolean().optional(),
});

/** Any string at all. */
const textColumn = z.strictObject({
  name,
  kind: z.literal('text'),
  missing,
});

const columnSchema = z.discriminatedUnion('kind', [
  integerColumn,
  decimalColumn,
  datetimeColumn,
  booleanColumn,
  categoryColumn,
  textColumn,
]);

/** The JSON form of a schema, as `--schema` and a model folder hold it. */
export const tableSchema = z
  .strictObject({
    version: z.literal(1),
    columns: z.array(columnSchema).min(1),
    /** Rules between the columns of a row (checks.ts). */
    checks: z.array(z.string()).optional(),
  })
  .refine((schema) => new Set(schema.columns.map((column) => column.name)).size === schema.columns.length, {
    message: 'column names must differ',
  })
  .superRefine(({ checks, columns }, { addIssue }) => {
    for (const [i, check] of (checks ?? []).entries()) {
      const problem = checkProblem(check, columns);
      if (problem !== undefined) addIssue({ code: 'custom', path: ['checks', i], message: `"${check}": ${problem}` });
    }
  });

/** What a file may say of a table whose schema is inferred: some columns in place of those of the same name, and checks. */
export const schemaOverrides = z.strictObject({
  version: z.literal(1),
  columns: z.array(columnSchema).default([]),
  checks: z.array(z.string()).optional(),
});

export type Schema = z.infer<typeof tableSchema>;
export type Column = z.infer<typeof columnSchema>;
export type Kind = Column['kind'];
export type NumericColumn = Extract<Column, { kind: 'integer' | 'decimal' | 'datetime' }>;
export type CodedColumn = Extract<Column, { kind: 'boolean' | 'category' }>;

/** Columns whose cells are numbers on a line (a datetime counts its milliseconds). */
export function isNumeric(column: Column): column is NumericColumn {
  return column.kind === 'integer' || column.kind === 'decimal' || column.kind === 'datetime';
}

/** Columns whose cells are one of a closed list of strings. */
export function isCoded(column: Column): column is CodedColumn {
  return column.kind === 'boolean' || column.kind === 'category';
}

/** Whether a number lies beyond what the column may hold. */
export function isOutside({ min, max }: NumericColumn, value: number): boolean {
  return value < min || value > max;
}
