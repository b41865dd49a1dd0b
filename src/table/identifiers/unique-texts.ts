/** Texts for the rows of a replaced column: counters that go on, and strings of its forms, each row's its own. */
import { TabletalkError } from '../../errors/errors.ts';
import { createRandom } from '../../numeric/random.ts';
import { formatCell } from '../cells.ts';
import type { Column } from '../schema.ts';
import type { Table } from '../table.ts';
import { withCheckDigits, withoutCheckDigits } from './check-digits.ts';
import { formsOf, type Patterned } from './replacement.ts';
import { patternSupply, type Supply, startingAt, startOf } from './supply.ts';

export interface ReplacerOptions {
  readonly seed: number;
  /** How many rows are to come, with those before `firstRow`. */
  readonly rows: number;
  /** The number of the first row that comes. */
  readonly firstRow?: number;
  /** Tables whose identifiers and persons are not to come again; they may lack columns. */
  readonly taken?: readonly Table[];
}

/** Streams of `createRandom`, so that one column's choices do not move another's. */
export const streams = { missing: 7, form: 8, value: 9, person: 10 } as const;

export type RowText = (row: number) => string;

/** What the given tables have in the column of this name, spelled as they spell it. */
function takenTexts(column: Column, { taken = [] }: ReplacerOptions): string[] {
  return taken.flatMap((table) => {
    const index = table.schema.columns.findIndex(({ name }) => name === column.name);
    const own = table.schema.columns[index];
    if (!own) return [];
    const texts = Array.from({ length: table.rowCount }, (_, row) => formatCell(own, table.columns[index]!, row));
    return texts.filter((text): text is string => text !== null && text !== own.missing);
  });
}

/** Numbers that go on where training's ended, whatever the seed. */
export function counterText(column: Column, supply: Supply, options: ReplacerOptions): RowText {
  const free = startingAt(supply, 0n, takenTexts(column, options));
  checkSize(column, free.size, options.rows);
  return (row) => free.at(BigInt(row));
}

export function patternText(column: Column, replaced: Patterned, options: ReplacerOptions, index: number): RowText {
  const forms = formsOf(replaced)!.map(({ pattern, unused, share }) => ({
    share,
    supply: checked(patternSupply(pattern, unused), replaced.check),
  }));
  const { distinct } = replaced;
  const numbers =
    distinct === undefined
      ? { of: (row: number) => row, count: options.rows }
      : { of: (row: number) => createRandom(options.seed, streams.value, index, row).int(distinct), count: 1 };
  return textOfForms(column, forms, numbers, options, index);
}

/** The texts of a supply with their check digits. */
function checked(supply: Supply, check: Patterned['check']): Supply {
  if (!check) return supply;
  return {
    size: supply.size,
    at: (position) => withCheckDigits(supply.at(position), check),
    positionOf: (text) => supply.positionOf(withoutCheckDigits(text, check)),
  };
}

interface FormSupply {
  readonly share: number;
  readonly supply: Supply;
}

/** Which of its values each row has: rows of one number have one text. */
interface Numbering {
  of(row: number): number;
  /** How many numbers must have texts of their own. */
  readonly count: number;
}

/** Each number a text of one of the forms. */
export function textOfForms(
  column: Column,
  forms: readonly FormSupply[],
  numbers: Numbering,
  options: ReplacerOptions,
  index: number,
): RowText {
  const { seed } = options;
  const taken = takenTexts(column, options);
  const started = forms.map(({ share, supply }) => ({
    share,
    supply: startingAt(supply, startOf(seed + 0x10000 * index, supply.size), taken),
  }));
  const largest = started.map(({ supply }) => supply.size).sort((a, b) => (a < b ? 1 : -1))[0]!;
  checkSize(column, largest, numbers.count);
  // A form that would run out comes no more, so that a number is its own in every form.
  const lasting = started.filter(({ supply }) => supply.size >= BigInt(numbers.count));
  return (row) => {
    const number = numbers.of(row);
    const { supply } =
      lasting.length === 1 ? lasting[0]! : weighted(lasting, createRandom(seed, streams.form, index, number).uniform());
    return supply.at(BigInt(number) % supply.size);
  };
}

/** The form whose share of [0, 1) `at` falls into. */
function weighted<Item extends { readonly share: number }>(items: readonly Item[], at: number): Item {
  let left = at * items.reduce((sum, { share }) => sum + share, 0);
  for (const item of items) {
    left -= item.share;
    if (left < 0) return item;
  }
  return items[0]!;
}

function checkSize(column: Column, size: bigint, rows: number): void {
  if (BigInt(rows) <= size) return;
  const { cure, like } = cureFor(column);
  throw new TabletalkError(
    'option',
    `column "${column.name}": ${rows} rows need as many different values${like}, and only ${size} are left that no row has; ` +
      `ask for fewer rows, or fit again with --schema and a longer form: ${JSON.stringify({ columns: [{ name: column.name, replaced: cure }] })}`,
  );
}

/** A replacement like the column's with more different values. */
function cureFor({ replaced }: Column): { cure: object; like: string } {
  if (replaced?.by === 'sequence') {
    const { last: _, ...endless } = replaced;
    const { prefix = '', next, digits = 1, suffix = '' } = replaced;
    return { cure: endless, like: ` like ${prefix}${String(next).padStart(digits, '0')}${suffix}` };
  }
  const pattern = (replaced && formsOf(replaced)?.[0]?.pattern) ?? '[0-9]{6}';
  const longer = `${pattern}[0-9]{4}`;
  return { cure: { by: 'pattern', pattern: longer }, like: ` like ${pattern}` };
}
