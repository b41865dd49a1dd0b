/** Which columns say who someone is, or only tell rows apart: they are not learned but replaced. */
import { type Column, styleOf } from '../schema.ts';
import type { TextCells } from '../text/text-table.ts';
import {
  type Candidate,
  candidateOf,
  type Detector,
  type Found,
  fewestRows,
  hardlyRepeats,
  isRatio,
  isText,
  look,
  names,
  repeats,
  shareOf,
  withUnused,
} from './candidate.ts';
import { type CheckDigits, isCardNumber, isIban, withoutCheckDigits } from './check-digits.ts';
import { identifier } from './detect-codes.ts';
import { type Form, formsOfDigits } from './forms.ts';
import { patternStrings } from './patterns.ts';
import * as personal from './personal-texts.ts';
import { type Replacement, reservedHosts } from './replacement.ts';

/** The column as one that is replaced, or undefined when it can be learned. */
export function detectReplaced(column: Column, cells: TextCells): Column | undefined {
  if (column.kind === 'boolean' || column.kind === 'datetime' || isAmount(column)) return undefined;
  const candidate = candidateOf(column, cells);
  if (!candidate) return undefined;
  for (const detect of detectors) {
    const found = detect(candidate);
    if (found) return replacedColumn(candidate, found);
  }
  return undefined;
}

/** Its values are not kept: a category or a range would tell them. */
function replacedColumn({ column, cells, present }: Candidate, { by, why }: Found): Column {
  const { name, missing } = column;
  const missingShare = 1 - present / cells.codes.length;
  const reason = `${why}: not learned, replaced in new rows`;
  const remarks = { replaced: by, reason, ...(missingShare > 0 && { missingShare }) };
  if (by.by === 'sequence' && column.kind === 'integer') return { ...column, ...remarks };
  const range = isWhole(column) ? rangeOfForms(by) : undefined;
  if (!range) return { name, kind: 'text', missing, ...remarks };
  if (column.kind === 'integer') return { name, kind: 'integer', missing, ...remarks, ...range };
  const { scale, minScale } = column as Extract<Column, { kind: 'decimal' }>;
  return { name, kind: 'decimal', missing, ...remarks, scale, minScale, ...range };
}

/** A column of numbers whose new values are numbers, too. */
const isWhole = (column: Column) => (column.kind === 'integer' || column.kind === 'decimal') && !styleOf(column);

