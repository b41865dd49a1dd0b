/** The order of the columns in which most rows are read in training, and in which new rows are written where nothing asks for another. */
import { parseCheck } from '../../table/checks/checks.ts';
import type { Schema } from '../../table/schema.ts';

/** The schema's order, but that columns which checks bind stand beside each other and the label last. @param target -1 for none. */
export function canonicalOrder(schema: Schema, target: number): Int32Array {
  const groups = boundColumns(schema);
  const inOrder = schema.columns.flatMap((_, column) => {
    const group = groups.find((bound) => bound.includes(column))?.toSorted((a, b) => a - b) ?? [column];
    return group[0] === column ? group : [];
  });
  return Int32Array.from([...inOrder.filter((column) => column !== target), ...(target < 0 ? [] : [target])]);
}

/** The columns that checks join, directly or through others; each column is in one group at most. */
function boundColumns({ columns, checks = [] }: Schema): number[][] {
  return checks
    .map((check) => parseCheck(check, columns).columns)
    .reduce<number[][]>((groups, bound) => {
      const joined = groups.filter((group) => group.some((column) => bound.includes(column)));
      return [...groups.filter((group) => !joined.includes(group)), [...new Set([...joined.flat(), ...bound])]];
    }, []);
}
