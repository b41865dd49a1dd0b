/** Invented people by number: names of a locale in every combination, and what is made of them. */
import type { Faker } from '@faker-js/faker';
import { TabletalkError } from '../../errors/errors.ts';
import type { Column } from '../schema.ts';
import { isNumber, type TextCells } from '../text/text-table.ts';
import { wordsOf } from './candidate.ts';
import { detectNames } from './detect.ts';
import { isPersonal } from './replacement.ts';
import { scattered } from './supply.ts';

export interface Name {
  readonly first: string;
  readonly last: string;
  /** How often all combinations came before this one: tells equal names apart. */
  readonly round: bigint;
}

export interface People {
  /** How many combinations of a first and a last name there are. */
  readonly size: bigint;
  /** Different numbers give different people. */
  name(number: bigint): Name;
  company(number: bigint): string;
  street(number: bigint): string;
  phone(number: bigint): string;
}

/** Throws an `input` error for a locale that Faker does not have. */
export async function loadPeople(locale: string): Promise<People> {
  const faker = await loadFaker(locale);
  const { first_name, last_name } = faker.definitions.person;
  const [firsts, lasts] = [namesOf(first_name), namesOf(last_name)];
  const size = BigInt(firsts.length * lasts.length);
  const order = scattered(size);
  const name = (number: bigint): Name => {
    const chosen = Number(order.at(number % size));
    return {
      first: firsts[chosen % firsts.length]!,
      last: lasts[Math.floor(chosen / firsts.length)]!,
      round: number / size,
    };
  };
  const legalForms = (faker.definitions.company.legal_entity_type ?? ['Ltd']) as readonly string[];
  const streets = streetsOf(faker);
  return {
    size,
    name,
    company(number) {
      const { first, last, round } = companyOwners(lasts, number);
      const place = round > 0n ? ` ${round + 1n}` : '';
      return `${first} & ${last}${place} ${legalForms[Number(number % BigInt(legalForms.length))]}`;
    },
    street: (number) => streets(number),
    phone(number) {
      faker.seed(Number(number % 0x7fffffffn));
      return faker.phone.number();
    },
  };
}

/** Only the one locale is loaded, and only when a table needs it. */
async function loadFaker(locale: string): Promise<Faker> {
  try {
    return ((await import(`@faker-js/faker/locale/${locale}`)) as { faker: Faker }).faker;
  } catch {
    throw new TabletalkError('input', `the schema's locale "${locale}" is none that @faker-js/faker knows`);
  }
}

/** Single words, each spelling of an e-mail address once: Muller and Müller would be one there. */
function namesOf(definitions: Partial<Record<string, readonly string[]>> | undefined): string[] {
  const bySlug = new Map<string, string>();
  for (const name of Object.values(definitions ?? {}).flatMap((names) => names ?? [])) {
    if (!/\s/.test(name) && !bySlug.has(slug(name) || name)) bySlug.set(slug(name) || name, name);
  }
  return [...bySlug.values()];
}

function companyOwners(lasts: readonly string[], number: bigint): Name {
  const order = scattered(BigInt(lasts.length) ** 2n);
  const size = BigInt(lasts.length) ** 2n;
  const chosen = Number(order.at(number % size));
  return {
    first: lasts[chosen % lasts.length]!,
    last: lasts[Math.floor(chosen / lasts.length)]!,
    round: number / size,
  };
}

const mostStreets = 2000;
const mostHouses = 199n;

/** House numbers of different streets, spelled as the locale does. */
function streetsOf(faker: Faker): (number: bigint) => string {
  let order: ReturnType<typeof scattered> | undefined;
  let streets: string[] = [];
  return (number) => {
    if (!order) {
      faker.seed(1);
      const template = faker.location.streetAddress();
      const numberFirst = /^\d/.test(template);
      const names = Array.from({ length: mostStreets }, () => faker.location.street()).filter(
        (name) => !/\d/.test(name),
      );
      streets = [...new Set(names)].map((name) => (numberFirst ? `# ${name}` : `${name} #`));
      order = scattered(BigInt(streets.length) * mostHouses);
    }
    const size = BigInt(streets.length) * mostHouses;
    const chosen = order.at(number % size);
    const house = 1n + chosen / BigInt(streets.length);
    const flat = number >= size ? `/${number / size}` : '';
    return streets[Number(chosen % BigInt(streets.length))]!.replace('#', `${house}${flat}`);
  };
}

