/**
 * Forms of strings such as "CUST-[0-9]{5}" or "P{1..999}": found from examples, and enumerated. A class or a character
 * stands for one place; `{7..99}` is a whole number without leading zeros, `{007..099}` one of three digits.
 */

/** What one item of a pattern may be: one of some characters, or a number of a range, padded to `width` digits. */
type Part =
  | { readonly characters: readonly string[] }
  | { readonly from: number; readonly to: number; readonly width: number };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuidPattern = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** A range of numbers, or a character (`\` before one of `[]{}\`) or a class of them and how often it comes. */
const item = /\{(\d{1,15})\.\.(\d{1,15})\}|(?:\[((?:\\.|[^\]\\])+)\]|\\(.)|([^[\]{}\\]))(?:\{(\d{1,3})\})?/gsu;

/** A longer pattern is refused, and one of more places, or of more characters in all of these: all is counted before it is expanded. */
const mostLength = 10_000;
const mostPlaces = 1000;
const mostCharacters = 100_000;

export function isPattern(pattern: string): boolean {
  if (pattern === '' || pattern.length > mostLength || pattern.replace(item, '') !== '') return false;
  let [places, characters] = [0, 0];
  for (const [, , , inside = '', , , times = 1] of pattern.matchAll(item)) {
    const size = classSize(inside);
    if (size === undefined) return false;
    places += Number(times);
    characters += size * Number(times);
  }
  if (places > mostPlaces || characters > mostCharacters) return false;
  const parts = partsOf(pattern);
  return parts.every((part, i) => {
    if ('characters' in part) return true;
    const next = parts[i + 1];
    // A digit after a number of any length could belong to either.
    const isOpen = next !== undefined && (!('characters' in next) || next.characters.some((c) => /\d/.test(c)));
    return part.from <= part.to && !isOpen;
  });
}

/** The strings of a pattern by their number, from 0 to `count` - 1. */
export interface PatternStrings {
  readonly count: bigint;
  at(index: bigint): string;
  /** Undefined for a text of another form. */
  indexOf(text: string): bigint | undefined;
}

export function patternStrings(pattern: string): PatternStrings {
  const parts = partsOf(pattern);
  const sizes = parts.map((part) => ('characters' in part ? part.characters.length : part.to - part.from + 1));
  const runs = runsOf(sizes);
  const whole = new RegExp(`^${parts.map(sourceOf).join('')}$`, 'su');
  return {
    count: runs.reduce((product, { size }) => product * size, 1n),
    at(index) {
      let rest = index;
      let text = '';
      for (const { from, to, size } of runs) {
        let number = Number(rest % size);
        rest /= size;
        for (let i = from; i < to; i++) {
          text += spelled(parts[i]!, number % sizes[i]!);
          number = Math.floor(number / sizes[i]!);
        }
      }
      return text;
    },
    indexOf(text) {
      const found = whole.exec(text);
      if (!found) return undefined;
      let index = 0n;
      for (const { from, to, size } of runs.toReversed()) {
        let number = 0;
        for (let i = to - 1; i >= from; i--) {
          const digit = placeOf(parts[i]!, found[i + 1]!);
          if (digit < 0 || digit >= sizes[i]!) return undefined;
          number = number * sizes[i]! + digit;
        }
        index = index * size + BigInt(number);
      }
      return index;
    },
  };
}

/** Parts of which all combinations are still counted exactly by a double: arithmetic with these is faster. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly size: bigint;
}

function runsOf(sizes: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let from = 0, to = 0; from < sizes.length; from = to) {
    let size = sizes[to++]!;
    while (to < sizes.length && size * sizes[to]! <= Number.MAX_SAFE_INTEGER) size *= sizes[to++]!;
    runs.push({ from, to, size: BigInt(size) });
  }
  return runs;
}

function spelled(part: Part, place: number): string {
  return 'characters' in part ? part.characters[place]! : String(part.from + place).padStart(part.width, '0');
}

function placeOf(part: Part, text: string): number {
  return 'characters' in part ? part.characters.indexOf(text) : numberIn(text, part.width) - part.from;
}

/** -1 for a spelling that the range would not have. */
function numberIn(text: string, width: number): number {
  const value = Number(text);
  return String(value).padStart(width, '0') === text ? value : -1;
}

function sourceOf(part: Part): string {
  if (!('characters' in part)) return '(\\d{1,15})';
  return `([${part.characters.map((character) => `\\u{${character.codePointAt(0)!.toString(16)}}`).join('')}])`;
}

function partsOf(pattern: string): Part[] {
  return [...pattern.matchAll(item)].flatMap(([, from, to, inside, escaped, character, times]): Part[] => {
    if (from !== undefined) {
      const width = from.startsWith('0') && from.length === to!.length ? from.length : 1;
      return [{ from: Number(from), to: Number(to!), width }];
    }
    const characters = inside === undefined ? [escaped ?? character!] : expand(inside);
    return Array<Part>(Number(times ?? 1)).fill({ characters });
  });
}

/** What stands in a class: a range or one character. */
const inClass = /\\(.)|(.)-(.)|(.)/gsu;

/** How many characters a class names, before it is expanded; undefined for a range that runs backwards, such as "z-a". */
function classSize(inside: string): number | undefined {
  let size = 0;
  for (const [, , from, to] of inside.matchAll(inClass)) {
    const more = from === undefined ? 1 : to!.codePointAt(0)! - from.codePointAt(0)! + 1;
    if (more < 1) return undefined;
    size += more;
  }
  return size;
}

/** "0-9a" as the characters 0 to 9 and a. */
function expand(inside: string): string[] {
  const characters: string[] = [];
  for (const [, escaped, from, to, single] of inside.matchAll(inClass)) {
    if (from === undefined) {
      characters.push(escaped ?? single ?? '');
      continue;
    }
    for (let code = from.codePointAt(0)!; code <= to!.codePointAt(0)!; code++) {
      characters.push(String.fromCodePoint(code));
    }
  }
  return [...new Set(characters)];
}

/** The narrowest form that all texts have: by place where they are of one length, else by the longest. */
export function patternOf(texts: readonly string[]): string {
  if (texts.every((text) => uuid.test(text))) return uuidPattern;
  const split = texts.map((text) => [...text]);
  const longest = split.reduce((most, { length }) => Math.max(most, length), 0);
  const sameLength = split.every(({ length }) => length === longest);
  const everywhere = sameLength ? '' : classOf(new Set(split.flat()));
  return joined(
    Array.from({ length: longest }, (_, place) =>
      sameLength ? classOf(new Set(split.map((characters) => characters[place]!))) : everywhere,
    ),
  );
}

/** Places to a pattern: equal neighbours are counted. */
export function joined(places: readonly string[]): string {
  let pattern = '';
  for (let from = 0, to = 0; from < places.length; from = to) {
    while (places[to] === places[from]) to++;
    pattern += places[from]! + (to - from > 1 ? `{${to - from}}` : '');
  }
  return pattern;
}

const alphabets = ['0-9', 'A-Z', 'a-z', '0-9a-f', '0-9A-F', '0-9A-Z', '0-9a-z', 'A-Za-z', '0-9A-Za-z'].map(
  (inside) => ({
    inside,
    characters: new Set(expand(inside)),
  }),
);

/** One character as itself; several as the smallest of the usual alphabets, and what it lacks. */
export function classOf(characters: ReadonlySet<string>): string {
  const [first = ''] = characters;
  if (characters.size === 1) return literal(first);
  const usual = [...characters].filter((character) => /[0-9A-Za-z]/.test(character));
  const alphabet = alphabets.find((each) => usual.every((character) => each.characters.has(character)))?.inside ?? '';
  const others = [...characters].filter((character) => !usual.includes(character)).sort();
  return `[${usual.length > 0 ? alphabet : ''}${others.map((character) => `\\${character}`).join('')}]`;
}

export function literal(text: string): string {
  return text.replaceAll(/[[\]{}\\]/g, '\\$&');
}
