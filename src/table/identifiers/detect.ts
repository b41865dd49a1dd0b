/** Which columns say who someone is, or only tell rows apart: they are not learned but replaced. */
import { sortedNumbers } from '../../numeric/sorted-numbers.ts';
import { type Column, styleOf } from '../schema.ts';
import { expanded, isNumber, type TextCells } from '../text/text-table.ts';
import { type CheckDigits, isCardNumber, isIban, withoutCheckDigits } from './check-digits.ts';
import { type Form, formsOfCodes, formsOfDigits, isOneForm } from './forms.ts';
import { patternStrings } from './patterns.ts';
import * as personal from './personal-texts.ts';
import { type Replacement, reservedHosts } from './replacement.ts';
import { unusedOf } from './supply.ts';

/** With fewer rows, that no value repeats says nothing. What shows by itself whose it is counts in any number. */
const fewestRows = 20;

/** As many different values are looked at. */
const mostExamples = 1000;

interface Candidate {
  readonly column: Column;
  readonly cells: TextCells;
  /** The column's name in lower-case words: "customerID" is "customer id". */
  readonly name: string;
  readonly examples: readonly string[];
  /** Cells that are there. */
  readonly present: number;
  /** Different values among them. */
  readonly distinct: number;
  /** All of these, as texts. */
  readonly texts: readonly string[];
}

interface Found {
  readonly by: Replacement;
  readonly why: string;
}
type Detector = (candidate: Candidate) => Found | undefined;

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

function candidateOf(column: Column, cells: TextCells): Candidate | undefined {
  const missingCode = column.missing === null ? -1 : cells.distinct.indexOf(column.missing);
  const present = countOthers(cells.codes, missingCode);
  if (present === 0) return undefined;
  const texts = cells.distinct.filter((text) => text !== column.missing);
  const numbers = cells.numbers;
  const rows = numbers ? Array.from({ length: Math.min(mostExamples, cells.codes.length) }, (_, row) => row) : [];
  const ofNumbers = numbers ? rows.filter((row) => cells.codes[row] === isNumber).map((row) => numbers.text(row)) : [];
  return {
    column,
    cells,
    name: wordsOf(column.name),
    examples: [...texts.slice(0, mostExamples), ...ofNumbers],
    present,
    // Sorting a million numbers is worth it only when someone asks.
    get distinct() {
      return numbers ? countDistinct(numbers.values) + texts.length : texts.length;
    },
    get texts() {
      return numbers ? expanded(cells).distinct.filter((text) => text !== column.missing) : texts;
    },
  };
}

/** Cells that are neither null nor spelled as missing. */
function countOthers(codes: Int32Array, missingCode: number): number {
  let count = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code !== -1 && code !== missingCode) count++;
  }
  return count;
}

export function wordsOf(name: string): string {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function countDistinct(values: Float64Array): number {
  const sorted = sortedNumbers(values);
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) count++;
  return count;
}

type Test = RegExp | ((text: string) => boolean);

/** The share of the examples that look so. */
function shareOf({ examples }: Candidate, as: Test): number {
  const test = as instanceof RegExp ? (text: string) => as.test(text) : as;
  return examples.length === 0 ? 0 : examples.filter(test).length / examples.length;
}

/** Whether nearly all examples look so: a few slips do not make a phone number public. */
const look = (candidate: Candidate, as: Test, share = 0.9): boolean => shareOf(candidate, as) >= share;

const isUnique = ({ present, distinct }: Candidate) => present === distinct;

/** What is repeated in training is repeated in new rows. */
const repeats = (candidate: Candidate) => (isUnique(candidate) ? {} : { distinct: candidate.distinct });

