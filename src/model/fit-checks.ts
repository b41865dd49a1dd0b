/** What must hold of the options and the table before a fit begins. */

import type { z } from 'zod';
import { optionError, TabletalkError } from '../errors/errors.ts';
import { noColumn } from '../errors/suggest.ts';
import type { finetuneOptions } from '../finetune/options.ts';
import type { Codec } from '../serialize/codec/grammar.ts';

import { formatValue, valueAt } from '../table/cells.ts';
import { holds } from '../table/checks/check-values.ts';
import { parseCheck } from '../table/checks/checks.ts';
import { isNumeric, isOutside, type Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import type { Base } from './base.ts';

/** Fewer cannot be told from copies. */
const leastRows = 2;

/** Longer sentences would need more memory for a step than a laptop has. */
const mostTokens = 4096;

/** A schema given by hand may forbid what the table has; the model would learn what it may not say. */
function checkCells({ schema, columns, rowCount }: Table): void {
  for (const [c, column] of schema.columns.entries()) {
    for (let row = 0; row < rowCount; row++) {
      const value = valueAt(columns[c]!, row);
      const wrong = value === null ? column.missing === null : isNumeric(column) && isOutside(column, value as number);
      if (!wrong) continue;
      const range = isNumeric(column)
        ? ` from ${formatValue(column, column.min)} to ${formatValue(column, column.max)}`
        : '';
      const came = value === null ? 'a missing cell' : formatValue(column, value);
      throw new TabletalkError(
        'input',
        `row ${row + 1}: column "${column.name}": the schema wants a value${range}, got ${came}`,
      );
    }
  }
}

/** Rows that break a rule would teach the model to break it. */
function checkRules({ schema, columns, rowCount }: Table): void {
  for (const text of schema.checks ?? []) {
    const check = parseCheck(text, schema.columns);
    for (let row = 0; row < rowCount && check.is === 'comparison'; row++) {
      const cells = columns.map((data) => valueAt(data, row));
      if (holds(check, cells)) continue;
      throw new TabletalkError('input', `row ${row + 1}: the schema's check "${text}" does not hold`);
    }
  }
}

/** A base brings its own sizes, and adapters need one beside which they are trained. */
export function checkBaseOptions(
  given: z.input<typeof finetuneOptions> & { readonly base?: string | undefined },
): void {
  const refuse = (option: string, why: string) => new TabletalkError('option', `fit: "${option}" ${why}`, { option });
  if (given.base === undefined) {
    const adapter = (['loraRank', 'loraAlpha', 'loraTargets'] as const).find((name) => given[name] !== undefined);
    if (adapter) throw refuse(adapter, 'is for a base: a new model has nothing to keep');
    return;
  }
  if (given.loraRank === undefined) {
    const adapter = (['loraAlpha', 'loraTargets'] as const).find((name) => given[name] !== undefined);
    if (adapter) throw refuse(adapter, 'needs "loraRank"');
  }
  if (given.loraRank !== undefined && given.optimizer === 'muon') {
    throw refuse('optimizer', 'must be "adamw" for adapters: their matrices are no layers of their own');
  }
  const own = (['preset', 'architecture'] as const).find((name) => given[name] !== undefined);
  if (own) throw refuse(own, 'is for new models: a base has its own');
}

/** A failure of the promise must be rarer than to give one row away: a tenth of that, and never more than one in a million. */
export const defaultDelta = (rows: number): number => Math.min(1e-6, 0.1 / Math.max(1, rows));

type Given = z.input<typeof finetuneOptions> & { readonly domain?: unknown };

/** Options that a private fit has no use for: what they decide would have to be read from the rows. */
const decidedByRows = ['validationFraction', 'patience', 'maxMinutes'] as const;

export function checkPrivateOptions(given: Given, rows: number): void {
  const refuse = (option: string, why: string) =>
    optionError('fit', option, why, { value: given[option as keyof Given] });
  const read = decidedByRows.find((name) => given[name] !== undefined);
  if (read) throw refuse(read, 'cannot be given with "epsilon": a private fit has a length that no row decides');
  if (given.optimizer === 'muon') throw refuse('optimizer', 'must be "adamw" with "epsilon"');
  if (rows < leastRows) throw new TabletalkError('input', `fit needs at least ${leastRows} rows, got ${rows}`);
  if (given.delta === undefined || given.delta < 1 / rows) return;
  throw refuse(
    'delta',
    `must be below 1 / rows, ${1 / rows}: at ${given.delta} a model may publish a row of the table whole`,
  );
}

export function checkPublicOptions(given: Given): void {
  const stray = (['delta', 'domain'] as const).find((name) => given[name] !== undefined);
  if (stray) throw optionError('fit', stray, 'needs "epsilon"');
}

export function checkLength(codec: Codec, base: Base | undefined): void {
  const places = Math.min(mostTokens, base?.config.blockSize ?? mostTokens);
  if (codec.longest <= places) return;
  const limit =
    places < mostTokens
      ? `the base "${base?.name}" has places for ${places}`
      : `fit can learn rows of at most ${places}`;
  const message = `a row may take ${codec.longest} tokens, most of them for ${longestColumn(codec)}; ${limit}`;
  throw new TabletalkError('input', message);
}

/** The column that takes the most tokens, for a message. */
function longestColumn({ schema, cellLengths }: Codec): string {
  const column = cellLengths.indexOf(cellLengths.reduce((most, length) => Math.max(most, length), 0));
  return `"${schema.columns[column]!.name}"`;
}

/** Throws `option` and `input` errors where the table, or its label, cannot be learned; `learned` is what is left to learn. */
export function checkTable(schema: Schema, learned: Table, target: string | undefined): void {
  checkTarget(schema, target);
  if (learned.rowCount < leastRows) {
    throw new TabletalkError('input', `fit needs at least ${leastRows} rows, got ${learned.rowCount}`);
  }
  if (learned.columns.length === 0) {
    throw new TabletalkError('input', 'there is nothing to learn: every column is an identifier or personal');
  }
  checkCells(learned);
  checkRules(learned);
}

export function checkTarget({ columns }: { readonly columns: readonly Named[] }, target: string | undefined): void {
  if (target === undefined) return;
  const column = columns.find(({ name }) => name === target);
  if (!column) {
    const names = columns.map(({ name }) => name);
    throw optionError('fit', 'target', noColumn(target, names), { column: target, value: target });
  }
  if (!column.replaced) return;
  const why = column.reason ?? 'it is replaced';
  throw optionError('fit', 'target', `"${target}" is not learned: ${why}`, { column: target });
}

interface Named {
  readonly name: string;
  readonly replaced?: unknown;
  readonly reason?: unknown;
}
