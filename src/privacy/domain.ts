/**
 * What is public of a table: its columns' kinds, bounds and categories, as a person states them. Blank (null) is what only the rows
 * would tell. It knows schemas and tables, no budget.
 */
import { z } from 'zod';
import { inputError } from '../errors/errors.ts';
import { didYouMean, noColumn } from '../errors/suggest.ts';
import { checkJson } from '../files/json-file.ts';
import { parseCell, type Value, valueAt, writtenCell } from '../table/cells.ts';
import { holds } from '../table/checks/check-values.ts';
import { parseCheck } from '../table/checks/checks.ts';
import { saysMissing } from '../table/infer/missing.ts';
import {
  type Column,
  isCoded,
  isNumeric,
  isOutside,
  isPlain,
  learnedSchema,
  type Schema,
  tableSchema,
} from '../table/schema.ts';
import { takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';

/**
 * A schema file in which some values are blank (null): those that counts can fill (measured-domain.ts), the kind among them, may stay so.
 * A missing cell is spelled as an empty one unless said.
 */
export const domainFile = z.looseObject({
  columns: z.array(z.looseObject({ name: z.string(), kind: z.string().nullable() })).min(1),
});
export type DomainFile = z.input<typeof domainFile>;
export type DomainColumn = DomainFile['columns'][number];

/** What a column may leave blank. */
const fields = ['min', 'max', 'values', 'scale', 'format', 'replaced'] as const;

/** What may stay blank, by kind, and what stands there until it is measured. */
const measurable: Readonly<Record<string, object>> = {
  integer: { min: 0, max: 0 },
  decimal: { min: 0, max: 0, scale: 0 },
  category: { values: [] },
  boolean: { values: ['', 'x'] },
};
const unknown = { kind: 'integer', min: 0, max: 0 };

/** Whether counts must fill what the column leaves open. */
export const isBlank = (column: DomainColumn): boolean =>
  column.kind === null || (!column.replaced && fields.some((field) => column[field] === null));

/** The file that `schema --domain` writes: names, proposed kinds, and a blank for whatever else the rows would decide. */
export function blankDomain({ columns, dropped }: Schema): DomainFile {
  return { version: 1, columns: columns.map(blankColumn), ...(dropped && { dropped }) };
}

function blankColumn(column: Column): DomainFile['columns'][number] {
  const { name, kind, stored } = column;
  const blanks = fields.filter((field) => field in column);
  return {
    name,
    kind,
    missing: '',
    ...(stored && { stored }),
    ...Object.fromEntries(blanks.map((field) => [field, null])),
  };
}

/** A file's content that is a domain but for what counts can fill. Throws `input` errors that name the column. `place` is the file's name. */
export function openDomain(given: unknown, place = 'domain'): DomainFile {
  const file = checkJson(domainFile, given, place);
  readDomain({ ...file, columns: file.columns.map(placeheld) }, place);
  return file;
}

/** The column with anything that may stand where counts will fill it. */
export function placeheld(column: DomainColumn): DomainColumn {
  const open = column.kind === null ? unknown : (measurable[column.kind] ?? {});
  const given = Object.entries(column).filter(([name, value]) => value !== null || !(name in open));
  return isBlank(column) ? { ...open, ...(Object.fromEntries(given) as DomainColumn) } : column;
}

/** The domain of a file's content. Throws `input` errors that name the column and what is blank. */
export function readDomain(given: unknown, place = 'domain'): Schema {
  const file = checkJson(domainFile, given, place);
  for (const column of file.columns) {
    const refuse = (why: string) => inputError(place, `column "${column.name}": ${why}`, { column: column.name });
    const blank = fields.find((name) => column[name] === null);
    if (blank)
      throw refuse(`"${blank}" is blank, and counts cannot tell; give what is known of it without looking at the rows`);
    if (column.kind === 'text' && !column.replaced) {
      throw refuse(
        'free text cannot be learned privately; leave the column out, or make it a category with public values',
      );
    }
  }
  const columns = file.columns.map((column) => ({
    missing: '',
    ...(column.kind === 'decimal' && { minScale: 0 }),
    ...column,
  }));
  const domain = checkJson(tableSchema, { version: 1, ...file, columns }, place);
  const least = domain.minCategoryCount !== undefined;
  if (least) throw inputError(place, '"minCategoryCount" counts rows, and a domain says nothing of rows');
  const combined = domain.checks?.find((check) => parseCheck(check, domain.columns).is === 'combination');
  if (combined)
    throw inputError(place, `check "${combined}": what was seen together is private; compare columns instead`);
  return domain;
}

/**
 * A cell as its row has it. Whether a spelling such as "None" says missing, all rows of the column decide: here it is a text like any
 * other, so that no row changes how others are read.
 */
export function ownText(table: Table, index: number, row: number): string | null {
  return writtenCell(table, index, row) ?? table.schema.columns[index]!.missing;
}

export interface UnderDomain {
  /** The learned columns of the rows that the domain has words for. */
  readonly table: Table;
  /** Cells that were taken as missing because the domain does not hold them; private, for the caller's eyes only. */
  readonly outside: number;
}

/**
 * The table's cells as the domain has them. One that it does not hold is missing; a row is left out where the column is never
 * missing, or where the row breaks a check: each row's fate depends on that row alone. Numbers of columns whose bounds were
 * `measured` are moved into them, and rounded. Throws `input` errors for columns.
 */
export function underDomain(table: Table, domain: Schema, measured: readonly string[] = []): UnderDomain {
  const learned = learnedSchema(domain);
  checkColumns(table, domain);
  let outside = 0;
  const columns = learned.columns.map((column) => {
    const index = table.schema.columns.findIndex(({ name }) => name === column.name);
    const read = reader(column, isNumeric(column) && measured.includes(column.name) ? nearestIn : valueIn);
    const data = isNumeric(column)
      ? new Float64Array(table.rowCount).fill(Number.NaN)
      : new Int32Array(table.rowCount).fill(-1);
    for (let row = 0; row < table.rowCount; row++) {
      const value = read(ownText(table, index, row));
      if (value === undefined) outside++;
      else if (value !== null) data[row] = value as number;
    }
    return data;
  });
  const whole: Table = { schema: learned, rowCount: table.rowCount, columns };
  return { table: takeRows(whole, sayableRows(whole)), outside };
}

/** The rows without a gap where the domain has none, and which keep its checks. */
function sayableRows({ schema, rowCount, columns }: Table): number[] {
  const checks = (schema.checks ?? []).map((check) => parseCheck(check, schema.columns));
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    const values = columns.map((data) => valueAt(data, row));
    const isWhole = values.every((value, c) => value !== null || schema.columns[c]!.missing !== null);
    if (isWhole && checks.every((check) => check.is !== 'comparison' || holds(check, values))) rows.push(row);
  }
  return rows;
}