const names = {
  phone:
    /\b(?:phone|phones|telephone|mobile|cell ?phone|cell|fax|tel|telefon|telefono|teléfono|téléphone|handy|whatsapp)\b/,
  contact: /\b(?:contact|contacts|kontakt|contacto|reach|login|user ?name|account)\b/,
  firstName: /\b(?:first ?name|given ?names?|fore ?name|vorname|prénom|prenom|nombre|fname)\b/,
  lastName: /\b(?:last ?name|sur ?name|family ?name|nachname|apellidos?|nom de famille|lname)\b/,
  fullName:
    /\b(?:full ?name|(?:customer|client|patient|person|employee|contact|member|passenger|student|owner|user|manager|doctor|agent|teacher|guest|tenant|applicant|author|cardholder|holder) names?)\b/,
  someName: /\b(?:names?|nom|who|person)\b/,
  address: /\b(?:street|address|addr|strasse|straße|adresse|dirección|calle|rue)\b/,
  company: /\b(?:company|employer|organi[sz]ation|firma|unternehmen|business name|empresa|société|vendor|supplier)\b/,
  number:
    /\b(?:ssn|social security|passport|tax id|tin|national id|id card|personal id|driver s? ?licen[cs]e|licen[cs]e (?:number|no|plate)|nhs number|insurance number|steuer ?id)\b/,
  card: /\b(?:credit card|card ?(?:number|no)|debit card|pan|kreditkarte)\b/,
  id: /(?:^|\b)(?:id|ids|uuid|guid|key|index|row ?(?:id|number|no)?|unnamed 0|number|no|nr)$/,
  time: /\b(?:years?|yr|months?|weeks?|days?|hours?|minutes?|seconds?|time|date|period|quarter|season|step|epoch|round|wave|age|decade|century|jahr|año|année|t)\b/,
};

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
    names.company.test(candidate.name) && hardlyRepeats(candidate) && isText(candidate) && look(candidate, /\p{L}{2}/u)
      ? { by: { by: 'company', ...repeats(candidate) }, why: 'companies' }
      : undefined,
  (candidate) =>
    hardlyRepeats(candidate) && look(candidate, personal.isCompany, 0.6)
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

const isText = ({ column }: Candidate) => column.kind === 'category' || column.kind === 'text';

/** Fewer than two rows for each value. */
const hardlyRepeats = ({ distinct, present }: Candidate) => distinct * 2 > present;

/** Decimals that are more than whole numbers with a ".0" of a spreadsheet's. */
const isRatio = ({ column, examples }: Candidate) =>
  column.kind === 'decimal' && !examples.every((text) => /^-?\d+(?:\.0+)?$/.test(text));

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

const withUnused = (forms: readonly Form[], texts: readonly string[]): Form[] =>
  forms.map((form) => {
    const unused = unusedOf(patternStrings(form.pattern), texts);
    return { ...form, ...(unused && { unused }) };
  });

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

/** Whole numbers of which none comes twice, named or numbered as a key is; and codes. */
function identifier(candidate: Candidate): Found | undefined {
  const { column, name, present } = candidate;
  if (present < fewestRows || column.kind === 'decimal') return undefined;
  if (column.kind === 'integer' && !isGroupedCode(candidate)) {
    if (!isUnique(candidate)) return undefined;
    const isCounted = column.max - column.min + 1 === present;
    if (!(names.id.test(name) || isCounted) || timeReason(column, candidate.cells)) return undefined;
    const why = isCounted ? 'every number of a range once' : 'an identifier, no value comes twice';
    return { by: { by: 'sequence', next: column.max + 1 }, why };
  }
  return codes(candidate);
}

/** So many of a column's codes differ that it is no list of things. */
const nearlyUnique = 0.98;

/** Codes that hardly ever come twice, built as a key is or named so. */
function codes(candidate: Candidate): Found | undefined {
  const { name, present, distinct, texts } = candidate;
  const isClose = distinct >= nearlyUnique * present;
  if (present < fewestRows || !isClose || look(candidate, isNumberOrTime, 0.5)) return undefined;
  const isSolid = look(candidate, (text) => !/\s/.test(text) && text.length <= 64, 1);
  const isBuilt = isGroupedCode(candidate) || (isSolid && isKeyForm(candidate));
  if (!isBuilt && !(names.id.test(name) && isSolid && isUnique(candidate))) return undefined;
  const counter = isUnique(candidate) ? counterOf(texts) : undefined;
  const forms = counter ? [] : withUnused(formsOfCodes(texts), texts);
  const form = forms.length === 1 ? onePattern(forms[0]!) : { forms };
  const why = `an identifier, ${isUnique(candidate) ? 'no' : 'hardly a'} value comes twice`;
  return { by: counter ?? { by: 'pattern', ...form, ...repeats(candidate) }, why };
}

