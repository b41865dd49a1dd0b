/** Column orders in which the columns that a schema's checks bind stand beside each other, so that their relation is learned. */
import type { Random } from '../numeric/random.ts';
import { parseCheck } from '../table/checks/checks.ts';
import type { Schema } from '../table/schema.ts';

/** The columns that checks join, directly or through others; each column is in one group at most. */
export function boundColumns({ columns, checks = [] }: Schema): number[][] {
  return checks
    .map((check) => parseCheck(check, columns).columns)
    .reduce<number[][]>((groups, bound) => {
      const joined = groups.filter((group) => group.some((column) => bound.includes(column)));
      return [...groups.filter((group) => !joined.includes(group)), [...new Set([...joined.flat(), ...bound])]];
    }, []);
}

/** A random order of the columns, each group together and in a random order of its own. */
export function shuffleGrouped(columns: number, groups: readonly (readonly number[])[], random: Random): Int32Array {
  const grouped = new Set(groups.flat());
  const single = Array.from({ length: columns }, (_, column) => [column]).filter(([column]) => !grouped.has(column!));
  const units = random.shuffle([...single, ...groups.map((group) => random.shuffle([...group]))]);
  return Int32Array.from(units.flat());
}
