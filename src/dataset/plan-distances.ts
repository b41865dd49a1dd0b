/** Which columns of a table are learned as distances or repetitions: measured on the real rows. */
import { z } from 'zod';
import { pick } from '../numeric/pick.ts';
import { createRandom } from '../numeric/random.ts';
import { formatCell } from '../table/cells.ts';
import { type Column, isCoded, isNumeric, type NumericColumn } from '../table/schema.ts';
import type { ColumnData, Table } from '../table/table.ts';
import { type Anchor, spread, unitOf } from './anchors.ts';
import { type Dataset, rowsAbove } from './dataset.ts';
import { type Families, lastKnown } from './families.ts';
import { isHeaped, numbersBefore, planForecast, variance } from './forecast.ts';
import { rangeCodes } from './informative.ts';

/** A column that mostly repeats the last value of the family (`last`), or the owner's in a column: such a cell is learned as the marker. */
export const repeat = z.strictObject({
  column: z.string(),
  marker: z.string(),
  last: z.boolean(),
  owner: z.string().optional(),
  /** Of few values: what is learned is how many values after the last one a cell is, counted round: every count is a value, 0 the same. */
  cycle: z.boolean().optional(),
});
export type Repeat = z.infer<typeof repeat>;

interface Named {
  readonly column: Column;
  readonly data: ColumnData;
}

interface Measured {
  readonly name: string;
  readonly column: NumericColumn;
  readonly data: Float64Array;
  /** The other columns of the row that are learned as they are. */
  readonly beside: readonly Named[];
}

/** A base must make a column at least this much steadier, and so must the row before; of heaped numbers it would lose the heaps. */
const [steadier, steadyStep, steadyHeaps, steadyFew] = [0.5, 0.75, 0.6, 0.25];
/**
 * Of so few values each is learned given the one before. As a change, or a marker that there is none, it must also be learned which
 * changes there can be, and only the few rows that change teach that.
 */
const fewValues = 8;
const isFew = (data: ArrayLike<unknown>): boolean => new Set(Array.from(data)).size <= fewValues;
const fewestSteps = 20;

/** Beyond chance, so many cells must repeat the last one. */
const mostlySame = 0.5;

/** How a number or time of a sequence is best told from the rows before it, its owner or its row; undefined where as it is. */
export function planAnchor(
  dataset: Dataset,
  { name, column, data, beside }: Measured,
  owns: ReadonlyMap<string, Table>,
  families: Families,
  monotone: readonly string[],
): Anchor | undefined {
  const { order } = dataset.description.tables[name]!;
  const isOrder = column.name === order;
  const isTime = column.kind === 'datetime';
  const isMonotone = isOrder || monotone.includes(column.name);
  const last = lastKnown(families, data);
  const later = Int32Array.from(last.keys()).filter((row) => last[row]! >= 0 && !Number.isNaN(data[row]!));
  const distances = Float64Array.from(later, (row) => data[row]! - data[last[row]!]!);
  const grid = unitOf(column, data);
  const everyRow = baseOf(dataset, { name, column, data }, owns, Int32Array.from(data.keys()));
  /** Whether the rows before say more of it than its own row does. */
  const isBefore = (left: number) => 1 - left > rowShare(data, beside, later);
  const limit = isFew(data) ? steadyFew : !isTime && isHeaped(data, grid) ? steadyHeaps : steadyStep;
  const isSteady = (): boolean =>
    later.length >= fewestSteps &&
    !(everyRow && everyRow.spread <= spread(distances)) &&
    spread(distances) < limit * spread(data) &&
    isBefore(variance(distances) / variance(pick(data, later)));
  const byStep = later.length > 0 && (isOrder ? spread(distances) < spread(data) : isMonotone || isSteady());
  const ledger = isMonotone || isTime ? undefined : ledgerOf(data, last, owns.get(name)!, column, grid);
  if (ledger) return { column: column.name, unit: 1, step: grid, ledger };
  const foreseen =
    isMonotone || isTime || everyRow || (limit !== steadyStep && !byStep)
      ? undefined
      : planForecast(data, numbersBefore(families, data), grid);
  if (foreseen && isBefore(foreseen.left)) {
    return { column: column.name, unit: 1, step: foreseen.unit, forecast: foreseen.forecast };
  }
  const base = byStep ? baseOf(dataset, { name, column, data }, owns, families.first) : everyRow;
  if (!byStep && !base) return undefined;
  return {
    column: column.name,
    ...(base && { base: base.base }),
    unit: base?.unit ?? 1,
    ...(byStep && { step: unitOf(column, distances) }),
  };
}

