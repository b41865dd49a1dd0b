/** New keys of a column's form: numbers go on after the highest, codes have the same letters and digits in the same places. None comes twice. */
import { z } from 'zod';
import { patternOf, patternStrings } from '../table/identifiers/patterns.ts';

export const keyForm = z.discriminatedUnion('is', [
  /** A counter, with what stands around it and at least so many digits. */
  z.strictObject({
    is: z.literal('counter'),
    prefix: z.string(),
    suffix: z.string(),
    digits: z.int().min(0),
    next: z.int().min(0),
  }),
  z.strictObject({ is: z.literal('pattern'), pattern: z.string() }),
]);
export type KeyForm = z.infer<typeof keyForm>;

const counted = /^(.*?)(\d+)([^\d]*)$/s;
const longestNumber = 15;

export function keyFormOf(keys: readonly string[]): KeyForm {
  const parts = keys.map((key) => counted.exec(key));
  const [, prefix = '', , suffix = ''] = parts[0] ?? [];
  const isCounter = parts.every(
    (found) => found && found[1] === prefix && found[3] === suffix && found[2]!.length <= longestNumber,
  );
  if (keys.length > 0 && !isCounter) return { is: 'pattern', pattern: patternOf(keys) };
  const numbers = parts.map((found) => found![2]!);
  const padded = numbers.some((digits) => digits.startsWith('0') && digits.length > 1);
  const highest = numbers.reduce((most, digits) => Math.max(most, Number(digits)), 0);
  return { is: 'counter', prefix, suffix, digits: padded ? numbers[0]!.length : 0, next: highest + 1 };
}

/** Any prime above 2^31 scatters positions; a count that it divides is not met. */
const stride = 2_305_843_009_213_693_951n;

/** The key of each position, from 0; no two are alike. */
export function keyMaker(form: KeyForm, seed: number): (position: number) => string {
  if (form.is === 'counter') {
    return (position) => form.prefix + String(form.next + position).padStart(form.digits, '0') + form.suffix;
  }
  const { count, at } = patternStrings(form.pattern);
  return (position) => {
    const [round, place] = [BigInt(position) / count, BigInt(position) % count];
    const text = at((place * stride + BigInt(seed)) % count);
    return round === 0n ? text : `${text}-${round}`;
  };
}
