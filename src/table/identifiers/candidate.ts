/** What a column shows to those who judge whether it may be learned: its name, its cells, and what these look like. */
import { sortedNumbers } from '../../numeric/sorted-numbers.ts';
import type { Column } from '../schema.ts';
import { expanded, isNumber, type TextCells } from '../text/text-table.ts';
import type { Form } from './forms.ts';
import { patternStrings } from './patterns.ts';
import type { Replacement } from './replacement.ts';
import { unusedOf } from './supply.ts';

/** With fewer rows, that no value repeats says nothing. What shows by itself whose it is counts in any number. */
export const fewestRows = 20;

/** As many different values are looked at. */
const mostExamples = 1000;

export interface Candidate {
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

export interface Found {
  readonly by: Replacement;
  readonly why: string;
}
export type Detector = (candidate: Candidate) => Found | undefined;

export function candidateOf(column: Column, cells: TextCells): Candidate | undefined {
  const missingCode = column.missing === null ? -1 : cells.distinct.indexOf(column.missing);
  const present = countOthers(cells.codes, missingCode);
  if (present === 0) return undefined;
  const texts = cells.distinct.filter((text) => text !== column.missing);
  const numbers = cells.numbers;
  const rows = numbers ? Array.from({ length: Math.min(mostExamples, cells.codes.length) }, (_, row) => row) : [];
  const ofNumbers = numbers ? rows.filter((row) => cells.codes[row] === isNumber).map((row) => numbers.text(row)) : [];
  let differing: number | undefined;
  return {
    column,
    cells,
    name: wordsOf(column.name),
    examples: [...texts.slice(0, mostExamples), ...ofNumbers],
    present,
    // Sorting a million numbers is worth it only when someone asks, and once.
    get distinct() {
      differing ??= numbers ? countDistinct(numbers.values) + texts.length : texts.length;
      return differing;
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

/** No name, code or address is longer, and a pattern may cost the square of a text's length. */
const longestLooked = 1024;

/** The share of the examples that look so. */
export function shareOf({ examples }: Candidate, as: Test): number {
  const test = as instanceof RegExp ? (text: string) => as.test(text) : as;
  const found = examples.filter((text) => text.length <= longestLooked && test(text));
  return examples.length === 0 ? 0 : found.length / examples.length;
}

/** Whether nearly all examples look so: a few slips do not make a phone number public. */
export const look = (candidate: Candidate, as: Test, share = 0.9): boolean => shareOf(candidate, as) >= share;

export const isUnique = ({ present, distinct }: Candidate) => present === distinct;

/** What is repeated in training is repeated in new rows. */
export const repeats = (candidate: Candidate) => (isUnique(candidate) ? {} : { distinct: candidate.distinct });

export const names = {
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

export const isText = ({ column }: Candidate) => column.kind === 'category' || column.kind === 'text';

/** Fewer than two rows for each value. */
export const hardlyRepeats = ({ distinct, present }: Candidate) => distinct * 2 > present;

/** Decimals that are more than whole numbers with a ".0" of a spreadsheet's. */
export const isRatio = ({ column, examples }: Candidate) =>
  column.kind === 'decimal' && !examples.every((text) => /^-?\d+(?:\.0+)?$/.test(text));

export const withUnused = (forms: readonly Form[], texts: readonly string[]): Form[] =>
  forms.map((form) => {
    const unused = unusedOf(patternStrings(form.pattern), texts);
    return { ...form, ...(unused && { unused }) };
  });
