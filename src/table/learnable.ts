/** The part of a table that a model learns. It knows the schema's remarks, nothing of models. */
import { createRandom } from '../numeric/random.ts';
import { type Column, learnedSchema } from './schema.ts';
import type { ColumnData, Table } from './table.ts';

/**
 * The columns that are not replaced, without the categories that are too rare: a cell of such a one is drawn anew from
 * the others, each as often as it is there.
 */
export function learnedTable(table: Table): Table {
  const { schema, rowCount } = table;
  const least = schema.minCategoryCount ?? 1;
  const kept = table.columns.filter((_, i) => !schema.columns[i]!.replaced);
  const columns = learnedSchema(schema).columns.map((column, i) => withoutRare(column, kept[i]!, least, i));
  return {
    schema: { ...schema, columns: columns.map(({ column }) => column) },
    rowCount,
    columns: columns.map(({ data }) => data),
  };
}

function withoutRare(
  column: Column,
  data: ColumnData,
  least: number,
  index: number,
): { column: Column; data: ColumnData } {
  if (column.kind !== 'category' || least <= 1) return { column, data };
  const codes = data as Int32Array;
  const counts = new Int32Array(column.values.length);
  for (const code of codes) if (code >= 0) counts[code]!++;
  const common = column.values.filter((_, code) => counts[code]! >= least);
  if (common.length === column.values.length || common.length === 0) return { column, data };
  const newCode = column.values.map((value) => common.indexOf(value));
  const pool = codes.filter((code) => code >= 0 && newCode[code]! >= 0);
  const random = createRandom(0, 6, index);
  const protectedCodes = codes.map((code) =>
    code < 0 ? code : newCode[code]! >= 0 ? newCode[code]! : newCode[pool[random.int(pool.length)]!]!,
  );
  return { column: { ...column, values: common }, data: protectedCodes };
}
