/**
 * Fills in what no model learns: keys that go on, and persons who do not exist. It knows the schema and the rows a model
 * made, nothing of models.
 */
import type { Faker } from '@faker-js/faker';
import { TabletalkError } from '../../errors/errors.ts';
import { createRandom, type Random } from '../../numeric/random.ts';
import type { Value } from '../cells.ts';
import { tableFromValues } from '../from-values.ts';
import { type Column, isPersonal, learnedSchema, type Replacement, type Schema } from '../schema.ts';
import type { ColumnData, Table } from '../table.ts';
import { patternStrings } from './patterns.ts';

/** Rows of the learned columns to rows of all; rows are numbered across calls, and equal seeds give equal rows. */
export type Replacer = (learned: Table) => Table;

/** Throws an `input` error when the schema's locale is none that Faker knows. */
export async function createReplacer(schema: Schema, seed: number): Promise<Replacer> {
  if (learnedSchema(schema) === schema) return (table) => table;
  const random = createRandom(seed, 7);
  const faker = schema.columns.some(({ replaced }) => isPersonal(replaced))
    ? await loadFaker(schema.locale ?? 'en')
    : undefined;
  const fillers = schema.columns.map((column) => column.replaced && fillerOf(column, column.replaced, random, faker));
  // Names first: an e-mail address is made from them.
  const order = fillers.map((_, i) => i).sort((a, b) => rankOf(schema.columns[a]!) - rankOf(schema.columns[b]!));
  let rowsDone = 0;
  return (learned) => {
    const rows: Value[][] = [];
    for (let row = 0; row < learned.rowCount; row++, rowsDone++) {
      const person = newPerson(seed, faker);
      const cells: Value[] = [];
      for (const i of order) {
        const missing = schema.columns[i]!.missingShare ?? 0;
        // Drawn for every cell, so that one column's gaps do not move another's values.
        const isMissing = fillers[i] !== undefined && missing > 0 && random.uniform() < missing;
        const value = fillers[i]?.(rowsDone, person);
        if (value !== undefined && !isMissing) cells[i] = value;
      }
      rows.push(cells);
    }
    return merged(schema, learned, rows);
  };
}

/** The learned columns as they are, the others from `rows`. */
function merged(schema: Schema, learned: Table, rows: readonly Value[][]): Table {
  const filled = tableFromValues(
    schema,
    rows.map((cells) => schema.columns.map((_, i) => cells[i] ?? null)),
  );
  let next = 0;
  const columns: ColumnData[] = schema.columns.map(({ replaced }, i) =>
    replaced ? filled.columns[i]! : learned.columns[next++]!,
  );
  return { schema, rowCount: learned.rowCount, columns };
}

/** What the columns of one row share. */
interface Person {
  firstName?: string;
  lastName?: string;
  /** Makes Faker begin anew, so that a value depends on seed and number only. */
  seedFor(purpose: number, number: number): void;
}

function newPerson(seed: number, faker: Faker | undefined): Person {
  return {
    seedFor(purpose, number) {
      faker?.seed(createRandom(seed, 8, purpose, number).int(0x7fffffff));
    },
  };
}

type Filler = (row: number, person: Person) => Value;

function fillerOf(column: Column, replaced: Replacement, random: Random, faker: Faker | undefined): Filler {
  switch (replaced.by) {
    case 'sequence':
      return (row) => replaced.next + row;
    case 'pattern':
      return patternFiller(column, replaced, random);
    default:
      return personFiller(replaced, random, faker!);
  }
}

function patternFiller(
  column: Column,
  { pattern, distinct }: Extract<Replacement, { by: 'pattern' }>,
  random: Random,
): Filler {
  const strings = patternStrings(pattern, random);
  return (row) => {
    if (distinct === undefined && BigInt(row) >= strings.count) {
      throw new TabletalkError(
        'failed',
        `column "${column.name}": there are only ${strings.count} different values like ${pattern}`,
      );
    }
    return strings.at(distinct === undefined ? row : random.int(distinct));
  };
}

/** What each kind of value is for. Values of one purpose and number are equal. */
const purposes = { fullName: 1, firstName: 2, lastName: 3, email: 4, phone: 5, streetAddress: 6 } as const;
type Purpose = keyof typeof purposes;

const rankOf = ({ replaced }: Column): number => (isPersonal(replaced) ? purposes[replaced!.by as Purpose] : 0);

/** How often a value that was there already is drawn anew. */
const mostTrials = 20;

function personFiller({ by, distinct }: Extract<Replacement, { by: Purpose }>, random: Random, faker: Faker): Filler {
  const seen = new Set<string>();
  return (row, person) => {
    // Values repeat where training's did; a person's names stand for who it is.
    person.seedFor(purposes[by], distinct === undefined ? row : random.int(distinct));
    let value = makers[by](faker, person);
    if (distinct !== undefined) return value;
    for (let trial = 0; seen.has(value) && trial < mostTrials; trial++) value = makers[by](faker, person, trial + 2);
    seen.add(value);
    return value;
  };
}

const makers: Record<Purpose, (faker: Faker, person: Person, trial?: number) => string> = {
  fullName(faker, person) {
    person.firstName = faker.person.firstName();
    person.lastName = faker.person.lastName();
    return `${person.firstName} ${person.lastName}`;
  },
  firstName: (faker, person) => (person.firstName ??= faker.person.firstName()),
  lastName: (faker, person) => (person.lastName ??= faker.person.lastName()),
  email(faker, { firstName = faker.person.firstName(), lastName = faker.person.lastName() }, trial) {
    const [name, host] = faker.internet.exampleEmail({ firstName, lastName }).toLowerCase().split('@') as [
      string,
      string,
    ];
    return `${name}${trial === undefined ? '' : trial}@${host}`;
  },
  phone: (faker) => faker.phone.number(),
  streetAddress: (faker) => faker.location.streetAddress(),
};

/** Only the one locale is loaded, and only when a table needs it. */
async function loadFaker(locale: string): Promise<Faker> {
  try {
    return ((await import(`@faker-js/faker/locale/${locale}`)) as { faker: Faker }).faker;
  } catch {
    throw new TabletalkError('input', `the schema's locale "${locale}" is none that @faker-js/faker knows`);
  }
}
