/** The forms that a column's codes or phone numbers have, from examples: patterns, and how often each comes. */
import { classOf, joined, literal, patternOf } from './patterns.ts';

export interface Form {
  readonly pattern: string;
  /** The share of the texts that have this form. */
  readonly share: number;
}

/** So many forms are kept at most, the commonest. */
const mostForms = 8;
/** A form of fewer texts, or of a smaller share, would tell who has it. */
const fewestTexts = 5;
const smallestShare = 0.01;

/** The forms of codes: of one length by place, else by what stands between their numbers, or by their lengths. */
export function formsOfCodes(texts: readonly string[]): Form[] {
  if (isOneForm(texts)) return [{ pattern: patternOf(texts), share: 1 }];
  const lengthOf = (text: string) => String(text.length);
  const count = (of: (text: string) => string) => new Set(texts.map(of)).size;
  // Letters and digits in any order, as in hexadecimal numbers, make more skeletons than lengths.
  const forms =
    count(codeSkeleton) <= count(lengthOf)
      ? commonForms(texts, codeSkeleton, codePattern)
      : commonForms(texts, lengthOf, patternOf);
  return forms ?? [{ pattern: patternOf(texts), share: 1 }];
}

/** All of one length, with digits and letters in the same places: codes, not texts that happen to differ. */
export function isOneForm(texts: readonly string[]): boolean {
  const form = (text: string) => text.replaceAll(/[a-f\d]/gi, '0').replaceAll(/\p{L}/gu, 'a');
  const [first = ''] = texts;
  return (
    texts.every((text) => text.length === first.length) &&
    (texts.every((text) => form(text) === form(first)) || /^[0-9a-z-]+$/i.test(first))
  );
}

/** The forms of phone numbers, card numbers and the like: the digits' places, and what all have in common. */
export function formsOfDigits(texts: readonly string[]): Form[] {
  const skeletonOf = (text: string) => text.replaceAll(/\d/g, '0');
  // Where no form is common, that of a single text says how it is grouped and no digit of it.
  return commonForms(texts, skeletonOf, digitPattern) ?? commonForms(texts, skeletonOf, digitPattern, 1)!;
}

/** By skeleton; undefined where most texts have one that hardly comes again. */
function commonForms(
  texts: readonly string[],
  skeletonOf: (text: string) => string,
  patternFor: (texts: readonly string[]) => string,
  fewest = Math.min(fewestTexts, texts.length / 2),
): Form[] | undefined {
  const groups = new Map<string, string[]>();
  for (const text of texts) {
    const skeleton = skeletonOf(text);
    const group = groups.get(skeleton);
    if (group) group.push(text);
    else groups.set(skeleton, [text]);
  }
  const common = [...groups.values()]
    .filter(({ length }) => length >= fewest && (fewest === 1 || length >= smallestShare * texts.length))
    .sort((a, b) => b.length - a.length || (a[0]! < b[0]! ? -1 : 1))
    .slice(0, mostForms);
  const total = common.reduce((sum, { length }) => sum + length, 0);
  if (fewest > 1 && total * 2 < texts.length) return undefined;
  return common.map((group) => ({ pattern: patternFor(group), share: group.length / total }));
}

/** "INV/2024/7" as "AAA/#/#"; a number with a leading zero as its places. */
function codeSkeleton(text: string): string {
  return text
    .replaceAll(/[A-Z]/g, 'A')
    .replaceAll(/[a-z]/g, 'a')
    .replaceAll(/\d+/g, (digits) => (digits.length > 1 && digits.startsWith('0') ? '0'.repeat(digits.length) : '#'));
}

function codePattern(texts: readonly string[]): string {
  const split = texts.map((text) => text.split(/(\d+)/));
  return split[0]!
    .map((_, i) => {
      const pieces = split.map((each) => each[i] ?? '');
      return i % 2 === 0 ? patternOrNothing(pieces) : numberPattern(pieces, split[0]!.length > 3);
    })
    .join('');
}

const patternOrNothing = (pieces: readonly string[]) => (pieces[0] === '' ? '' : patternOf(pieces));

/** A run of digits: by place where all are of one length, else a number. A year stays among those that there are. */
function numberPattern(runs: readonly string[], maybeYear: boolean): string {
  const [first = ''] = runs;
  if (runs.every((run) => run === first)) return literal(first);
  if (maybeYear && runs.every((run) => /^(?:19|20)\d\d$/.test(run))) {
    const years = runs.map(Number);
    return `{${years.reduce((a, b) => Math.min(a, b))}..${years.reduce((a, b) => Math.max(a, b))}}`;
  }
  if (runs.every(({ length }) => length === first.length)) return patternOf(runs);
  const longest = runs.reduce((most, { length }) => Math.max(most, length), 0);
  return longest > 15 ? patternOf(runs) : `{${runs.includes('0') ? 0 : 1}..${'9'.repeat(longest)}}`;
}

/** From so many texts on, a digit that never comes at a place is none that may. */
const manyTexts = 20;

/** Digits by place; one that all have stays, where enough have it or it belongs to a country's code. */
function digitPattern(texts: readonly string[]): string {
  const split = texts.map((text) => [...text]);
  const first = split[0]!;
  const country = /^\+\d{1,3}(?=\D)/.exec(texts[0]!)?.[0].length ?? (texts[0]!.startsWith('+') ? 2 : 0);
  const isMany = texts.length >= manyTexts;
  return joined(
    first.map((character, place) => {
      const there = new Set(split.map((characters) => characters[place]!));
      if (!/\d/.test(character)) return classOf(there);
      const isSame = there.size === 1 && (texts.length >= fewestTexts || place < country || character === '0');
      if (isSame) return character;
      const leads = place === 0 || !/\d/.test(first[place - 1]!);
      if (there.has('0') || !(isMany || leads)) return '[0-9]';
      return there.has('1') || !isMany ? '[1-9]' : '[2-9]';
    }),
  );
}
