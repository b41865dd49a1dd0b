/** Real rows as the generator sees those that it made: of lookup tables, and of a table that is kept. */
import { TabletalkError } from '../errors/errors.ts';
import { didYouMean } from '../errors/suggest.ts';
import type { Completer } from '../model/completer.ts';
import type { Random } from '../numeric/random.ts';
import { recastLeniently } from '../table/cast.ts';
import type { Value } from '../table/cells.ts';
import { learnedTable } from '../table/learnable.ts';
import { type Column, isCoded, type Schema } from '../table/schema.ts';
import { takeRows, withoutColumns } from '../table/select.ts';
import type { Table } from '../table/table.ts';
import type { Dataset } from './dataset.ts';
import { featureName, featureReader, History, type RowView, rowOf } from './features.ts';
import type { DatasetFile } from './manifest.ts';
import { type MadeTable, ownTable, type TablePlan } from './plan.ts';
import { drawnRows } from './sentences.ts';

/** A lookup table has no plan of its own: nothing of it is drawn. */
const planOf = (name: string, own: readonly Column[]): TablePlan => ({
  name,
  own: [...own],
  features: [],
  anchors: [],
  repeats: [],
  others: [],
  counts: [],
  ownerless: 0,
});

export function lookupRows(lookups: ReadonlyMap<string, Table>): Map<string, MadeTable> {
  return new Map(
    [...lookups].map(([name, table]) => {
      const own = learnedTable(table);
      const made: MadeTable = {
        plan: planOf(name, own.schema.columns),
        schema: own.schema,
        rows: valuesOf(own),
        owners: new Int32Array(table.rowCount).fill(-1),
        others: new Map(),
        given: table,
      };
      return [name, made];
    }),
  );
}

const valuesOf = (table: Table): (Value | null)[][] => drawnRows(table).map(({ values }) => [...values]);

interface GivenRows {
  readonly table: string;
  readonly rows: number;
  /** The rows from one on, with how many children each is to have drawn by the table's model. */
  take(
    from: number,
    count: number,
    completer: Completer | undefined,
    seed: number,
  ): Promise<{ made: MadeTable; keys: ReadonlyMap<string, readonly string[]> }>;
}

/** Throws `option` errors for a table that is not there, or is kept anyway. */
export function givenRows(file: DatasetFile, name: string, dataset: Dataset): GivenRows {
  const names = Object.keys(file.tables);
  const entry = file.tables[name];
  if (!entry) throw new TabletalkError('option', `keep "${name}": no such table${didYouMean(name, names)}`);
  const { plan } = entry;
  if (!plan) throw new TabletalkError('option', `keep "${name}": a lookup table is kept anyway`);
  if (plan.counts.length === 0) throw new TabletalkError('option', `keep "${name}": no table hangs below it`);
  const linked = dataset.tables.get(name)!;
  const schema: Schema = { version: 1, columns: [...plan.own] };
  const own = recast(ownTable(dataset, name), schema);
  const views = viewsAbove(dataset, plan);
  return {
    table: name,
    rows: linked.table.rowCount,
    async take(from, count, completer, seed) {
      const rows = Array.from({ length: count }, (_, i) => from + i);
      const values = rows.map((row) => [...own[row]!]);
      if (completer && count > 0) {
        const known = knownOf(
          plan,
          completer.schema,
          values,
          rows.map((row) => views(row)),
        );
        const drawn = await completer.complete(count, known, { seed: seed + from });
        for (const { name: column } of plan.counts) {
          const [to, at] = [schema.columns, drawn.schema.columns].map((all) =>
            all.findIndex((one) => one.name === column),
          );
          for (const [i, row] of values.entries()) row[to!] = (drawn.columns[at!] as Float64Array)[i]!;
        }
      }
      const made: MadeTable = {
        plan,
        schema,
        rows: values,
        owners: new Int32Array(count).fill(-1),
        others: new Map(),
        given: takeRows(linked.table, rows),
        above: rows.map((row) => views(row).owner),
      };
      return { made, keys: new Map([[name, rows.map((row) => linked.keys![row]!)]]) };
    },
  };
}

/** Rows under the model's columns; what these cannot hold is missing. Counts are drawn. */
function recast(table: Table, schema: Schema): (Value | null)[][] {
  const names = schema.columns.map(({ name }) => name);
  const stray = table.schema.columns.map(({ name }) => name).filter((name) => !names.includes(name));
  const { columns } = recastLeniently(withoutColumns(table, stray), schema);
  return Array.from({ length: table.rowCount }, (_, row) => columns.map((cells) => cells?.[row] ?? null));
}

/** What the row's owner, and the owner's, say. */
function viewsAbove(dataset: Dataset, { name, owner, above }: TablePlan) {
  const { tables, structure } = dataset;
  const owners = owner && ownTable(dataset, owner.table);
  const aboves = above === undefined ? undefined : ownTable(dataset, above);
  return (row: number): { owner: RowView | undefined; above: RowView | undefined } => {
    const at = owner ? tables.get(name)!.parentRows.get(owner.column)![row]! : -1;
    if (!owners || at < 0) return { owner: undefined, above: undefined };
    const link = structure.owners.get(owner!.table);
    const up = link && aboves ? tables.get(owner!.table)!.parentRows.get(link.column)![at]! : -1;
    return { owner: rowOf(owners, at), above: aboves && up >= 0 ? rowOf(aboves, up) : undefined };
  };
}