/** So many rows of a ledger must be exact. */
const mostlyExact = 0.9;

/** The column that a balance moves by, if there is one. */
function ledgerOf(
  data: Float64Array,
  last: Int32Array,
  { schema, columns }: Table,
  column: NumericColumn,
  grid: number,
) {
  const share = (rows: readonly number[], amounts: Float64Array, before: (row: number) => number) =>
    rows.filter((row) => Math.abs(Math.abs(data[row]! - before(row)) - Math.abs(amounts[row]!)) < grid / 2).length /
    rows.length;
  const known = [...data.keys()].filter((row) => !Number.isNaN(data[row]!));
  const [first, later] = [known.filter((row) => last[row]! < 0), known.filter((row) => last[row]! >= 0)];
  if (later.length < fewestSteps || first.length === 0) return undefined;
  for (const [i, other] of schema.columns.entries()) {
    if (other === column || !isNumeric(other) || other.missing !== null || other.min === other.max) continue;
    const amounts = columns[i] as Float64Array;
    if (share(later, amounts, (row) => data[last[row]!]!) < mostlyExact) continue;
    return { column: other.name, fromZero: share(first, amounts, () => 0) >= mostlyExact };
  }
  return undefined;
}

/** Ranges that a number is cut into to see what it says of another, and the rows that are enough to see it. */
const [ranges, enoughRows] = [16, 20_000];

/** How much of a column's variance the best of the others in its row explains: eta squared, adjusted for the number of groups. */
function rowShare(data: Float64Array, beside: readonly Named[], allRows: Int32Array): number {
  const every = Math.ceil(allRows.length / enoughRows);
  const rows = allRows.filter((_, i) => i % every === 0);
  const values = pick(data, rows);
  const all = variance(values);
  return beside.reduce((most, { column, data: other }) => {
    if (!isNumeric(column) && !isCoded(column)) return most;
    const codes = isNumeric(column) ? rangeCodes(other as Float64Array, ranges) : (other as Int32Array);
    const groups = new Map<number, number[]>();
    for (const [i, row] of rows.entries()) {
      const group = groups.get(codes[row]!);
      if (group) group.push(values[i]!);
      else groups.set(codes[row]!, [values[i]!]);
    }
    const within = [...groups.values()].reduce((sum, group) => sum + variance(group) * group.length, 0);
    const free = rows.length - groups.size;
    return free > 0 ? Math.max(most, 1 - (within / free) * ((rows.length - 1) / rows.length / all)) : most;
  }, 0);
}

/**
 * The time, or for a number the order column, from which a column's is steadiest, where it is steadier than by itself, or where it
 * is never before that time though by chance it would be.
 */
function baseOf(
  dataset: Dataset,
  { name, column, data }: Omit<Measured, 'beside'>,
  owns: ReadonlyMap<string, Table>,
  rows: Int32Array,
) {
  const { order } = dataset.description.tables[name]!;
  const isTime = column.kind === 'datetime';
  const values = pick(data, rows);
  const ofRow = basesIn(owns.get(name)!, isTime).filter((time) => time.name === order && order !== column.name);
  const ofAbove = (['owner', 'above'] as const).flatMap((of) => {
    const above = isTime ? rowsAbove(dataset, name, of) : undefined;
    // Rows without an owner have nothing to be measured from.
    if (!above || above.rows.includes(-1)) return [];
    return basesIn(owns.get(above.table)!, isTime).map((base) => ({
      ...base,
      of,
      times: pick(base.times, above.rows),
    }));
  });
  const candidates = [...ofAbove, ...ofRow.map((base) => ({ ...base, of: 'order' as const }))].map(
    ({ of, name: found, grid, times: all }) => {
      const times = pick(all, rows);
      const distances = values.map((x, i) => x - times[i]!);
      const isUseful = spread(distances) < steadier * spread(values) || isNeverBefore(values, times);
      return {
        base: { of, column: found },
        isUseful,
        spread: spread(distances),
        unit: Math.min(grid, unitOf(column, distances)),
      };
    },
  );
  return candidates.filter(({ isUseful }) => isUseful).sort((a, b) => a.spread - b.spread)[0];
}

/** So many rows would be before another's time if it were a law by chance. */
const oftenBefore = 0.05;
const fewestLawful = 100;

