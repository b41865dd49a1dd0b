/**
 * Supplies of strings that no training row has, each at its own position: the string at a position depends on nothing
 * else, so that parts of a table can be written by machines that do not talk to each other.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type PatternStrings, patternStrings } from './patterns.ts';

export interface Supply {
  /** How many different strings there are. */
  readonly size: bigint;
  at(position: bigint): string;
  /** Undefined for a text that never comes. */
  positionOf(text: string): bigint | undefined;
}

/**
 * The strings of a pattern that no training row has, told without the rows: those whose number leaves one of `residues`
 * (a deflated bitmap) when divided by `modulus`.
 */
export interface Unused {
  readonly modulus: number;
  readonly residues: string;
}

/** So many strings shall be free where the form has them: fewer tell less of training's. */
const wantedFree = 1_000_000n;
/** Above this many strings for each that is taken, a meeting is less likely than a fault of the machine. */
const boundless = 1n << 64n;

/**
 * As few residues as leave enough strings: what is taken shares its residues with many that are not. In a form with hardly
 * more strings than rows they come close to naming the rows' strings, as the strings left over would by themselves.
 */
export function unusedOf({ count, indexOf }: PatternStrings, texts: readonly string[]): Unused | undefined {
  const taken = new Set(texts.map(indexOf).filter((index) => index !== undefined));
  const left = count - BigInt(taken.size);
  if (taken.size === 0 || count > boundless * BigInt(taken.size)) return undefined;
  if (left <= 0n) return { modulus: 1, residues: packed([], 1) };
  const ofRows = 10n * BigInt(taken.size);
  const enough = least((left * 9n + 9n) / 10n, ofRows > wantedFree ? ofRows : wantedFree);
  for (let modulus = firstModulus(taken.size); ; modulus = Math.ceil(modulus * 1.3)) {
    const isLast = BigInt(modulus) >= count;
    const free = freeResidues(taken, isLast ? Number(count) : modulus);
    if (!isLast && numbersWith(count, free) < enough) continue;
    return {
      modulus: free.modulus,
      residues: packed(isLast ? free.residues : fewest(free, count, enough), free.modulus),
    };
  }
}

/** As few of the residues as have `enough` numbers below `count`. */
function fewest(free: Residues, count: bigint, enough: bigint): readonly number[] {
  // A residue has count / modulus numbers, or one more.
  let needed = Number((enough * BigInt(free.modulus)) / count);
  while (needed < free.residues.length) {
    const residues = spread(free.residues, needed);
    if (numbersWith(count, { ...free, residues }) >= enough) return residues;
    needed += 1 + (needed >> 8);
  }
  return free.residues;
}

interface Residues {
  readonly modulus: number;
  /** In ascending order. */
  readonly residues: readonly number[];
}

/** How many numbers below `count` have one of the residues. */
function numbersWith(count: bigint, { modulus, residues }: Residues): bigint {
  const last = Number(count % BigInt(modulus));
  const inRest = residues.filter((residue) => residue < last).length;
  return (count / BigInt(modulus)) * BigInt(residues.length) + BigInt(inRest);
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);

/** So many residues leave about one that nobody has. Odd, so that it does not only look at a code's last digits. */
function firstModulus(taken: number): number {
  return 2 * Math.ceil(taken / (2 * Math.log(taken + 2))) + 1;
}

function freeResidues(taken: ReadonlySet<bigint>, modulus: number): Residues {
  const has = new Uint8Array(modulus);
  for (const index of taken) has[Number(index % BigInt(modulus))] = 1;
  return { modulus, residues: Array.from(has.keys()).filter((residue) => has[residue] === 0) };
}

/** Evenly chosen, so that which ones were left out says nothing. */
function spread(items: readonly number[], count: number): number[] {
  if (count >= items.length) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}

function packed(residues: readonly number[], modulus: number): string {
  const bits = new Uint8Array(Math.ceil(modulus / 8));
  for (const residue of residues) bits[residue >> 3]! |= 1 << (residue & 7);
  return deflateRawSync(bits).toString('base64');
}

/** Undefined for bytes that are no bitmap of so many residues. */
export function unpacked({ modulus, residues }: Unused): number[] | undefined {
  const length = Math.ceil(modulus / 8);
  try {
    const bits = inflateRawSync(Buffer.from(residues, 'base64'), { maxOutputLength: length });
    if (bits.length !== length) return undefined;
    return Array.from({ length: modulus }, (_, i) => i).filter((i) => (bits[i >> 3]! >> (i & 7)) & 1);
  } catch {
    return undefined;
  }
}

