/** Conditions on columns as the caller writes them, checked against the schema and made into sets of cells. */

import { z } from 'zod';
import { TabletalkError } from '../../errors/errors.ts';
import { noColumn } from '../../errors/suggest.ts';
import { above, atLeast, atMost, below, holds, type Interval, otherThan } from '../../numeric/intervals.ts';
import {
  type CellSet,
  commonCells,
  everyValue,
  onlyMissing,
  type Present,
  valuesOf,
} from '../../serialize/codec/cell-set.ts';
import type { Codec } from '../../serialize/codec/grammar.ts';

import { formatValue, misfit, parseCell, parseCellValue, parsePlain, type Value } from '../../table/cells.ts';
import { parseIsoText, readTime } from '../../table/datetime/datetime.ts';
import { granularities, hasDate } from '../../table/datetime/datetime-formats.ts';
import { type Column, isNumeric, isOutside, isPlain, type NumericColumn } from '../../table/schema.ts';
import type { Cell } from '../../table/table.ts';

/** A Date is a point in time; columns without a time zone are compared with it in UTC. */
const value = z.union([z.string(), z.number(), z.boolean(), z.date()]);
const bound = z.union([z.string(), z.number(), z.date()]);

const expected =
  'must be a cell (a string, a number, true, false, a Date or null) or conditions such as { "gte": 30, "lt": 40 }';

const asksSomething = (given: Readonly<Record<string, unknown>>) =>
  Object.values(given).some((one) => one !== undefined);

/** Any of these, at least one; all that are given must hold. Every one but `missing: true` holds only of cells that are not missing. */
const condition = z
  .strictObject({
    eq: value.optional(),
    ne: value.optional(),
    lt: bound.optional(),
    lte: bound.optional(),
    gt: bound.optional(),
    gte: bound.optional(),
    in: z.array(value).min(1).optional(),
    missing: z.boolean().optional(),
  })
  // A Set, a Map or an empty object would ask for nothing.
  .refine(asksSomething, { error: expected });
export type Condition = z.infer<typeof condition>;

/** By column name: the cell that every row has (null is a missing one), or conditions that it meets. */
export const whereSchema = z.record(
  z.string(),
  z.union([value, z.null(), condition, z.array(condition).min(1, { error: expected })], { error: expected }),
);
export type Where = z.infer<typeof whereSchema>;

/** What is asked of one column. */
export interface ColumnCondition {
  readonly set: CellSet;
  /** As the caller wrote it: where "age>=30" and where "age<40". */
  readonly shown: string;
}

/** By column, undefined where nothing is asked. Throws `option` errors that show the condition as the caller wrote it. */
export function readWhere(codec: Codec, where: Where): (ColumnCondition | undefined)[] {
  const found: (ColumnCondition | undefined)[] = codec.schema.columns.map(() => undefined);
  for (const [name, conditions] of Object.entries(where)) {
    const index = columnIndex(codec.schema.columns, name, `where "${name}"`);
    for (const { operator, operand } of partsOf(conditions)) {
      found[index] = both(codec, index, found[index], readPart(codec, index, operator, operand));
    }
  }
  return found;
}

/** What is asked of a column by two sides; throws when no cell does both. */
export function both(
  codec: Codec,
  index: number,
  before: ColumnCondition | undefined,
  more: ColumnCondition,
): ColumnCondition {
  if (!before) return more;
  const set = commonCells(before.set, more.set);
  if (!codec.restrict(index, set))
    throw new TabletalkError('option', `cannot satisfy ${more.shown} with ${before.shown}`);
  return { set, shown: before.shown === more.shown ? more.shown : `${before.shown} and ${more.shown}` };
}

export function columnIndex(columns: readonly Column[], name: string, shown: string): number {
  const names = columns.map((column) => column.name);
  const index = names.indexOf(name);
  if (index >= 0) return index;
  throw new TabletalkError('option', `${shown}: ${noColumn(name, names)}`, { column: name });
}

type Operator = keyof Condition;
type Single = Cell | Date;
type Operand = Single | readonly Single[];

function* partsOf(conditions: Where[string]): Generator<{ operator: Operator; operand: Operand }> {
  if (conditions === null) yield { operator: 'missing', operand: true };
  else if (typeof conditions !== 'object' || conditions instanceof Date) yield { operator: 'eq', operand: conditions };
  else {
    for (const one of Array.isArray(conditions) ? conditions : [conditions]) {
      for (const [operator, operand] of Object.entries(one)) {
        if (operand !== undefined) yield { operator: operator as Operator, operand };
      }
    }
  }
}

