/**
 * Singling out: do descriptions that fit one judged row fit exactly one real person? Beside it k-anonymity: how many
 * rows look alike. Source: Giomi et al., A unified framework for quantifying privacy risk, PETS 2023 (Anonymeter).
 */
import { z } from 'zod';
import { sampleRows } from '../../../learn/sample-rows.ts';
import type { Random } from '../../../numeric/random.ts';
import { isNumeric } from '../../../table/schema.ts';
import { takeRows } from '../../../table/select.ts';
import type { Table } from '../../../table/table.ts';
import { figureSchema, list, type Risk, riskFigure } from '../../report/figure-schema.ts';
import { percent } from '../../report/number-text.ts';
import { presentSorted, quantile } from '../distributions.ts';
import { isMissing } from '../fidelity/missing-values.ts';
import { figure, measureBoth, measureUnseen, nameOf, randomFor } from '../figure.ts';
import type { Metric } from '../metric.ts';
import { riskHeadline, riskOf } from './rate-intervals.ts';

/** One condition: the column's cell is missing, equal, or on this side of a number. */
interface Condition {
  readonly column: number;
  readonly op: 'missing' | '=' | '<=' | '>=';
  readonly value: number | string | null;
}

interface SinglingOut {
  /** By the value of one column. */
  readonly univariate: Risk;
  /** By three columns together. */
  readonly multivariate: Risk;
}

const maxAttacks = 500;
const columnsTogether = 3;
/** So many judged rows are tried for each description that is wanted: in a table of repeats few rows are unique. */
const triesEach = 20;

function singlingOut(train: Table, judged: Table, holdout: Table, random: Random): SinglingOut {
  const rows = Math.min(train.rowCount, holdout.rowCount);
  const known = [train, holdout].map((table) => takeRows(table, sampleRows(table.rowCount, rows, random)));
  const assess = (guesses: readonly Condition[][]): Risk => {
    const [attack, control] = known.map(
      (table) => guesses.filter((guess) => countMatches(table, guess) === 1).length,
    ) as [number, number];
    return riskOf(attack, control, guesses.length);
  };
  return {
    univariate: assess(oneColumnGuesses(judged, random)),
    multivariate: assess(manyColumnGuesses(judged, random)),
  };
}

/** Cells that occur once, a lone missing cell, and the ends of every numeric column, in random order. */
function oneColumnGuesses(judged: Table, random: Random): Condition[][] {
  const guesses = judged.schema.columns.flatMap((definition, column): Condition[] => {
    const cells = judged.columns[column]!;
    const counts = new Map<number | string | null, number>();
    for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    const once = [...counts].flatMap(([value, count]) => (count === 1 ? [value] : []));
    const own = once.map((value): Condition => ({ column, op: isMissing(cells, value) ? 'missing' : '=', value }));
    if (!isNumeric(definition)) return own;
    const sorted = presentSorted(cells as Float64Array);
    if (sorted.length === 0) return own;
    return [...own, { column, op: '<=', value: sorted[0]! }, { column, op: '>=', value: sorted.at(-1)! }];
  });
  return random
    .shuffle(guesses)
    .slice(0, maxAttacks)
    .map((guess) => [guess]);
}

/** Three cells of a random judged row, numbers as "at least" or "at most" away from the median, unique in the judged table. */
function manyColumnGuesses(judged: Table, random: Random): Condition[][] {
  const columns = [...judged.schema.columns.keys()];
  const medians = judged.schema.columns.map((column, index) =>
    isNumeric(column) ? quantile(presentSorted(judged.columns[index] as Float64Array), 0.5) : Number.NaN,
  );
  const guesses = new Map<string, Condition[]>();
  for (let i = 0; i < maxAttacks * triesEach && guesses.size < maxAttacks; i++) {
    const row = random.int(judged.rowCount);
    const chosen = random.shuffle(columns).slice(0, columnsTogether);
    const guess = chosen.map((column): Condition => {
      const value = judged.columns[column]![row]!;
      if (isMissing(judged.columns[column]!, value)) return { column, op: 'missing', value: null };
      if (!isNumeric(judged.schema.columns[column]!)) return { column, op: '=', value };
      return { column, op: (value as number) > medians[column]! ? '>=' : '<=', value };
    });
    if (countMatches(judged, guess) === 1) guesses.set(JSON.stringify(guess), guess);
  }
  return [...guesses.values()];
}

/** 0, 1, or 2 for more. */
function countMatches(table: Table, guess: readonly Condition[]): number {
  const tests = guess.map(({ column, op, value }) => testOf(table.columns[column]!, op, value));
  let count = 0;
  for (let row = 0; row < table.rowCount && count < 2; row++) if (tests.every((test) => test(row))) count += 1;
  return count;
}

function testOf(
  cells: Table['columns'][number],
  op: Condition['op'],
  value: Condition['value'],
): (row: number) => boolean {
  switch (op) {
    case 'missing':
      return (row) => isMissing(cells, cells[row]!);
    case '=':
      return (row) => cells[row] === value;
    case '<=':
      return (row) => (cells[row] as number) <= (value as number);
    case '>=':
      return (row) => (cells[row] as number) >= (value as number);
  }
}