/** The least and the greatest number that the forms may give; undefined where they are no numbers as they are spelled. */
function rangeOfForms(by: Replacement): { min: number; max: number } | undefined {
  const forms = 'forms' in by ? by.forms : undefined;
  if (!forms?.every(({ pattern }) => /^(?:[1-9]|\[[1-9]-9\]|\{[1-9])/.test(pattern))) return undefined;
  const ends = forms.flatMap(({ pattern }) => {
    const { at, count } = patternStrings(pattern);
    return [Number(at(0n)), Number(at(count - 1n))];
  });
  const [min, max] = [Math.min(...ends), Math.max(...ends)];
  return max <= Number.MAX_SAFE_INTEGER ? { min: Math.floor(min), max: Math.floor(max) } : undefined;
}

/** 12 € is an amount or a share; 719 299 542 may be anything. */
function isAmount(column: Column): boolean {
  const style = styleOf(column);
  return style !== undefined && style.prefix + style.suffix !== '';
}

/** Tried in this order. */
const detectors: readonly Detector[] = [
  (candidate) =>
    look(candidate, personal.isEmail)
      ? { by: { by: 'email', ...repeats(candidate), ...otherHosts(candidate) }, why: 'e-mail addresses' }
      : undefined,
  (candidate) =>
    look(candidate, personal.isIpAddress)
      ? { by: { by: 'pattern', forms: ipForms(candidate), ...repeats(candidate) }, why: 'addresses of devices' }
      : undefined,
  (candidate) => (look(candidate, isIban) ? checkedNumbers(candidate, 'iban', 'numbers of bank accounts') : undefined),
  (candidate) =>
    look(candidate, isCardNumber, names.card.test(candidate.name) ? 0.5 : 0.9) && candidate.distinct > 2
      ? checkedNumbers(candidate, 'luhn', 'numbers of payment cards')
      : undefined,
  phones,
  contacts,
  (candidate) => nameOf(candidate, 'firstName'),
  (candidate) => nameOf(candidate, 'lastName'),
  fullNames,
  (candidate) =>
    names.address.test(candidate.name) && look(candidate, personal.isStreet, 0.8)
      ? { by: { by: 'streetAddress', ...repeats(candidate) }, why: 'addresses' }
      : undefined,
  (candidate) =>
    names.company.test(candidate.name) && isText(candidate) && hardlyRepeats(candidate) && look(candidate, /\p{L}{2}/u)
      ? { by: { by: 'company', ...repeats(candidate) }, why: 'companies' }
      : undefined,
  (candidate) =>
    look(candidate, personal.isCompany, 0.6) && hardlyRepeats(candidate)
      ? { by: { by: 'company', ...repeats(candidate) }, why: 'companies' }
      : undefined,
  (candidate) =>
    (names.number.test(candidate.name) || names.card.test(candidate.name)) &&
    look(candidate, /\d{2}/) &&
    !isRatio(candidate)
      ? {
          by: { by: 'pattern', forms: withUnused(digitForms(candidate), candidate.texts), ...repeats(candidate) },
          why: 'numbers of persons',
        }
      : undefined,
  identifier,
];

/** None of training's own hosts, so that no address is a real one. */
function otherHosts({ texts }: Candidate): { hosts?: string[] } {
  const own = new Set(texts.map((text) => text.slice(text.lastIndexOf('@') + 1).toLowerCase()));
  if (!reservedHosts.some((host) => own.has(host))) return {};
  const free = reservedHosts.filter((host) => !own.has(host));
  return { hosts: free.length > 0 ? [...free] : reservedHosts.map((host) => `new.${host}`) };
}

/** IPv4 keeps the leading parts that all have; of IPv6 come those that are kept for documentation (RFC 3849). */
function ipForms({ texts }: Candidate): Form[] {
  if (!texts.every((text) => text.includes('.')))
    return [{ pattern: '2001:db8:{1..9999}:[1-9a-f][0-9a-f]{3}::[1-9a-f][0-9a-f]{3}', share: 1 }];
  const parts = texts.map((text) => text.split('.'));
  const isCommon = (place: number) =>
    texts.length >= fewestRows && parts.every((part) => part[place] === parts[0]![place]);
  const common = [0, 1, 2].findIndex((place) => !isCommon(place));
  const kept = common < 0 ? 3 : common;
  const pattern = [0, 1, 2, 3]
    .map((place) => (place < kept ? parts[0]![place] : place === 0 ? '{11..223}' : '{1..254}'))
    .join('.');
  return withUnused([{ pattern, share: 1 }], texts);
}

function checkedNumbers(candidate: Candidate, check: CheckDigits, why: string): Found {
  const open = candidate.texts.filter((text) => text.length > 8).map((text) => withoutCheckDigits(text, check));
  return { by: { by: 'pattern', forms: withUnused(formsOfDigits(open), open), check, ...repeats(candidate) }, why };
}

const digitForms = ({ texts }: Candidate) => formsOfDigits(texts);

function phones(candidate: Candidate): Found | undefined {
  const shows = look(candidate, personal.isPhone);
  const named = names.phone.test(candidate.name) && look(candidate, personal.mayBePhone);
  if (!(shows || named) || isRatio(candidate)) return undefined;
  const texts = candidate.texts.filter(personal.mayBePhone);
  return {
    by: { by: 'phone', forms: withUnused(formsOfDigits(texts), texts), ...repeats(candidate) },
    why: 'phone numbers',
  };
}

/** Some cells are e-mail addresses, the others phone numbers. */
function contacts(candidate: Candidate): Found | undefined {
  const emails = shareOf(candidate, personal.isEmail);
  const isSure = names.contact.test(candidate.name) ? personal.mayBePhone : personal.isPhone;
  if (emails < 0.05 || emails + shareOf(candidate, isSure) < 0.9) return undefined;
  const texts = candidate.texts.filter(personal.mayBePhone);
  const forms = texts.length > 0 ? { forms: withUnused(formsOfDigits(texts), texts) } : {};
  return { by: { by: 'contact', emails, ...forms, ...repeats(candidate) }, why: 'e-mail addresses and phone numbers' };
}

function nameOf(candidate: Candidate, by: 'firstName' | 'lastName'): Found | undefined {
  if (!names[by].test(candidate.name) || !isText(candidate) || !look(candidate, personal.mayBeName)) return undefined;
  return { by: { by, ...repeats(candidate) }, why: "persons' names" };
}

/**
 * By the column's name, or by common first names and titles: in a column of names, or of values that hardly repeat. Names
 * that are in no list count in a column called so, where all are capitalized words.
 */
function fullNames(candidate: Candidate): Found | undefined {
  if (!isText(candidate) || !look(candidate, personal.mayBeName)) return undefined;
  const shown = shareOf(candidate, personal.isPersonName);
  const enough = hardlyRepeats(candidate) ? 0.25 : 0.5;
  const isNamed = names.fullName.test(candidate.name) || (names.someName.test(candidate.name) && shown > enough);
  const isOpen = shown >= 0.5 || (candidate.name === 'name' && look(candidate, personal.isCapitalized, 0.95));
  if (!isNamed && !(isOpen && hardlyRepeats(candidate))) return undefined;
  return { by: { by: 'fullName', form: nameForm(candidate), ...repeats(candidate) }, why: "persons' names" };
}

/**
 * The column as one of names that only the table tells: called a name, of capitalized words, beside columns of persons; or
 * `isInAddresses`. Undefined for any other.
 */
export function detectNames(column: Column, cells: TextCells, isInAddresses: boolean): Column | undefined {
  if (column.replaced || (column.kind !== 'category' && column.kind !== 'text')) return undefined;
  const candidate = candidateOf(column, cells);
  if (!candidate || !look(candidate, personal.mayBeName)) return undefined;
  const isCalledSo =
    /^(?:names?|nom|who|person|contact)$/.test(candidate.name) && look(candidate, personal.isCapitalized, 0.95);
  if (!isInAddresses && !isCalledSo) return undefined;
  const isSingle = look(candidate, /^\S+$/);
  const by = isSingle ? { by: 'firstName' as const } : { by: 'fullName' as const, form: nameForm(candidate) };
  return replacedColumn(candidate, { by: { ...by, ...repeats(candidate) }, why: "persons' names" });
}

function nameForm(candidate: Candidate): string {
  const isUpper = look(candidate, (text) => text === text.toUpperCase());
  const form = look(candidate, /^[^,]+, [^,]+$/, 0.5) ? '{last}, {first}' : '{first} {last}';
  return isUpper ? form.toUpperCase() : form;
}
