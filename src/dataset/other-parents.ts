/**
 * Parents beside the owner: what a row says of one, as it is learned and as it is drawn, and which of those that exist it
 * gets, by what it says.
 */
import type { Random } from '../numeric/random.ts';
import type { Value } from '../table/cells.ts';
import { type Column, isCoded, isNumeric, type Schema } from '../table/schema.ts';
import type { Table } from '../table/table.ts';
import { countsOf, distanceColumn, type LearnedColumn, moved, spread } from './anchors.ts';
import { columnOf, type Dataset, indexOf, picked } from './dataset.ts';
import type { RowView } from './features.ts';
import { attributeName, levelName, type MadeTable, type OtherParent, presenceName, type TablePlan } from './plan.ts';
import type { ParentRule } from './rules.ts';

/** What the rows say of another parent, as columns of their own. */
export function otherData(
  { tables }: Dataset,
  { name, order }: TablePlan,
  owns: ReadonlyMap<string, Table>,
  other: OtherParent,
): LearnedColumn[] {
  if (other.by === 'key') return [];
  const rows = tables.get(name)!.parentRows.get(other.column)!;
  const [parent, own] = [owns.get(other.table)!, owns.get(name)!];
  const said = other.attributes.flatMap(({ column: attribute, unit }): LearnedColumn[] => {
    const at = columnOf(parent, attribute);
    const column: Column = { ...parent.schema.columns[at]!, name: attributeName(other.column, attribute) };
    const missing = column.missing ?? (other.optional ? '' : null);
    const data = picked(parent.columns[at]!, rows);
    if (!isNumeric(column) || unit === undefined) return [{ column: { ...column, missing }, data }];
    const values = data as Float64Array;
    const times = own.columns[columnOf(own, order!)] as Float64Array;
    return [
      distanceColumn(
        column.name,
        countsOf(
          values.map((x, row) => x - times[row]!),
          unit,
        ),
      ) ?? { column: { ...column, missing }, data: values },
    ];
  });
  if (!other.optional) return said;
  const column: Column = { name: presenceName(other.column), kind: 'boolean', missing: null, values: ['no', 'yes'] };
  return [{ column, data: rows.map((row) => (row < 0 ? 0 : 1)) }, ...said];
}

/** What is drawn of another parent: its attributes in order, null where they are missing; undefined where there is no parent. */
function saidOf(
  { own, order }: TablePlan,
  { column, attributes, optional }: OtherParent,
  parent: Schema,
  drawn: RowView,
  row: readonly (Value | null)[],
): (Value | null)[] | undefined {
  const index = indexOf(drawn.schema);
  if (optional && drawn.values[index.get(presenceName(column))!] === 0) return undefined;
  return attributes.map(({ column: attribute, unit }) => {
    const at = index.get(attributeName(column, attribute))!;
    const value = drawn.values[at]!;
    if (unit === undefined || drawn.schema.columns[at]!.kind === 'datetime') return value;
    const like = parent.columns.find(({ name }) => name === attribute)!;
    return moved(like, row[own.findIndex(({ name }) => name === order)]!, value, unit);
  });
}

/** By row, the row of its parent among those of the table `parent`, -1 without one. @param views what was drawn of the rows. */
export function parentsFor(
  other: OtherParent,
  made: MadeTable,
  parent: MadeTable,
  views: readonly RowView[],
  rule: ParentRule | undefined,
  random: Random,
): Int32Array {
  const { plan } = made;
  const columns = other.attributes.map(({ column }) => parent.schema.columns.find(({ name }) => name === column)!);
  const at = columns.map(({ name }) => parent.schema.columns.findIndex((column) => column.name === name));
  const count = parent.plan.counts.findIndex(({ table, column }) => table === plan.name && column === other.column);
  const counted =
    count < 0 ? -1 : parent.schema.columns.findIndex(({ name }) => name === parent.plan.counts[count]!.name);
  const candidates = {
    columns,
    rows: parent.rows.map((row) => at.map((index) => row[index]!)),
    ...(counted >= 0 && { slots: Float64Array.from(parent.rows, (row) => row[counted] as number) }),
  };
  const sayings = made.rows.map((row, r) => saidOf(plan, other, parent.schema, views[r]!, row));
  const choose = (wishes: readonly Wish[], marks?: Int32Array) =>
    chooseParents({ ...candidates, ...(marks && { marks }) }, wishes, random);
  return other.table === plan.name
    ? byLevel(made, sayings, choose)
    : beside(other, made, parent, sayings, choose, rule);
}

function beside(
  other: OtherParent,
  made: MadeTable,
  parent: MadeTable,
  sayings: readonly ((Value | null)[] | undefined)[],
  choose: (wishes: readonly Wish[], marks?: Int32Array) => Int32Array,
  rule: ParentRule | undefined,
): Int32Array {
  const wishes = sayings.flatMap((said, row): Wish[] =>
    said
      ? [
          {
            row,
            said,
            ...(other.within && { mark: made.owners[row]! }),
            ...(rule && { accepts: (candidate: number) => rule.accepts(row, candidate) }),
            ...(rule && { take: (candidate: number) => rule.take(row, candidate) }),
          },
        ]
      : [],
  );
  const chosen = choose(wishes, other.within ? parent.owners : undefined);
  const found = new Int32Array(made.rows.length).fill(-1);
  for (const [i, { row }] of wishes.entries()) found[row] = chosen[i]!;
  return found;
}

/** Parents in the same table: rows of one level choose among those of the level above, so that there is no circle. */
function byLevel(
  made: MadeTable,
  sayings: readonly ((Value | null)[] | undefined)[],
  choose: (wishes: readonly Wish[], marks?: Int32Array) => Int32Array,
): Int32Array {
  const at = made.schema.columns.findIndex(({ name }) => name === levelName);
  const drawn = made.rows.map((row) => row[at] as number);
  // No level is skipped: without rows above them, rows move up.
  const used = [...new Set(drawn)].sort((a, b) => a - b);
  const levels = Int32Array.from(drawn, (level) => used.indexOf(level));
  for (const [row, level] of levels.entries()) made.rows[row]![at] = level;
  const found = new Int32Array(made.rows.length).fill(-1);
  const wishes = sayings.flatMap((said, row): Wish[] =>
    levels[row]! > 0 ? [{ row, said: said ?? [], mark: levels[row]! - 1 }] : [],
  );
  const chosen = choose(wishes, levels);
  for (const [i, { row }] of wishes.entries()) found[row] = chosen[i]!;
  return found;
}

interface Candidates {
  readonly columns: readonly Column[];
  /** By candidate, its attributes. */
  readonly rows: readonly (readonly (Value | null)[])[];
  /** How many rows each is to have; undefined where any number will do. */
  readonly slots?: Float64Array | undefined;
  /** Which candidates a row may have at all, by a mark that both must have: the same owner, the level above. */
  readonly marks?: Int32Array | undefined;
}

interface Wish {
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

/** How far apart most candidates are. */
function scaleOf(rows: readonly (readonly (Value | null)[])[], at: number): number {
  return spread(Float64Array.from(rows, (row) => (typeof row[at] === 'number' ? row[at] : Number.NaN))) || 1;
}

/** 1 for another category, or for numbers as far apart as most are. */
function difference(a: Value | null, b: Value | null, scale: number): number {
  if (a === b) return 0;
  if (a === null || b === null || scale === 0) return 1;
  return Math.min(2, Math.abs((a as number) - (b as number)) / scale);
}
