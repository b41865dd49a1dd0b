/** A schema that says only what it wants otherwise, laid over what was inferred. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { inputError, TabletalkError } from '../../errors/errors.ts';
import { noColumn } from '../../errors/suggest.ts';
import { rangeOf } from '../../numeric/value-range.ts';
import { decimalsIn, parseCell } from '../cells.ts';
import { detectDatetimeFormat } from '../datetime/datetime.ts';
import { isDatetimeFormat } from '../datetime/datetime-formats.ts';
import { numberStyle, parseStyled } from '../numbers/number-format.ts';
import {
  type Column,
  checkProblems,
  columnSchema,
  isPlain,
  type Kind,
  kinds,
  type Schema,
  tableSchema,
} from '../schema.ts';
import { expanded, type TextCells, type TextTable } from '../text/text-table.ts';
import { namedColumns } from './column-names.ts';
import { inferKind, missingSpelling, sortedValues, styleIn } from './infer.ts';
import { asNumbers } from './mostly.ts';

/** Any part of a schema: a column needs its name only, and what it leaves out stays as it was inferred. */
export const schemaOverrides = z.strictObject({
  ...tableSchema.shape,
  version: tableSchema.shape.version.optional(),
  columns: z.array(z.looseObject({ name: z.string(), kind: z.enum([...kinds, 'number']).optional() })).default([]),
  /** Columns by name, one by one or with commas between them: left out, or of a kind whatever their cells look like. */
  drop: z.array(z.string()).optional(),
  categorical: z.array(z.string()).optional(),
  numeric: z.array(z.string()).optional(),
  text: z.array(z.string()).optional(),
});
export type SchemaOverrides = z.input<typeof schemaOverrides>;
type ColumnOverride = z.output<typeof schemaOverrides>['columns'][number];

/** Throws `input` errors that name the column. */
export function overrideSchema(inferred: Schema, text: TextTable, overrides: SchemaOverrides): Schema {
  const { columns: given, drop = [], categorical, numeric, text: asText, ...rest } = schemaOverrides.parse(overrides);
  const names = inferred.columns.map(({ name }) => name);
  const columns = withKinds(given, { category: categorical, number: numeric, text: asText }, names, text.source);
  const stray = columns.find(({ name }) => !names.includes(name));
  if (stray) {
    throw inputError(text.source, noColumn(stray.name, names), { column: stray.name });
  }
  const schema: Schema = {
    ...inferred,
    ...rest,
    version: 1,
    ...(drop.length > 0 && { dropped: [...(text.dropped ?? [])] }),
    columns: inferred.columns.map((column, i) => {
      const given = columns.find(({ name }) => name === column.name);
      return given ? overrideColumn(column, text.columns[i]!, given) : column;
    }),
  };
  for (const [path, message] of checkProblems(schema)) {
    throw new TabletalkError('input', `schema: ${path.join('.')}: ${message}`);
  }
  return schema;
}

/** The columns with those that are named for a kind. */
function withKinds(
  columns: readonly ColumnOverride[],
  lists: Readonly<Record<'category' | 'number' | 'text', readonly string[] | undefined>>,
  names: readonly string[],
  source: string,
): readonly ColumnOverride[] {
  const asked = (['category', 'number', 'text'] as const).flatMap((kind) =>
    namedColumns(lists[kind] ?? [], names, source).map((name) => ({ name, kind })),
  );
  const twice = asked.find(({ name, kind }, i) =>
    asked.slice(i + 1).some((other) => other.name === name && other.kind !== kind),
  );
  if (twice) throw new TabletalkError('option', `column "${twice.name}" is named for two kinds`);
  const others = columns.filter(({ name }) => !asked.some((one) => one.name === name));
  return [...others, ...asked.map((one) => ({ ...columns.find(({ name }) => name === one.name), ...one }))];
}

function overrideColumn(inferred: Column, cells: TextCells, given: ColumnOverride): Column {
  const { reason: _, ...base } = baseColumn(inferred, cells, given);
  const merged: Record<string, unknown> = { ...base, ...given };
  if (merged.kind === 'number') merged.kind = base.kind;
  if (given.kind === 'number' || given.kind === 'text') merged.asked = true;
  // null takes back what was inferred.
  for (const key of ['replaced', 'reason', 'missingShare']) if (merged[key] === null) delete merged[key];
  const result = columnSchema.safeParse(merged);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new TabletalkError(
    'input',
    `schema: column "${given.name}": ${[path.join('.'), message].filter(Boolean).join(': ')}`,
  );
}