/** How a column spells a whole name: `{first} {last}`, `{LAST}, {first}`; capitals for capitals, after training's. */
export function spelledName(form: string, { first, last, round }: Name): string {
  const given = `${first}${initials(round)}`;
  return form
    .replaceAll('{first}', given)
    .replaceAll('{last}', last)
    .replaceAll('{FIRST}', given.toUpperCase())
    .replaceAll('{LAST}', last.toUpperCase());
}

/** "", " A.", ..., " Z.", " A. A.", ... */
function initials(round: bigint): string {
  let text = '';
  for (let rest = round; rest > 0n; rest = (rest - 1n) / 26n) {
    text = ` ${String.fromCharCode(65 + Number((rest - 1n) % 26n))}.${text}`;
  }
  return text;
}

/** "anna.meyer", from the names that the row shows. `number` tells equal ones apart. */
export function mailbox({ first, last }: Pick<Name, 'first' | 'last'>, number: bigint | undefined): string {
  const [a, b] = [slug(first), slug(last)];
  const known = a !== '' && b !== '';
  return `${known ? `${a}.${b}` : 'user'}${number === undefined && known ? '' : (number ?? '')}`;
}

const cyrillic: Record<string, string> = Object.fromEntries(
  'а a,б b,в v,г g,ґ g,д d,е e,є ie,ё e,ж zh,з z,и i,і i,ї i,й i,к k,л l,м m,н n,о o,п p,р r,с s,т t,у u,ф f,х kh,ц ts,ч ch,ш sh,щ shch,ы y,э e,ю iu,я ia'
    .split(',')
    .map((pair) => pair.split(' ') as [string, string]),
);
const latin: Record<string, string> = { ß: 'ss', æ: 'ae', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', œ: 'oe', ı: 'i' };

/** The name in the letters of an e-mail address; "" for a script that has none here. */
function slug(name: string): string {
  return [...name.toLowerCase()]
    .map((letter) => cyrillic[letter] ?? latin[letter] ?? letter)
    .join('')
    .normalize('NFKD')
    .replaceAll(/[^a-z]/g, '');
}

// Which language a table's persons have, told by their e-mail addresses, phone numbers and scripts.

const byCountry: Record<string, string> = {
  at: 'de_AT',
  br: 'pt_BR',
  ch: 'de_CH',
  cn: 'zh_CN',
  cz: 'cs_CZ',
  de: 'de',
  dk: 'da',
  es: 'es',
  fi: 'fi',
  fr: 'fr',
  it: 'it',
  jp: 'ja',
  kr: 'ko',
  nl: 'nl',
  no: 'nb_NO',
  pl: 'pl',
  pt: 'pt_PT',
  ru: 'ru',
  se: 'sv',
  tr: 'tr',
  ua: 'uk',
  uk: 'en_GB',
};

const byDialCode: Record<string, string> = {
  '31': 'nl',
  '33': 'fr',
  '34': 'es',
  '351': 'pt_PT',
  '358': 'fi',
  '39': 'it',
  '41': 'de_CH',
  '420': 'cs_CZ',
  '43': 'de_AT',
  '44': 'en_GB',
  '45': 'da',
  '46': 'sv',
  '47': 'nb_NO',
  '48': 'pl',
  '49': 'de',
  '55': 'pt_BR',
  '7': 'ru',
  '81': 'ja',
  '82': 'ko',
  '86': 'zh_CN',
  '90': 'tr',
};

const byScript: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Greek}/u, 'el'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Han}/u, 'zh_CN'],
];

