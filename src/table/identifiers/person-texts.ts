/** Texts of invented persons for the rows of a replaced column: what a row says of one person belongs together. */
import { createRandom } from '../../numeric/random.ts';
import type { Column, Schema } from '../schema.ts';
import { mailbox, type Name, type People, spelledName } from './people.ts';
import { isPersonal, type Personal, reservedHosts } from './replacement.ts';
import { patternSupply, startOf } from './supply.ts';
import { type ReplacerOptions, type RowText, streams, textOfForms } from './unique-texts.ts';

export const rolesOf = ({ columns }: Schema) =>
  new Set(columns.flatMap(({ replaced }) => (isPersonal(replaced) ? [replaced.person ?? ''] : [])));

/** Who a row tells of, in one role. */
export interface RowPerson {
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

export function rowPerson(schema: Schema, role: string, options: ReplacerOptions, people: People): RowPerson {
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

export function personText(
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
