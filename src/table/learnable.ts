/** The part of a table that a model learns: no replaced column, no rare category, no address or number within a text. */
import { createRandom } from '../numeric/random.ts';
import { blotted, isProse } from './identifiers/prose.ts';
import { type Column, learnedSchema } from './schema.ts';
import type { ColumnData, Table } from './table.ts';

/**
 * The columns that are not replaced. A category, or a text that is no sentence, of fewer rows than the schema's
 * `minCategoryCount` is drawn anew from the others, each as often as it is there; where there are no others, its cells are
 * missing. In free texts, e-mail addresses and long numbers get other letters and digits.
 */
export function learnedTable(table: Table): Table {
  const { schema, rowCount } = table;
  const least = schema.minCategoryCount ?? 1;
  const kept = table.columns.filter((_, i) => !schema.columns[i]!.replaced);
  const columns = learnedSchema(schema).columns.map((column, i) => learnedColumn(column, kept[i]!, least, i));
  return {
    schema: { ...schema, columns: columns.map(({ column }) => column) },
    rowCount,
    columns: columns.map(({ data }) => data),
  };
}

interface LearnedColumn {
  readonly column: Column;
  readonly data: ColumnData;
}

function learnedColumn(column: Column, data: ColumnData, least: number, index: number): LearnedColumn {
  if (column.kind === 'text') {
    const texts = data as (string | null)[];
    const random = createRandom(0, 5, index);
    const open = texts.map((text) => (text === null ? null : blotted(text, random)));
    return least > 1 ? withoutRareTexts(column, open, least, index) : { column, data: open };
  }
  return column.kind === 'category' && least > 1
    ? withoutRare(column, data as Int32Array, least, index)
    : { column, data };
}

type ColumnOf<Kind> = Extract<Column, { kind: Kind }>;

function withoutRare(column: ColumnOf<'category'>, codes: Int32Array, least: number, index: number): LearnedColumn {
  const common = commonValues(codes, least, index);
  if (!common) return { column, data: codes };
  const values = column.values.filter((_, code) => common.has(code));
  const newCode = column.values.map((value) => values.indexOf(value));
  const data = codes.map((code) =>
    code < 0 ? code : (newCode[common.has(code) ? code : (common.drawn() ?? -1)] ?? -1),
  );
  return { column: { ...withRemark(column, values.length, least), values }, data };
}

function withoutRareTexts(
  column: ColumnOf<'text'>,
  texts: (string | null)[],
  least: number,
  index: number,
): LearnedColumn {
  const values = [...new Set(texts.filter((text) => text !== null))];
  const codeOf = new Map(values.map((value, code) => [value, code]));
  const common = isProse(values, texts.length)
    ? undefined
    : commonValues(
        Int32Array.from(texts, (text) => (text === null ? -1 : codeOf.get(text)!)),
        least,
        index,
      );
  if (!common) return { column, data: texts };
  const data = texts.map((text) =>
    text === null || common.has(codeOf.get(text)!) ? text : (values[common.drawn() ?? -1] ?? null),
  );
  return { column: withRemark(column, common.size, least), data };
}

/** The codes of at least `least` cells, and one of these cells' codes at random; undefined when all codes are common. */
function commonValues(codes: Int32Array, least: number, index: number) {
  const counts = new Map<number, number>();
  for (const code of codes) if (code >= 0) counts.set(code, (counts.get(code) ?? 0) + 1);
  const common = new Set([...counts].filter(([, count]) => count >= least).map(([code]) => code));
  if (common.size === counts.size) return undefined;
  const pool = codes.filter((code) => common.has(code));
  const random = createRandom(0, 6, index);
  return {
    size: common.size,
    has: (code: number) => common.has(code),
    drawn: () => (pool.length === 0 ? undefined : pool[random.int(pool.length)]!),
  };
}

/** A reason that quotes nothing of what is removed; without a value left, all cells are missing. */
function withRemark<Kind extends Column>(column: Kind, left: number, least: number): Kind {
  const others = left > 0 ? 'drawn anew from them' : 'missing';
  const reason = `${left} different values, each of at least ${least} rows; rarer ones are ${others}`;
  return { ...column, reason, missing: left > 0 ? column.missing : (column.missing ?? '') };
}