/** The locale that most of the texts that tell one agree on; "en" when they tell none. */
export function localeOf(texts: readonly string[]): string {
  const votes = new Map<string, number>();
  for (const text of texts) {
    const locale = localeOfOne(text);
    if (locale) votes.set(locale, (votes.get(locale) ?? 0) + 1);
  }
  const [most] = [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return most && most[1] * 2 > texts.length * 0.2 ? most[0] : 'en';
}

function localeOfOne(text: string): string | undefined {
  const country = /@.*\.([a-z]{2})$/i.exec(text)?.[1]?.toLowerCase();
  if (country) return byCountry[country];
  const dialed = /^\+\s?(\d{1,3})/.exec(text)?.[1];
  if (dialed) return byDialCode[dialed] ?? byDialCode[dialed.slice(0, 2)] ?? byDialCode[dialed.slice(0, 1)];
  return byScript.find(([script]) => script.test(text))?.[1];
}

// Whose each name, address and number of a row is: columns of one person get what belongs together in new rows.

/** Words of a column's name that say what it holds, not whose it is. */
const kindWords =
  /\b(?:first|given|fore|middle|last|sur|family|full|names?|vor|nach|e|e?mails?|phones?|telephone|mobile|cell|fax|telefon|tel|handy|street|address|addr|strasse|straße|adresse|company|organi[sz]ation|employer|firma|numbers?|no|nr|firstname|lastname|surname|fullname|vorname|nachname)\b/g;
/** Words that tell two addresses of one person apart. */
const placeWords =
  /\b(?:home|work|private|privat|personal|business|office|primary|secondary|alternate|alternative|alt|other|second|main|billing|shipping|\d+)\b/g;
/** Whom a table is usually about. */
const subjects =
  /^(?:customer|client|patient|user|member|person|employee|student|owner|passenger|subscriber|contact|account|kunde|cliente|my)?$/;

/** As many rows are looked at. */
const mostRows = 200;

/**
 * The columns of a table together: names that show only beside other columns of persons are replaced, and each has its
 * `person` where a row tells of several.
 */
export function withPersons(columns: readonly Column[], cells: readonly TextCells[]): Column[] {
  return withRoles(withNames(columns, cells), cells);
}

function withNames(columns: readonly Column[], cells: readonly TextCells[]): readonly Column[] {
  if (!columns.some(({ replaced }) => isPersonal(replaced) && replaced.by !== 'company')) return columns;
  const addresses = columns.flatMap(({ replaced }, i) => (replaced?.by === 'email' ? [cells[i]!] : []));
  return columns.map((column, i) => {
    const own = cells[i]!;
    const isInAddresses = addresses.some((address) => isIn(own, address));
    return detectNames(column, own, isInAddresses) ?? column;
  });
}

/** The columns with `person` where a row tells of several; the first one, or the only one, has none. */
function withRoles(columns: readonly Column[], cells: readonly TextCells[]): Column[] {
  const named = columns.flatMap(({ name, replaced }, i) => (isNameOf(replaced?.by) ? [{ i, role: roleOf(name) }] : []));
  const roles = [...new Set(named.map(({ role }) => role))];
  const main = roles.find((role) => subjects.test(role)) ?? roles[0] ?? '';
  return columns.map((column, i) => {
    if (!isPersonal(column.replaced)) return column;
    const role = isNameOf(column.replaced.by) ? roleOf(column.name) : ownerOf(i);
    const person = role === main || (roles.length === 0 && subjects.test(role)) ? undefined : role;
    return person === undefined ? column : { ...column, replaced: { ...column.replaced, person } };
  });

  /** Whom an address belongs to: whose names it has in it, else who shares its column's name. */
  function ownerOf(index: number): string {
    const { name, replaced } = columns[index]!;
    const like = replaced!.by === 'email' ? named.find(({ i }) => isIn(cells[i]!, cells[index]!)) : undefined;
    if (like) return like.role;
    const full = roleOf(name);
    if (roles.includes(full)) return full;
    const role = full.replaceAll(placeWords, '').replaceAll(/\s+/g, ' ').trim();
    if (roles.includes(role)) return role;
    return subjects.test(role) ? main : role;
  }
}

const isNameOf = (by: string | undefined) => by === 'fullName' || by === 'firstName' || by === 'lastName';

function roleOf(name: string): string {
  return wordsOf(name).replaceAll(kindWords, '').replaceAll(/\s+/g, ' ').trim();
}

/** Whether most addresses have a word of the name beside them. */
function isIn(names: TextCells, addresses: TextCells): boolean {
  const rows = Math.min(mostRows, names.codes.length);
  let [both, found] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const [name, address] = [textAt(names, row), textAt(addresses, row)?.split('@')[0]?.toLowerCase()];
    if (!name || !address) continue;
    both++;
    const words = name
      .normalize('NFKD')
      .toLowerCase()
      .split(/[^a-z]+/);
    if (words.some((word) => word.length > 2 && address.includes(word))) found++;
  }
  return both > 0 && found * 2 > both;
}

function textAt({ codes, distinct }: TextCells, row: number): string | undefined {
  const code = codes[row]!;
  return code === isNumber ? undefined : distinct[code];
}