function isNeverBefore(values: Float64Array, times: Float64Array): boolean {
  const known = [...values.keys()].filter((i) => !Number.isNaN(values[i]!));
  if (known.length < fewestLawful || known.some((i) => values[i]! < times[i]!)) return false;
  const others = createRandom(0, 24).shuffle(Int32Array.from(known));
  return known.filter((i, k) => values[i]! < times[others[k]!]!).length > oftenBefore * known.length;
}

/** The times of a table that are never missing, or its numbers. */
function basesIn({ schema, columns }: Table, ofTime: boolean): { name: string; grid: number; times: Float64Array }[] {
  return schema.columns.flatMap((column, i) => {
    if (!isNumeric(column) || column.missing !== null || (column.kind === 'datetime') !== ofTime) return [];
    const grid = ofTime ? Number.POSITIVE_INFINITY : unitOf(column, new Float64Array(0));
    return [{ name: column.name, grid, times: columns[i] as Float64Array }];
  });
}

/** Of a column that is no number: whether most cells repeat the last one, or what the owner says in a column. */
export function planRepeat(
  dataset: Dataset,
  { name, column, data }: { readonly name: string; readonly column: Column; readonly data: ColumnData },
  owns: ReadonlyMap<string, Table>,
  families: Families,
): Repeat | undefined {
  if (isNumeric(column)) return undefined;
  if (isFew(data)) {
    if (!(isCoded(column) && followsLast(data as Int32Array, families))) return undefined;
    let marker = '=';
    while (column.values.some((value) => value.startsWith(marker))) marker += '=';
    return { column: column.name, marker, last: true, cycle: true };
  }
  const texts = Array.from({ length: data.length }, (_, row) => formatCell(column, data, row));
  const last = lastKnown(families, data);
  const byLast = sameness(texts, (row) => (last[row]! < 0 ? null : texts[last[row]!]!));
  const owner = dataset.structure.owners.get(name);
  const rows = owner && dataset.tables.get(name)!.parentRows.get(owner.column)!;
  const above = owner && owns.get(owner.table)!;
  const byOwner = (above?.schema.columns ?? [])
    .map((one, i) => ({
      column: one.name,
      same: isNumeric(one)
        ? 0
        : sameness(texts, (row) => (rows![row]! < 0 ? null : formatCell(one, above!.columns[i]!, rows![row]!))),
    }))
    .reduce((a, b) => (b.same > a.same ? b : a), { column: '', same: 0 });
  if (Math.max(byLast, byOwner.same) < mostlySame) return undefined;
  let marker = '=';
  while (texts.includes(marker) || (isCoded(column) && column.values.includes(marker))) marker += '=';
  return {
    column: column.name,
    marker,
    last: byLast >= byOwner.same,
    ...(byOwner.same >= mostlySame && { owner: byOwner.column }),
  };
}

/** Beyond chance, so many cells of few values must repeat the last one, and more than are the most common one so far. */
const oftenSame = 0.25;

/** Whether a category depends on the last one rather than on what the family mostly is. */
function followsLast(codes: Int32Array, families: Families): boolean {
  const cells = Array.from(codes, (code) => (code < 0 ? null : code));
  const modes: (number | null)[] = cells.map(() => null);
  for (const rows of families.rows) {
    const counts = new Map<number, number>();
    let mode: number | null = null;
    for (const row of rows) {
      modes[row] = mode;
      const code = cells[row];
      if (code == null) continue;
      counts.set(code, (counts.get(code) ?? 0) + 1);
      if (mode === null || counts.get(code)! > counts.get(mode)!) mode = code;
    }
  }
  const last = lastKnown(families, codes);
  const byLast = sameness(cells, (row) => (last[row]! < 0 ? null : cells[last[row]!]!));
  return byLast >= oftenSame && byLast > sameness(cells, (row) => modes[row]!);
}

/** The share of cells that are the same as another, beyond what shuffled cells would be; 0 of few. */
function sameness<Cell>(cells: readonly (Cell | null)[], other: (row: number) => Cell | null): number {
  const counts = new Map<Cell, number>();
  let [both, same] = [0, 0];
  for (const [row, cell] of cells.entries()) {
    const like = cell === null ? null : other(row);
    if (cell === null || like === null) continue;
    both++;
    if (cell === like) same++;
    counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  const chance = [...counts.values()].reduce((sum, count) => sum + (count / both) ** 2, 0);
  return both < fewestSteps || chance >= 1 ? 0 : (same / both - chance) / (1 - chance);
}
