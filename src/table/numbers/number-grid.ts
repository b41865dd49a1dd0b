/**
 * The numbers that a column can hold: multiples of a smallest step, or, where its sizes differ too much for that, numbers
 * with so many significant digits. Number text in sentences is made and read here too, so that a range of it is a range of digits.
 */
import { z } from 'zod';

/** Numbers of so many digits and an exponent of at least `least`: 6.626e-34 has four digits. */
export const floatGrid = z.strictObject({
  digits: z.int().min(1).max(17),
  least: z.int().min(-324).max(308),
});
export type FloatGrid = Readonly<z.infer<typeof floatGrid>>;

interface Decimals {
  readonly scale: number;
  readonly float?: FloatGrid | undefined;
}

/** The number of the grid nearest to x. */
export function roundTo({ scale, float }: Decimals, x: number): number {
  if (!float) return Number(x.toFixed(scale));
  const rounded = Number(x.toExponential(float.digits - 1));
  if (Math.abs(rounded) >= Number(`1e${float.least}`)) return rounded;
  // Between zero and the smallest number there is nothing.
  const smallest = Number(`1e${float.least}`);
  return Math.abs(x) * 2 < smallest ? 0 : Math.sign(x) * smallest;
}

/** The largest number of the grid below x, itself one of the grid. */
export function previousOf(column: Decimals, x: number): number {
  const { scale, float } = column;
  if (!float) return Number((x - 10 ** -scale).toFixed(scale));
  if (x === 0) return -Number(`1e${float.least}`);
  const [mantissa, exponent] = partsOf(x, float.digits);
  const [lowest, highest] = [10n ** BigInt(float.digits - 1), 10n ** BigInt(float.digits) - 1n];
  if (x < 0) {
    return mantissa === highest ? numberOf(-lowest, exponent + 1, float) : numberOf(-(mantissa + 1n), exponent, float);
  }
  if (mantissa > lowest) return numberOf(mantissa - 1n, exponent, float);
  return exponent <= float.least ? 0 : numberOf(highest, exponent - 1, float);
}

/** The digits of a number's size as a whole number, and its exponent. */
function partsOf(x: number, digits: number): [bigint, number] {
  const [mantissa = '', exponent = ''] = Math.abs(x)
    .toExponential(digits - 1)
    .split('e');
  return [BigInt(mantissa.replace('.', '')), Number(exponent)];
}

const numberOf = (mantissa: bigint, exponent: number, { digits }: FloatGrid): number =>
  Number(`${mantissa}e${exponent - digits + 1}`);

/** As sentences say it, the exponent first: 6.1e-05 is "e-5 6.1000" with five digits, zero is "0 0.0000". */
export function floatText(value: number, { digits, least }: FloatGrid): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (Math.abs(value) < Number(`1e${least}`)) return `${sign}0 ${(0).toFixed(digits - 1)}`;
  const [mantissa, exponent] = Math.abs(value)
    .toExponential(digits - 1)
    .split('e');
  return `${sign}e${Number(exponent)} ${mantissa}`;
}

const spelled = /^(-?)(?:e(-?\d{1,3})|0) (\d(?:\.\d{1,16})?)$/;

/**
 * The reverse of `floatText`; undefined for any other text. Of 16 and 17 digits several texts are one double, and all of them
 * are read.
 */
export function parseFloatText(text: string, { digits, least }: FloatGrid): number | undefined {
  const [, sign = '', exponent = '0', mantissa] = spelled.exec(text) ?? [];
  if (mantissa === undefined || mantissa.replace('.', '').length !== digits) return undefined;
  const isZero = text.startsWith(`${sign}0 `);
  if (isZero ? /[1-9]/.test(mantissa) : mantissa.startsWith('0') || Number(exponent) < least) return undefined;
  const value = Number(`${sign}${mantissa}e${exponent}`);
  return Number.isFinite(value) ? value : undefined;
}
