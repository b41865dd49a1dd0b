/** Sentences that people wrote, and what they tell of persons: such text is found, and blotted out before it is learned. */
import type { Random } from '../../numeric/random.ts';
import { isCardNumber, isIban } from './check-digits.ts';
import { mayBePhone, mentionIn } from './personal-texts.ts';

/** So many words, on average, make a sentence. */
const fewestWords = 4;
/** As many cells are looked at. */
const mostLooked = 2000;

/** Texts of several words that hardly repeat, or that tell of persons. */
export function isProse(texts: readonly string[], rows: number): boolean {
  if (texts.length * 2 <= rows) return false;
  const looked = texts.slice(0, mostLooked);
  const words = looked.reduce((sum, text) => sum + (text.slice(0, 1000).match(/\p{L}{2,}/gu)?.length ?? 0), 0);
  return words >= fewestWords * looked.length && looked.length > 1;
}

/** What free texts tell of persons, with the number of cells that do; "" when nothing was found. */
export function mentionRemark(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  const looked = texts.slice(0, mostLooked);
  for (const text of looked) {
    const found = mentionIn(text);
    if (found) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  // A first name in a title or a place is no person.
  if ((counts.get('names') ?? 0) < 0.1 * looked.length && !isProse(looked, looked.length)) counts.delete('names');
  const parts = [...counts].map(([what, count]) => `${what} in ${count} of ${looked.length} texts`);
  if (parts.length === 0) return '';
  const names = counts.has('names') ? '; names are learned as they stand: --drop the column if they must not be' : '';
  return `tells of persons: ${parts.join(', ')}; addresses and numbers are blotted out before it is learned${names}`;
}

const email = /[^\s@<>()",;]{1,64}@[^\s@<>()",;]{1,253}\.\p{L}{2,24}/gu;
/** Seven digits and more, grouped as in numbers of phones, cards and accounts. */
const longNumber = /(?:[A-Z]{2}\d{2}[ ]?(?=\w)|\+|\(|\b)\d[\dA-Z \t().\-/]{5,40}\d/g;

/** The text with other letters and digits in its e-mail addresses, and numbers of phones, cards and accounts. */
export function blotted(text: string, random: Random): string {
  const digit = () => String(random.int(10));
  const letter = () => String.fromCharCode(97 + random.int(26));
  // A code alone is no sentence.
  if (!/\p{L}{2,}\s/u.test(text) && !text.includes('@')) return text;
  return text
    .replaceAll(email, (found) => `${found.split('@')[0]!.replaceAll(/[\p{L}\d]/gu, letter)}@example.com`)
    .replaceAll(longNumber, (found) => {
      const isGrouped = /[ +().\-/]/.test(found) || found.length >= 10;
      const isPrivate = (isGrouped && mayBePhone(found.trim())) || isIban(found) || isCardNumber(found);
      return isPrivate ? found.replaceAll(/\d/g, digit) : found;
    });
}
