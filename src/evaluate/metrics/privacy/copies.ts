/**
 * Counts rows that repeat another row exactly: within a table, and across from the training table. Every kind of column
 * counts, text included.
 */
import { z } from 'zod';
import { rowIds } from '../../../learn/row-ids.ts';
import { isNumeric } from '../../../table/schema.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, type PerTable, type Sentence } from '../../report/figure-schema.ts';
import { percent, plural } from '../../report/number-text.ts';
import { excess } from '../../report/verdict/rating.ts';
import { figure, measureBoth } from '../figure.ts';
import type { Metric } from '../metric.ts';

/** Shares of rows, in [0, 1]. */
interface Copies {
  /** Rows of the judged table that equal some training row in every cell, missing equal to missing. */
  readonly copiesOfTrain: number;
  /** Rows of the judged table that equal an earlier row of it, as pandas' `duplicated`. */
  readonly duplicateRows: number;
  /** The same within the training table. */
  readonly duplicateTrainRows: number;
}

export function copies(train: Table, judged: Table): Copies {
  const [trainRows, judgedRows] = rowIds([train, judged]);
  const known = new Set(trainRows);
  let copied = 0;
  for (const id of judgedRows!) if (known.has(id)) copied += 1;
  return {
    copiesOfTrain: copied / judged.rowCount,
    duplicateRows: repeatedShare(judgedRows!),
    duplicateTrainRows: 1 - known.size / train.rowCount,
  };
}

function repeatedShare(ids: Int32Array): number {
  return 1 - new Set(ids).size / ids.length;
}

/** `train` is the share of training rows that repeat an earlier one. */
const section = z.strictObject({
  copiesOfTrain: figureSchema,
  nearCopies: figureSchema,
  duplicateRows: figureSchema.extend({ train: z.number() }),
});
type CopiesSection = z.infer<typeof section>;

export const copiesMetric: Metric<CopiesSection> = {
  pillar: 'privacy',
  schema: section,

  measure(tables) {
    const [own, test] = measureBoth(tables, copies);
    return {
      copiesOfTrain: figure(own.copiesOfTrain, test?.copiesOfTrain),
      nearCopies: figure(...measureBoth(tables, nearCopies)),
      duplicateRows: { ...figure(own.duplicateRows, test?.duplicateRows), train: own.duplicateTrainRows },
    };
  },

  headlines: [
    {
      key: 'copiesOfTrain',
      label: 'Copied rows',
      meaning: 'rows equal to a training row in every cell',
      better: 'lower',
      of: (found) => found.copiesOfTrain,
    },
    {
      key: 'nearCopies',
      label: 'Near copies',
      meaning: 'the same, numbers within 1 %',
      better: 'lower',
      of: (found) => found.nearCopies,
    },
    {
      key: 'duplicateRows',
      label: 'Repeated rows',
      meaning: 'rows equal to an earlier row of the same table',
      better: 'lower',
      of: ({ duplicateRows }) => duplicateRows,
    },
  ],

  judge: (found, rows) => [copiesSentence(found, rows), ...duplicatesSentence(found, rows)],

  attackRows: (found) => [
    { label: 'Copies of training rows', note: 'equal in every cell', share: found.copiesOfTrain },
    { label: 'Near copies', note: 'numbers within 1 %', share: found.nearCopies },
  ],
};