/** The column to change: as inferred, or as it would be as the kind that is asked for. */
function baseColumn(inferred: Column, cells: TextCells, given: ColumnOverride): Column {
  if (given.replaced) return replacedBase(inferred, cells, given);
  // Who names a kind, or takes a replacement back, wants the column learned.
  const learned = inferred.replaced && (given.kind || given.replaced === null) ? inferKind(cells) : inferred;
  // Another spelling makes other numbers of the same texts.
  const spelling = ({ style, format }: ColumnOverride) => ({ style, format });
  const isRespelled = !isDeepStrictEqual(spelling({ ...learned, ...given }), spelling(learned));
  const kind = given.kind ?? (isRespelled ? kindUnder(given.style, cells) : undefined) ?? learned.kind;
  const isKind = kind === learned.kind || (kind === 'number' && isPlain(learned));
  if (isKind && !isRespelled) return learned;
  const numbers = kind === 'number' || (isRespelled ? false : kind === 'decimal' || kind === 'integer');
  const found = numbers ? numbersOf(kind, expanded(cells)) : undefined;
  if (found) return found;
  if (kind === 'number') {
    throw new TabletalkError('input', `column "${cells.name}": not one of its cells is a number`);
  }
  return columnOfKind(kind, expanded(cells), given);
}

/** More odd cells than this share are a mistake where a kind of numbers is asked for, each told with its line. */
const mostOdd = 0.05;

/** The cells as numbers in whatever spelling; who asks for "number" has all others taken as missing. */
function numbersOf(kind: ColumnOverride['kind'], cells: TextCells): Column | undefined {
  const found = asNumbers(cells);
  if (!found || kind === 'number') return found;
  if ((found.unreadable ?? 0) > mostOdd * cells.codes.length) return undefined;
  if (kind === found.kind) return found;
  return kind === 'decimal' && found.kind === 'integer' ? { ...found, kind, scale: 0, minScale: 0 } : undefined;
}

/** Of numbers in a given style; undefined where there is none. */
function kindUnder(given: unknown, cells: TextCells): Kind | undefined {
  const style = numberStyle.safeParse(given).data;
  return (
    style && (expanded(cells).distinct.some((text) => parseStyled(text, style)?.includes('.')) ? 'decimal' : 'integer')
  );
}

/** What is replaced keeps no values; only numbers that go on keep their range. */
function replacedBase(inferred: Column, cells: TextCells, given: ColumnOverride): Column {
  const { name, missing } = inferred;
  const absent = cells.codes.filter((code) => code === -1 || (code >= 0 && cells.distinct[code] === missing)).length;
  const remarks = { ...(absent > 0 && { missingShare: absent / cells.codes.length }) };
  const isSequence = (given.replaced as { by?: unknown }).by === 'sequence';
  return isSequence ? { ...inferKind(cells), ...remarks } : { name, kind: 'text', missing, ...remarks };
}

const isFormat = (given: unknown): given is string => typeof given === 'string' && isDatetimeFormat(given);

/** Cells that do not fit are told with their place when the table is made. */
function columnOfKind(kind: Kind, cells: TextCells, given: ColumnOverride): Column {
  const spelled = typeof given.missing === 'string' ? given.missing : missingSpelling(cells, kind);
  const texts = cells.distinct.filter((text) => text !== spelled);
  const base = { name: cells.name, missing: spelled };
  const ranged = (column: Column) => {
    const values = texts.map((text) => parseCell(column, text)).filter((value) => typeof value === 'number');
    return { ...column, ...rangeOf(values.length > 0 ? values : [0]) } as Column;
  };
  const style = numberStyle.safeParse(given.style).data ?? (cells.holds === 'numbers' ? undefined : styleIn(texts));
  const styled = style && { style };
  switch (kind) {
    case 'integer':
      return ranged({ ...base, ...styled, kind, min: 0, max: 0 });
    case 'decimal': {
      const places = texts.map((text) => Math.min(20, decimalsIn((style && parseStyled(text, style)) ?? text)));
      const { min: minScale, max: scale } = rangeOf(places.length > 0 ? places : [0]);
      return ranged({ ...base, ...styled, kind, scale, minScale, min: 0, max: 0 });
    }
    case 'datetime': {
      const format = isFormat(given.format) ? given.format : detectDatetimeFormat(texts);
      if (format === undefined)
        throw new TabletalkError('input', `column "${cells.name}": its times have no one format; give "format"`);
      return ranged({ ...base, kind, format, min: 0, max: 0 });
    }
    case 'boolean': {
      const [no = '', yes = ''] = sortedValues(texts);
      return { ...base, kind, values: [no, yes] };
    }
    case 'category':
      return { ...base, kind, values: sortedValues(texts) };
    case 'text':
      return { ...base, kind };
  }
}
