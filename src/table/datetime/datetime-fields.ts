/** How each field of a format spells its part of an instant, and reads it. It knows no format. */

/** Year, month, day, hour, minute, second, millisecond: what a format does not say, and the text under way. */
export const epoch = [1970, 1, 1, 0, 0, 0, 0];
export const instant = new Int32Array(epoch.length);

/** A part of an instant as a format spells it. */
export interface Field {
  /** As a regular expression. */
  readonly looks: string;
  /** Whether it is digits, as many as its name has letters. */
  readonly isFixed: boolean;
  /** Into `instant`, and from there. */
  read(text: string): void;
  write(): string;
}

const shortNumbers = Array.from({ length: 100 }, (_, n) => String(n));
const twoDigits = shortNumbers.map((text) => text.padStart(2, '0'));

/** What `unit` of `instant` counts, in so many digits. */
const digits = (unit: number, width: number): Field => ({
  looks: `\\d{${width}}`,
  isFixed: true,
  read: (text) => {
    instant[unit] = Number(text);
  },
  write: () => (width === 2 ? twoDigits[instant[unit]!]! : String(instant[unit]).padStart(width, '0')),
});

const unpaddedDigits = (unit: number, looks: string): Field => ({
  ...digits(unit, 1),
  looks,
  isFixed: false,
  write: () => shortNumbers[instant[unit]!]!,
});

const monthNames = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
];

const month = (names: readonly string[]): Field => ({
  looks: names.join('|'),
  isFixed: false,
  read: (text) => {
    instant[1] = names.indexOf(text) + 1;
  },
  write: () => names[instant[1]! - 1]!,
});

/** 12, 1, 2, to 11, twice a day: each half's hours are added to those of the half. */
const hourOfHalf = (looks: string, texts: readonly string[]): Field => ({
  looks,
  isFixed: false,
  read: (text) => {
    instant[3]! += Number(text) % 12;
  },
  write: () => texts[((instant[3]! + 11) % 12) + 1]!,
});

const half = (morning: string, afternoon: string): Field => ({
  looks: `${morning}|${afternoon}`,
  isFixed: false,
  read: (text) => {
    if (text === afternoon) instant[3]! += 12;
  },
  write: () => (instant[3]! < 12 ? morning : afternoon),
});

export const fields: Record<string, Field> = {
  YYYY: digits(0, 4),
  MMMM: month(monthNames),
  MMM: month(monthNames.map((name) => name.slice(0, 3))),
  MON: month(monthNames.map((name) => name.slice(0, 3).toUpperCase())),
  MM: digits(1, 2),
  DD: digits(2, 2),
  HH: digits(3, 2),
  hh: hourOfHalf('0[1-9]|1[0-2]', twoDigits),
  mm: digits(4, 2),
  SSS: digits(6, 3),
  ss: digits(5, 2),
  M: unpaddedDigits(1, '[1-9]\\d?'),
  D: unpaddedDigits(2, '[1-9]\\d?'),
  H: unpaddedDigits(3, '1?\\d|2[0-3]'),
  h: hourOfHalf('[1-9]|1[0-2]', shortNumbers),
  A: half('AM', 'PM'),
  a: half('am', 'pm'),
};

const fieldName = new RegExp(`(${Object.keys(fields).join('|')})`);

/** A format taken apart: names of fields, and the text between them. */
export const partsOf = (format: string) => format.split(fieldName).filter((part) => part !== '');

/** `instant`, spelled by such parts. */
export function writeParts(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += fields[part]?.write() ?? part;
  return text;
}