/** Throws an `input` error where the domain has a column that the table lacks, or says nothing of one. */
export function checkColumns(
  { schema }: Table,
  domain: Readonly<Pick<DomainFile, 'columns'> & { dropped?: unknown }>,
): void {
  const [has, says] = [schema.columns.map(({ name }) => name), domain.columns.map(({ name }) => name)];
  const lacking = says.find((name) => !has.includes(name));
  if (lacking !== undefined) throw inputError('domain', noColumn(lacking, has), { column: lacking });
  const stray = has.find((name) => !says.includes(name) && !(domain.dropped as string[] | undefined)?.includes(name));
  if (stray === undefined) return;
  const hint = `${didYouMean(stray, says)}; say what it is, or list it in "dropped"`;
  throw inputError('domain', `says nothing of column "${stray}"${hint}`, { column: stray });
}

/** Null for a missing cell, undefined for one that the column does not hold. */
function reader(column: Column, valueFrom: typeof valueIn): (text: string | null) => Value | null | undefined {
  const known = new Map<string, Value | undefined>();
  return (text) => {
    if (text === null) return null;
    const isMissing = text === column.missing || saysMissing(text);
    if (isMissing && !(isCoded(column) && column.values.includes(text))) return null;
    if (!known.has(text)) known.set(text, valueFrom(column, text));
    return known.get(text);
  };
}

function valueIn(column: Column, text: string): Value | undefined {
  const value = parseCell(column, text);
  if (!isNumeric(column) || value === undefined) return value;
  // One zero: a domain tells -0.0 not from 0.0.
  return isOutside(column, value as number) ? undefined : (value as number) + 0;
}

function nearestIn(column: Column, text: string): Value | undefined {
  const x = plainNumber(text);
  if (x === undefined || !isPlain(column)) return valueIn(column, text);
  const scale = column.kind === 'decimal' ? column.scale : 0;
  return Math.min(column.max, Math.max(column.min, Number(x.toFixed(scale)))) + 0;
}

/** As files write numbers without a style of their own; nothing else is a number without a domain. */
export function plainNumber(text: string): number | undefined {
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) + 0 : undefined;
}