const section = z.strictObject({ univariate: riskFigure, multivariate: riskFigure }).nullable();

/** The upper end of a risk's interval up to which the rows may be said to protect. */
const largestGoodRisk = 0.1;

export const singlingOutMetric: Metric<z.infer<typeof section>> = {
  pillar: 'privacy',
  schema: section,

  measure(tables) {
    const both = measureUnseen(tables, (train, judged, unseen) =>
      singlingOut(train, judged, unseen, randomFor(tables.seed, 'singling out')),
    );
    if (both === null) return null;
    const [own, test] = both;
    return {
      univariate: { synthetic: own.univariate, test: test?.univariate ?? null },
      multivariate: { synthetic: own.multivariate, test: test?.multivariate ?? null },
    };
  },

  headlines: [
    {
      key: 'singlingOut',
      label: 'Singling out',
      meaning: 'people that descriptions from these rows pick out, beyond chance',
      better: 'lower',
      of: (found) => found && riskHeadline(found.multivariate),
    },
  ],

  judge(found) {
    if (found === null) return [];
    const { risk, attacks } = found.multivariate.synthetic;
    if (attacks < 20) return [];
    // Guesses often mean the same outlier, so the interval is narrower than it should be: a lower end of 5 % may be luck.
    const range = `${percent(risk.low)} to ${percent(risk.high)}`;
    if (risk.low <= 0.05 && risk.high > largestGoodRisk) {
      const text = `Too few descriptions or unseen rows to say whether rows that are unique here single out training rows: risk ${range} at 95 %; a larger --test table narrows it.`;
      return [{ tone: 'fair', text }];
    }
    const tone = risk.low <= 0.05 ? 'good' : risk.low < 0.15 ? 'fair' : 'poor';
    const text =
      tone === 'good'
        ? `Descriptions of rows that are unique here single out hardly more training rows than unseen ones (risk ${range} at 95 %).`
        : `Descriptions of rows that are unique here single out training rows more often than unseen ones: ${percent(risk.value)} of what chance leaves (${range} at 95 %).`;
    return [{ tone, text }];
  },

  attackRows: (found) =>
    found === null
      ? []
      : [
          { label: 'Singling out by one column', risk: found.univariate },
          { label: 'Singling out by three columns', risk: found.multivariate },
        ],
};

// k-anonymity: how small the groups are that share their quasi-identifiers. Source: Sweeney, k-anonymity, 2002. Of a
// synthetic table it says how rare its rows look, not whose they are.

interface Anonymity {
  /** Rows of the smallest group. */
  readonly k: number;
  /** Share of rows that are alone in their group, and that share it with fewer than four others. */
  readonly alone: number;
  readonly belowFive: number;
}

const numberBins = 10;

/** Groups by `columns`, numbers by the tenths of training. */
export function anonymity(train: Table, judged: Table, columns: readonly number[]): Anonymity {
  const parts = columns.map((index) => groupOf(train, judged, index));
  const sizes = new Map<string, number>();
  for (let row = 0; row < judged.rowCount; row++) {
    const key = parts.map((part) => part(row)).join();
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
  const rowsIn = (fits: (size: number) => boolean) =>
    [...sizes.values()].filter(fits).reduce((sum, size) => sum + size, 0) / judged.rowCount;
  return {
    k: [...sizes.values()].reduce((least, size) => Math.min(least, size), judged.rowCount),
    alone: rowsIn((size) => size === 1),
    belowFive: rowsIn((size) => size < 5),
  };
}

function groupOf(train: Table, judged: Table, index: number): (row: number) => string {
  const cells = judged.columns[index]!;
  if (!isNumeric(train.schema.columns[index]!)) return (row) => JSON.stringify(cells[row]);
  const sorted = presentSorted(train.columns[index] as Float64Array);
  const cuts = Array.from({ length: numberBins - 1 }, (_, i) => quantile(sorted, (i + 1) / numberBins));
  return (row) => {
    const x = cells[row] as number;
    return Number.isNaN(x) ? '-' : String(cuts.filter((cut) => cut <= x).length);
  };
}

const anonymitySection = z
  .strictObject({
    columns: list(z.string()),
    /** The smallest group's rows, and the shares of rows alone in their group and in groups below five. */
    k: figureSchema,
    alone: figureSchema,
    belowFive: figureSchema,
    train: z.strictObject({ k: z.int(), alone: z.number(), belowFive: z.number() }),
  })
  .nullable();

export type AnonymitySection = NonNullable<z.infer<typeof anonymitySection>>;

export const anonymityMetric: Metric<AnonymitySection | null> = {
  pillar: 'privacy',
  schema: anonymitySection,

  measure(tables) {
    const columns = tables.quasiIdentifiers;
    if (columns.length === 0) return null;
    const [own, test] = measureBoth(tables, (train, judged) => anonymity(train, judged, columns));
    return {
      columns: columns.map((column) => nameOf(tables, column)),
      k: figure(own.k, test?.k),
      alone: figure(own.alone, test?.alone),
      belowFive: figure(own.belowFive, test?.belowFive),
      train: anonymity(tables.train, tables.train, columns),
    };
  },
};