const onePattern = ({ pattern, share: _, ...rest }: Form) => ({ pattern, ...rest });

/** Numbers in any spelling and points in time are measured, however seldom they repeat. */
const isNumberOrTime = (text: string) =>
  /^[+-]?(?:\d+\.\d*|\.\d+|\d+(?=e))(?:e[+-]?\d+)?$/i.test(text) ||
  /^\d{4}-\d{2}-\d{2}(?:[T ]|$)/.test(text) ||
  /^\d{1,2}:\d{2}(?::\d{2})?/.test(text) ||
  /^\d{1,2}[./]\d{1,2}[./]\d{2,4}/.test(text) ||
  /^(?:19|20)\d{6}T\d{4,6}/.test(text) ||
  /^(?:19|20)\d{2}-?W\d{2}/.test(text);

/** Of one form (AB-12), of one sign and a number (P7, INV/2024/7), or of capitals and digits where most have a digit. */
function isKeyForm(candidate: Candidate): boolean {
  const { examples } = candidate;
  if (look(candidate, /^(?:[A-Z\d._/#-]+|[a-f\d-]{6,})$/, 1) && look(candidate, /\d/, 0.5)) return true;
  if (!look(candidate, /\d/, 1)) return false;
  const form = (text: string) => text.replaceAll(/\d+/g, '#');
  const first = form(examples[0] ?? '');
  return isOneForm(examples) || (first.length <= 24 && examples.every((text) => form(text) === first));
}

/**
 * Why a number that goes on by one in every row is learned all the same: it counts time, and has its place beside other
 * columns. Undefined for any other column.
 */
export function timeReason(column: Column, cells: TextCells): string | undefined {
  if (column.kind !== 'integer') return undefined;
  const candidate = candidateOf(column, cells);
  if (!candidate || candidate.present < 2 || column.max - column.min + 1 !== candidate.present) return undefined;
  const areYears = column.min >= 1000 && column.max <= 2200 && !names.id.test(candidate.name);
  if (!(areYears || names.time.test(candidate.name)) || !isUnique(candidate)) return undefined;
  return `each once and none left out: ${areYears ? 'years' : 'a measure of time'}, so it is learned and no key`;
}

/** One prefix and suffix, and numbers of which hardly one is left out: P1 to P120. */
function counterOf(texts: readonly string[]): Extract<Replacement, { by: 'sequence' }> | undefined {
  const digits = /^(.*?)(\d{1,15})(\D*)$/s;
  const split = texts.map((text) => digits.exec(text));
  const [, prefix = '', , suffix = ''] = split[0] ?? [];
  if (!split.every((found) => found && found[1] === prefix && found[3] === suffix)) return undefined;
  const runs = split.map((found) => found![2]!);
  const isPadded = runs.some((run) => run.length > 1 && run.startsWith('0'));
  const width = runs[0]!.length;
  const isFixed = runs.every(({ length }) => length === width);
  if (isPadded && !isFixed) return undefined;
  const values = Float64Array.from(runs, Number).sort();
  const [min, max] = [values[0]!, values.at(-1)!];
  const span = max - min + 1;
  // What has room left among its own length is rather scattered than counted.
  if (span > (isFixed ? 1.05 : 2) * texts.length + 1) return undefined;
  return {
    by: 'sequence',
    next: max + 1,
    // The leading digits that all have belong to the form: C-10000 to C-10999 ends with C-19999.
    ...(isFixed && { last: lastOfForm(runs, width) }),
    ...(prefix !== '' && { prefix }),
    ...(suffix !== '' && { suffix }),
    ...(isPadded && { digits: width }),
  };
}

/** All nines; a first digit that all have stays, where four others follow. */
function lastOfForm(runs: readonly string[], width: number): number {
  const first = runs[0]![0]!;
  const isKept = width > 4 && runs.every((run) => run[0] === first);
  return Number(`${isKept ? first : '9'}${'9'.repeat(width - 1)}`);
}

/** 719.299.542 in every row is rather a code than a number. */
function isGroupedCode(candidate: Candidate): boolean {
  const group = styleOf(candidate.column)?.group;
  return (
    group !== undefined && look(candidate, (text) => text.split(group).length > 2, 1) && isOneForm(candidate.examples)
  );
}
