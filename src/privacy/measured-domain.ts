/**
 * What a domain leaves blank, from the rows, by counts that are paid for: each column's values fall into cells, which are counted with noise,
 * and only cells of many rows survive. Kinds, bounds, decimals and categories are read off those.
 */

import { inputError } from '../errors/errors.ts';
import { missingAmongStrings, missingAmongValues } from '../table/infer/missing.ts';
import type { Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import {
  checkColumns,
  type DomainColumn,
  type DomainFile,
  isBlank,
  ownText,
  placeheld,
  plainNumber,
} from './domain.ts';
import { addNoise } from './noise.ts';

/** Which columns' blanks counts must fill; for a table without a domain all that it has. */
export const blankColumns = ({ columns }: DomainFile): string[] => columns.filter(isBlank).map(({ name }) => name);

/** The domain of a table of which nothing is said but the names. */
export const undescribed = ({ columns, dropped }: Schema): DomainFile => ({
  columns: columns.map(({ name }) => ({ name, kind: null })),
  ...(dropped && { dropped }),
});

interface DomainCounts {
  /** Of the counts of all columns together, as a multiple of what one row can change. */
  readonly noise: number;
  /** The probability that a value of one row only survives, in whichever column. */
  readonly delta: number;
  /** The columns that are counted. */
  readonly columns: readonly string[];
}

/** The file with every blank filled in. Throws `input` errors that name columns: one that there is not, those of which nothing survives. */
export function measureDomain(table: Table, file: DomainFile, counts: DomainCounts | undefined): DomainFile {
  if (counts === undefined) return file;
  checkColumns(table, file);
  const [noise, least] = [noiseOf(counts), leastRows(counts)];
  const perOctave = Math.min(finest, Math.max(1, Math.round(table.rowCount / (least * cellsOfNumber))));
  const hidden: string[] = [];
  const columns = file.columns.map((column) => {
    if (!isBlank(column)) return column;
    const index = table.schema.columns.findIndex(({ name }) => name === column.name);
    const isText = column.kind === 'category' || column.kind === 'boolean';
    const texts = new Map<string | null, number>();
    for (let row = 0; row < table.rowCount; row++) {
      const text = ownText(table, index, row);
      texts.set(text, (texts.get(text) ?? 0) + 1);
    }
    const keys = new Map<string, number>();
    for (const [text, rows] of texts) {
      const key = keyOf(text, isText, perOctave);
      keys.set(key, (keys.get(key) ?? 0) + rows);
    }
    const noisy = Float64Array.from(keys.values());
    addNoise(noisy, noise);
    const cells = [...keys.keys()].map((key, i) => ({ ...(JSON.parse(key) as Cell), rows: noisy[i]! }));
    const common = cells.filter(({ rows }) => rows > least);
    const filled = filledBy(column, common, { rows: table.rowCount, least, perOctave });
    if (!filled) hidden.push(column.name);
    return filled ?? column;
  });
  if (hidden.length > 0) {
    const names = hidden.map((name) => `"${name}"`).join(', ');
    const why = `no value comes in more than about ${Math.ceil(least)} rows, as many as noise takes to hide one`;
    const hint = 'say in a domain what it holds, or drop it';
    throw inputError('domain', `column ${names}: ${why}; ${hint}`, { column: hidden[0]! });
  }
  return { ...file, columns };
}

/** The file with its blanks as a domain has them that was measured before. */
export function filledFrom(file: DomainFile, { columns }: Schema): DomainFile {
  const known = ({ name }: DomainColumn) => columns.find((column) => column.name === name);
  const of = (column: DomainColumn) => filled(column, known(column) ?? placeheld(column));
  return { ...file, columns: file.columns.map((column) => (isBlank(column) ? of(column) : column)) };
}

function filled(column: DomainColumn, found: Partial<DomainColumn>): DomainColumn {
  const given = Object.fromEntries(Object.entries(column).filter(([, value]) => value !== null));
  return { ...found, ...given, name: column.name, kind: found.kind! };
}

/** A row is in one cell of each column: all counts together change by the root of the columns where a row comes. */
const noiseOf = ({ noise, columns }: DomainCounts): number => noise * Math.sqrt(columns.length);

/** More noisy rows than this a cell must have: one, and noise that is exceeded so with a probability of at most delta / columns. */
export function leastRows(counts: DomainCounts): number {
  // P(Z > z) <= exp(-z^2 / 2) / 2 of a standard normal.
  return 1 + noiseOf(counts) * Math.sqrt(2 * Math.log(counts.columns.length / (2 * counts.delta)));
}

/** Cells in which numbers are counted: so many of each doubling at most, and about so many for each column that has rows enough. */
const [finest, cellsOfNumber] = [8, 16];
const mostDecimals = 6;

type Cell =
  | { readonly is: 'missing' }
  | { readonly is: 'text'; readonly text: string }
  /** Numbers of this sign and `decimals` from 2^(step / perOctave) on, until the next step; zero has no step. */
  | { readonly is: 'number'; readonly decimals: number; readonly sign: number; readonly step: number };

function keyOf(text: string | null, isText: boolean, perOctave: number): string {
  const cell = (): Cell => {
    const missing = isText ? missingAmongStrings : missingAmongValues;
    if (text === null || missing.has(text)) return { is: 'missing' };
    const x = isText ? undefined : plainNumber(text);
    if (x === undefined) return { is: 'text', text };
    const decimals = Math.min(mostDecimals, /\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0);
    return {
      is: 'number',
      decimals,
      sign: Math.sign(x),
      step: x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x)) * perOctave),
    };
  };
  return JSON.stringify(cell());
}

type Survivor = Cell & { readonly rows: number };

/** By the cells that survived; undefined where none of the column's kind did. */
function filledBy(
  column: DomainColumn,
  cells: readonly Survivor[],
  { rows, least, perOctave }: { rows: number; least: number; perOctave: number },
): DomainColumn | undefined {
  const numbers = cells.filter((cell) => cell.is === 'number');
  const texts = cells.filter((cell) => cell.is === 'text');
  const sum = (of: readonly Survivor[]) => of.reduce((total, each) => total + each.rows, 0);
  const isNumber =
    column.kind === null ? sum(numbers) > sum(texts) : column.kind === 'integer' || column.kind === 'decimal';
  const used = isNumber ? numbers : texts;
  if (used.length === 0) return undefined;
  const others = isNumber ? sum(cells) - sum(numbers) : rows - sum(texts);
  const missing = others > least ? '' : null;
  if (!isNumber) return filled(column, { kind: 'category', missing, values: texts.map(({ text }) => text).sort() });
  const decimals = Math.max(...numbers.map((cell) => cell.decimals));
  const kind = column.kind ?? (decimals === 0 ? 'integer' : 'decimal');
  const scale = kind === 'integer' ? 0 : ((column.scale as number | null | undefined) ?? decimals);
  const unit = 10 ** scale;
  const ends = numbers.flatMap(({ sign, step }) => {
    const [low, high] = [step, step + 1].map((at) => 2 ** (at / perOctave) * unit) as [number, number];
    // The next step's numbers are beyond the end.
    return sign === 0 ? [0] : [sign * Math.ceil(low), sign * Math.max(Math.ceil(low), Math.ceil(high) - 1)];
  });
  const [min, max] = [Math.min(...ends) / unit + 0, Math.max(...ends) / unit + 0];
  return filled(column, { kind, missing, ...(kind === 'decimal' && { scale }), min, max });
}
