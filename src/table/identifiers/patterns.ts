/**
 * Forms of strings such as "CUST-[0-9]{5}": found from examples, and filled so that no two fillings are equal.
 * It knows characters, nothing of columns.
 */

/** The characters that may stand in each place. */
type Slots = readonly string[];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuidPattern = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

/** A character (`\` before one of `[]{}\`), or a class of them, and how often it comes. */
const item = /(?:\[((?:\\.|[^\]\\])+)\]|\\(.)|([^[\]{}\\]))(?:\{(\d{1,3})\})?/gsu;

export function isPattern(pattern: string): boolean {
  return pattern !== '' && pattern.replace(item, '') === '' && slotsOf(pattern).length <= 1000;
}

/** The narrowest form that all texts have: by place where they are of one length, else by the longest. */
export function patternOf(texts: readonly string[]): string {
  if (texts.every((text) => uuid.test(text))) return uuidPattern;
  const split = texts.map((text) => [...text]);
  const longest = split.reduce((most, { length }) => Math.max(most, length), 0);
  const sameLength = split.every(({ length }) => length === longest);
  const everywhere = classOf(new Set(split.flat()));
  const places = Array.from({ length: longest }, (_, place) =>
    sameLength ? classOf(new Set(split.map((characters) => characters[place]!))) : everywhere,
  );
  let pattern = '';
  for (let from = 0, to = 0; from < places.length; from = to) {
    while (places[to] === places[from]) to++;
    pattern += places[from]! + (to - from > 1 ? `{${to - from}}` : '');
  }
  return pattern;
}

const alphabets = ['0-9', 'A-Z', 'a-z', '0-9a-f', '0-9A-F', '0-9A-Z', '0-9a-z', 'A-Za-z', '0-9A-Za-z'];

/** One character as itself; several as the smallest of the usual alphabets, and what it lacks. */
function classOf(characters: ReadonlySet<string>): string {
  const [first = ''] = characters;
  if (characters.size === 1) return /[[\]{}\\]/.test(first) ? `\\${first}` : first;
  const usual = [...characters].filter((character) => /[0-9A-Za-z]/.test(character));
  const alphabet = alphabets.find((each) => usual.every((character) => expand(each).includes(character))) ?? '';
  const others = [...characters].filter((character) => !usual.includes(character)).sort();
  return `[${usual.length > 0 ? alphabet : ''}${others.map((character) => `\\${character}`).join('')}]`;
}

/** "0-9a" as "0123456789a". */
function expand(inside: string): string {
  const characters: string[] = [];
  for (const [, escaped, from, to, single] of inside.matchAll(/\\(.)|(.)-(.)|(.)/gsu)) {
    if (from === undefined) characters.push(escaped ?? single ?? '');
    else
      for (let code = from.charCodeAt(0); code <= to!.charCodeAt(0); code++) characters.push(String.fromCharCode(code));
  }
  return [...new Set(characters)].join('');
}

function slotsOf(pattern: string): Slots {
  return [...pattern.matchAll(item)].flatMap(([, inside, escaped, character, times]) =>
    Array<string>(Number(times ?? 1)).fill(inside === undefined ? (escaped ?? character!) : expand(inside)),
  );
}

/** How many different strings a pattern has, and the one of each number below that; neighbours look unlike. */
export function patternStrings(pattern: string, random: { int(n: number): number }) {
  const slots = slotsOf(pattern).map((slot) => [...slot]);
  const count = slots.reduce((product, slot) => product * BigInt(slot.length), 1n);
  // A step without a common divisor visits every number once before the first comes again.
  const start = BigInt(random.int(0x7fffffff)) % count;
  let step = (count * 618_033_989n) / 1_000_000_000n + BigInt(random.int(1000));
  while (gcd(step, count) !== 1n) step++;
  return {
    count,
    at(index: number): string {
      let rest = (start + step * BigInt(index)) % count;
      let text = '';
      for (const slot of slots) {
        const size = BigInt(slot.length);
        text += slot[Number(rest % size)];
        rest /= size;
      }
      return text;
    },
  };
}

function gcd(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
