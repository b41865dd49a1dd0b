/**
 * Which columns say who someone is, or only tell rows apart: they are not learned but replaced. It knows column names and
 * cells, and makes nothing up itself.
 */

import { sortedNumbers } from '../../numeric/sorted-numbers.ts';
import { type Column, type Replacement, styleOf } from '../schema.ts';
import { expanded, isNumber, type TextCells } from '../text/text-table.ts';
import { patternOf } from './patterns.ts';

/** With fewer rows, that no value repeats says nothing. */
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
}

type Detector = (candidate: Candidate) => { by: Replacement; why: string } | undefined;

/** The column as one that is replaced, or undefined when it can be learned. */
export function detectReplaced(column: Column, cells: TextCells): Column | undefined {
  if (column.kind === 'boolean' || column.kind === 'decimal' || isAmount(column)) return undefined;
  const candidate = candidateOf(column, cells);
  if (!candidate) return undefined;
  for (const detect of detectors) {
    const found = detect(candidate);
    if (!found) continue;
    const { name, missing } = column;
    const missingShare = 1 - candidate.present / cells.codes.length;
    const reason = `${found.why}: not learned, replaced in new rows`;
    const remarks = { replaced: found.by, reason, ...(missingShare > 0 && { missingShare }) };
    // Its values must not be kept: a category or a range would tell them.
    return found.by.by === 'sequence' ? { ...column, ...remarks } : { name, kind: 'text', missing, ...remarks };
  }
  return undefined;
}

/** 12 € is an amount or a share; 719 299 542 may be anything. */
function isAmount(column: Column): boolean {
  const style = styleOf(column);
  return style !== undefined && style.prefix + style.suffix !== '';
}