/** How each operator is written between a column and what it is compared with. */
const signs: Record<Exclude<Operator, 'missing'>, string> = {
  ...{ eq: '=', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' },
  in: ' in ',
};

const bounds: Partial<Record<Operator, (x: number) => readonly Interval[]>> = {
  ...{ lt: below, lte: atMost, gt: above, gte: atLeast },
};

function readPart(codec: Codec, index: number, operator: Operator, operand: Operand): ColumnCondition {
  const column = codec.schema.columns[index]!;
  const list = Array.isArray(operand) ? operand.map(shownCell).join('|') : shownCell(operand as Single);
  const words = operator === 'missing' ? (operand ? ' is missing' : ' is not missing') : signs[operator] + list;
  const shown = `where "${column.name}${words}"`;
  const fail = (problem: string) => new TabletalkError('option', `cannot satisfy ${shown}: ${problem}`);
  if (operator === 'missing') return { set: missingSet(column, operand === true, fail), shown };
  const bound = bounds[operator];
  const present = bound
    ? bounded(codec, index, bound, operand as Single, fail)
    : listed(codec, index, operator, [operand].flat() as Single[], fail);
  const set = { missing: false, present };
  if (codec.restrict(index, set)) return { set, shown };
  throw fail(isNumeric(column) ? `"${column.name}" was ${rangeOf(column)} in training` : 'no other value is known');
}

const shownCell = (cell: Single) => (cell instanceof Date ? cell.toISOString() : String(cell));

type Fail = (problem: string) => TabletalkError;

function missingSet(column: Column, missing: boolean, fail: Fail): CellSet {
  if (missing && column.missing === null) throw fail(`"${column.name}" was never missing in training`);
  return missing ? onlyMissing(column) : { missing: false, present: everyValue(column) };
}

function bounded(
  codec: Codec,
  index: number,
  bound: (x: number) => readonly Interval[],
  operand: Single,
  fail: Fail,
): Present {
  const column = codec.schema.columns[index]!;
  if (column.kind !== 'category' || !column.ordered) {
    return { is: 'numbers', intervals: bound(threshold(column, operand, fail)) };
  }
  // The values of a category with an order stand in it.
  const intervals = bound(askedValue(codec, index, operand, false, fail) as number);
  return { is: 'codes', codes: column.values.map((_, code) => code).filter((code) => holds(intervals, code)) };
}

/** The number or instant a cell is compared with; it need not be one that the column can hold. */
function threshold(column: Column, operand: Single, fail: Fail): number {
  if (!isNumeric(column)) throw fail(`"${column.name}" has no order; use =, != or in`);
  if (operand instanceof Date) return instantOf(column, operand, fail);
  const text = String(operand);
  const found =
    column.kind === 'datetime'
      ? instant(column.format, text)
      : ((typeof operand === 'string' ? (parsedText(column, text) as number | undefined) : undefined) ??
        anyNumber(text));
  if (found === undefined || Number.isNaN(found))
    throw fail(
      `expected ${column.kind === 'datetime' ? `a time spelled ${column.format}` : 'a number'}, got ${JSON.stringify(text)}`,
    );
  return found;
}

function instantOf(column: Column, date: Date, fail: Fail): number {
  if (column.kind === 'datetime' && hasDate(column.format)) return date.getTime();
  throw fail(`expected a cell of "${column.name}" (${column.kind}), got a Date`);
}

/** Also one that is finer than the column's; NaN where there is none. */
const anyNumber = (text: string) => Number(text.trim() === '' ? Number.NaN : text);

/** In the column's own format, or as an ISO date or time. */
function instant(format: string, text: string): number | undefined {
  const alike = granularities.filter((granularity) => granularity.startsWith('clock') !== hasDate(format));
  const iso = alike.map((granularity) => parseIsoText(text, granularity));
  return readTime(format, text) ?? iso.find((time) => time !== undefined);
}

function listed(codec: Codec, index: number, operator: Operator, cells: readonly Single[], fail: Fail): Present {
  const column = codec.schema.columns[index]!;
  const values = cells.map((cell) => askedValue(codec, index, cell, operator !== 'ne', fail));
  return operator === 'ne' ? otherValue(column, values[0]!) : valuesOf(column, values);
}

function otherValue(column: Column, value: Value): Present {
  if (isNumeric(column)) return { is: 'numbers', intervals: otherThan(value as number) };
  if (column.kind === 'text') return { is: 'other texts', texts: [value as string] };
  return { is: 'codes', codes: column.values.map((_, code) => code).filter((code) => code !== value) };
}

function askedValue(codec: Codec, index: number, cell: Single, mustBeSayable: boolean, fail: Fail): Value {
  const column = codec.schema.columns[index]!;
  const value =
    cell instanceof Date
      ? instantOf(column, cell, fail)
      : typeof cell === 'string'
        ? parsedText(column, cell)
        : parseCellValue(column, cell);
  if (value === undefined || value === null) throw fail(misfit(column, shownCell(cell)));
  if (isNumeric(column) && isOutside(column, value as number)) {
    throw fail(`"${column.name}" was ${rangeOf(column)} in training`);
  }
  if (!mustBeSayable || codec.canSay(index, value)) return value;
  const longest = codec.grammar.cells[index]!.longest;
  throw fail(
    column.kind === 'text'
      ? `"${column.name}" may have ${longest} characters, and one that training never had counts as 5`
      : `"${column.name}" never had this value in training`,
  );
}

/** As the column spells it, or a plain number. */
function parsedText(column: Column, text: string): Value | undefined {
  return parseCell(column, text) ?? (isPlain(column) ? parsePlain(column, text) : undefined);
}

/** 17..90, each end spelled as the file spells it. */
const rangeOf = (column: NumericColumn) => `${formatValue(column, column.min)}..${formatValue(column, column.max)}`;
