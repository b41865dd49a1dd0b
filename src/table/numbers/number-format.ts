/** How numbers are dressed where they are not plain: $1,234.50 or 1.234,5 %. It knows texts, no columns. */
import { z } from 'zod';

const fields = z.strictObject({
  /** Before the digits, behind a minus: a currency's sign or code, perhaps a space. */
  prefix: z.string().regex(/^[^\d-]*$/),
  /** Between every three digits of the whole part; "" for nothing. */
  group: z.string().regex(/^[^\d-]?$/),
  /** Before the decimals. */
  point: z.enum(['.', ',']),
  /** Behind the digits: a currency, or %. */
  suffix: z.string().regex(/^\D*$/),
});
export const numberStyle = fields.refine(({ group, point }) => group !== point, {
  error: 'must not have the same mark between thousands and before decimals',
});
export type NumberStyle = Readonly<z.infer<typeof numberStyle>>;

/** The plain number `-1234.5` as `-$1,234.5`. */
export function dress(plain: string, { prefix, group, point, suffix }: NumberStyle): string {
  const sign = plain.startsWith('-') ? '-' : '';
  const [whole = '', fraction] = plain.slice(sign.length).split('.');
  const grouped = group === '' ? whole : whole.replace(/\B(?=(?:\d{3})+$)/g, group);
  return sign + prefix + grouped + (fraction === undefined ? '' : point + fraction) + suffix;
}

const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** The reverse of `dress`; undefined for what it would not write. */
export function undress(text: string, style: NumberStyle): string | undefined {
  const { prefix, group, point, suffix } = style;
  const sign = text.startsWith('-') ? '-' : '';
  const [whole = '', fraction] = text.slice(sign.length + prefix.length, text.length - suffix.length).split(point);
  const digits = group === '' ? whole : whole.replaceAll(group, '');
  const plain = sign + digits + (fraction === undefined ? '' : `.${fraction}`);
  return plainNumber.test(plain) && dress(plain, style) === text ? plain : undefined;
}

const spaces = ' \u00a0\u202f';
const currency = '\\p{Sc}|USD|EUR|GBP|CHF|JPY|CNY|SEK|NOK|DKK|PLN';
const dressed = new RegExp(
  `^-?((?:(?:${currency})[${spaces}]?)?)(?:\\d|\\d.*\\d)((?:[${spaces}]?(?:${currency}|%|‰))?)$`,
  'su',
);

/** What stands between thousands and before decimals, the commonest first. */
const marks: readonly (readonly [string, NumberStyle['point']])[] = [
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
  const found = dressed.exec(texts[0] ?? '');
  if (!found) return undefined;
  const [, prefix = '', suffix = ''] = found;
  const isPlain = prefix === '' && suffix === '';
  const styled = (group: string, point: NumberStyle['point']) => ({ prefix, group, point, suffix });
  const bodies = texts.map((text) => text.slice(prefix.length, text.length - suffix.length));
  /** 1,5 and 0,125 are surely decimals, 1,234 is rather a thousand. */
  const hasDecimalComma = () =>
    texts.some((text, i) => bodies[i]!.includes(',') && undress(text, styled(',', '.')) === undefined);
  const isShown = (group: string, point: string) => {
    if (group !== '') return bodies.some((body) => body.includes(group));
    return point === ',' ? hasDecimalComma() : !isPlain;
  };
  return marks
    .filter(([group, point]) => isShown(group, point))
    .map(([group, point]) => styled(group, point))
    .find((style) => texts.every((text) => undress(text, style) !== undefined));
}