/** What the model is told of given rows: their features, and every own column but counts and distances. */
function knownOf(
  plan: TablePlan,
  learned: Schema,
  rows: readonly (readonly (Value | null)[])[],
  above: readonly { owner: RowView | undefined; above: RowView | undefined }[],
) {
  const own: Schema = { version: 1, columns: [...plan.own] };
  const read = featureReader(plan.features, own);
  const codes = above.map((views) => read({ ...views, size: 1 }, new History(own)));
  const features = plan.features.map((feature, i) => ({
    name: featureName(feature),
    cells: codes.map((one) => (one[i]! < 0 ? null : one[i]!)),
  }));
  const drawn = new Set([...plan.counts.map(({ name }) => name), ...plan.anchors.map(({ column }) => column)]);
  const columns = plan.own.flatMap((column, i) => {
    if (drawn.has(column.name) || !learned.columns.some(({ name }) => name === column.name)) return [];
    // A cell that the model has no words for is drawn, and not used.
    return [{ name: column.name, cells: rows.map((row) => row[i] ?? (column.missing === null ? undefined : null)) }];
  });
  return [...features, ...columns];
}

// Chooses a parent for each row among those that exist, by what the row says of it.

interface Candidates {
  readonly columns: readonly Column[];
  /** By candidate, its attributes. */
  readonly rows: readonly (readonly (Value | null)[])[];
  /** How many rows each is to have; undefined where any number will do. */
  readonly slots?: Float64Array | undefined;
  /** Which candidates a row may have at all, by a mark that both must have: the same owner, the level above. */
  readonly marks?: Int32Array | undefined;
}

export interface Wish {
  readonly row: number;
  readonly said: readonly (Value | null)[];
  readonly mark?: number;
  /** Whether the row may have this candidate. */
  accepts?(candidate: number): boolean;
  /** Takes note of the one that it has. */
  take?(candidate: number): void;
}

/** As many candidates are compared for one row. */
const mostCompared = 256;

/**
 * The candidate of each wish, -1 where none may be had. A row takes the one that is most like what it says; of those with
 * slots, one that has a slot left where there is one. Wishes are met in random order.
 */
export function chooseParents(
  { columns, rows, slots, marks }: Candidates,
  wishes: readonly Wish[],
  random: Random,
): Int32Array {
  const scales = columns.map((column, i) => (isCoded(column) ? 0 : scaleOf(rows, i)));
  const coded = columns.map(isCoded);
  const bucketOf = (said: readonly (Value | null)[], mark: number) =>
    `${mark}|${said.filter((_, i) => coded[i]).join('|')}`;
  const free = new Map<string, number[]>();
  const byMark = new Map<number, number[]>();
  const left = slots && Float64Array.from(slots);
  for (const [candidate, said] of rows.entries()) {
    const mark = marks?.[candidate] ?? 0;
    push(free, bucketOf(said, mark), candidate);
    push(byMark, mark, candidate);
  }
  const distance = (a: readonly (Value | null)[], b: readonly (Value | null)[]) =>
    a.reduce<number>((sum, x, i) => sum + difference(x, b[i]!, scales[i]!), 0);
  const bestOf = (candidates: readonly number[], wish: Wish, needsSlot: boolean): number => {
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    const start = candidates.length > mostCompared ? random.int(candidates.length) : 0;
    let compared = 0;
    for (let i = 0; i < candidates.length && compared < mostCompared; i++) {
      const candidate = candidates[(start + i) % candidates.length]!;
      if (needsSlot && left && left[candidate]! <= 0) continue;
      if (wish.accepts && !wish.accepts(candidate)) continue;
      compared++;
      const far = distance(wish.said, rows[candidate]!);
      if (far < least) [best, least] = [candidate, far];
    }
    return best;
  };
  const chosen = new Int32Array(wishes.length);
  for (const at of random.shuffle(Int32Array.from(wishes.keys()))) {
    const wish = wishes[at]!;
    const mark = wish.mark ?? 0;
    const alike = free.get(bucketOf(wish.said, mark)) ?? [];
    const all = byMark.get(mark) ?? [];
    let found = bestOf(alike, wish, true);
    if (found < 0) found = bestOf(all, wish, true);
    if (found < 0) found = bestOf(alike.length > 0 ? alike : all, wish, false);
    if (found < 0) found = bestOf(all, wish, false);
    if (found >= 0 && left) left[found]! -= 1;
    if (found >= 0 && left && left[found]! <= 0) drop(alike, found, all);
    if (found >= 0) wish.take?.(found);
    chosen[at] = found;
  }
  return chosen;
}

/** Candidates without a slot go to the end of their lists' use: they are looked at only where no other is left. */
function drop(alike: number[], candidate: number, all: number[]): void {
  for (const list of [alike, all]) {
    const at = list.indexOf(candidate);
    if (at >= 0 && list.length > 1) list.splice(at, 1);
  }
}

function push<Key>(lists: Map<Key, number[]>, key: Key, candidate: number): void {
  const list = lists.get(key);
  if (list) list.push(candidate);
  else lists.set(key, [candidate]);
}

function scaleOf(rows: readonly (readonly (Value | null)[])[], at: number): number {
  const numbers = Float64Array.from(rows.flatMap((row) => (typeof row[at] === 'number' ? [row[at]] : []))).sort();
  const width =
    (numbers[Math.floor(0.9 * (numbers.length - 1))] ?? 0) - (numbers[Math.floor(0.1 * (numbers.length - 1))] ?? 0);
  return width > 0 ? width : 1;
}

/** 1 for another category, or for numbers as far apart as most are. */
function difference(a: Value | null, b: Value | null, scale: number): number {
  if (a === b) return 0;
  if (a === null || b === null || scale === 0) return 1;
  return Math.min(2, Math.abs((a as number) - (b as number)) / scale);
}
