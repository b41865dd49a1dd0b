import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPattern, patternStrings } from '../../src/table/identifiers/patterns.ts';
import {
  counterSupply,
  patternSupply,
  startingAt,
  startOf,
  unpacked,
  unusedOf,
} from '../../src/table/identifiers/supply.ts';

const patterns = fc.constantFrom('C-1[0-9]{4}', '[0-9]{2}', 'P{1..999}', '[A-Z]{2}{1..9}', '[0-9a-f]{2}-[xyz]');

/** A pattern and some of its strings. */
const taken = patterns.chain((pattern) => {
  const strings = patternStrings(pattern);
  const texts = fc.uniqueArray(fc.integer({ min: 0, max: Number(strings.count) - 1 }), {
    minLength: 1,
    maxLength: 200,
  });
  return texts.map((numbers) => ({ pattern, strings, texts: numbers.map((n) => strings.at(BigInt(n))) }));
});

describe('the strings that training does not have', () => {
  it('are told without it: none of them is taken, none comes twice, all are of the form, and most are there', () => {
    fc.assert(
      fc.property(taken, ({ pattern, strings, texts }) => {
        const unused = unusedOf(strings, texts);
        const supply = patternSupply(pattern, unused);
        const made = Array.from({ length: Number(supply.size) }, (_, i) => supply.at(BigInt(i)));
        const real = new Set(texts);
        expect(new Set(made).size).toBe(made.length);
        expect(made.filter((text) => real.has(text) || strings.indexOf(text) === undefined)).toEqual([]);
        expect(made.every((text, i) => supply.positionOf(text) === BigInt(i))).toBe(true);
        expect(made.length).toBeGreaterThanOrEqual(Math.floor((Number(strings.count) - real.size) * 0.9));
      }),
      { numRuns: 30 },
    );
  });

  it('say little of it where the form has room: nearly all strings that are not free were never taken', () => {
    const strings = patternStrings('[0-9]{12}');
    const texts = Array.from({ length: 500 }, (_, i) => strings.at(BigInt(i) * 1_999_999_973n));
    const unused = unusedOf(strings, texts)!;
    const free = BigInt(unpacked(unused)!.length) * (strings.count / BigInt(unused.modulus));
    expect(free).toBeGreaterThanOrEqual(1_000_000n);
    expect(Number((strings.count - free) / BigInt(texts.length))).toBeGreaterThan(1_000_000_000);
    expect(JSON.stringify(unused).length).toBeLessThan(1000);
  });

  it('are none where training has them all', () => {
    const strings = patternStrings('R[0-9]');
    const all = Array.from({ length: 10 }, (_, i) => strings.at(BigInt(i)));
    expect(patternSupply('R[0-9]', unusedOf(strings, all)).size).toBe(0n);
    const last = patternSupply('R[0-9]', unusedOf(strings, all.slice(1)));
    expect([last.size, last.at(0n)]).toEqual([1n, 'R0']);
  });

  it('damaged, are refused', () => {
    const unused = unusedOf(patternStrings('[0-9]{3}'), ['007', '123'])!;
    expect(unpacked(unused)).not.toBe(undefined);
    expect(unpacked({ ...unused, residues: 'AAAA' })).toBe(undefined);
    expect(unpacked({ ...unused, modulus: 2 ** 31 })).toBe(undefined);
  });
});

describe('a seed begins in its own place', () => {
  it('so that consecutive seeds share nothing: k of them have a third of a k-th of the strings each', () => {
    const seeds = fc.tuple(fc.nat(1000), fc.integer({ min: 2, max: 12 }));
    fc.assert(
      fc.property(patterns, seeds, (pattern, [first, count]) => {
        const supply = patternSupply(pattern);
        const each = Math.floor(Number(supply.size) / (3 * count)) - 1;
        const made = Array.from({ length: count }, (_, i) => {
          const own = startingAt(supply, startOf(first + i, supply.size), []);
          return Array.from({ length: Math.max(0, each) }, (_, row) => own.at(BigInt(row)));
        }).flat();
        expect(new Set(made).size).toBe(made.length);
      }),
    );
  });

  it('and passes over what is taken, wherever that lies', () => {
    fc.assert(
      fc.property(taken, fc.nat(50), ({ pattern, texts }, seed) => {
        const supply = patternSupply(pattern);
        const own = startingAt(supply, startOf(seed, supply.size), [...texts, 'of another form']);
        expect(own.size).toBe(supply.size - BigInt(texts.length));
        const made = Array.from({ length: Number(own.size) }, (_, i) => own.at(BigInt(i)));
        expect(new Set([...made, ...texts]).size).toBe(Number(supply.size));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a counter', () => {
  it('goes on in its form, over what is taken', () => {
    const counter = startingAt(counterSupply({ next: 8, prefix: 'INV-', digits: 3 }), 0n, [
      'INV-009',
      'INV-010',
      'X-8',
    ]);
    expect([0n, 1n, 2n].map(counter.at)).toEqual(['INV-008', 'INV-011', 'INV-012']);
    expect(counterSupply({ next: 90, last: 99 }).size).toBe(10n);
  });
});

it('a pattern that would expand beyond bounds is refused before it does', () => {
  expect(isPattern('[0-9]{999}'.repeat(2000))).toBe(false);
});
