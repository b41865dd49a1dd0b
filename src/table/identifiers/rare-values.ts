/** Values that stand for one row only: whoever knows that row's value finds it in the model, or in new rows. */
import { learnedTable } from '../learnable.ts';
import type { Table } from '../table.ts';
import { isProse } from './prose.ts';

export interface RareValues {
  readonly column: string;
  /** The values of one row each, sorted. */
  readonly values: readonly string[];
}

/** By learned column, categories and short texts such as tickets; sentences are all of one row, and left out. */
export function rareValues(table: Table): RareValues[] {
  const { schema, columns, rowCount } = learnedTable(table);
  return schema.columns.flatMap((column, i) => {
    if (column.kind !== 'category' && column.kind !== 'text') return [];
    const counts = new Map<string, number>();
    const data = columns[i]!;
    for (let row = 0; row < rowCount; row++) {
      const value = column.kind === 'category' ? column.values[data[row] as number] : (data[row] as string | null);
      if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = [...counts].filter(([, count]) => count === 1).map(([value]) => value);
    const isSentences = column.kind === 'text' && isProse([...counts.keys()], rowCount);
    return values.length === 0 || isSentences ? [] : [{ column: column.name, values: values.sort() }];
  });
}
