import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formsOfCodes, formsOfDigits } from '../../src/table/identifiers/forms.ts';
import { isPattern, patternOf, patternStrings } from '../../src/table/identifiers/patterns.ts';

describe('patterns', () => {
  it('of any strings describe them, and every number gives another string of the form', () => {
    const texts = fc.array(fc.stringMatching(/^[A-Za-z0-9[\]{}\\ -]{1,8}$/), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(texts, (examples) => {
        const pattern = patternOf(examples);
        expect(isPattern(pattern)).toBe(true);
        const strings = patternStrings(pattern);
        const count = Number(strings.count > 200n ? 200n : strings.count);
        const made = Array.from({ length: count }, (_, i) => strings.at(BigInt(i)));
        expect(new Set(made).size).toBe(count);
        const longest = Math.max(...examples.map(({ length }) => length));
        for (const text of made) expect(text).toHaveLength(longest);
        for (const [i, text] of made.entries()) expect(strings.indexOf(text)).toBe(BigInt(i));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [['AB-12', 'CD-34'], '[A-Z]{2}-[0-9]{2}'],
    [['x1', 'x2'], 'x[0-9]'],
    [['[1]', '[2]'], '\\[[0-9]\\]'],
    [['550e8400-e29b-41d4-a716-446655440000'], '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'],
  ])('%j', (texts, pattern) => {
    expect(patternOf(texts)).toBe(pattern);
  });

  it.each(['', '[', 'a]', '{3}', '{9..1}', '{1..9}[0-9]', '{1..9}{1..9}', 'a{999}b{2}'])('%j is none', (pattern) => {
    expect(isPattern(pattern)).toBe(false);
  });

  it('with numbers are the numbers of the range, padded where the range is', () => {
    const all = (pattern: string) => {
      const strings = patternStrings(pattern);
      return Array.from({ length: Number(strings.count) }, (_, i) => strings.at(BigInt(i)));
    };
    expect(all('P{8..11}')).toEqual(['P8', 'P9', 'P10', 'P11']);
    expect(all('{08..11}/x')).toEqual(['08/x', '09/x', '10/x', '11/x']);
    const strings = patternStrings('INV/{2023..2024}/{1..12}');
    expect(strings.count).toBe(24n);
    for (let i = 0n; i < 24n; i++) expect(strings.indexOf(strings.at(i))).toBe(i);
    for (const other of ['INV/2025/1', 'INV/2024/13', 'INV/2024/01', 'inv/2024/1', 'INV/2024/']) {
      expect(strings.indexOf(other)).toBe(undefined);
    }
  });
});

describe('forms', () => {
  const numbered = (length: number, text: (i: number) => string) => Array.from({ length }, (_, i) => text(i));

  it('of codes of unlike lengths keep what stands between their numbers', () => {
    const invoices = numbered(60, (i) => `INV/${2022 + (i % 3)}/${1 + i * 7}`);
    expect(formsOfCodes(invoices)).toEqual([{ pattern: 'INV/{2022..2024}/{1..999}', share: 1 }]);
    const mixed = [...numbered(30, (i) => `A-${i + 1}`), ...numbered(30, (i) => `B${100 + i}x`)];
    expect(formsOfCodes(mixed).map(({ pattern }) => pattern)).toEqual(['A-{1..99}', 'B1[0-9]{2}x']);
  });

  it('of phone numbers keep country and grouping; a form of few shows none of its digits', () => {
    const phones = numbered(40, (i) => (i % 4 === 0 ? `+44 20 7${100 + i} ${3000 + i}` : `(206) 555-${1000 + i * 13}`));
    const forms = formsOfDigits(phones);
    expect(forms.map(({ share }) => share)).toEqual([0.75, 0.25]);
    expect(forms[0]!.pattern).toMatch(/^\(206\) 5\{3\}-/);
    expect(forms[1]!.pattern).toMatch(/^\+4\{2\} 20 7/);
    expect(formsOfDigits(['+49 89 123456'])).toEqual([{ pattern: '+49 [1-9][0-9] [1-9][0-9]{5}', share: 1 }]);
  });
});
