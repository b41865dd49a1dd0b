/**
 * A column most of whose cells are numbers, however they are spelled: what its numbers have in common, how most of them are
 * written, and which cells are no numbers.
 */
import { rangeOf } from '../../numeric/value-range.ts';
import { decimalsIn, plainNumber } from '../cells.ts';
import type { PlainColumn } from '../schema.ts';
import { type ExponentStyle, exponentText, marks, type NumberStyle, plainStyle } from './number-format.ts';
import { type NumberParts, numberIn, numberParts, plainBody } from './read-number.ts';

/** A distinct text of a column, and in how many cells it stands. */
export interface CountedText {
  readonly text: string;
  readonly count: number;
}

export interface MostlyNumbers {
  readonly column: PlainColumn;
  /** Texts that are no numbers of this column. */
  readonly odd: readonly CountedText[];
  /** Share of the cells that are numbers. */
  readonly share: number;
}

interface Read extends CountedText {
  readonly parts: NumberParts;
  readonly value: number;
  /** Digits and point without marks: "1234.50". */
  readonly plain: string;
}

/** Texts that are looked at to see whether the rest is worth it. */
const mostTried = 500;

/** `toFixed` and the schema end here. */
const maxScale = 20;
/** Together, before and behind the point. */
const mostPlaces = 36;

/** Undefined where fewer than half of the cells are numbers. */
export function mostlyNumbers(
  name: string,
  missing: string | null,
  texts: readonly CountedText[],
): MostlyNumbers | undefined {
  if (!looksNumeric(texts)) return undefined;
  const taken = texts.map((counted) => ({ ...counted, parts: numberParts(counted.text) }));
  const style = commonStyle(
    taken.filter((one): one is CountedText & { parts: NumberParts } => one.parts !== undefined),
  );
  const numbers: Read[] = [];
  const odd: CountedText[] = [];
  for (const { text, count, parts } of taken) {
    const value = parts && numberIn(parts, style);
    if (parts === undefined || value === undefined) odd.push({ text, count });
    else numbers.push({ text, count, parts, value, plain: plainIn(parts, style) });
  }
  const column = columnOf(name, missing, style, numbers, odd);
  const total = weightOf(texts);
  if (!column) return undefined;
  const share = 1 - weightOf(odd) / total;
  return share < 0.5 ? undefined : { column, odd, share };
}

export const weightOf = (texts: readonly CountedText[]): number => texts.reduce((sum, { count }) => sum + count, 0);

function looksNumeric(texts: readonly CountedText[]): boolean {
  const step = Math.max(1, Math.floor(texts.length / mostTried));
  const tried = texts.filter((_, i) => i % step === 0);
  return weightOf(tried.filter(({ text }) => numberParts(text))) * 2 >= weightOf(tried) && tried.length > 0;
}

const plainIn = ({ body }: NumberParts, { group, point }: NumberStyle): string =>
  plainBody(body, group || (point === '.' ? ',' : '.'), point) ?? plainBody(body, '', point) ?? body;

/** What most cells have before and behind their digits, and the marks under which most are numbers. */
function commonStyle(texts: readonly (CountedText & { parts: NumberParts })[]): NumberStyle {
  const prefix = commonest(texts, ({ parts }) => parts.prefix);
  const suffix = commonest(texts, ({ parts }) => parts.suffix);
  const fits = (group: string, point: string) =>
    weightOf(texts.filter(({ parts }) => plainBody(parts.body, group, point) !== undefined));
  const weights = marks.map(([group, point]) => fits(group, point));
  const best = weights.indexOf(weights.reduce((most, weight) => Math.max(most, weight), 0));
  const [group, point] = marks[best]!;
  return { prefix, group, point, suffix };
}

/** Of equally common ones the first in the order of their characters. */
function commonest<T extends CountedText>(texts: readonly T[], of: (text: T) => string): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(of(text), (counts.get(of(text)) ?? 0) + text.count);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? '';
}

/** The column of these numbers; whole numbers that a double does not hold are moved to the odd ones. */
function columnOf(
  name: string,
  missing: string | null,
  base: NumberStyle,
  numbers: Read[],
  odd: CountedText[],
): PlainColumn | undefined {
  const isWhole = numbers.every(
    ({ value, plain, parts }) => Number.isInteger(value) && !plain.includes('.') && !parts.mark,
  );
  const safe = isWhole ? numbers.filter(({ value }) => Number.isSafeInteger(value)) : numbers;
  if (isWhole) odd.push(...numbers.filter(({ value }) => !Number.isSafeInteger(value)));
  if (safe.length === 0) return undefined;
  const range = rangeOf(safe.map(({ value }) => value));
  const signs = signStyle(base, safe);
  if (isWhole) return { name, kind: 'integer', missing, ...styled(signs), ...range };
  const exponent = exponentStyle(safe);
  const places = Math.max(...rangeEnds(range).map((value) => plainNumber(value).split('.')[0]!.length));
  const { scale, minScale } = decimalsOf(safe);
  const isFloat = (exponent && exponent.below === undefined) || scale > maxScale || places + scale > mostPlaces;
  const whole = wholeStyle(safe, minScale);
  const style = styled({ ...signs, ...(whole && { whole }), ...(exponent && { exponent }) });
  if (!isFloat) return { name, kind: 'decimal', missing, ...style, scale, minScale, ...range };
  return {
    name,
    kind: 'decimal',
    missing,
    ...style,
    scale: 0,
    minScale: 0,
    float: gridOf(safe, exponent?.decimals ?? 0),
    ...range,
  };
}