function candidateOf(column: Column, cells: TextCells): Candidate | undefined {
  const missingCode = column.missing === null ? -1 : cells.distinct.indexOf(column.missing);
  const present = countOthers(cells.codes, missingCode);
  if (present < fewestRows) return undefined;
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

function wordsOf(name: string): string {
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

/** Whether nearly all examples look so: a few slips do not make a phone number public. */
const look = ({ examples }: Candidate, as: RegExp | ((text: string) => boolean), share = 0.9): boolean => {
  const test = as instanceof RegExp ? (text: string) => as.test(text) : as;
  return examples.length > 0 && examples.filter(test).length >= share * examples.length;
};

const isUnique = ({ present, distinct }: Candidate) => present === distinct;

/** What is repeated in training is repeated in new rows. */
const repeats = (candidate: Candidate) => (isUnique(candidate) ? {} : { distinct: candidate.distinct });

const email = /^[^@\s]+@[^@\s]+\.\p{L}{2,}$/u;
const phone = (text: string) =>
  /^\+?[\d\s().\-/]{6,24}(?:\s?(?:x|ext\.?)\s?\d+)?$/i.test(text) && (text.match(/\d/g) ?? []).length >= 6;
const person = /^[\p{L}\p{M}.'’ ,()"-]+$/u;
const severalWords = /^\p{L}[\p{L}\p{M}.'’-]*(?:,? [\p{L}\p{M}.'’()"-]+)+$/u;
const street = (text: string) => /\d/.test(text) && /\p{L}{3}/u.test(text) && /\s/.test(text);

/** Tried in this order. */
const detectors: readonly Detector[] = [
  (candidate) =>
    look(candidate, email) ? { by: { by: 'email', ...repeats(candidate) }, why: 'e-mail addresses' } : undefined,
  (candidate) => {
    const named = /\b(?:phone|telephone|mobile|cell ?phone|fax|telefon|telefono|téléphone|handy)\b/.test(
      candidate.name,
    );
    const shows = look(candidate, (text) => phone(text) && /^[+(]/.test(text));
    const found = shows || (named && look(candidate, phone));
    return found ? { by: { by: 'phone', ...repeats(candidate) }, why: 'phone numbers' } : undefined;
  },
  (candidate) => nameOf(candidate, 'firstName', /\b(?:first ?name|given ?name|fore ?name|vorname|prénom|prenom)\b/),
  (candidate) => nameOf(candidate, 'lastName', /\b(?:last ?name|sur ?name|family ?name|nachname|apellido)\b/),
  (candidate) =>
    nameOf(
      candidate,
      'fullName',
      /\b(?:full ?name|(?:customer|client|patient|person|employee|contact|member|passenger|student|owner|user) name)\b/,
    ),
  (candidate) =>
    candidate.name === 'name' && candidate.distinct * 2 > candidate.present && look(candidate, severalWords)
      ? { by: { by: 'fullName', ...repeats(candidate) }, why: "persons' names" }
      : undefined,
  (candidate) =>
    /\b(?:street|address|addr|strasse|straße|adresse|dirección)\b/.test(candidate.name) && look(candidate, street, 0.8)
      ? { by: { by: 'streetAddress', ...repeats(candidate) }, why: 'addresses' }
      : undefined,
  (candidate) =>
    /\b(?:ssn|social security|passport|iban|tax id|national id|credit card|card number|licen[cs]e (?:number|no|plate))\b/.test(
      candidate.name,
    ) && look(candidate, /\d/)
      ? { by: { by: 'pattern', pattern: patternOfAll(candidate), ...repeats(candidate) }, why: 'numbers of persons' }
      : undefined,
  identifier,
];

function nameOf(candidate: Candidate, by: 'firstName' | 'lastName' | 'fullName', name: RegExp): ReturnType<Detector> {
  if (!name.test(candidate.name) || candidate.column.kind === 'integer' || !look(candidate, person)) return undefined;
  return { by: { by, ...repeats(candidate) }, why: "persons' names" };
}

/** No value comes twice, and it is named, numbered or built as a key is. */
function identifier(candidate: Candidate): ReturnType<Detector> {
  const { column, name, present } = candidate;
  const named = /(?:^|\b)(?:id|ids|uuid|guid|key|index|row ?(?:id|number|no)?|unnamed 0|number|no|nr)$/.test(name);
  if (column.kind === 'integer' && !isGroupedCode(candidate)) {
    const counted = column.max - column.min + 1 === present;
    if (!(counted || named) || !isUnique(candidate)) return undefined;
    const why = counted ? 'every number of a range once' : 'an identifier, no value comes twice';
    return { by: { by: 'sequence', next: column.max + 1 }, why };
  }
  if (column.kind === 'datetime' || !isUnique(candidate)) return undefined;
  const built =
    isGroupedCode(candidate) ||
    (look(candidate, (text) => !/\s/.test(text) && /\d/.test(text) && text.length <= 64, 1) && isOneForm(candidate));
  if (!built && !(named && look(candidate, (text) => !/\s/.test(text), 1))) return undefined;
  return { by: { by: 'pattern', pattern: patternOfAll(candidate) }, why: 'an identifier, no value comes twice' };
}

/** 719.299.542 in every row is rather a code than a number. */
function isGroupedCode(candidate: Candidate): boolean {
  const group = styleOf(candidate.column)?.group;
  return group !== undefined && look(candidate, (text) => text.split(group).length > 2, 1) && isOneForm(candidate);
}

/** All of one length, with digits and letters in the same places: codes, not texts that happen to differ. */
function isOneForm({ examples }: Candidate): boolean {
  const form = (text: string) => text.replaceAll(/[a-f\d]/gi, '0').replaceAll(/\p{L}/gu, 'a');
  const [first = ''] = examples;
  return (
    examples.every((text) => text.length === first.length) &&
    (examples.every((text) => form(text) === form(first)) || /^[0-9a-z-]+$/i.test(first))
  );
}

function patternOfAll({ cells, column }: Candidate): string {
  return patternOf(expanded(cells).distinct.filter((text) => text !== column.missing));
}
