/** How each field of a format spells its part of an instant, and reads it. */

import { epoch, isoWeekOf } from './calendar.ts';

/** The text under way. */
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

/** Digits of a second's fraction beyond milliseconds; those of nanoseconds must be zero. */
const fraction = (width: 6 | 9): Field => ({
  looks: width === 6 ? '\\d{6}' : '\\d{6}000',
  isFixed: true,
  read: (text) => {
    instant[6] = Number(text.slice(0, 3));
    instant[7] = Number(text.slice(3, 6));
  },
  write: () => threeDigits(instant[6]!) + threeDigits(instant[7]!) + (width === 9 ? '000' : ''),
});

const threeDigits = (value: number) => String(value).padStart(3, '0');

/** 69 to 99 are of the 20th century, as POSIX has it. */
const shortYear: Field = {
  looks: '\\d{2}',
  isFixed: true,
  read: (text) => {
    instant[0] = Number(text) + (Number(text) < 69 ? 2000 : 1900);
  },
  write: () => twoDigits[instant[0]! % 100]!,
};

const weekNow = () => isoWeekOf(instant[0]!, instant[1]!, instant[2]!);
const weekYear: Field = { ...digits(0, 4), write: () => String(weekNow()[0]).padStart(4, '0') };
const week: Field = {
  ...digits(9, 2),
  looks: '0[1-9]|[1-5]\\d',
  isFixed: false,
  write: () => twoDigits[weekNow()[1]]!,
};
const weekday: Field = { ...digits(10, 1), looks: '[1-7]', isFixed: false, write: () => String(weekNow()[2]) };

/** +02:00 or +0200: minutes east of UTC. */
const offset = (colon: string): Field => ({
  looks: `[+-](?:0\\d|1[0-4])${colon}[0-5]\\d`,
  isFixed: false,
  read: (text) => {
    const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
    instant[8] = text.startsWith('-') ? -minutes : minutes;
  },
  write: () => {
    const minutes = Math.abs(instant[8]!);
    return `${instant[8]! < 0 ? '-' : '+'}${twoDigits[Math.floor(minutes / 60)]!}${colon}${twoDigits[minutes % 60]!}`;
  },
});

/** CET and CEST: a zone's name by its offset. Of two zones that share a letter code the one that is used more is meant. */
export const zoneCodes: Readonly<Record<string, number>> = {
  ...{ GMT: 0, UTC: 0, WET: 0, WEST: 60, BST: 60, CET: 60, CEST: 120, EET: 120, EEST: 180, MSK: 180 },
  ...{ EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420 },
  ...{ AKST: -540, AKDT: -480, HST: -600, JST: 540, KST: 540, IST: 330, AEST: 600, AEDT: 660, NZST: 720, NZDT: 780 },
};

const zoneCode: Field = {
  looks: Object.keys(zoneCodes).join('|'),
  isFixed: false,
  read: (text) => {
    instant[8] = zoneCodes[text]!;
  },
  // Written by the format's zone (datetime.ts), which knows which of its codes is meant.
  write: () => '',
};

export const fields: Record<string, Field> = {
  YYYY: digits(0, 4),
  GGGG: weekYear,
  YY: shortYear,
  XXX: offset(':'),
  XX: offset(''),
  zzz: zoneCode,
  ww: week,
  E: weekday,
  SSSSSSSSS: fraction(9),
  SSSSSS: fraction(6),
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

const fieldName = new RegExp(`('[^']*'|${Object.keys(fields).join('|')})`);

/** A format taken apart: names of fields, and the text between them, which may stand in single quotes. */
export const partsOf = (format: string) => format.split(fieldName).filter((part) => part !== '');

/** `instant`, spelled by such parts. */
export function writeParts(parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += fields[part]?.write() ?? literalOf(part);
  return text;
}

/** The text of a part that is no field. */
export const literalOf = (part: string): string => (part.startsWith("'") ? part.slice(1, -1) : part);