/** The strings of a pattern, in an order in which neighbours look unlike; with `unused` only those. */
export function patternSupply(pattern: string, unused?: Unused): Supply {
  const strings = patternStrings(pattern);
  const free = numbersOf(strings.count, unused);
  const order = scattered(free.count);
  return {
    size: free.count,
    at: (position) => strings.at(free.at(order.at(position))),
    positionOf(text) {
      const index = strings.indexOf(text);
      const rank = index === undefined ? undefined : free.rankOf(index);
      return rank === undefined ? undefined : order.positionOf(rank);
    },
  };
}

/** The numbers below `count` with the given residues, in ascending order. */
function numbersOf(count: bigint, unused: Unused | undefined) {
  const residues = unused && unpacked(unused);
  if (!residues) return { count, at: (rank: bigint) => rank, rankOf: (index: bigint) => index };
  const modulus = BigInt(unused.modulus);
  const each = BigInt(residues.length);
  const ranks = new Map(residues.map((residue, rank) => [residue, rank]));
  return {
    count: numbersWith(count, { modulus: unused.modulus, residues }),
    at: (rank: bigint) => (rank / each) * modulus + BigInt(residues[Number(rank % each)]!),
    rankOf(index: bigint) {
      const rank = ranks.get(Number(index % modulus));
      return rank === undefined ? undefined : (index / modulus) * each + BigInt(rank);
    },
  };
}

/** Each of 0..count-1 once, neighbours far apart: multiples of a step near the golden section that shares no divisor with `count`. */
export function scattered(size: bigint) {
  const count = size > 0n ? size : 1n;
  const start = (count * 377_123_457n) / 1_000_000_000n;
  let step = (count * 618_033_989n) / 1_000_000_000n + 1n;
  while (commonDivisor(step, count) !== 1n) step++;
  const back = inverse(step, count);
  return {
    at: (position: bigint) => (start + step * position) % count,
    positionOf: (index: bigint) => ((index - start + count) * back) % count,
  };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** The number that times `value` is 1 more than a multiple of `modulus` (extended Euclid). */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

/** Numbers from `next` on, in a text: P121, P122, ... With `last` they end there; with `digits` they have leading zeros. */
export interface Counter {
  readonly next: number;
  readonly last?: number | undefined;
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
  readonly digits?: number | undefined;
}

export function counterSupply({ next, last, prefix = '', suffix = '', digits = 1 }: Counter): Supply {
  const first = BigInt(next);
  return {
    size: BigInt(last ?? Number.MAX_SAFE_INTEGER) - first + 1n,
    at: (position) => `${prefix}${String(first + position).padStart(digits, '0')}${suffix}`,
    positionOf(text) {
      if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined;
      const said = text.slice(prefix.length, text.length - suffix.length);
      return /^\d{1,16}$/.test(said) && BigInt(said) >= first ? BigInt(said) - first : undefined;
    },
  };
}

/**
 * The same supply from where a seed begins, without what is taken. Seeds begin far apart: of k consecutive ones each has
 * over a third of a k-th of the supply to itself (the three-gap theorem for multiples of the golden section).
 */
export function startingAt(supply: Supply, start: bigint, taken: readonly string[]): Supply {
  const { size } = supply;
  const from = (position: bigint) => (position - start + size) % size;
  const positions = taken.map(supply.positionOf).filter((position) => position !== undefined);
  const passed = [...new Set(positions.map(from))].sort((a, b) => (a < b ? -1 : 1));
  return {
    size: size - BigInt(passed.length),
    at(position) {
      return supply.at((position + BigInt(skipped(passed, position)) + start) % size);
    },
    positionOf: supply.positionOf,
  };
}

/** How many of the sorted `passed` come before the free place number `position`. */
function skipped(passed: readonly bigint[], position: bigint): number {
  let [low, high] = [0, passed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passed[middle]! - BigInt(middle) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a seed begins in a supply: multiples of the golden section lie apart. */
export function startOf(seed: number, size: bigint): bigint {
  const fraction = (BigInt(seed) * 0x9e3779b97f4a7c15n) % (1n << 64n);
  return (fraction * size) >> 64n;
}
