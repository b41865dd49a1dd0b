/**
 * Fills in what no model learns: keys that go on, and persons who do not exist. What a row gets depends on the seed and
 * the row's number alone, so that parts of a table can be written apart and still repeat nothing.
 */
import { createRandom } from '../../numeric/random.ts';
import type { RowRange } from '../../numeric/shard.ts';
import { formatCell, type Value, valueAt } from '../cells.ts';
import { tableFromValues } from '../from-values.ts';
import { type Column, isNumeric, learnedSchema, type Schema } from '../schema.ts';
import { takeRows } from '../select.ts';
import type { ColumnData, Table } from '../table.ts';
import { loadPeople, mailbox, type Name, type People, spelledName } from './people.ts';
import { isPersonal, type Personal, reservedHosts } from './replacement.ts';
import { counterSupply, patternSupply, startOf } from './supply.ts';
import { counterText, patternText, type ReplacerOptions, type RowText, streams, textOfForms } from './unique-texts.ts';

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

// Texts of invented persons for the rows of a replaced column: what a row says of one person belongs together.

const rolesOf = ({ columns }: Schema) =>
  new Set(columns.flatMap(({ replaced }) => (isPersonal(replaced) ? [replaced.person ?? ''] : [])));

/** Who a row tells of, in one role. */
interface RowPerson {
  /** Rows of one number tell of one person. */
  number(row: number): number;
  /** Whether every row has a person of its own. */
  readonly isUnique: boolean;
  /** How many persons there are, where they repeat. */
  readonly distinct: number;
  /** The names that the row shows, and what tells its e-mail address from others with the same names. */
  name(row: number): { shown: Name; mark: bigint | undefined };
}

/** Columns with nearly as many values as there are persons: each person has one of its own. */
const nearlyAll = 0.8;

function rowPerson(schema: Schema, role: string, options: ReplacerOptions, people: People): RowPerson {
  const own = schema.columns.flatMap(({ replaced }) =>
    isPersonal(replaced) && (replaced.person ?? '') === role ? [replaced] : [],
  );
  const isUnique = own.some(({ distinct }) => distinct === undefined);
  const distinct = own.reduce((most, replaced) => Math.max(most, replaced.distinct ?? 0), 1);
  const { seed } = options;
  const salt = saltOf(role);
  // Whoever the given tables tell of came before.
  const before = (options.taken ?? []).reduce((sum, { rowCount }) => sum + rowCount, 0);
  const number = (row: number) =>
    before + (isUnique ? row : createRandom(seed, streams.person, salt, row).int(distinct));
  const start = startOf(seed + salt, people.size);
  const whole = own.find(({ by }) => by === 'fullName');
  const first = whole ?? own.find(({ by }) => by === 'firstName');
  const last = whole ?? own.find(({ by }) => by === 'lastName');
  const person: RowPerson = {
    number,
    isUnique,
    distinct,
    name(row) {
      const numbered = (of: Personal | undefined) => start + BigInt(numberIn(of, number(row), person, seed));
      const natural = people.name(numbered(undefined));
      const shown = {
        first: people.name(numbered(first)).first,
        last: people.name(numbered(last)).last,
        round: people.name(numbered(whole)).round,
      };
      const isNatural = shown.first === natural.first && shown.last === natural.last;
      const mark = isNatural ? (natural.round > 0n ? natural.round + 1n : undefined) : numbered(undefined);
      return { shown, mark };
    },
  };
  return person;
}

/** Which of a column's values a person has: its own, or one of the fewer that there are. */
function numberIn(
  replaced: Personal | undefined,
  person: number,
  { isUnique, distinct }: RowPerson,
  seed: number,
): number {
  const fewer = replaced?.distinct;
  if (fewer === undefined || (!isUnique && fewer >= nearlyAll * distinct)) return person;
  return createRandom(seed, streams.value, saltOf(replaced!.by), person).int(fewer);
}

const saltOf = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)!) % 0x7fffffff, 0);

function personText(
  schema: Schema,
  index: number,
  replaced: Personal,
  person: RowPerson,
  options: ReplacerOptions,
  people: People,
): RowText {
  const column = schema.columns[index]!;
  // A second number or address of the same person differs from the first.
  const earlier = schema.columns.slice(0, index).filter((other) => isSameOf(other, replaced)).length;
  const numberOf = (row: number) => numberIn(replaced, person.number(row), person, options.seed);
  const start = startOf(options.seed + 0x10000 * (earlier + 1), people.size);
  const email: RowText = (row) => {
    const { shown, mark } = person.name(row);
    const { hosts = reservedHosts } = replaced;
    const host = hosts[(Number(BigInt(person.number(row)) % 97n) + earlier) % hosts.length]!;
    const again = earlier < hosts.length ? '' : `+${earlier}`;
    return `${mailbox(shown, mark)}${again}@${host}`;
  };
  const phone = () => phoneText(column, replaced, options, index, numberOf, people);
  switch (replaced.by) {
    case 'fullName':
      return (row) => {
        const { shown } = person.name(row);
        const other = earlier === 0 ? shown : people.name(start + BigInt(numberOf(row)));
        return spelledName(replaced.form ?? '{first} {last}', other);
      };
    case 'firstName':
    case 'lastName': {
      const part = replaced.by === 'firstName' ? 'first' : 'last';
      return (row) => (earlier === 0 ? person.name(row).shown[part] : people.name(start + BigInt(numberOf(row)))[part]);
    }
    case 'email':
      return email;
    case 'phone':
      return phone();
    case 'contact': {
      const other = phone();
      const { emails = 0.5 } = replaced;
      return (row) =>
        createRandom(options.seed, streams.form, index, person.number(row)).uniform() < emails
          ? email(row)
          : other(row);
    }
    case 'streetAddress':
      return (row) => people.street(start + BigInt(numberOf(row)));
    case 'company':
      return (row) => people.company(start + BigInt(numberOf(row)));
  }
}

const isSameOf = ({ replaced }: Column, { by, person }: Personal) =>
  isPersonal(replaced) && replaced.by === by && (replaced.person ?? '') === (person ?? '');

function phoneText(
  column: Column,
  { forms, distinct }: Personal,
  options: ReplacerOptions,
  index: number,
  numberOf: (row: number) => number,
  people: People,
): RowText {
  if (!forms) return (row) => people.phone(startOf(options.seed + index, people.size) + BigInt(numberOf(row)));
  const supplies = forms.map(({ pattern, unused, share }) => ({ share, supply: patternSupply(pattern, unused) }));
  return textOfForms(
    column,
    supplies,
    { of: numberOf, count: distinct === undefined ? options.rows : 1 },
    options,
    index,
  );
}
