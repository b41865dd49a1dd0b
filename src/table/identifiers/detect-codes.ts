/** Which columns only tell rows apart: counters and codes. Numbers and times that never repeat are none. */
import { type Column, styleOf } from '../schema.ts';
import type { TextCells } from '../text/text-table.ts';
import {
  type Candidate,
  candidateOf,
  type Found,
  fewestRows,
  isUnique,
  look,
  names,
  repeats,
  withUnused,
} from './candidate.ts';
import { type Form, formsOfCodes, isOneForm } from './forms.ts';
import type { Replacement } from './replacement.ts';

/** Whole numbers of which none comes twice, named or numbered as a key is; and codes. */
export function identifier(candidate: Candidate): Found | undefined {
  const { column, name, present } = candidate;
  if (present < fewestRows || column.kind === 'decimal') return undefined;
  if (column.kind === 'integer' && !isGroupedCode(candidate)) {
    const isCounted = column.max - column.min + 1 === present;
    // The name and the range cost nothing; whether a million numbers differ, sorting them tells.
    if (!(names.id.test(name) || isCounted) || !isUnique(candidate)) return undefined;
    if (timeReason(column, candidate.cells)) return undefined;
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
