/** Numbers that prove themselves: payment cards (Luhn, ISO/IEC 7812-1) and bank accounts (IBAN, ISO 13616). */

/** Which digits follow from the others. */
export type CheckDigits = 'luhn' | 'iban';

export const isCardNumber = (text: string) =>
  /^\d(?:[ -]?\d){12,18}$/.test(text) && withCheckDigits(text, 'luhn') === text && /[1-9]/.test(text);

export const isIban = (text: string) =>
  /^[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}$/.test(text) && withCheckDigits(text, 'iban') === text;

/** The text with its check digits set to 0: what remains to be chosen. */
export function withoutCheckDigits(text: string, check: CheckDigits): string {
  return check === 'luhn' ? `${text.slice(0, -1)}0` : `${text.slice(0, 2)}00${text.slice(4)}`;
}

export function withCheckDigits(text: string, check: CheckDigits): string {
  if (check === 'luhn') return `${text.slice(0, -1)}${(10 - luhnSum(withoutCheckDigits(text, check))) % 10}`;
  // Country and check digits last, letters as 10 to 35; the remainder by 97 must be 1.
  const moved = withoutCheckDigits(text, check).replaceAll(' ', '');
  const digits = [...`${moved.slice(4)}${moved.slice(0, 4)}`].map((c) => Number.parseInt(c, 36)).join('');
  const rest = [...digits].reduce((sum, digit) => (10 * sum + Number(digit)) % 97, 0);
  return `${text.slice(0, 2)}${String(98 - rest).padStart(2, '0')}${text.slice(4)}`;
}

/** Every second digit from the right doubled, its digits added; modulo 10. */
function luhnSum(text: string): number {
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((all, digit, i) => all + (i % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit), 0);
  return sum % 10;
}
