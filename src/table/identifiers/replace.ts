/**
 * Fills in what no model learns: keys that go on, and persons who do not exist. What a row gets depends on the seed and
 * the row's number alone, so that parts of a table can be written apart and still repeat nothing.
 */
import { createRandom } from '../../numeric/random.ts';
import type { RowRange } from '../../numeric/shard.ts';
import { formatCell, type Value, valueAt } from '../cells.ts';
import { tableFromValues } from '../from-values.ts';
import { isNumeric, learnedSchema, type Schema } from '../schema.ts';
import { takeRows } from '../select.ts';
import type { ColumnData, Table } from '../table.ts';
import { loadPeople, type People } from './people.ts';
import { personText, type RowPerson, rolesOf, rowPerson } from './person-texts.ts';
import { isPersonal } from './replacement.ts';
import { counterSupply } from './supply.ts';
import { counterText, patternText, type ReplacerOptions, streams } from './unique-texts.ts';

/** Rows of the learned columns to rows of all; rows are numbered across calls, and equal seeds give equal rows. */
export type Replacer = (learned: Table) => Table;

/**
 * Throws an `input` error for a locale that Faker does not know, and an `option` error where a column cannot have as many
 * different values as rows are to come.
 */
export async function createReplacer(schema: Schema, options: ReplacerOptions): Promise<Replacer> {
  if (learnedSchema(schema) === schema) return (table) => table;
  const needsPeople = schema.columns.some(({ replaced }) => isPersonal(replaced));
  const people = needsPeople ? await loadPeople(schema.locale ?? 'en') : undefined;
  const fillers = fillersOf(schema, options, people);
  let next = options.firstRow ?? 0;
  return (learned) => {
    const first = next;
    next += learned.rowCount;
    const rows = Array.from({ length: learned.rowCount }, (_, i) => fillers.map((fill) => fill?.(first + i) ?? null));
    return merged(schema, learned, rows);
  };
}

/**
 * The learned columns with replaced ones that have a value where `table` has none, and none where it has one: identifiers
 * that the table does not have.
 * @param learned the rows of `range` only.
 */
export async function fillReplaced(
  table: Table,
  learned: Table,
  schema: Schema,
  seed: number,
  { from, to }: RowRange,
): Promise<Table> {
  const columns = schema.columns.map(({ missingShare: _, ...column }) => column);
  const index = columns.map(({ name }) => table.schema.columns.findIndex((own) => own.name === name));
  const isGap = (column: number, row: number) => index[column]! < 0 || isMissingCell(table, index[column]!, row);
  const gaps = Array.from({ length: table.rowCount }, (_, row) => row).filter((row) =>
    columns.some(({ replaced }, i) => replaced && isGap(i, row)),
  );
  const firstRow = gaps.filter((row) => row < from).length;
  const rows = gaps.filter((row) => row >= from && row < to);
  const replace = await createReplacer({ ...schema, columns }, { seed, rows: gaps.length, firstRow, taken: [table] });
  const made = replace(
    takeRows(
      learned,
      rows.map((row) => row - from),
    ),
  );
  const places = new Map(rows.map((row, place) => [row, place]));
  const all = Array.from({ length: learned.rowCount }, (_, i) =>
    columns.map(({ replaced }, column) => {
      const place = places.get(from + i);
      return replaced && place !== undefined && isGap(column, from + i) ? valueAt(made.columns[column]!, place) : null;
    }),
  );
  return merged({ ...schema, columns }, learned, all);
}

/** Rows of the learned columns, under a schema of all of them, with identifiers and persons that no `taken` table has. */
export async function withReplaced(rows: Table, schema: Schema, seed: number, taken: readonly Table[]): Promise<Table> {
  const columns = schema.columns.map((column) =>
    column.replaced ? column : rows.schema.columns.find(({ name }) => name === column.name)!,
  );
  const replace = await createReplacer({ ...schema, columns }, { seed, rows: rows.rowCount, taken });
  return replace(rows);
}

function isMissingCell(table: Table, index: number, row: number): boolean {
  const column = table.schema.columns[index]!;
  const text = formatCell(column, table.columns[index]!, row);
  return text === null || text === column.missing;
}

/** The learned columns as they are, the others from `rows`. */
function merged(schema: Schema, learned: Table, rows: readonly (readonly (Value | null)[])[]): Table {
  const filled = tableFromValues(schema, rows);
  let next = 0;
  const columns: ColumnData[] = schema.columns.map(({ replaced }, i) =>
    replaced ? filled.columns[i]! : learned.columns[next++]!,
  );
  return { schema, rowCount: learned.rowCount, columns };
}

/** The value of a row, null where it is missing. */
type Filler = (row: number) => Value | null;

function fillersOf(schema: Schema, options: ReplacerOptions, people: People | undefined): (Filler | undefined)[] {
  const persons = new Map<string, RowPerson>();
  if (people) for (const role of rolesOf(schema)) persons.set(role, rowPerson(schema, role, options, people));
  return schema.columns.map((column, index) => {
    const { replaced, missingShare = 0 } = column;
    if (!replaced) return undefined;
    const text = isPersonal(replaced)
      ? personText(schema, index, replaced, persons.get(replaced.person ?? '')!, options, people!)
      : replaced.by === 'sequence'
        ? counterText(column, counterSupply(replaced), options)
        : patternText(column, replaced, options, index);
    return (row) => {
      const isMissing =
        missingShare > 0 && createRandom(options.seed, streams.missing, index, row).uniform() < missingShare;
      if (isMissing) return null;
      return isNumeric(column) ? Number(text(row)) : text(row);
    };
  });
}