function copiesSentence({ copiesOfTrain: { value, reference } }: CopiesSection, rows: PerTable<number>): Sentence {
  const copied = Math.round(value! * rows.synthetic);
  const beyond = excess(value!, rows.synthetic, reference ?? 0, rows.test ?? 0);
  const tone =
    copied === 0 ? 'good' : reference === null ? 'fair' : beyond <= 0 ? 'good' : beyond < 0.01 ? 'fair' : 'poor';
  const advice =
    tone === 'poor'
      ? ' Real rows repeat training less often: the model may have memorised rows; leave the copies out before sharing.'
      : tone === 'fair' && reference === null
        ? ' Without a test table nobody can say whether real rows would repeat training as often.'
        : '';
  const text =
    copied === 0
      ? `No row is an exact copy of a training row${reference === null ? '' : ` (real test rows: ${percent(reference)})`}.`
      : `${plural(copied, 'row')} (${percent(value)}${reference === null ? '' : `; real test rows: ${percent(reference)}`}) ${copied === 1 ? 'is an exact copy' : 'are exact copies'} of training rows.`;
  return { tone, text: text + advice };
}

function duplicatesSentence({ duplicateRows }: CopiesSection, rows: PerTable<number>): Sentence[] {
  const beyond = excess(duplicateRows.value!, rows.synthetic, duplicateRows.train, rows.train);
  if (beyond <= 0.01) return [];
  const text =
    `${percent(duplicateRows.value)} of the rows repeat an earlier one, in training ${percent(duplicateRows.train)}: ` +
    'the synthetic table is less varied than training.';
  return [{ tone: beyond <= 0.05 ? 'fair' : 'poor', text }];
}

// Counts rows that some training row matches all but exactly. Source: SDMetrics 0.29
// `single_table/new_row_synthesis.py`, of whose score this is the complement.

/** Numbers match when they differ by at most this share of the judged one. */
const tolerance = 0.01;

/** Share of judged rows that a training row matches in every column: numbers nearly, all else, missing cells too, exactly. */
export function nearCopies(train: Table, judged: Table): number {
  const numeric = train.schema.columns.flatMap((column, index) => (isNumeric(column) ? [index] : []));
  const keysOf = (table: Table) => groupKeys(table, numeric);
  const [pivot] = numeric;
  const groups = new Map<string, number[]>();
  keysOf(train).forEach((key, row) => {
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  });
  // Within a group, rows by their first number: those that may match lie side by side.
  const order = (cells: Float64Array) => (a: number, b: number) => cells[a]! - cells[b]! || 0;
  if (pivot !== undefined) for (const rows of groups.values()) rows.sort(order(train.columns[pivot] as Float64Array));
  let found = 0;
  keysOf(judged).forEach((key, row) => {
    if (hasMatch(train, judged, row, groups.get(key), numeric)) found += 1;
  });
  return found / judged.rowCount;
}

/** Everything that must match exactly: categories, text, and which numbers are missing. */
function groupKeys(table: Table, numeric: readonly number[]): string[] {
  const parts = table.columns.map((cells, index) =>
    numeric.includes(index) ? (row: number) => Number.isNaN(cells[row]) : (row: number) => cells[row],
  );
  return Array.from({ length: table.rowCount }, (_, row) => JSON.stringify(parts.map((part) => part(row))));
}

function hasMatch(
  train: Table,
  judged: Table,
  row: number,
  group: number[] | undefined,
  numeric: readonly number[],
): boolean {
  if (group === undefined) return false;
  const cells = (table: Table, column: number) => table.columns[column] as Float64Array;
  const [pivot] = numeric;
  if (pivot === undefined) return true;
  const wanted = cells(judged, pivot)[row]!;
  const from = Number.isNaN(wanted)
    ? 0
    : firstAtLeast(group, cells(train, pivot), wanted - tolerance * Math.abs(wanted));
  for (let i = from; i < group.length; i++) {
    const candidate = group[i]!;
    if (cells(train, pivot)[candidate]! > wanted + tolerance * Math.abs(wanted)) return false;
    const matches = numeric.every((column) => {
      const [real, own] = [cells(train, column)[candidate]!, cells(judged, column)[row]!];
      return Number.isNaN(own) || Math.abs(real - own) <= tolerance * Math.abs(own);
    });
    if (matches) return true;
  }
  return false;
}

function firstAtLeast(rows: readonly number[], cells: Float64Array, value: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cells[rows[middle]!]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
