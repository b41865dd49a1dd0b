/** Chooses a parent for each row among those that exist, by what the row says of it. */
import type { Random } from '../numeric/random.ts';
import type { Value } from '../table/cells.ts';
import { type Column, isCoded } from '../table/schema.ts';

export interface Candidates {
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
