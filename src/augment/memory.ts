/**
 * Whether new rows repeat the rows that their generator learned from. Each figure stands beside that of real rows which the
 * generator never saw: real rows repeat each other, too.
 */
import { neighbourIndex } from '../learn/distance/neighbours.ts';
import { gowerSpace, type Points } from '../learn/distance/points.ts';
import { rowIds } from '../learn/row-ids.ts';
import { sampleRows } from '../learn/sample-rows.ts';
import { createRandom } from '../numeric/random.ts';
import { rareValues } from '../table/identifiers/rare-values.ts';
import { takeRows } from '../table/select.ts';
import type { Table } from '../table/table.ts';

/** What is counted, with the share of rows that may be so beyond what real rows have and chance explains. */
export const repeats = {
  /** Equal to a row that was learned in every cell. */
  copies: { allowed: 0.01, words: 'copies' },
  /** Nearer to a learned row than 95 % of the unseen real rows are. */
  nearCopies: { allowed: 0.1, words: 'near copies' },
  /** With a category or short text that only one learned row has. */
  rareValues: { allowed: 0.05, words: "another row's own values" },
} as const;

type Repeat = keyof typeof repeats;
export const repeatNames = Object.keys(repeats) as Repeat[];

/** Rows that are so, of how many. */
interface Count {
  readonly found: number;
  readonly rows: number;
}

/** New rows and unseen real ones. */
export type Memory = Readonly<Record<Repeat, { readonly synthetic: Count; readonly real: Count }>>;

/** More rows take long and say no more. */
const mostRows = 2000;

/** Whether the rows of any table repeat those of `train`; `held` are the unseen ones. Tables are of one schema, or widened. */
export function memoryOf(train: Table, held: Table, seed: number): (rows: Table) => Memory {
  const rare = rareValues(train);
  const some = (table: Table) => takeRows(table, sampleRows(table.rowCount, mostRows, createRandom(seed, 26)));
  const unseen = some(held);
  return (all) => {
    const rows = some(all);
    const tables = [train, rows, unseen];
    const [copied, near] = [copiesAmong(tables), nearAmong(tables)];
    const pair = (of: (table: Table, index: 0 | 1) => number) => ({
      synthetic: { found: of(rows, 0), rows: rows.rowCount },
      real: { found: of(unseen, 1), rows: unseen.rowCount },
    });
    return {
      copies: pair((_, i) => copied[i]!),
      nearCopies: pair((_, i) => near[i]!),
      rareValues: pair((table) => withRareValues(table, rare)),
    };
  };
}

/** Of the second and the third table, the rows that equal one of the first. */
function copiesAmong(tables: readonly Table[]): number[] {
  const [known, ...others] = rowIds(tables);
  const ids = new Set(known);
  return others.map((rows) => rows.reduce((sum, id) => sum + (ids.has(id) ? 1 : 0), 0));
}

function nearAmong(tables: readonly Table[]): number[] {
  const { metric, tables: points } = gowerSpace(tables);
  const [known, ...others] = points as [Points, Points, Points];
  const index = neighbourIndex(known, metric);
  const distances = others.map((rows) => index.nearest(rows, 1).distances);
  const unseen = distances[1]!.slice().sort();
  const near = unseen[Math.floor(0.05 * unseen.length)] ?? 0;
  return distances.map((each) => each.reduce((sum, d) => sum + (d < near ? 1 : 0), 0));
}

function withRareValues({ schema, columns, rowCount }: Table, rare: ReturnType<typeof rareValues>): number {
  const has = new Uint8Array(rowCount);
  for (const { column: name, values } of rare) {
    const index = schema.columns.findIndex((column) => column.name === name);
    const [column, cells, known] = [schema.columns[index]!, columns[index]!, new Set(values)];
    for (let row = 0; row < rowCount; row++) {
      const value = column.kind === 'category' ? column.values[cells[row] as number] : cells[row];
      if (known.has(value as string)) has[row] = 1;
    }
  }
  return has.reduce((sum, each) => sum + each, 0);
}

/** What several parts found together. */
export function together(parts: readonly Memory[]): Memory {
  const sum = (of: (memory: Memory) => Count): Count => ({
    found: parts.reduce((total, part) => total + of(part).found, 0),
    rows: parts.reduce((total, part) => total + of(part).rows, 0),
  });
  const entries = repeatNames.map((name) => [
    name,
    { synthetic: sum((memory) => memory[name].synthetic), real: sum((memory) => memory[name].real) },
  ]);
  return Object.fromEntries(entries) as Memory;
}

/** The repeats that are more than real rows have: by what is allowed, and two standard errors of the difference. */
export function remembered(memory: Memory): Repeat[] {
  return repeatNames.filter((name) => {
    const [synthetic, real] = [memory[name].synthetic, memory[name].real];
    const beyond = shareOf(synthetic) - shareOf(real);
    return beyond > repeats[name].allowed + 2 * Math.sqrt(variance(synthetic) + variance(real));
  });
}

export const shareOf = ({ found, rows }: Count): number => (rows === 0 ? 0 : found / rows);

/** Of the share; one row more on either side, so that none found is not taken for certain. */
function variance({ found, rows }: Count): number {
  const share = (found + 1) / (rows + 2);
  return (share * (1 - share)) / (rows + 2);
}
