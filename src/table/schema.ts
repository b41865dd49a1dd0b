/** What a table's columns are: names, kinds and what each kind may hold. */
import { z } from 'zod';
import { checkProblem } from './checks/checks.ts';
import { isDatetimeFormat } from './datetime/datetime-formats.ts';
import { replacement } from './identifiers/replacement.ts';
import { type NumberStyle, numberStyle } from './numbers/number-format.ts';
import { floatGrid } from './numbers/number-grid.ts';
import { storedType } from './stored-type.ts';

/** How a missing cell was spelled in the file, e.g. "" or "NA"; null when the column has no missing cell. */
const missing = z.string().nullable();

const name = z.string();

/** What every column may say of itself besides its kind. */
const remarks = {
  /** Why it was taken for what it is; for people. */
  reason: z.string().optional(),
  /** What fills it in new rows, for a column that is never learned. */
  replaced: replacement.optional(),
  /** The share of missing cells, for a column that is replaced. */
  missingShare: z.number().min(0).max(1).optional(),
  /** That the caller named its kind: nothing else is made of it. */
  asked: z.literal(true).optional(),
  /** The type of its cells in a file with types, for new rows to have the same. */
  stored: storedType.optional(),
  /** How many cells of the table were no such value and were taken as missing; in other tables they are too. */
  unreadable: z.int().positive().optional(),
};

/** Whole numbers that a double holds exactly and that are spelled without leading zeros or a plus sign. */
const integerColumn = z.strictObject({
  name,
  kind: z.literal('integer'),
  missing,
  ...remarks,
  style: numberStyle.optional(),
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
  ...remarks,
  style: numberStyle.optional(),
  scale: z.int().min(0).max(20),
  minScale: z.int().min(0).max(20),
  /** For sizes that differ too much for a fixed number of decimals, such as 1e-9 beside 0.5; `scale` is not used then. */
  float: floatGrid.optional(),
  min: z.number(),
  max: z.number(),
});

/** A point in time, spelled in `format` (see datetime.ts); `min` and `max` are milliseconds since 1970, UTC, with microseconds behind the point. */
const datetimeColumn = z.strictObject({
  name,
  kind: z.literal('datetime'),
  missing,
  ...remarks,
  format: z.string().refine(isDatetimeFormat, { error: 'must be a datetime format that tabletalk knows' }),
  min: z.number(),
  max: z.number(),
});

/** Two spellings of false and true, such as ["no", "yes"] or ["0", "1"]. */
const booleanColumn = z.strictObject({
  name,
  kind: z.literal('boolean'),
  missing,
  ...remarks,
  values: z.tuple([z.string(), z.string()]),
});

/** A closed set of strings, sorted; in their own order where `ordered` says that they have one. */
const categoryColumn = z.strictObject({
  name,
  kind: z.literal('category'),
  missing,
  ...remarks,
  values: z.array(z.string()),
  ordered: z.boolean().optional(),
});

/** Any string at all. */
const textColumn = z.strictObject({
  name,
  kind: z.literal('text'),
  missing,
  ...remarks,
});

/**
 * How a cell is said and what stands between two. The first character of the separator ends a value that is not
 * quoted, so it can be none that a number or a word may have.
 */
const sentenceTemplate = z.strictObject({
  cell: z
    .string()
    .regex(/^[^"{}]*\{column\}[^"{}]+\{value\}$/, { error: 'must be like "{column} is {value}", without quotes' }),
  separator: z.string().regex(/^[,;|/\n\t][^"]*$/, { error: 'must begin with , ; | / a tab or a newline' }),
});
export type SentenceTemplate = z.infer<typeof sentenceTemplate>;

export const columnSchema = z.discriminatedUnion('kind', [
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
    /** Columns of the file that were left out; other files may have them, too, and they are left out there. */
    dropped: z.array(z.string()).optional(),
    /** Rules between the columns of a row (checks.ts). */
    checks: z.array(z.string()).optional(),
    /** In which language invented persons have their names, as Faker calls it: "de", "en_GB". */
    locale: z
      .string()
      .regex(/^[a-zA-Z_]+$/, { error: 'must be a locale such as "en" or "pt_BR"' })
      .optional(),
    /** A category of fewer training rows is neither learned nor written; by default every one is. */
    minCategoryCount: z.int().positive().optional(),
    template: sentenceTemplate.optional(),
  })
  .refine((schema) => new Set(schema.columns.map((column) => column.name)).size === schema.columns.length, {
    message: 'column names must differ',
  })
  .superRefine((schema, { addIssue }) => {
    for (const [path, message] of checkProblems(schema)) addIssue({ code: 'custom', path: [...path], message });
  });

/** What is wrong with a schema's checks, each with its place. A column that is not learned can be in none. */
export function checkProblems({ checks = [], columns }: Pick<Schema, 'checks' | 'columns'>) {
  const learned = columns.filter(({ replaced }) => !replaced);
  return checks.flatMap((check, i): [readonly ['checks', number], string][] => {
    const problem =
      checkProblem(check, columns) ?? (checkProblem(check, learned) && 'it names a column that is not learned');
    return problem === undefined ? [] : [[['checks', i], `"${check}": ${problem}`]];
  });
}

export type Schema = z.infer<typeof tableSchema>;
export type Column = z.infer<typeof columnSchema>;
export type Kind = Column['kind'];
export const kinds = [
  'integer',
  'decimal',
  'datetime',
  'boolean',
  'category',
  'text',
] as const satisfies readonly Kind[];
export type NumericColumn = Extract<Column, { kind: 'integer' | 'decimal' | 'datetime' }>;
export type CodedColumn = Extract<Column, { kind: 'boolean' | 'category' }>;

/** The columns that a model learns: all but those that are replaced. */
export function learnedSchema(schema: Schema): Schema {
  const columns = schema.columns.filter(({ replaced }) => !replaced);
  return columns.length === schema.columns.length ? schema : { ...schema, columns };
}

/** Columns whose cells are numbers on a line (a datetime counts its milliseconds). */
export function isNumeric(column: Column): column is NumericColumn {
  return column.kind === 'integer' || column.kind === 'decimal' || column.kind === 'datetime';
}

/** Columns of numbers that are no times. */
export type PlainColumn = Extract<Column, { kind: 'integer' | 'decimal' }>;

export function isPlain(column: Column): column is PlainColumn {
  return column.kind === 'integer' || column.kind === 'decimal';
}

/** How a column writes its numbers; undefined for plain ones, and for what is no number. */
export function styleOf(column: Column): NumberStyle | undefined {
  return isPlain(column) ? column.style : undefined;
}

/** Columns whose cells are one of a closed list of strings. */
export function isCoded(column: Column): column is CodedColumn {
  return column.kind === 'boolean' || column.kind === 'category';
}

/** Whether a number lies beyond what the column may hold. */
export function isOutside({ min, max }: NumericColumn, value: number): boolean {
  return value < min || value > max;
}
