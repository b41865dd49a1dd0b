/** Arguments as the shell gives them, turned into values. */
import { InvalidArgumentError } from 'commander';
import { inputError, TabletalkError } from '../errors/errors.ts';
import { noColumn } from '../errors/suggest.ts';
import { shownPath } from '../files/output-file.ts';
import type { Condition, Where } from '../sample/conditions/where.ts';
import { parseCell } from '../table/cells.ts';
import type { Column, Schema } from '../table/schema.ts';

/** A number as an option's argument. Which numbers are possible, the library says. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.');
  return value;
}

/** Names with commas between them. */
export function list(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** Collects an option that may be repeated. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Signs as the shell's conditions have them, longest first, so that "<=" is not read as "<" and "=...". */
const signs = [
  ['!=', 'ne'],
  ['<=', 'lte'],
  ['>=', 'gte'],
  ['=', 'eq'],
  ['<', 'lt'],
  ['>', 'gt'],
] as const;

/**
 * `age>=30`, `work in Private|State-gov` and `age is missing` as the library's `where`. A column's name may itself
 * contain an operator: the longest name that begins the condition is taken.
 */
export function parseWhere(conditions: readonly string[], schema: Schema): Where {
  const where: Record<string, Condition[]> = Object.create(null);
  for (const text of conditions) {
    const [name, condition] = parseCondition(text, schema);
    where[name] = [...(where[name] ?? []), condition];
  }
  return { ...where };
}

function parseCondition(text: string, schema: Schema): [string, Condition] {
  const fail = (problem: string, column?: string) =>
    new TabletalkError('option', `where "${text}": ${problem}`, { option: 'where', value: text, column });
  const byLength = schema.columns.toSorted((a, b) => b.name.length - a.name.length);
  for (const column of byLength) {
    const condition = text.startsWith(column.name) && parseRest(column, text.slice(column.name.length));
    if (condition) return [column.name, condition];
  }
  const name = text.split(/ is | in |[!<>=]/)[0]!.trim();
  const names = schema.columns.map((column) => column.name);
  if (!names.includes(name)) throw fail(noColumn(name, names), name);
  throw fail(`expected =, !=, <, <=, >, >=, " in ", " is missing" or " is not missing" after "${name}"`);
}

/** What follows a column's name. */
function parseRest(column: Column, text: string): Condition | undefined {
  if (text === ' is missing') return { missing: true };
  if (text === ' is not missing') return { missing: false };
  const listed = /^ +in (.*)$/s.exec(text);
  if (listed) return { in: listed[1]!.split('|').map((cell) => spelled(column, cell)) };
  const rest = text.trimStart();
  const found = signs.find(([sign]) => rest.startsWith(sign));
  return found && { [found[1]]: spelled(column, rest.slice(found[0].length)) };
}

/** Blanks around a cell are its own only where the column has such cells. */
function spelled(column: Column, text: string): string {
  return parseCell(column, text) === undefined ? text.trim() : text;
}

/** The library does not know a file's name; an error about what is in it should. */
export async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw inPlace(path, error);
  }
}

/** The same for what comes in parts; without a path they come as they are. */
export async function* inTable<T>(path: string | undefined, parts: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* parts;
  } catch (error) {
    throw path === undefined ? error : inPlace(path, error);
  }
}

function inPlace(path: string, error: unknown): unknown {
  if (!(error instanceof TabletalkError) || error.code !== 'input') return error;
  return inputError(shownPath(path), error.message, error);
}
