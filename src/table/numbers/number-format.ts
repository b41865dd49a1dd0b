/** How a column spells its numbers where they are not plain: $1,234.50, 1.234,5 %, (12.00), +.81 or 6.1e-05. */
import { z } from 'zod';

/** A double has at most 309 digits before its point, with marks between them, and 324 zeros behind it; what is longer is no number. */
export const longestNumber = 500;

const exponentStyle = z.strictObject({
  mark: z.enum(['e', 'E']),
  /** Fewest digits of the exponent: 2 in 1e-05. */
  width: z.int().min(1).max(4),
  /** Whether a positive exponent has a plus. */
  plus: z.boolean(),
  /** Numbers nearer to zero than 10^below have an exponent, and so have those from 10^from on; without both every number has. */
  below: z.int().min(-400).max(400).optional(),
  from: z.int().min(-400).max(400).optional(),
  /** Digits behind the point of the mantissa; by default as few as tell the number. */
  decimals: z.int().min(0).max(20).optional(),
});
export type ExponentStyle = Readonly<z.infer<typeof exponentStyle>>;

const fields = z.strictObject({
  /** Before the digits, behind a minus: a currency's sign or code, perhaps a space. */
  prefix: z.string().regex(/^[^\d-]*$/),
  /** Between every three digits of the whole part; "" for nothing. */
  group: z.string().regex(/^[^\d-]?$/),
  /** Before the decimals. */
  point: z.enum(['.', ',']),
  /** Behind the digits: a currency, or %. */
  suffix: z.string().regex(/^\D*$/),
  /** +5 for 5. */
  plus: z.literal(true).optional(),
  /** (5) or 5- for -5. */
  negative: z.enum(['parentheses', 'after']).optional(),
  /** .5 for 0.5. */
  bare: z.literal(true).optional(),
  /** Numbers that are written without decimals in a column that has a fixed number of them: 0, or every whole one. */
  whole: z.enum(['zero', 'all']).optional(),
  exponent: exponentStyle.optional(),
});
export const numberStyle = fields.refine(({ group, point }) => group !== point, {
  error: 'must not have the same mark between thousands and before decimals',
});
export type NumberStyle = Readonly<z.infer<typeof numberStyle>>;

export const plainStyle: NumberStyle = { prefix: '', group: '', point: '.', suffix: '' };

/** Whether a number in this style is still one in JSON and Parquet, and not a string. */
export function isNumberText({ prefix, group, point, suffix, negative }: NumberStyle): boolean {
  return prefix + group + suffix === '' && point === '.' && negative === undefined;
}

/** The plain number `-1234.5` as `-$1,234.5`; an exponent stays behind the digits. */
export function formatStyled(plain: string, style: NumberStyle): string {
  const { prefix, group, point, suffix, plus, negative, bare } = style;
  const isNegative = plain.startsWith('-');
  const [whole = '', fraction] = plain.slice(isNegative ? 1 : 0).split('.');
  const grouped = group === '' || whole.length > longestNumber ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, group);
  const shown = bare && whole === '0' && fraction !== undefined ? '' : grouped;
  const body = prefix + shown + (fraction === undefined ? '' : point + fraction) + suffix;
  if (!isNegative) return plus && /[1-9]/.test(plain) ? `+${body}` : body;
  if (negative === 'parentheses') return `(${body})`;
  return negative === 'after' ? `${body}-` : `-${body}`;
}

/** A number with its exponent, or undefined where this style writes it without. */
export function exponentText(value: number, style: ExponentStyle): string | undefined {
  const { mark, width, plus, below, from, decimals } = style;
  const size = Math.abs(value);
  const always = below === undefined && from === undefined;
  const isFar = size < 10 ** (below ?? -400) || size >= 10 ** (from ?? 400);
  if (!always && (size === 0 || !isFar)) return undefined;
  const [mantissa = '', exponent = ''] = value.toExponential(decimals).split('e');
  const sign = exponent.startsWith('-') ? '-' : plus ? '+' : '';
  return `${Object.is(value, -0) ? '-' : ''}${mantissa}${mark}${sign}${exponent.slice(1).padStart(width, '0')}`;
}

const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** The reverse of `formatStyled` in a style without options; undefined for what it would not write. */
export function parseStyled(text: string, style: NumberStyle): string | undefined {
  if (text.length > longestNumber) return undefined;
  const { prefix, group, point, suffix } = style;
  const sign = text.startsWith('-') ? '-' : '';
  const [whole = '', fraction] = text.slice(sign.length + prefix.length, text.length - suffix.length).split(point);
  const digits = group === '' ? whole : whole.replaceAll(group, '');
  const plain = sign + digits + (fraction === undefined ? '' : `.${fraction}`);
  return plainNumber.test(plain) && formatStyled(plain, style) === text ? plain : undefined;
}

const spaces = ' \u00a0\u202f';
const currency = '\\p{Sc}|USD|EUR|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN';
const numberInStyle = new RegExp(
  `^-?((?:(?:${currency})[${spaces}]?)?)(?:\\d|\\d.*\\d)((?:[${spaces}]?(?:${currency}|%|‰))?)$`,
  'su',
);

/** What stands between thousands and before decimals, the commonest first. */
export const marks: readonly (readonly [string, NumberStyle['point']])[] = [
  ['', '.'],
  [',', '.'],
  ['.', ','],
  ...Array.from(spaces, (space) => [space, ','] as const),
  ["'", '.'],
  ['\u2019', '.'],
  ...Array.from(spaces, (space) => [space, '.'] as const),
  ['', ','],
];

/** The first style, other than none, in which all these texts are numbers and which at least one of them shows. */
export function detectStyle(texts: readonly string[]): NumberStyle | undefined {
  const first = texts[0] ?? '';
  const found = first.length > longestNumber ? null : numberInStyle.exec(first);
  if (!found) return undefined;
  const [, prefix = '', suffix = ''] = found;
  const isPlain = prefix === '' && suffix === '';
  const styled = (group: string, point: NumberStyle['point']) => ({ prefix, group, point, suffix });
  const bodies = texts.map((text) => text.slice(prefix.length, text.length - suffix.length));
  /** 1,5 and 0,125 are surely decimals, 1,234 is rather a thousand. */
  const hasDecimalComma = () =>
    texts.some((text, i) => bodies[i]!.includes(',') && parseStyled(text, styled(',', '.')) === undefined);
  const isShown = (group: string, point: string) => {
    if (group !== '') return bodies.some((body) => body.includes(group));
    return point === ',' ? hasDecimalComma() : !isPlain;
  };
  return marks
    .filter(([group, point]) => isShown(group, point))
    .map(([group, point]) => styled(group, point))
    .find((style) => texts.every((text) => parseStyled(text, style) !== undefined));
}
