/** Arguments as the shell gives them, turned into values. It knows no command. */
import { InvalidArgumentError } from 'commander';
import { TabletalkError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { Schema } from '../table/schema.ts';

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

/** Longest first, so that "<=" is not read as "<" and "=...". */
const operators = ['!=', '<=', '>=', '=', '<', '>', ' in ', ' is not missing', ' is missing'];

/**
 * `age=39` and `age is missing` as the library's `where`. A column's name may itself contain an operator: the longest
 * name that begins the condition is taken.
 */
export function parseWhere(conditions: readonly string[], schema: Schema): Record<string, string | null> {
  const where: Record<string, string | null> = Object.create(null);
  for (const condition of conditions) {
    const [name, cell] = parseCondition(condition, schema);
    if (name in where && where[name] !== cell) {
      throw new TabletalkError(
        'option',
        `cannot satisfy where "${condition}": another --where asks for another "${name}"`,
      );
    }
    where[name] = cell;
  }
  return { ...where };
}

function parseCondition(condition: string, schema: Schema): [string, string | null] {
  const fail = (problem: string) => new TabletalkError('option', `where "${condition}": ${problem}`);
  const names = schema.columns.map(({ name }) => name);
  const known = names
    .filter((name) => operators.some((operator) => condition.startsWith(name + operator)))
    .sort((a, b) => b.length - a.length)[0];
  if (known === undefined) {
    const name = condition.split(/ is | in |[!<>=]/)[0]!;
    if (names.includes(name)) throw fail(`expected "=" or " is missing" after "${name}"`);
    throw fail(`no column "${name}"${didYouMean(name, names)}`);
  }
  const rest = condition.slice(known.length);
  if (rest === ' is missing') return [known, null];
  if (!rest.startsWith('=')) throw fail('only "=" and "is missing" are supported yet');
  return [known, rest.slice(1)];
}