const rangeEnds = ({ min, max }: { min: number; max: number }) => [Math.abs(min), Math.abs(max)];

/** Nothing where the style is the plain one. */
function styled(style: NumberStyle): { style?: NumberStyle } {
  return JSON.stringify(style) === JSON.stringify(plainStyle) ? {} : { style };
}

/** How most of the negative and positive numbers, and those below 1, are written. */
function signStyle(base: NumberStyle, numbers: readonly Read[]): NumberStyle {
  const isMost = (among: readonly Read[], test: (one: Read) => boolean) =>
    2 * weightOf(among.filter(test)) > weightOf(among);
  const positive = numbers.filter(({ value }) => value > 0);
  const negative = numbers.filter(({ value }) => value < 0);
  const small = numbers.filter(({ value, parts }) => value !== 0 && Math.abs(value) < 1 && !parts.mark);
  const ways = (['parentheses', 'after'] as const).find((way) =>
    isMost(negative, ({ parts }) => parts.negative === way),
  );
  return {
    ...base,
    ...(isMost(positive, ({ parts }) => parts.sign === '+') && { plus: true as const }),
    ...(ways && { negative: ways }),
    ...(isMost(small, ({ parts }) => parts.body.startsWith(base.point)) && { bare: true as const }),
  };
}

/** The most decimals, and the fewest under which most numbers come back as they were. */
function decimalsOf(numbers: readonly Read[]): { scale: number; minScale: number } {
  const [clean, endInZero]: [number[], number[]] = [[], []];
  let scale = 0;
  for (const { plain, parts, value, count } of numbers) {
    if (parts.mark) {
      scale = Math.max(scale, decimalsIn(plainNumber(value)));
      continue;
    }
    const decimals = decimalsIn(plain);
    scale = Math.max(scale, decimals);
    const counts = decimals > 0 && plain.endsWith('0') ? endInZero : clean;
    counts[decimals] = (counts[decimals] ?? 0) + count;
  }
  let [best, minScale] = [-1, 0];
  for (let least = Math.min(scale, maxScale); least >= 0; least--) {
    const kept = (endInZero[least] ?? 0) + clean.slice(least).reduce((sum, count = 0) => sum + count, 0);
    if (kept > best) [best, minScale] = [kept, least];
  }
  return { scale, minScale };
}

/** Whether zeros, or all whole numbers, are mostly written without the decimals that the others have. */
function wholeStyle(numbers: readonly Read[], minScale: number): NumberStyle['whole'] {
  if (minScale === 0) return undefined;
  const isBare = ({ plain }: Read) => !plain.includes('.');
  const mostlyBare = (among: readonly Read[]) => 2 * weightOf(among.filter(isBare)) > weightOf(among);
  const whole = numbers.filter(({ value, parts }) => Number.isInteger(value) && !parts.mark);
  if (mostlyBare(whole.filter(({ value }) => value !== 0))) return 'all';
  return mostlyBare(whole.filter(({ value }) => value === 0)) ? 'zero' : undefined;
}

/** The rule under which most numbers have an exponent or none, as they had; undefined where hardly any has one. */
function exponentStyle(numbers: readonly Read[]): ExponentStyle | undefined {
  const spelled = numbers.filter(({ parts }) => parts.mark);
  if (spelled.length === 0) return undefined;
  const mark = commonest(spelled, ({ parts }) => parts.mark!) as 'e' | 'E';
  const positive = spelled.filter(({ parts }) => /^[+\d]/.test(parts.exponent));
  const plus = positive.length === 0 || positive.some(({ parts }) => parts.exponent.startsWith('+'));
  const widths = spelled.map(({ parts }) => parts.exponent.replace(/\D/g, '').length);
  const width = Math.min(4, rangeOf(widths).min);
  const decimals = new Set(spelled.map(({ parts }) => decimalsIn(parts.body.replace(',', '.'))));
  const fixed = decimals.size === 1 ? { decimals: [...decimals][0]! } : {};
  const isMost = 2 * weightOf(spelled) > weightOf(numbers.filter(({ value }) => value !== 0));
  const rules: ExponentStyle[] = [
    // As Python and pandas write floats, then as JavaScript does.
    { mark, width, plus, below: -4, from: 16 },
    { mark, width, plus, below: -6, from: 21 },
    ...(isMost
      ? [
          { mark, width, plus, ...fixed },
          { mark, width, plus },
        ]
      : []),
  ];
  const kept = rules.map((rule) => weightOf(numbers.filter((one) => isSpelledBy(rule, one))));
  const most = kept.reduce((best, weight) => Math.max(best, weight), 0);
  // Numbers of one form that follow no rule are as well written plainly.
  return isMost || 2 * (weightOf(numbers) - most) < weightOf(spelled) ? rules[kept.indexOf(most)] : undefined;
}

function isSpelledBy(rule: ExponentStyle, { value, parts, plain }: Read): boolean {
  const text = exponentText(Math.abs(value), rule);
  if (text === undefined) return !parts.mark;
  return parts.mark !== undefined && text === `${plain}${parts.mark}${parts.exponent}`;
}

/** @param decimals of the mantissa, which every number is written with. */
function gridOf(numbers: readonly Read[], decimals: number): { digits: number; least: number } {
  let [digits, least] = [decimals + 1, 308];
  for (const { value } of numbers) {
    if (value === 0) continue;
    const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
    digits = Math.max(digits, mantissa.replace('.', '').length);
    least = Math.min(least, Number(exponent));
  }
  return { digits: Math.min(17, digits), least };
}
